#include "base/str.h"

#include "base/arena.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

bool str_equal(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

const char *str_after(const char *s, const char *prefix)
{
    while (*prefix != '\0')
        if (*s++ != *prefix++)
            return NULL;
    return s;
}

bool str_has_prefix(const char *s, const char *prefix)
{
    return str_after(s, prefix) != NULL;
}

bool str_has_suffix(const char *s, const char *suffix)
{
    size_t length = strlen(s), tail = strlen(suffix);
    return length >= tail && strcmp(s + length - tail, suffix) == 0;
}

bool str_to_uint(const char *s, uint64_t max, uint64_t *out)
{
    if (s[0] == '\0' || (s[0] == '0' && s[1] != '\0'))
        return false;
    uint64_t value = 0;
    for (; *s != '\0'; s++) {
        if (*s < '0' || *s > '9')
            return false;
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, (uint64_t)(*s - '0'), &value))
            return false;
    }
    if (value > max)
        return false;
    *out = value;
    return true;
}

bool str_to_int(const char *s, int64_t min, int64_t max, int64_t *out)
{
    bool is_negative = s[0] == '-';
    uint64_t magnitude;
    if (!str_to_uint(s + is_negative, (uint64_t)INT64_MAX + is_negative, &magnitude))
        return false;
    if (is_negative && magnitude == 0)
        return false;
    int64_t value = is_negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    if (value < min || value > max)
        return false;
    *out = value;
    return true;
}

/* The power of 1024 that a unit stands for, or -1. */
static int unit_power(const char *unit)
{
    static const char letters[] = "kmgtpe";
    if (unit[0] == '\0' || strcasecmp(unit, "b") == 0)
        return 0;
    const char *letter = strchr(letters, tolower((unsigned char)unit[0]));
    if (letter == NULL)
        return -1;
    const char *rest = unit + 1;
    if (rest[0] != '\0' && strcasecmp(rest, "b") != 0 && strcasecmp(rest, "ib") != 0)
        return -1;
    return (int)(letter - letters) + 1;
}

/* ".5" in front of a unit: what it adds, in bytes. Moves *s behind the digits. */
static uint64_t fraction_bytes(const char **s, int power)
{
    double unit = (double)(UINT64_C(1) << (10 * power)), part = 0, digit = 0.1;
    for (++*s; isdigit((unsigned char)**s); ++*s) {
        part += digit * (**s - '0');
        digit /= 10;
    }
    return (uint64_t)(part * unit + 1e-6); /* 0.1 is a little less than a tenth */
}

bool str_to_bytes(const char *s, int64_t *out)
{
    char digits[24];
    size_t length = strspn(s, "0123456789");
    if (length >= sizeof digits)
        return false;
    memcpy(digits, s, length);
    digits[length] = '\0';
    uint64_t value;
    const char *rest = s + length;
    size_t decimals = *rest == '.' ? strspn(rest + 1, "0123456789") : 0;
    int power = unit_power(decimals ? rest + 1 + decimals : rest);
    if (power < 0 || (decimals && power == 0) || !str_to_uint(digits, INT64_MAX, &value))
        return false;
    if (power > 0 && value > ((uint64_t)INT64_MAX >> (10 * power)))
        return false;
    uint64_t bytes = (value << (10 * power)) + (decimals ? fraction_bytes(&rest, power) : 0);
    if (bytes > INT64_MAX)
        return false;
    *out = (int64_t)bytes;
    return true;
}

const char **str_split(struct arena *a, const char *s, char separator)
{
    size_t count = 1;
    for (const char *p = s; *p != '\0'; p++)
        count += *p == separator;
    const char **pieces = arena_array(a, count + 1, sizeof *pieces);
    for (size_t i = 0; i < count; i++) {
        const char *end = strchrnul(s, separator);
        pieces[i] = arena_strndup(a, s, (size_t)(end - s));
        s = end + 1;
    }
    return pieces;
}

const char *str_join(struct arena *a, const char *const *pieces, const char *separator)
{
    size_t length = 1, gap = strlen(separator);
    for (const char *const *p = pieces; *p != NULL; p++)
        length += strlen(*p) + gap;
    char *text = arena_alloc(a, length), *end = text;
    for (const char *const *p = pieces; *p != NULL; p++) {
        if (p != pieces)
            end = mempcpy(end, separator, gap);
        end = mempcpy(end, *p, strlen(*p));
    }
    return text;
}

size_t str_count(const char *const *list)
{
    size_t count = 0;
    while (list != NULL && list[count] != NULL)
        count++;
    return count;
}

bool str_in(const char *s, const char *const *list)
{
    for (; list != NULL && *list != NULL; list++)
        if (str_equal(s, *list))
            return true;
    return false;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

unsigned str_distance(const char *a, const char *b, unsigned limit)
{
    enum {
        LONGEST = 64
    };
    size_t m = strlen(a), n = strlen(b);
    size_t apart = m > n ? m - n : n - m;
    if (m > LONGEST || n > LONGEST || apart > limit)
        return limit + 1;
    unsigned rows[3][LONGEST + 1]; /* the row being filled, the one above, and that above it */
    unsigned *row = rows[0], *above = rows[1], *second = rows[2];
    for (size_t j = 0; j <= n; j++)
        above[j] = (unsigned)j;
    memset(second, 0, sizeof rows[2]);
    for (size_t i = 1; i <= m; i++) {
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= n; j++) {
            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], second[j - 2] + 1);
        }
        unsigned *oldest = second;
        second = above;
        above = row;
        row = oldest;
    }
    return least(above[n], limit + 1);
}

const char *str_printable(struct arena *a, const char *s)
{
    static const char hex[] = "0123456789abcdef";
    size_t length = 1;
    bool is_plain = true;
    for (const unsigned char *p = (const unsigned char *)s; *p != '\0'; p++) {
        bool is_control = *p < 0x20 || *p == 0x7f;
        is_plain = is_plain && !is_control;
        length += is_control ? 4 : 1;
    }
    if (is_plain)
        return s;
    char *text = arena_alloc(a, length), *end = text;
    for (const unsigned char *p = (const unsigned char *)s; *p != '\0'; p++) {
        if (*p == '\n' || *p == '\t' || *p == '\r') {
            *end++ = '\\';
            *end++ = *p == '\n' ? 'n' : *p == '\t' ? 't' : 'r';
        } else if (*p < 0x20 || *p == 0x7f) {
            *end++ = '\\';
            *end++ = 'x';
            *end++ = hex[*p >> 4];
            *end++ = hex[*p & 15];
        } else {
            *end++ = (char)*p;
        }
    }
    return text;
}
