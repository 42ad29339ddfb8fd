#include "spec/schema_private.h"

#include "base/arena.h"
#include "base/str.h"
#include <string.h>

enum {
    SHOWN_BYTES = 120,
    SHOWN_CHOICES = 24
};

void growing_append(struct arena *a, struct growing *g, void *item)
{
    if (g->count + 1 >= g->room) {
        size_t room = g->room ? g->room * 2 : 8;
        void **grown = arena_array(a, room, sizeof *grown);
        if (g->count)
            memcpy(grown, g->items, g->count * sizeof *grown);
        g->items = grown;
        g->room = room;
    }
    g->items[g->count++] = item;
}

void *value_new(struct arena *a, const struct object *object)
{
    static void *const empty[1];
    char *value = arena_alloc(a, object->size);
    for (const struct slot *s = object->slots; s->key; s++) {
        bool is_list = s->kind == SLOT_STRINGS || s->kind == SLOT_LIST || s->kind == SLOT_MAP || s->kind == SLOT_UINTS;
        if (is_list)
            *(void *const **)(void *)(value + s->offset) = empty;
    }
    return value;
}

bool value_is_plain(const struct object *element)
{
    return element->slots[0].key && !*element->slots[0].key;
}

/* The digits of a JSON number, with a point and zeros at either end taken away. */
struct decimal {
    const char *whole, *fraction;
    size_t whole_length, fraction_length;
    long exponent;
};

static long exponent_parse(const char *text)
{
    enum {
        ENOUGH = 100000
    }; /* beyond every digit that a text of 16 MiB is sensibly given; saturates */
    bool negative = *text == '-';
    long value = 0;
    for (text += *text == '-' || *text == '+'; *text >= '0' && *text <= '9'; text++)
        value = value < ENOUGH ? value * 10 + (*text - '0') : value;
    return negative ? -value : value;
}

static char decimal_digit(const struct decimal *d, size_t index)
{
    return index < d->whole_length ? d->whole[index] : d->fraction[index - d->whole_length];
}

enum integer_kind integer_parse(const char *text, bool *out_negative, uint64_t *out_magnitude)
{
    struct decimal d = {.fraction = ""};
    *out_negative = *text == '-';
    *out_magnitude = 0;
    d.whole = text + (*text == '-');
    d.whole_length = strspn(d.whole, "0123456789");
    const char *rest = d.whole + d.whole_length;
    if (*rest == '.') {
        d.fraction = rest + 1;
        d.fraction_length = strspn(d.fraction, "0123456789");
        rest = d.fraction + d.fraction_length;
    }
    if (*rest == 'e' || *rest == 'E')
        d.exponent = exponent_parse(rest + 1);

    size_t first = 0, last = d.whole_length + d.fraction_length;
    long scale = d.exponent - (long)d.fraction_length;
    for (; last > first && decimal_digit(&d, last - 1) == '0'; last--)
        scale++;
    while (first < last && decimal_digit(&d, first) == '0')
        first++;
    if (first == last)
        return INTEGER_FITS;
    if (scale < 0)
        return INTEGER_HAS_FRACTION;
    if (last - first + (size_t)scale > 20)
        return INTEGER_TOO_LARGE;
    for (size_t i = first; i < last + (size_t)scale; i++) {
        unsigned digit = i < last ? (unsigned)(decimal_digit(&d, i) - '0') : 0;
        if (__builtin_mul_overflow(*out_magnitude, 10, out_magnitude) ||
            __builtin_add_overflow(*out_magnitude, digit, out_magnitude))
            return INTEGER_TOO_LARGE;
    }
    return INTEGER_FITS;
}

static const char *outside(struct arena *a, const char *text, const char *low, const char *high)
{
    return arena_printf(a, "%.*s is outside %s..%s", SHOWN_BYTES, text, low, high);
}

static const char *signed_from_number(struct arena *a, const struct slot *slot, const char *text, bool negative,
                                      uint64_t magnitude, bool fits, const void **out)
{
    int64_t low = slot->min || slot->max ? slot->min : INT64_MIN;
    int64_t high = slot->max ? slot->max : INT64_MAX;
    int64_t value = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    uint64_t limit = (uint64_t)INT64_MAX + negative;
    if (!fits || magnitude > limit || value < low || value > high)
        return outside(a, text, arena_printf(a, "%lld", (long long)low), arena_printf(a, "%lld", (long long)high));
    int64_t *copy = arena_new(a, int64_t);
    *copy = value;
    *out = copy;
    return NULL;
}

static const char *unsigned_from_number(struct arena *a, const struct slot *slot, const char *text, bool negative,
                                        uint64_t magnitude, bool fits, const void **out)
{
    uint64_t low = slot->min > 0 ? (uint64_t)slot->min : 0;
    uint64_t high = slot->max ? (uint64_t)slot->max : UINT64_MAX;
    if (!fits || (negative && magnitude) || magnitude < low || magnitude > high)
        return outside(a, text, arena_printf(a, "%llu", (unsigned long long)low),
                       arena_printf(a, "%llu", (unsigned long long)high));
    uint64_t *copy = arena_new(a, uint64_t);
    *copy = magnitude;
    *out = copy;
    return NULL;
}

const char *value_from_number(struct arena *a, const struct slot *slot, const char *text, const void **out)
{
    bool negative;
    uint64_t magnitude;
    enum integer_kind kind = integer_parse(text, &negative, &magnitude);
    if (kind == INTEGER_HAS_FRACTION)
        return arena_printf(a, "expected an integer, got %.*s", SHOWN_BYTES, text);
    bool fits = kind == INTEGER_FITS;
    return slot->kind == SLOT_INT ? signed_from_number(a, slot, text, negative, magnitude, fits, out)
                                  : unsigned_from_number(a, slot, text, negative, magnitude, fits, out);
}

const char *value_quoted(struct arena *a, const char *text)
{
    size_t shown = strlen(text);
    if (shown <= SHOWN_BYTES)
        return arena_printf(a, "\"%s\"", str_printable(a, text));
    for (shown = SHOWN_BYTES; shown && ((unsigned char)text[shown] & 0xc0) == 0x80; shown--)
        continue; /* not in the middle of a character */
    return arena_printf(a, "\"%s...\"", str_printable(a, arena_strndup(a, text, shown)));
}

const char *value_from_name(struct arena *a, const struct slot *slot, const char *text, const int64_t **out)
{
    for (const struct name *n = slot->names; n->text; n++) {
        if (strcmp(n->text, text) == 0) {
            *out = &n->value;
            return NULL;
        }
    }
    return arena_printf(a, "unknown value %s", value_quoted(a, text));
}

const char *value_from_text(struct arena *a, const struct slot *slot, const char *text, const char **out)
{
    const char *wrong = slot->check ? slot->check(text) : NULL;
    if (wrong)
        return arena_printf(a, "%s %s", value_quoted(a, text), wrong);
    *out = text;
    return NULL;
}

const char *value_choices(struct arena *a, const struct name *names)
{
    struct growing shown = {0};
    for (; names->text && shown.count < SHOWN_CHOICES; names++)
        growing_append(a, &shown, arena_strdup(a, names->text));
    if (names->text)
        growing_append(a, &shown, arena_strdup(a, "..."));
    return shown.count ? arena_printf(a, "one of %s", str_join(a, (const char *const *)shown.items, ", ")) : NULL;
}
