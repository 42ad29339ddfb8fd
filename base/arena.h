/* arena.h - memory that lives as long as one command.
 *
 * Everything decoded from JSON, and every error message, is carved from an arena and released at once.
 * Out of memory ends the program with status 125: no caller checks for NULL. Not for several threads. */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct arena_block;

struct arena {
    struct arena_block *head;
};

/* Zeroed memory, aligned to 16 bytes. */
void *arena_alloc(struct arena *a, size_t size);
/* A zeroed array; a product that overflows counts as out of memory. */
void *arena_array(struct arena *a, size_t count, size_t size);
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *fmt, va_list args) __attribute__((format(printf, 2, 0)));
/* A number to point at, as optional members of decoded structs are. */
const int64_t *arena_int64(struct arena *a, int64_t value);
/* Frees all of it; the arena may be used again. */
void arena_release(struct arena *a);

#define arena_new(a, type) ((type *)arena_alloc((a), sizeof(type)))
