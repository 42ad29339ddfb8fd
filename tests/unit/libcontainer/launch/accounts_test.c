#include "libcontainer/launch/accounts.h"

#include "tests/unit/base/fixture.h"

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
                             "broken:x:abc:0::/:/bin/sh\n"
                             "short:x:5\n"
                             "minus:x:-1:0::/:/bin/sh\n"
                             "huge:x:4294967295:0::/:/bin/sh\n"
                             ":x:7:7::/:/bin/sh\n"
                             "www-data:x:33:34:www:/var/www:/bin/sh\n"
                             "1000:x:77:77::/:/bin/sh";
static const char group[] = "root:x:0:\n"
                            "adm:x:4:www-data,root\n"
                            "bad:x:x:www-data\n"
                            "wheel:x:10:www-data\n"
                            "www:x:34:";

TEST(an_account_is_found_by_name_and_by_number)
{
    struct account found;
    assert_true(account_find(&arena, passwd, "www-data", 0, &found));
    assert_int_equal(found.uid, 33);
    assert_int_equal(found.gid, 34);
    assert_string_equal(found.home, "/var/www");
    assert_true(account_find(&arena, passwd, NULL, 33, &found));
    assert_string_equal(found.name, "www-data");
    assert_false(account_find(&arena, passwd, NULL, 34, &found));
    assert_false(account_find(&arena, NULL, "root", 0, &found));
}

TEST(lines_that_do_not_fit_are_passed_over)
{
    static const char *const names[] = {"broken", "short", "minus", "huge", ""};
    struct account found;
    uint32_t gid;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (account_find(&arena, passwd, names[i], 0, &found))
            fail_msg("\"%s\" was taken", names[i]);
    assert_false(group_find(&arena, group, "bad", &gid));
    assert_true(group_find(&arena, group, "www", &gid));
    assert_int_equal(gid, 34);
}

struct choice {
    const char *sentence, *text;
    uint32_t uid;
    int gid;    /* -1: as it was */
    int groups; /* how many; -1: as they were */
    const char *error;
};

static const struct choice choices[] = {
    {"a number keeps the groups",             "5",           5,    -1, -1, NULL                                                      },
    {"so does one with an entry",             "33",          33,   -1, -1, NULL                                                      },
    {"a name has its groups",                 "www-data",    33,   34, 2,  NULL                                                      },
    {"a group that is given is the only one", "www-data:10", 33,   10, 0,  NULL                                                      },
    {"a number may have a group",             "33:10",       33,   10, -1, NULL                                                      },
    {"a group may be a name",                 "33:wheel",    33,   10, -1, NULL                                                      },
    {"a user that is left out is not root",   ":4",          0,    0,  0,  "user \":4\" has no user"                                 },
    {"no text is not root",                   "",            0,    0,  0,  "user \"\" has no user"                                   },
    {"a number is never a name",              "1000",        1000, -1, -1, NULL                                                      },
    {"(uid_t)-1 is nobody",                   "4294967295",  0,    0,  0,  "user \"4294967295\" is not a number from 0 to 4294967294"},
    {"a negative user is nobody",             "-1",          0,    0,  0,  "user \"-1\" is not a number from 0 to 4294967294"        },
    {"leading zeros are refused",             "007",         0,    0,  0,  "user \"007\" is not a number from 0 to 4294967294"       },
    {"an unknown name says where was looked", "nobody",      0,    0,  0,
     "unable to find user nobody: no matching entries in the container's passwd file"                                                },
    {"so does an unknown group",              "0:staff",     0,    0,  0,
     "unable to find group staff: no matching entries in the container's group file"                                                 },
    {"a colon wants a group",                 "0:",          0,    0,  0,  "user \"0:\" has no group behind its colon"               },
};

TEST(a_user_is_chosen_by_numbers_and_names)
{
    for (size_t i = 0; i < ARRAY_SIZE(choices); i++) {
        const struct choice *c = &choices[i];
        struct user_choice out;
        if (account_choose(c->text, passwd, group, &out, &err) < 0) {
            expect_text(c->sentence, error_line(&err), c->error);
            error_clear(&err);
            continue;
        }
        expect_text(c->sentence, NULL, c->error);
        int groups = out.additional_gids ? 0 : -1, gid = out.has_gid ? (int)out.gid : -1;
        while (out.additional_gids && out.additional_gids[groups])
            groups++;
        if (out.uid != c->uid || gid != c->gid || groups != c->groups)
            fail_msg("%s: got %u:%d and %d groups", c->sentence, out.uid, gid, groups);
    }
}

TEST(a_container_without_account_files_takes_numbers)
{
    struct user_choice out;
    expect_ok(account_choose("12:13", NULL, NULL, &out, &err));
    assert_int_equal(out.uid, 12);
    assert_int_equal(out.gid, 13);
    expect_error(account_choose("app", NULL, NULL, &out, &err),
                 "unable to find user app: no matching entries in the container's passwd file");
}

TEST(numbers_need_no_account_files)
{
    static const char *const numbers[] = {"0", "5:6", "-1", "0:-1"}, *const names[] = {"app", "app:6", "5:app"};
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
        if (account_choice_has_name(numbers[i]))
            fail_msg("\"%s\" was taken for a name", numbers[i]);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (!account_choice_has_name(names[i]))
            fail_msg("\"%s\" was taken for numbers", names[i]);
}
