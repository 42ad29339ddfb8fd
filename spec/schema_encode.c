#include "spec/schema_private.h"

#include "base/arena.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct writer {
    struct arena *arena;
    char *text;
    size_t length, room;
    int indent, depth;
    bool has_members; /* of the innermost bracket */
};

static void put_bytes(struct writer *w, const char *bytes, size_t count)
{
    if (w->length + count + 1 > w->room) {
        w->room = (w->length + count + 1) * 2;
        char *grown = arena_alloc(w->arena, w->room);
        if (w->length)
            memcpy(grown, w->text, w->length);
        w->text = grown;
    }
    memcpy(w->text + w->length, bytes, count);
    w->length += count;
}

static void put(struct writer *w, const char *text)
{
    put_bytes(w, text, strlen(text));
}

static void put_escape(struct writer *w, unsigned char c)
{
    static const char letters[] = {['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't', ['"'] = '"'};
    char escape[8];
    if (c == '\\') {
        put(w, "\\\\");
    } else if (c < sizeof letters && letters[c]) {
        put_bytes(w, (const char[]){'\\', letters[c]}, 2);
    } else {
        snprintf(escape, sizeof escape, "\\u%04x", c);
        put(w, escape);
    }
}

/* Host paths and program names need not be UTF-8, JSON must be: what is not becomes U+FFFD. */
static void put_string(struct writer *w, const char *text)
{
    put(w, "\"");
    for (size_t left = strlen(text), step; left > 0; text += step, left -= step) {
        step = utf8_length((const unsigned char *)text, left);
        if (step == 0) {
            step = 1;
            put(w, "\xef\xbf\xbd");
        } else if (step == 1 && ((unsigned char)*text < 0x20 || *text == '"' || *text == '\\')) {
            put_escape(w, (unsigned char)*text);
        } else {
            put_bytes(w, text, step);
        }
    }
    put(w, "\"");
}

static void put_line_break(struct writer *w)
{
    if (w->indent == 0)
        return;
    put(w, "\n");
    for (int i = 0; i < w->indent * w->depth; i++)
        put(w, " ");
}

static void open_with(struct writer *w, const char *bracket)
{
    put(w, bracket);
    w->depth++;
    w->has_members = false;
}

static void close_with(struct writer *w, const char *bracket)
{
    w->depth--;
    if (w->has_members)
        put_line_break(w);
    put(w, bracket);
    w->has_members = true;
}

static void next_item(struct writer *w)
{
    if (w->has_members)
        put(w, ",");
    put_line_break(w);
    w->has_members = true;
}

static void put_key(struct writer *w, const char *key)
{
    next_item(w);
    put_string(w, key);
    put(w, w->indent ? ": " : ":");
}

static void put_signed(struct writer *w, int64_t value)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRId64, value);
    put_bytes(w, digits, (size_t)length);
}

static void put_unsigned(struct writer *w, uint64_t value)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, value);
    put_bytes(w, digits, (size_t)length);
}

static void put_object(struct writer *w, const struct object *object, const void *value);
static void put_value(struct writer *w, const struct slot *s, const void *home);

/* The pointer that lies at home. */
static const void *pointer_at(const void *home)
{
    return *(const void *const *)home;
}

static void put_elements(struct writer *w, const struct slot *s, const void *const *items)
{
    open_with(w, "[");
    for (; items && *items; items++) {
        next_item(w);
        if (s->kind == SLOT_STRINGS)
            put_string(w, *items);
        else if (s->kind == SLOT_UINTS)
            put_unsigned(w, *(const uint64_t *)*items);
        else
            put_object(w, s->element, *items);
    }
    close_with(w, "]");
}

static void put_map(struct writer *w, const struct slot *s, const void *const *items)
{
    open_with(w, "{");
    for (; items && *items; items++) {
        put_key(w, pointer_at(*items));
        if (value_is_plain(s->element))
            put_value(w, s->element->slots, (const char *)*items + s->element->slots->offset);
        else
            put_object(w, s->element, *items);
    }
    close_with(w, "}");
}

static void put_set(struct writer *w, const struct slot *s, uint64_t mask)
{
    open_with(w, "[");
    for (const struct name *n = s->names; n->text; n++) {
        uint64_t bit = UINT64_C(1) << n->value;
        if (!(mask & bit))
            continue;
        mask &= ~bit; /* a value of two names is written once, by its first */
        next_item(w);
        put_string(w, n->text);
    }
    close_with(w, "]");
}

/* Whether the member is there at all. */
static bool is_present(const struct slot *s, const char *value)
{
    const void *home = value + s->offset;
    switch (s->kind) {
    case SLOT_BOOL:
        return *(const bool *)home || s->required;
    case SLOT_SET:
        return *(const uint64_t *)home || s->keep_empty || (s->given && *(const bool *)(value + s->given));
    case SLOT_STRINGS:
    case SLOT_LIST:
    case SLOT_MAP:
    case SLOT_UINTS:
        return s->keep_empty || (pointer_at(home) && pointer_at(pointer_at(home)));
    case SLOT_ENUM:
        return pointer_at(home) && name_of(s->names, *(const int64_t *)pointer_at(home));
    case SLOT_FLAG:
    case SLOT_INT:
    case SLOT_UINT:
    case SLOT_STRING:
    case SLOT_OBJECT:
    case SLOT_RAW:
        break;
    }
    return pointer_at(home) != NULL;
}

/* `home` is where a member that is_present lies; an element of a plain map may be NULL and reads as null. */
static void put_value(struct writer *w, const struct slot *s, const void *home)
{
    bool is_pointer = s->kind != SLOT_BOOL && s->kind != SLOT_SET;
    const void *pointer = is_pointer ? pointer_at(home) : home;
    if (!pointer && s->kind != SLOT_STRINGS && s->kind != SLOT_LIST && s->kind != SLOT_MAP && s->kind != SLOT_UINTS) {
        put(w, "null");
        return;
    }
    switch (s->kind) {
    case SLOT_BOOL:
    case SLOT_FLAG:
        put(w, *(const bool *)pointer ? "true" : "false");
        break;
    case SLOT_INT:
        put_signed(w, *(const int64_t *)pointer);
        break;
    case SLOT_UINT:
        put_unsigned(w, *(const uint64_t *)pointer);
        break;
    case SLOT_STRING:
        put_string(w, pointer);
        break;
    case SLOT_RAW:
        put(w, pointer);
        break;
    case SLOT_ENUM:
        put_string(w, name_of(s->names, *(const int64_t *)pointer));
        break;
    case SLOT_OBJECT:
        put_object(w, s->element, pointer);
        break;
    case SLOT_SET:
        put_set(w, s, *(const uint64_t *)pointer);
        break;
    case SLOT_MAP:
        put_map(w, s, pointer);
        break;
    case SLOT_STRINGS:
    case SLOT_LIST:
    case SLOT_UINTS:
        put_elements(w, s, pointer);
        break;
    }
}

static void put_object(struct writer *w, const struct object *object, const void *value)
{
    open_with(w, "{");
    for (const struct slot *s = object->slots; s->key; s++) {
        if (!is_present(s, value))
            continue;
        put_key(w, s->key);
        put_value(w, s, (const char *)value + s->offset);
    }
    close_with(w, "}");
}

const char *schema_encode(struct arena *a, const struct object *root, const void *value, int indent)
{
    struct writer w = {.arena = a, .indent = indent};
    put_object(&w, root, value);
    put_bytes(&w, "", 1);
    return w.text;
}
