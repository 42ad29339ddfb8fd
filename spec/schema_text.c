#include "spec/schema_private.h"

#include "base/arena.h"
#include "base/str.h"
#include <string.h>
#include <strings.h>

void place_move(struct place *p, const char *text, size_t offset)
{
    for (; p->offset < offset; p->offset++) {
        if (text[p->offset] == '\n') {
            p->line++;
            p->column = 1;
        } else if (((unsigned char)text[p->offset] & 0xc0) != 0x80) {
            p->column++;
        }
    }
}

/* Escaped quotes have an odd number of backslashes before them; the one that opens a string has none or an even one. */
static size_t string_start(const char *text, size_t closing)
{
    for (size_t i = closing; i-- > 0;) {
        if (text[i] != '"')
            continue;
        size_t slashes = 0;
        while (slashes < i && text[i - 1 - slashes] == '\\')
            slashes++;
        if (slashes % 2 == 0)
            return i;
    }
    return closing;
}

size_t token_start(const char *text, size_t end)
{
    if (end == 0)
        return 0;
    size_t start = end - 1;
    if (text[start] == '"')
        return string_start(text, start);
    const char *literal = "+-.0123456789abcdefghijklmnopqrstuvwxyzE";
    while (start > 0 && strchr(literal, text[start]) && strchr(literal, text[start - 1]))
        start--;
    return start;
}

size_t utf8_length(const unsigned char *text, size_t left)
{
    unsigned first = text[0];
    if (first < 0x80)
        return 1;
    size_t length = first >= 0xf0 && first <= 0xf4 ? 4 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xc2 ? 2 : 0;
    if (length == 0 || first > 0xf4 || left < length)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (first == 0xe0 && text[1] < 0xa0) || (first == 0xf0 && text[1] < 0x90);
    bool surrogate = first == 0xed && text[1] > 0x9f;
    bool beyond = first == 0xf4 && text[1] > 0x8f;
    return overlong || surrogate || beyond ? 0 : length;
}

/* The number in \uXXXX at text, or -1. */
static long escape_value(const char *text, size_t left)
{
    if (left < 6 || text[0] != '\\' || text[1] != 'u')
        return -1;
    long value = 0;
    for (size_t i = 2; i < 6; i++) {
        const char *digits = "0123456789abcdefABCDEF";
        const char *digit = text[i] ? strchr(digits, text[i]) : NULL;
        if (!digit)
            return -1;
        value = value * 16 + (digit - digits < 16 ? digit - digits : digit - digits - 6);
    }
    return value;
}

/* Length of the escape at text, which begins with a backslash; 0 when it is half of a pair. */
static size_t escape_length(const char *text, size_t left)
{
    long value = escape_value(text, left);
    if (value < 0xd800 || value > 0xdfff)
        return left < 2 ? left : 2;
    long second = value < 0xdc00 ? escape_value(text + 6, left - 6) : -1;
    return second >= 0xdc00 && second <= 0xdfff ? 12 : 0;
}

bool text_find_invalid(const char *text, size_t length, size_t *out_offset, const char **out_what)
{
    size_t step;
    for (size_t i = 0; i < length; i += step) {
        const char *what = NULL;
        if (text[i] == '\0') {
            what = "has a NUL byte";
        } else if (text[i] == '\\') {
            step = escape_length(text + i, length - i);
            what = step ? NULL : "has half of a surrogate pair";
        } else {
            step = utf8_length((const unsigned char *)text + i, length - i);
            what = step ? NULL : "is not valid UTF-8";
        }
        if (what) {
            *out_offset = i;
            *out_what = what;
            return true;
        }
    }
    return false;
}

const char *text_compact(struct arena *a, const char *text, size_t length)
{
    char *out = arena_strndup(a, text, length), *to = out;
    bool in_string = false;
    for (const char *p = text; p < text + length; p++) {
        if (!in_string && strchr(" \t\r\n", *p))
            continue;
        *to++ = *p;
        if (in_string && *p == '\\')
            *to++ = *++p;
        else if (*p == '"')
            in_string = !in_string;
    }
    *to = '\0';
    return out;
}

bool text_is_near(const char *wrong, const char *known, unsigned *out_distance)
{
    if (strcasecmp(wrong, known) == 0) {
        *out_distance = 0;
        return true;
    }
    size_t length = strlen(wrong);
    unsigned limit = length >= 5 ? 2 : length >= 3 ? 1 : 0; /* "ro" is not a misspelt "rw" */
    *out_distance = str_distance(wrong, known, limit);
    return *out_distance <= limit;
}

const char *name_of(const struct name *names, int64_t value)
{
    for (; names->text; names++)
        if (names->value == value)
            return names->text;
    return NULL;
}

bool name_find(const struct name *names, const char *text, int64_t *out_value)
{
    for (; names->text; names++) {
        if (strcmp(names->text, text) == 0) {
            *out_value = names->value;
            return true;
        }
    }
    return false;
}

const char *name_nearest(const struct name *names, const char *text)
{
    const char *nearest = NULL;
    unsigned least = 0, distance;
    for (; names->text; names++) {
        if (text_is_near(text, names->text, &distance) && (!nearest || distance < least)) {
            nearest = names->text;
            least = distance;
        }
    }
    return nearest;
}
