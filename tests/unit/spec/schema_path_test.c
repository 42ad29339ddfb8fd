#include "tests/unit/base/fixture.h"

#include "spec/config.h"
#include "spec/schema.h"
#include <string.h>

TEST(a_member_is_set_from_text)
{
    static const struct {
        const char *sentence, *path, *text, *expected;
    } cases[] = {
        {"a number",           "memory.limit",            "-1",    "{\"memory\":{\"limit\":-1}}"              },
        {"the largest number", "memory.swappiness",       "100",   "{\"memory\":{\"swappiness\":100}}"        },
        {"a flag",             "memory.disableOOMKiller", "false", "{\"memory\":{\"disableOOMKiller\":false}}"},
        {"a text",             "cpu.cpus",                "0-3",   "{\"cpu\":{\"cpus\":\"0-3\"}}"             },
        {"an entry of a map",  "unified.memory.high",     "max",   "{\"unified\":{\"memory.high\":\"max\"}}"  },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct resources *r = schema_decode(&resources_object, "-", "{}", 2, NULL, &err);
        assert_int_equal(schema_set(&resources_object, r, cases[i].path, cases[i].text, &err), 0);
        expect_text(cases[i].sentence, schema_encode(&arena, &resources_object, r, 0), cases[i].expected);
    }
}

TEST(setting_keeps_what_is_there)
{
    const char *json = "{\"memory\":{\"limit\":1,\"swap\":2},\"unified\":{\"a.b\":\"1\"}}";
    struct resources *r = schema_decode(&resources_object, "-", json, strlen(json), NULL, &err);
    assert_int_equal(schema_set(&resources_object, r, "memory.limit", "5", &err), 0);
    assert_int_equal(schema_set(&resources_object, r, "unified.c", "3", &err), 0);
    assert_int_equal(schema_set(&resources_object, r, "unified.a.b", "2", &err), 0);
    expect_text("both", schema_encode(&arena, &resources_object, r, 0),
                "{\"memory\":{\"limit\":5,\"swap\":2},\"unified\":{\"a.b\":\"2\",\"c\":\"3\"}}");
}

TEST(lists_and_names_are_set_from_text)
{
    struct config *c = schema_decode(&config_object, "-", "{\"ociVersion\":\"1.0.0\"}", 22, NULL, &err);
    assert_int_equal(schema_set(&config_object, c, "process.args", "a", &err), 0);
    assert_int_equal(schema_set(&config_object, c, "process.args", "b", &err), 0);
    assert_int_equal(schema_set(&config_object, c, "process.terminal", "true", &err), 0);
    assert_int_equal(schema_set(&config_object, c, "process.user.additionalGids", "7", &err), 0);
    assert_int_equal(schema_set(&config_object, c, "process.capabilities.bounding", "CAP_KILL,CAP_CHOWN", &err), 0);
    assert_int_equal(schema_set(&config_object, c, "process.capabilities.ambient", "", &err), 0);
    assert_int_equal(schema_set(&config_object, c, "linux.rootfsPropagation", "shared", &err), 0);
    expect_text("args", c->process->args[1], "b");
    assert_null(c->process->args[2]);
    assert_true(c->process->terminal);
    assert_int_equal(*c->process->user->additional_gids[0], 7);
    assert_int_equal(c->process->capabilities->bounding, 0x21);
    assert_non_null(c->linux_->rootfs_propagation);
}

TEST(setting_refuses_with_path_and_reason)
{
    static const struct {
        const char *sentence, *path, *text, *expected;
    } cases[] = {
        {"no number",              "linux.resources.memory.limit", "1x",
         "linux.resources.memory.limit: expected an integer, got \"1x\""                                                                      },
        {"no digits",              "linux.resources.memory.limit", "-",
         "linux.resources.memory.limit: expected an integer, got \"-\""                                                                       },
        {"nothing",                "linux.resources.memory.limit", "",           "linux.resources.memory.limit: expected an integer, got \"\""},
        {"no exponent",            "process.user.uid",             "1e3",        "process.user.uid: expected an integer, got \"1e3\""         },
        {"the range",              "process.user.uid",             "4294967295", "process.user.uid: 4294967295 is outside 0..4294967294"      },
        {"an element",             "process.user.additionalGids",  "x",
         "process.user.additionalGids: expected an integer, got \"x\""                                                                        },
        {"no boolean",             "process.terminal",             "1",          "process.terminal: expected true or false, got \"1\""        },
        {"no name",                "linux.rootfsPropagation",      "x",          "linux.rootfsPropagation: unknown value \"x\""               },
        {"no name of a set",       "process.capabilities.ambient", "CAP_KILL,x",
         "process.capabilities.ambient: unknown value \"x\""                                                                                  },
        {"a checked text",         "process.env",                  "x",          "process.env: \"x\" is not of the form NAME=VALUE"           },
        {"no member",              "process.usr.uid",              "1",          "process.usr.uid: there is no such member"                   },
        {"a member of a scalar",   "hostname.x",                   "1",          "hostname.x: there is no such member"                        },
        {"an object",              "process",                      "{}",         "process: cannot be given as text"                           },
        {"a wrong entry of a map", "linux.timeOffsets.boottime",   "1",
         "linux.timeOffsets.boottime: there is no such member"                                                                                },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct config *c = schema_decode(&config_object, "-", "{\"ociVersion\":\"1.0.0\"}", 22, NULL, &err);
        error_clear(&err);
        assert_int_equal(schema_set(&config_object, c, cases[i].path, cases[i].text, &err), -1);
        assert_int_equal(err.code, ERR_INVALID_ARGUMENT);
        expect_text(cases[i].sentence, err.path, cases[i].path);
        expect_text(cases[i].sentence, error_line(&err), cases[i].expected);
    }
}

TEST(a_member_is_found_in_the_text)
{
    static const char text[] =
        "{\n"
        "  \"process\": {\"args\": [\"a\", \"b\\\"\"], \"user\": null},\n"
        "  \"mounts\": [{\"options\": [\"ro\"]},\n"
        "             {\"options\": [\"rw\", true, -1.5e3, {}]}],\n"
        "  \"linux\": {\"sysctl\": {\"net\": \"x\", \"net.ipv4.a\": \"1\", \"été\":\"\", \"k\":5}}\n"
        "}";
    static const struct {
        const char *path, *expected;
    } cases[] = {
        {"process",                 "2:14"},
        {"process.args",            "2:23"},
        {"process.args[1]",         "2:29"},
        {"process.args[2]",         "2:23"},
        {"process.user",            "2:45"},
        {"process.user.uid",        "2:45"},
        {"process.cwd",             "2:14"},
        {"mounts[0].options[0]",    "3:27"},
        {"mounts[1]",               "4:14"},
        {"mounts[1].options[1]",    "4:33"},
        {"mounts[1].options[2]",    "4:39"},
        {"mounts[1].options[3]",    "4:47"},
        {"mounts[2].options[0]",    "3:13"},
        {"linux.sysctl.net.ipv4.a", "5:50"},
        {"linux.sysctl.net",        "5:31"},
        {"linux.sysctl.k",          "5:69"},
        {"hostname",                "none"},
        {"proc",                    "none"},
        {"",                        "none"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        size_t line, column;
        bool found = schema_locate(text, strlen(text), cases[i].path, &line, &column);
        expect_text(cases[i].path, found ? arena_printf(&arena, "%zu:%zu", line, column) : "none", cases[i].expected);
    }
}

TEST(locating_stands_broken_and_deep_text)
{
    size_t line, column;
    assert_false(schema_locate("", 0, "a", &line, &column));
    assert_false(schema_locate("{", 1, "a", &line, &column));
    assert_false(schema_locate("[1]", 3, "a", &line, &column));
    const char *deep = "1";
    for (int i = 0; i < 70; i++)
        deep = arena_printf(&arena, "{\"a\":%s}", deep);
    const char *path = "a";
    for (int i = 1; i < 70; i++)
        path = arena_printf(&arena, "%s.a", path);
    assert_true(schema_locate(deep, strlen(deep), path, &line, &column));
    assert_int_equal(column, 64 * 5 + 1);
}

TEST(rows_are_found_by_path)
{
    static const struct {
        const char *path, *key;
    } cases[] = {
        {"ociVersion",                       "ociVersion" },
        {"linux.resources.memory.limit",     "limit"      },
        {"mounts[4].options[1]",             "options"    },
        {"mounts[4]",                        "mounts"     },
        {"linux.sysctl.net.ipv4.ip_forward", "sysctl"     },
        {"linux.timeOffsets.boottime",       "timeOffsets"},
        {"linux.timeOffsets.boottime.secs",  "secs"       },
        {"linux.netDevices.eth0.1",          "netDevices" },
        {"linux.nosuch",                     NULL         },
        {"hostname.x",                       NULL         },
        {"",                                 NULL         },
        {"mounts[",                          "mounts"     },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct slot *s = schema_find(&config_object, cases[i].path);
        expect_text(cases[i].path, s ? s->key : NULL, cases[i].key);
    }
}

TEST(names_are_found_both_ways)
{
    static const struct name names[] = {
        {"readonly", 1},
        {"ro",       1},
        {"noexec",   2},
        {"nodev",    3},
        {NULL,       0}
    };
    int64_t value;
    expect_text("the first of two", name_of(names, 1), "readonly");
    expect_text("none", name_of(names, 9), NULL);
    assert_true(name_find(names, "ro", &value));
    assert_int_equal(value, 1);
    assert_false(name_find(names, "RO", &value));
    expect_text("case", name_nearest(names, "RO"), "ro");
    expect_text("one letter", name_nearest(names, "noexe"), "noexec");
    expect_text("two letters", name_nearest(names, "nodevvv"), "nodev");
    expect_text("nearest of two", name_nearest(names, "nodec"), "nodev");
    expect_text("nothing near", name_nearest(names, "x"), NULL);
}

TEST(text_is_written_as_json_for_eyes)
{
    const char *json =
        "{\"process\":{\"args\":[\"a\",\"b\"],\"user\":{\"uid\":0,\"gid\":0},\"cwd\":\"/\"},\"ociVersion\":\"1.0.0\"}";
    struct config *c = schema_decode(&config_object, "-", json, strlen(json), NULL, &err);
    assert_non_null(c);
    c->hostname = "a\xff\xc3";
    expect_text(
        "indented, slashes plain, wrong bytes replaced", schema_encode(&arena, &config_object, c, 2),
        "{\n  \"ociVersion\": \"1.0.0\",\n  \"process\": {\n    \"user\": {\n      \"uid\": 0,\n      \"gid\": 0\n"
        "    },\n    \"args\": [\n      \"a\",\n      \"b\"\n    ],\n    \"cwd\": \"/\"\n  },\n"
        "  \"hostname\": \"a\xef\xbf\xbd\xef\xbf\xbd\"\n}");
}
