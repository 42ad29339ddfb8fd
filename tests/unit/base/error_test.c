#include "base/error.h"

#include "tests/unit/base/fixture.h"

TEST(a_failure_returns_minus_one_and_keeps_its_text)
{
    assert_int_equal(fail(&err, ERR_WRONG_STATE, "container %s", "not running"), -1);
    assert_int_equal(err.code, ERR_WRONG_STATE);
    assert_int_equal(err.errnum, 0);
    assert_string_equal(error_line(&err), "container not running");
    assert_string_equal(error_text(&err), "davit: container not running\n");
}

TEST(errno_gives_its_text_name_and_code)
{
    errno = EINVAL;
    assert_int_equal(fail_errno(&err, "cannot id-map the source"), -1);
    error_context(&err, "mounts[%d] /data on /srv", 4);
    error_context(&err, "cannot create web");
    assert_string_equal(error_line(&err), "cannot create web: mounts[4] /data on /srv: cannot id-map the source: "
                                          "Invalid argument (EINVAL)");
    assert_string_equal(error_sentence(&err), "cannot create web: mounts[4] /data on /srv: cannot id-map the source: "
                                              "Invalid argument");
    assert_int_equal(err.code, ERR_SYSTEM);
}

TEST(a_person_sees_where_and_what_to_do)
{
    fail_config(&err, "mounts[4].options[1]", "unknown option \"idmpa\"");
    err.file = "config.json";
    err.line = 88;
    err.column = 30;
    error_step(&err, "runtime: mounts");
    error_hint(&err, "did you mean \"idmap\"?");
    assert_string_equal(error_text(&err), "davit: mounts[4].options[1]: unknown option \"idmpa\"\n"
                                          "   where  mounts[4].options[1], config.json:88:30 — runtime: mounts\n"
                                          "   hint   did you mean \"idmap\"?\n");
}

TEST(where_tells_as_much_as_is_known)
{
    fail(&err, ERR_SYSTEM, "broken");
    error_step(&err, "init: mounts");
    assert_string_equal(error_text(&err), "davit: broken\n   where  init: mounts\n");
    fail(&err, ERR_SYSTEM, "broken");
    err.file = "config.json";
    assert_string_equal(error_text(&err), "davit: broken\n   where  config.json\n");
    err.line = 3;
    assert_string_equal(error_text(&err), "davit: broken\n   where  config.json:3\n");
}

TEST(the_first_hint_path_and_step_stay)
{
    fail(&err, ERR_SYSTEM, "broken");
    error_hint(&err, "first");
    error_hint(&err, "second");
    error_at(&err, "a[%d]", 1);
    error_at(&err, "b");
    error_step(&err, "one");
    error_step(&err, "two");
    assert_string_equal(err.hint, "first");
    assert_string_equal(err.path, "a[1]");
    assert_string_equal(err.step, "one");
}

TEST(a_new_failure_takes_the_place_of_an_old_one)
{
    errno = ENOENT;
    fail_errno(&err, "cannot open x");
    error_context(&err, "outer");
    error_hint(&err, "hint");
    fail(&err, ERR_BUSY, "busy");
    assert_string_equal(error_text(&err), "davit: busy\n");
}

TEST(text_of_strangers_stays_on_its_line)
{
    fail(&err, ERR_SYSTEM, "no \"%s\"", "a\nb\x1b[31m");
    assert_string_equal(error_line(&err), "no \"a\\nb\\x1b[31m\"");
}

TEST(each_errno_has_its_code)
{
    static const struct {
        int errnum;
        const char *code, *name;
    } cases[] = {
        {ENOENT,     "not-found",      "ENOENT"    },
        {EPERM,      "not-permitted",  "EPERM"     },
        {EACCES,     "not-permitted",  "EACCES"    },
        {ENOSYS,     "not-supported",  "ENOSYS"    },
        {EOPNOTSUPP, "not-supported",  "EOPNOTSUPP"},
        {EBUSY,      "busy",           "EBUSY"     },
        {EEXIST,     "already-exists", "EEXIST"    },
        {ETIMEDOUT,  "timed-out",      "ETIMEDOUT" },
        {EIO,        "system",         "EIO"       },
        {99999,      "system",         "unknown"   },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        expect_text("code", error_code_name(error_code_of_errno(cases[i].errnum)), cases[i].code);
        expect_text("name", errno_name(cases[i].errnum), cases[i].name);
    }
}

TEST(engines_find_the_words_that_they_look_for)
{
    static const struct {
        int errnum;
        const char *words;
    } cases[] = {
        {EACCES, "permission denied"        },
        {EPERM,  "operation not permitted"  },
        {ENOENT, "no such file or directory"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        errno = cases[i].errnum;
        fail_errno(&err, "exec");
        assert_non_null(strcasestr(error_line(&err), cases[i].words));
        assert_non_null(strcasestr(error_sentence(&err), cases[i].words));
    }
}
