/* number_list.h - lists of numbers as the kernel writes them, "0-3,7": processors and memory nodes. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct error;

#define NUMBER_LIST_MAX 65535

struct number_list {
    const uint32_t *numbers; /* sorted, each once */
    size_t count;
};

/* Strict: numbers and ranges from low to high, separated by single commas, no blanks, none above `max` (at most
 * NUMBER_LIST_MAX). The empty text is the empty list. ERR_INVALID_ARGUMENT, with the reason. In the error's arena. */
int number_list_parse(const char *text, uint32_t max, struct number_list *out, struct error *err);
/* The same as a bit mask of 64-bit words, lowest first; *out_words covers the highest number, and is 0 without any. */
int number_list_mask(const char *text, uint32_t max, uint64_t **out_mask, size_t *out_words, struct error *err);
