#include "base/number_list.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

#include <string.h>

/* A number of one to five digits that ends at a '-', a ',' or the end. */
static const char *parse_number(const char *s, uint32_t *out)
{
    char digits[6];
    size_t length = strspn(s, "0123456789");
    uint64_t value;
    if (length == 0 || length >= sizeof digits)
        return NULL;
    memcpy(digits, s, length);
    digits[length] = '\0';
    if (!str_to_uint(digits, NUMBER_LIST_MAX, &value))
        return NULL;
    *out = (uint32_t)value;
    return s + length;
}

static int refuse(const char *text, const char *reason, struct error *err)
{
    fail(err, ERR_INVALID_ARGUMENT, "\"%s\" %s", str_printable(err->arena, text), reason);
    return error_hint(err, "a list of numbers and ranges: 0-3,7");
}

int number_list_mask(const char *text, uint32_t max, uint64_t **out_mask, size_t *out_words, struct error *err)
{
    uint64_t *mask = arena_array(err->arena, (size_t)max / 64 + 1, sizeof *mask);
    size_t words = 0;
    for (const char *s = text; *text != '\0';) {
        uint32_t first = 0, last;
        s = parse_number(s, &first);
        last = first;
        if (s != NULL && *s == '-')
            s = parse_number(s + 1, &last);
        if (s == NULL || (*s != ',' && *s != '\0'))
            return refuse(text, "is not a list of numbers", err);
        if (last < first)
            return refuse(text, "has a range that runs backwards", err);
        if (last > max)
            return refuse(text, arena_printf(err->arena, "has a number above %u", max), err);
        for (uint32_t n = first; n <= last; n++)
            mask[n / 64] |= UINT64_C(1) << (n % 64);
        if (last / 64 + 1 > words)
            words = last / 64 + 1;
        if (*s == '\0')
            break;
        s++;
    }
    *out_mask = mask;
    *out_words = words;
    return 0;
}

int number_list_parse(const char *text, uint32_t max, struct number_list *out, struct error *err)
{
    uint64_t *mask;
    size_t words, count = 0;
    if (number_list_mask(text, max, &mask, &words, err) < 0)
        return -1;
    for (size_t i = 0; i < words; i++)
        count += (size_t)__builtin_popcountll(mask[i]);
    uint32_t *numbers = arena_array(err->arena, count + 1, sizeof *numbers);
    size_t filled = 0;
    for (uint32_t n = 0; n < words * 64; n++)
        if ((mask[n / 64] >> (n % 64)) & 1)
            numbers[filled++] = n;
    *out = (struct number_list){numbers, count};
    return 0;
}
