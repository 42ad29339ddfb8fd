/* str.h - small questions about text, and the one strict number parser (SECURITY R13). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

bool str_equal(const char *a, const char *b); /* two NULLs are equal */
bool str_has_prefix(const char *s, const char *prefix);
bool str_has_suffix(const char *s, const char *suffix);
/* NULL, or the rest of s behind the prefix. */
const char *str_after(const char *s, const char *prefix);
/* Decimal digits only, no sign, no blanks, no leading zeros but "0" itself, at most `max`. */
bool str_to_uint(const char *s, uint64_t max, uint64_t *out);
/* The same with an optional '-'. */
bool str_to_int(const char *s, int64_t min, int64_t max, int64_t *out);
/* "512", "1G", "1.5g", "64m", "2KiB": bytes in powers of 1024; no unit means bytes. */
bool str_to_bytes(const char *s, int64_t *out);
/* Splits at each `separator`; NULL-terminated; empty pieces are kept. */
const char **str_split(struct arena *a, const char *s, char separator);
const char *str_join(struct arena *a, const char *const *pieces, const char *separator);
size_t str_count(const char *const *list); /* of a NULL-terminated list, which may be NULL */
bool str_in(const char *s, const char *const *list);
/* Number of inserted, removed, changed or swapped letters that turn a into b; at most `limit` + 1. */
unsigned str_distance(const char *a, const char *b, unsigned limit);
/* The text with control characters written as \n, \t, \r or \xNN, for messages. */
const char *str_printable(struct arena *a, const char *s);
