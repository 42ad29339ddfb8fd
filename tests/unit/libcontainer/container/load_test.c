#include "tests/unit/base/fixture.h"

#include "libcontainer/container.h"
#include "spec/config.h"

static const struct config *config;
static const char *config_text;
static size_t config_length;

static int load(const char *json, bool strict)
{
    write_test_file("config.json", json);
    const char *file = arena_printf(&arena, "%s/config.json", test_path);
    return container_load_config(file, strict, &config, &config_text, &config_length, &err);
}

/* "LINE:COLUMN TEXT" of the fault, or "" when there is none. */
static const char *fault_of(const char *json, bool strict)
{
    error_clear(&err);
    if (load(json, strict) == 0)
        return "";
    assert_true(str_has_suffix(err.file, "/config.json"));
    return arena_printf(&arena, "%zu:%zu %s", err.line, err.column, error_line(&err));
}

#define GOOD "{\"ociVersion\":\"1.0.0\",\n\"root\":{\"path\":\"r\"},\"process\":{\"cwd\":\"/\",\"args\":[\"sh\"]"

TEST(a_sound_config_is_loaded_with_its_text)
{
    expect_ok(load(GOOD "}}", false));
    expect_text("decoded", config->process->args[0], "sh");
    expect_text("kept", config_text, GOOD "}}");
    assert_int_equal(config_length, strlen(GOOD "}}"));
}

TEST(the_first_fault_is_told_with_its_place)
{
    static const struct {
        const char *sentence, *json, *expected;
    } cases[] = {
        {"no arguments",
         "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"},\n\"process\":{\"cwd\":\"/\",\"args\":[]}}",                "2:29 process.args: must have at least one element"       },
        {"a number as text",
         "{\"ociVersion\":\"1.0.0\",\n\"process\":{\"user\":{\"uid\":\"0\",\"gid\":0},\"cwd\":\"/\"}}",                   "2:26 process.user.uid: expected an integer, got a string"},
        {"a namespace that there is not", GOOD "},\n\"linux\":{\"namespaces\":[{\"type\":\"foo\"}]}}",
         "3:32 linux.namespaces[0].type: unknown value \"foo\""                                                                                                                     },
        {"limits the wrong way round",    GOOD ",\n\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"soft\":100,\"hard\":1}]}}",
         "3:12 process.rlimits[0]: soft 100 > hard 1"                                                                                                                               },
        {"a text that ends early",        "{\"ociVersion\":\"1.0.0\",",                                                   "1:23 ociVersion: not valid JSON: ends in the middle"     },
        {"no version",                    "{}",                                                                           "1:1 ociVersion: is required"                             },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        expect_text(cases[i].sentence, fault_of(cases[i].json, false), cases[i].expected);
}

TEST(unknown_members_are_refused_only_when_strict)
{
    const char *json = GOOD ",\n\"noNewPrivilege\":true}}";
    expect_text("not strict", fault_of(json, false), "");
    expect_text("strict", fault_of(json, true), "3:1 process.noNewPrivilege: unknown member");
    expect_text("hint", err.hint, "did you mean \"noNewPrivileges\"?");
}

TEST(a_missing_file_keeps_its_errno)
{
    assert_int_equal(container_load_config("/nosuch/config.json", false, &config, &config_text, &config_length, &err),
                     -1);
    assert_int_equal(err.errnum, ENOENT);
    assert_int_equal(err.code, ERR_NOT_FOUND);
}
