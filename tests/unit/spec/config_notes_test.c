#include "tests/unit/base/fixture.h"

#include "base/log.h"
#include "spec/config.h"
#include "spec/config_notes.h"
#include "spec/schema.h"

static const char *warnings;

static void collect(void *to, enum log_level level, const char *message)
{
    (void)to;
    if (level == LOG_WARNING_LEVEL)
        warnings = arena_printf(&arena, "%s%s%s", warnings, *warnings ? "\n" : "", message);
}

/* What decoding the text warns of, one a line. */
static const char *warnings_of(const char *members)
{
    struct schema_notes notes = {0};
    const char *text = arena_printf(&arena, "{\"ociVersion\":\"1.0.0\",\n%s}", members);
    assert_non_null(schema_decode(&config_object, "config.json", text, strlen(text), &notes, &err));
    struct log_target old = log_target;
    log_target.forward = collect;
    log_target.level = LOG_DEBUG_LEVEL;
    warnings = "";
    expect_ok(config_notes_report(&notes, "config.json", false, &err));
    log_target = old;
    return warnings;
}

TEST(misspelt_protections_are_warned_of)
{
    static const struct {
        const char *sentence, *members, *expected;
    } cases[] = {
        {"nothing is wrong",               "\"hostname\":\"a\"",                                                                 ""},
        {"a letter is missing",            "\"process\":{\"cwd\":\"/\",\"noNewPrivilege\":true,\"user\":{\"uid\":0,\"gid\":0}}",
         "config.json:2:22: process.noNewPrivilege: unknown member, did you mean \"noNewPrivileges\"?"                             },
        {"another case",                   "\"root\":{\"path\":\"r\",\"readOnly\":true}",
         "config.json:2:20: root.readOnly: unknown member, did you mean \"readonly\"?"                                             },
        {"an unknown member that guards",  "\"linux\":{\"landlock\":{}}",
         "config.json:2:10: linux.landlock: unknown member"                                                                        },
        {"a misspelt member of a mount",   "\"mounts\":[{\"destination\":\"/a\",\"option\":[]}]",
         "config.json:2:31: mounts[0].option: unknown member, did you mean \"options\"?"                                           },
        {"what an engine adds to a mount", "\"mounts\":[{\"destination\":\"/a\",\"x-engine\":1}]",                               ""},
        {"what an engine adds at the top", "\"engine\":{}",                                                                      ""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        expect_text(cases[i].sentence, warnings_of(cases[i].members), cases[i].expected);
}

TEST(strict_refuses_every_unknown_member)
{
    struct schema_notes notes = {0};
    const char *text = "{\"ociVersion\":\"1.0.0\",\"engine\":{}}";
    assert_non_null(schema_decode(&config_object, "config.json", text, strlen(text), &notes, &err));
    assert_int_equal(config_notes_report(&notes, "config.json", true, &err), -1);
    assert_int_equal(err.code, ERR_INVALID_CONFIG);
    expect_text("text", error_line(&err), "engine: unknown member");
    expect_text("hint", err.hint, "remove it, or leave out --strict");
    assert_int_equal(err.column, 23);

    text = "{\"ociVersion\":\"1.0.0\",\"Hostname\":\"a\"}";
    assert_non_null(schema_decode(&config_object, "config.json", text, strlen(text), &notes, &err));
    assert_int_equal(config_notes_report(&notes, "config.json", true, &err), -1);
    expect_text("hint", err.hint, "did you mean \"hostname\"?");
    struct schema_notes none = {0};
    expect_ok(config_notes_report(&none, NULL, true, &err));
}

TEST(a_note_without_a_file_has_no_place)
{
    const struct schema_note note = {.path = "a", .message = "unknown member", .line = 3, .column = 4};
    expect_text("path and message", config_note_text(&arena, &note, NULL), "a: unknown member");
}
