#include "spec/schema_decoder.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include <string.h>

enum {
    MAX_NOTES = 1000
}; /* a hostile document shall not fill the memory with them, nor with faults */

/* What the parser met: a value, or the beginning of one. */
enum token {
    TOKEN_NULL,
    TOKEN_BOOL,
    TOKEN_NUMBER,
    TOKEN_STRING,
    TOKEN_OBJECT,
    TOKEN_ARRAY
};

static struct frame *top(struct decoder *d)
{
    return &d->stack[d->depth - 1];
}

size_t decoder_offset(const struct decoder *d)
{
    size_t offset = yajl_get_bytes_consumed(d->yajl);
    return offset < d->length ? offset : d->length;
}

static const char *with_key(struct decoder *d, const char *path, const char *key)
{
    return *key ? arena_printf(d->arena, "%s%s%s", path, *path ? "." : "", key) : path;
}

const char *decoder_path(struct decoder *d, const char *last)
{
    const char *path = "";
    for (size_t i = 0; i < d->depth; i++) {
        const struct frame *f = &d->stack[i];
        bool is_last = i + 1 == d->depth;
        if (f->object && is_last && last)
            path = with_key(d, path, last);
        else if (f->object)
            path = f->slot ? with_key(d, path, f->slot->key) : path;
        else if (f->slot->kind == SLOT_MAP)
            path = f->key ? with_key(d, path, f->key) : path;
        else
            path = arena_printf(d->arena, "%s[%zu]", path, f->count);
    }
    return path;
}

static void set_place(struct decoder *d, size_t offset)
{
    struct place p = {0, 1, 1};
    place_move(&p, d->text, offset);
    d->err->file = d->file;
    d->err->line = p.line;
    d->err->column = p.column;
}

int decoder_refuse(struct decoder *d, size_t offset, const char *path, const char *message, const char *hint)
{
    if (*path)
        fail_config(d->err, path, "%s", message);
    else
        fail(d->err, ERR_INVALID_CONFIG, "%s: %s", d->file ? d->file : "JSON", message);
    if (hint)
        error_hint(d->err, "%s", hint);
    set_place(d, offset);
    return 0;
}

static int refuse_value(struct decoder *d, const struct slot *slot, const char *message)
{
    return decoder_refuse(d, token_start(d->text, decoder_offset(d)), decoder_path(d, NULL), message,
                          slot ? slot->hint : NULL);
}

static void note(struct decoder *d, const char *path, const char *message, const char *did_you_mean, bool is_member)
{
    if (!d->wants_notes || d->notes.count >= MAX_NOTES)
        return;
    place_move(&d->note_place, d->text, token_start(d->text, decoder_offset(d)));
    struct schema_note *n = arena_new(d->arena, struct schema_note);
    n->path = arena_strdup(d->arena, path);
    n->message = message;
    n->did_you_mean = did_you_mean;
    n->line = d->note_place.line;
    n->column = d->note_place.column;
    n->is_unknown_member = is_member;
    growing_append(d->arena, &d->notes, n);
}

static enum token expected_token(const struct slot *slot, bool is_element)
{
    switch (slot->kind) {
    case SLOT_BOOL:
    case SLOT_FLAG:
        return TOKEN_BOOL;
    case SLOT_INT:
    case SLOT_UINT:
        return TOKEN_NUMBER;
    case SLOT_STRING:
    case SLOT_ENUM:
    case SLOT_RAW:
        return TOKEN_STRING;
    case SLOT_OBJECT:
    case SLOT_MAP:
        return TOKEN_OBJECT;
    case SLOT_STRINGS:
    case SLOT_SET:
        return is_element ? TOKEN_STRING : TOKEN_ARRAY;
    case SLOT_UINTS:
        return is_element ? TOKEN_NUMBER : TOKEN_ARRAY;
    case SLOT_LIST:
        return is_element ? TOKEN_OBJECT : TOKEN_ARRAY;
    }
    return TOKEN_NULL;
}

static const char *expected_words(const struct slot *slot, bool is_element)
{
    static const char *const words[] = {
        [TOKEN_BOOL] = "a boolean",   [TOKEN_NUMBER] = "an integer", [TOKEN_STRING] = "a string",
        [TOKEN_OBJECT] = "an object", [TOKEN_NULL] = "nothing",
    };
    enum token token = expected_token(slot, is_element);
    if (token != TOKEN_ARRAY)
        return words[token];
    return slot->kind == SLOT_UINTS  ? "an array of integers"
           : slot->kind == SLOT_LIST ? "an array of objects"
                                     : "an array of strings";
}

/* The row of the next value, NULL when there is an error. *home: where it goes; NULL for an element of a list. */
static const struct slot *take_slot(struct decoder *d, enum token token, void **home)
{
    static const char *const got[] = {"null", "a boolean", "a number", "a string", "an object", "an array"};
    if (d->depth == 0) {
        refuse_value(d, NULL, arena_printf(d->arena, "expected an object, got %s", got[token]));
        return NULL;
    }
    struct frame *f = top(d);
    const struct slot *slot = f->slot;
    bool is_element = !f->object;
    *home = f->object ? f->target + slot->offset : NULL;
    if (!f->object && slot->kind == SLOT_MAP && value_is_plain(slot->element)) {
        slot = slot->element->slots;
        is_element = false;
        *home = f->element + slot->offset;
    }
    if (token == expected_token(slot, is_element))
        return slot;
    refuse_value(d, slot, arena_printf(d->arena, "expected %s, got %s", expected_words(slot, is_element), got[token]));
    return NULL;
}

/* A value has ended: the next one of a list or a map has the next index. */
static void value_done(struct decoder *d)
{
    if (d->depth == 0)
        return;
    struct frame *f = top(d);
    if (f->object) {
        f->present |= UINT64_C(1) << (f->slot - f->object->slots);
        return;
    }
    if (f->slot->kind == SLOT_MAP)
        growing_append(d->arena, &f->items, f->element);
    f->count++;
}

/* A value of a list or an object is there, but wrong: what follows has the right index, and nothing is missing. */
static void value_dropped(struct decoder *d)
{
    struct frame *f = top(d);
    if (f->object)
        f->present |= UINT64_C(1) << (f->slot - f->object->slots);
    else
        f->count++;
}

/* There is a fault in *err: 0 ends the decoding with it; 1 when every fault is wanted and this one is kept. */
static int keep_fault(struct decoder *d)
{
    if (!d->faults || d->depth == 0 || d->faults->count >= MAX_NOTES)
        return 0;
    struct error *copy = arena_new(d->arena, struct error);
    *copy = *d->err;
    growing_append(d->arena, d->faults, copy);
    error_clear(d->err);
    return 1;
}

/* The same for a fault in a value. */
static int pass_over(struct decoder *d)
{
    if (!keep_fault(d))
        return 0;
    value_dropped(d);
    return 1;
}

static int drop_value(struct decoder *d, const struct slot *slot, const char *message)
{
    refuse_value(d, slot, message);
    return pass_over(d);
}

static void skip_begin(struct decoder *d, const char **raw)
{
    d->skipping = true;
    d->skip_depth = 0;
    d->skip_start = SIZE_MAX;
    d->raw = raw;
}

/* True when the token belongs to a skipped value; `change` is +1 or -1 at brackets. */
static bool skip(struct decoder *d, int change)
{
    if (!d->skipping)
        return false;
    if (d->skip_start == SIZE_MAX)
        d->skip_start = token_start(d->text, decoder_offset(d));
    if (change > 0)
        d->skip_depth++;
    else if (change < 0)
        d->skip_depth--;
    if (d->skip_depth > 0)
        return true;
    d->skipping = false;
    if (d->raw) {
        *d->raw = text_compact(d->arena, d->text + d->skip_start, decoder_offset(d) - d->skip_start);
        value_done(d);
    }
    return true;
}

static int on_null(void *ctx)
{
    struct decoder *d = ctx;
    void *home;
    if (d->skipping && d->skip_depth == 0)
        d->raw = NULL; /* absent, as everywhere */
    if (skip(d, 0))
        return 1;
    struct frame *f = d->depth ? top(d) : NULL;
    if (f && (f->object || f->slot->kind == SLOT_MAP))
        return 1; /* null means absent, as in Go's encoding/json */
    take_slot(d, TOKEN_NULL, &home);
    return pass_over(d);
}

static int on_boolean(void *ctx, int value)
{
    struct decoder *d = ctx;
    void *home;
    if (skip(d, 0))
        return 1;
    const struct slot *slot = take_slot(d, TOKEN_BOOL, &home);
    if (!slot || !home) /* no list has booleans */
        return pass_over(d);
    if (slot->kind == SLOT_BOOL) {
        *(bool *)home = value;
    } else {
        static const bool flags[] = {false, true};
        *(const bool **)home = &flags[value != 0];
    }
    value_done(d);
    return 1;
}

static int on_number(void *ctx, const char *digits, size_t length)
{
    struct decoder *d = ctx;
    void *home;
    if (skip(d, 0))
        return 1;
    const struct slot *slot = take_slot(d, TOKEN_NUMBER, &home);
    if (!slot)
        return pass_over(d);
    const void *value;
    const char *wrong = value_from_number(d->arena, slot, arena_strndup(d->arena, digits, length), &value);
    if (wrong)
        return drop_value(d, slot, wrong);
    if (home)
        *(const void **)home = value;
    else
        growing_append(d->arena, &top(d)->items, (void *)(uintptr_t)value);
    value_done(d);
    return 1;
}

/* A name of an ENUM or a SET. */
static int store_name(struct decoder *d, const struct slot *slot, const char *text, void *home)
{
    const int64_t *value = NULL;
    const char *wrong = value_from_name(d->arena, slot, text, &value);
    const char *nearest = wrong ? name_nearest(slot->names, text) : NULL;
    if (wrong && slot->lenient) {
        note(d, decoder_path(d, NULL), wrong, nearest, false);
    } else if (wrong) {
        refuse_value(d, slot, wrong);
        d->err->hint = NULL;
        if (nearest)
            error_hint(d->err, "did you mean \"%s\"?", nearest);
        else
            error_hint(d->err, "%s", value_choices(d->arena, slot->names));
        return pass_over(d);
    } else if (slot->kind == SLOT_SET) {
        *(uint64_t *)(void *)top(d)->home |= UINT64_C(1) << *value;
    } else if (home) { /* no list has names that are not a set */
        *(const int64_t **)home = value;
    }
    value_done(d);
    return 1;
}

static int on_string(void *ctx, const unsigned char *bytes, size_t length)
{
    struct decoder *d = ctx;
    void *home;
    if (memchr(bytes, 0, length))
        return refuse_value(d, NULL, "a string may not contain a NUL character");
    if (skip(d, 0))
        return 1;
    const struct slot *slot = take_slot(d, TOKEN_STRING, &home);
    if (!slot)
        return pass_over(d);
    const char *text = arena_strndup(d->arena, (const char *)bytes, length);
    if (slot->kind == SLOT_ENUM || slot->kind == SLOT_SET)
        return store_name(d, slot, text, home);
    const char *wrong = value_from_text(d->arena, slot, text, &text);
    if (wrong)
        return drop_value(d, slot, wrong);
    if (home)
        *(const char **)home = text;
    else
        growing_append(d->arena, &top(d)->items, (void *)(uintptr_t)text);
    value_done(d);
    return 1;
}

static int push(struct decoder *d, struct frame frame)
{
    frame.start = decoder_offset(d) - 1;
    d->stack[d->depth++] = frame; /* on_open has looked at the depth */
    return 1;
}

static bool open_bracket(struct decoder *d)
{
    if (++d->nesting <= MAX_DEPTH)
        return true;
    refuse_value(d, NULL, "is nested more than 64 levels deep");
    return false;
}

/* A wrong value that begins with a bracket is skipped as a whole. */
static int pass_over_bracket(struct decoder *d)
{
    if (!pass_over(d))
        return 0;
    skip_begin(d, NULL);
    (void)skip(d, +1);
    return 1;
}

static int on_start_map(void *ctx)
{
    struct decoder *d = ctx;
    if (!open_bracket(d))
        return 0;
    if (skip(d, +1))
        return 1;
    if (d->depth == 0) {
        d->result = value_new(d->arena, d->root);
        return push(d, (struct frame){.object = d->root, .target = d->result});
    }
    void *home;
    const struct slot *slot = take_slot(d, TOKEN_OBJECT, &home);
    if (!slot)
        return pass_over_bracket(d);
    struct frame *f = top(d);
    if (home && slot->kind == SLOT_MAP)
        return push(d, (struct frame){.slot = slot, .home = home});
    char *target = !home && f->slot->kind == SLOT_MAP ? f->element : value_new(d->arena, slot->element);
    if (home)
        *(void **)home = target;
    else if (f->slot->kind == SLOT_LIST)
        growing_append(d->arena, &f->items, target);
    return push(d, (struct frame){.object = slot->element, .target = target});
}

/* The known key that an unknown one may stand for, or NULL. */
static const char *nearest_key(const struct object *object, const char *key)
{
    const char *nearest = NULL;
    unsigned least = 0, distance;
    for (const struct slot *s = object->slots; s->key; s++) {
        if (text_is_near(key, s->key, &distance) && (!nearest || distance < least)) {
            nearest = s->key;
            least = distance;
        }
    }
    return nearest;
}

static int appears_twice(struct decoder *d)
{
    refuse_value(d, NULL, "appears twice");
    if (!keep_fault(d))
        return 0;
    skip_begin(d, NULL);
    return 1;
}

static int object_key(struct decoder *d, struct frame *f, const char *key)
{
    for (const struct slot *s = f->object->slots; s->key; s++) {
        if (strcmp(s->key, key) != 0)
            continue;
        uint64_t bit = UINT64_C(1) << (s - f->object->slots);
        f->slot = s;
        if (f->seen & bit)
            return appears_twice(d);
        f->seen |= bit;
        if (s->kind == SLOT_RAW)
            skip_begin(d, (const char **)(void *)(f->target + s->offset));
        if (s->given)
            *(bool *)(f->target + s->given) = true;
        return 1;
    }
    note(d, decoder_path(d, str_printable(d->arena, key)), "unknown member", nearest_key(f->object, key), true);
    skip_begin(d, NULL); /* config.md#extensibility: unknown members are ignored */
    return 1;
}

static int on_map_key(void *ctx, const unsigned char *bytes, size_t length)
{
    struct decoder *d = ctx;
    if (memchr(bytes, 0, length))
        return refuse_value(d, NULL, "a key may not contain a NUL character");
    if (d->skipping)
        return 1;
    struct frame *f = top(d);
    const char *key = arena_strndup(d->arena, (const char *)bytes, length);
    if (f->object)
        return object_key(d, f, key);
    f->key = key;
    if (!key_set_add(d->arena, &f->keys, key))
        return appears_twice(d);
    f->element = value_new(d->arena, f->slot->element);
    *(const char **)(void *)f->element = key;
    return 1;
}

static int check_required(struct decoder *d, struct frame *f)
{
    for (const struct slot *s = f->object->slots; s->key; s++) {
        if (!s->required || f->present & UINT64_C(1) << (s - f->object->slots))
            continue;
        f->slot = s;
        decoder_refuse(d, f->start, decoder_path(d, NULL), "is required", s->hint);
        if (!keep_fault(d))
            return 0;
    }
    return 1;
}

/* `}` or `]`. */
static int close_bracket(struct decoder *d)
{
    d->nesting--;
    if (skip(d, -1))
        return 1;
    struct frame *f = top(d);
    if (f->object && !check_required(d, f))
        return 0;
    if (f->home && f->items.items)
        *(void ***)(void *)f->home = f->items.items;
    d->depth--;
    value_done(d);
    return 1;
}

static int on_end(void *ctx)
{
    return close_bracket(ctx);
}

static int on_start_array(void *ctx)
{
    struct decoder *d = ctx;
    if (!open_bracket(d))
        return 0;
    if (skip(d, +1))
        return 1;
    void *home;
    const struct slot *slot = take_slot(d, TOKEN_ARRAY, &home);
    return slot ? push(d, (struct frame){.slot = slot, .home = home}) : pass_over_bracket(d);
}

const yajl_callbacks decoder_callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_start_map,
    .yajl_map_key = on_map_key,
    .yajl_end_map = on_end,
    .yajl_start_array = on_start_array,
    .yajl_end_array = on_end,
};
