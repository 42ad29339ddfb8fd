#include "tests/unit/base/fixture.h"

#include "build-config.h"
#include "spec/config.h"
#include "spec/features.h"
#include "spec/names.h"
#include "spec/schema.h"
#include "tests/unit/spec/specification_keys.h"

extern const struct object features_object;

/* Rows that the schema of the specification does not name, with the reason. */
static const struct {
    const char *path, *reason;
} additions[] = {
    {"linux.intelRdt.enableCMT",     "in version 1.2, replaced by enableMonitoring"},
    {"linux.intelRdt.enableMBM",     "in version 1.2, replaced by enableMonitoring"},
    {"linux.timeOffsets.*.secs",     "the schema names the two keys of the map"    },
    {"linux.timeOffsets.*.nanosecs", "the schema names the two keys of the map"    },
    {NULL,                           NULL                                          },
};

static const struct slot *row_of(const struct object *object, const char *key, size_t length)
{
    for (const struct slot *s = object->slots; s->key; s++)
        if (strlen(s->key) == length && strncmp(s->key, key, length) == 0)
            return s;
    return NULL;
}

static bool has_row(const struct object *object, const char *path)
{
    size_t length = strcspn(path, ".");
    const struct slot *s = row_of(object, path, length);
    if (!s || !path[length])
        return s;
    path += length + 1;
    if (s->kind == SLOT_MAP) { /* "*", or a key that the schema names */
        length = strcspn(path, ".");
        if (!path[length])
            return true;
        path += length + 1;
    }
    return s->element && has_row(s->element, path);
}

static size_t count_missing(const struct object *object, const char *const *keys)
{
    size_t missing = 0;
    for (; *keys; keys++) {
        if (has_row(object, *keys))
            continue;
        print_error("%s has no row\n", *keys);
        missing++;
    }
    return missing;
}

TEST(every_member_of_the_specification_has_a_row)
{
    assert_int_equal(count_missing(&config_object, specification_keys), 0);
}

TEST(every_member_of_the_features_has_a_row)
{
    assert_int_equal(count_missing(&features_object, features_keys), 0);
}

TEST(the_features_are_complete_and_the_same_each_time)
{
    struct schema_notes notes = {0};
    const char *text = features_text(&arena);
    expect_text("constant", features_text(&arena), text);
    assert_non_null(schema_decode(&features_object, "features", text, strlen(text), &notes, &err));
    assert_null(notes.items);
    for (const char *const *key = features_keys; *key; key++) {
        if (!DAVIT_WITH_SECCOMP && (str_equal(*key, "annotations") || str_has_prefix(*key, "linux.seccomp.")))
            continue; /* the one annotation is libseccomp's version */
        const char *last = strrchr(*key, '.');
        const char *quoted = arena_printf(&arena, "\"%s\":", last ? last + 1 : *key);
        if (!strstr(text, quoted))
            fail_msg("%s is not told", *key);
    }
}

TEST(what_the_features_name_is_recognised)
{
    static const char *const options[] = {"rro", "tmpcopyup", "nosymfollow", "rbind", "rprivate", "idmap", "ridmap"};
    const char *text = features_text(&arena);
    for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
        assert_non_null(mount_option_find(options[i], NULL));
        assert_non_null(strstr(text, arena_printf(&arena, "\"%s\"", options[i])));
    }
    for (const struct name *n = namespace_names; n->text; n++)
        assert_non_null(strstr(text, arena_printf(&arena, "\"%s\"", n->text)));
    for (const struct name *n = capability_names; n->text; n++)
        assert_non_null(strstr(text, arena_printf(&arena, "\"%s\"", n->text)));
}

static bool is_addition(const char *path)
{
    for (size_t i = 0; additions[i].path; i++)
        if (str_equal(additions[i].path, path))
            return true;
    return false;
}

static size_t count_unknown_rows(const struct object *object, const char *prefix)
{
    size_t unknown = 0;
    for (const struct slot *s = object->slots; s->key; s++) {
        if (!*s->key)
            continue; /* the value of a plain map */
        const char *path = arena_printf(&arena, "%s%s", prefix, s->key);
        if (!str_in(path, specification_keys) && !is_addition(path)) {
            print_error("%s is no member of the specification\n", path);
            unknown++;
        }
        if (s->element)
            unknown +=
                count_unknown_rows(s->element, arena_printf(&arena, s->kind == SLOT_MAP ? "%s.*." : "%s.", path));
    }
    return unknown;
}

TEST(every_row_is_a_member_of_the_specification)
{
    assert_int_equal(count_unknown_rows(&config_object, ""), 0);
}

static size_t count_rows_without_doc(const struct object *object)
{
    size_t rows = 0, without = 0;
    for (const struct slot *s = object->slots; s->key; s++, rows++) {
        if (*s->key && !s->doc) {
            print_error("%s.%s has no doc\n", object->name, s->key);
            without++;
        }
        if (s->element)
            without += count_rows_without_doc(s->element);
    }
    if (rows > 64) {
        print_error("%s has more than 64 rows\n", object->name);
        without++;
    }
    return without;
}

TEST(every_row_says_what_it_means)
{
    assert_int_equal(count_rows_without_doc(&config_object), 0);
}
