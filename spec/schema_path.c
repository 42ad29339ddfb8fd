#include "spec/schema_private.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include <string.h>

/* The row whose key begins `path`; *out_rest is what follows the key and its dot or bracket. */
static const struct slot *first_slot(const struct object *object, const char *path, const char **out_rest)
{
    size_t length = strcspn(path, ".[");
    for (const struct slot *s = object->slots; s->key; s++) {
        if (strlen(s->key) != length || strncmp(s->key, path, length) != 0)
            continue;
        const char *rest = path + length;
        while (*rest == '[') {
            rest += strcspn(rest, "]");
            rest += *rest == ']';
        }
        *out_rest = rest + (*rest == '.');
        return s;
    }
    return NULL;
}

/* The row of a path that goes on inside a map: the key may hold dots itself, so the last part is tried as a member. */
static const struct slot *find_in_map(const struct slot *map, const char *rest)
{
    const char *last = strrchr(rest, '.');
    if (value_is_plain(map->element) || !last)
        return map;
    const struct slot *member = schema_find(map->element, last + 1);
    return member ? member : map;
}

const struct slot *schema_find(const struct object *root, const char *path)
{
    const char *rest;
    const struct slot *s = first_slot(root, path, &rest);
    if (!s || !*rest)
        return s;
    if (s->kind == SLOT_MAP)
        return find_in_map(s, rest);
    return s->element ? schema_find(s->element, rest) : NULL;
}

/* What schema_set works on. */
struct setting {
    struct arena *arena;
    const char *path, *text;
    struct error *err;
};

static int refuse(struct setting *set, const struct slot *s, const char *message)
{
    fail(set->err, ERR_INVALID_ARGUMENT, "%s: %s", set->path, message);
    error_at(set->err, "%s", set->path);
    return s && s->hint ? error_hint(set->err, "%s", s->hint) : -1;
}

static int set_boolean(struct setting *set, const struct slot *s, void *home)
{
    static const bool values[] = {false, true};
    bool value = str_equal(set->text, "true");
    if (!value && !str_equal(set->text, "false"))
        return refuse(set, s,
                      arena_printf(set->arena, "expected true or false, got %s", value_quoted(set->arena, set->text)));
    if (s->kind == SLOT_BOOL)
        *(bool *)home = value;
    else
        *(const bool **)home = &values[value];
    return 0;
}

static int number(struct setting *set, const struct slot *s, const void **out)
{
    const char *digits = set->text + (*set->text == '-');
    if (!*digits || digits[strspn(digits, "0123456789")])
        return refuse(set, s,
                      arena_printf(set->arena, "expected an integer, got %s", value_quoted(set->arena, set->text)));
    const char *wrong = value_from_number(set->arena, s, set->text, out);
    return wrong ? refuse(set, s, wrong) : 0;
}

static int named(struct setting *set, const struct slot *s, const char *text, const int64_t **out)
{
    const char *wrong = value_from_name(set->arena, s, text, out);
    if (!wrong)
        return 0;
    refuse(set, NULL, wrong);
    return error_hint(set->err, "%s", value_choices(set->arena, s->names));
}

/* Adds an item to the list at home, which other structs may share as long as it is empty. */
static void add_item(struct arena *a, void *home, const void *item)
{
    void ***list = home;
    struct growing grown = {0};
    for (void **old = *list; old && *old; old++)
        growing_append(a, &grown, *old);
    growing_append(a, &grown, (void *)(uintptr_t)item);
    *list = grown.items;
}

static int set_names(struct setting *set, const struct slot *s, void *home)
{
    uint64_t mask = 0;
    const char **words = str_split(set->arena, set->text, ',');
    for (; *words && *set->text; words++) {
        const int64_t *value;
        if (named(set, s, *words, &value) < 0)
            return -1;
        mask |= UINT64_C(1) << *value;
    }
    *(uint64_t *)home = mask;
    return 0;
}

static int set_scalar(struct setting *set, const struct slot *s, void *home)
{
    const void *value = NULL;
    const char *wrong;
    switch (s->kind) {
    case SLOT_BOOL:
    case SLOT_FLAG:
        return set_boolean(set, s, home);
    case SLOT_SET:
        return set_names(set, s, home);
    case SLOT_ENUM:
        return named(set, s, set->text, home);
    case SLOT_INT:
    case SLOT_UINT:
        return number(set, s, home);
    case SLOT_UINTS:
        if (number(set, s, &value) < 0)
            return -1;
        add_item(set->arena, home, value);
        return 0;
    case SLOT_STRING:
    case SLOT_STRINGS:
        wrong = value_from_text(set->arena, s, arena_strdup(set->arena, set->text), (const char **)&value);
        if (wrong)
            return refuse(set, s, wrong);
        if (s->kind == SLOT_STRING)
            *(const void **)home = value;
        else
            add_item(set->arena, home, value);
        return 0;
    case SLOT_OBJECT:
    case SLOT_LIST:
    case SLOT_MAP:
    case SLOT_RAW:
        break;
    }
    return refuse(set, NULL, "cannot be given as text");
}

/* Sets the entry `key` of a map of plain values, and makes it when there is none. */
static int set_entry(struct setting *set, const struct slot *map, void *home, const char *key)
{
    const struct slot *plain = map->element->slots;
    for (char **entry = *(char ***)home; entry && *entry; entry++)
        if (strcmp(*(const char **)(void *)*entry, key) == 0)
            return set_scalar(set, plain, *entry + plain->offset);
    char *entry = value_new(set->arena, map->element);
    *(const char **)(void *)entry = arena_strdup(set->arena, key);
    if (set_scalar(set, plain, entry + plain->offset) < 0)
        return -1;
    add_item(set->arena, home, entry);
    return 0;
}

int schema_set(const struct object *root, void *value, const char *path, const char *text, struct error *err)
{
    struct setting set = {err->arena, path, text, err};
    char *target = value;
    for (const char *rest = path;;) {
        const struct slot *s = first_slot(root, rest, &rest);
        if (!s)
            return refuse(&set, NULL, "there is no such member");
        void *home = target + s->offset;
        if (!*rest)
            return set_scalar(&set, s, home);
        if (s->kind == SLOT_MAP && value_is_plain(s->element))
            return set_entry(&set, s, home, rest);
        if (s->kind != SLOT_OBJECT)
            return refuse(&set, NULL, "there is no such member");
        if (!*(void **)home)
            *(void **)home = value_new(err->arena, s->element);
        target = *(void **)home;
        root = s->element;
    }
}
