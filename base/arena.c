#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK_SIZE ((size_t)16384)
#define ALIGNMENT  ((size_t)16)

struct arena_block {
    struct arena_block *next;
    size_t used, size;
    char data[] __attribute__((aligned(16)));
};

static void out_of_memory(void)
{
    static const char text[] = "davit: out of memory\n";
    ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);
    (void)ignored;
    _exit(125);
}

/* A block that is shared is zeroed piece by piece, when that is used: pages that nobody needs are not touched. Of one
 * piece calloc knows whether it comes from the kernel so. */
static struct arena_block *new_block(size_t size, bool is_shared)
{
    struct arena_block *block = is_shared ? malloc(sizeof *block + size) : calloc(1, sizeof *block + size);
    if (block == NULL)
        out_of_memory();
    *block = (struct arena_block){.size = size};
    return block;
}

void *arena_alloc(struct arena *a, size_t size)
{
    if (size > SIZE_MAX / 2)
        out_of_memory();
    size = (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
    struct arena_block *block = a->head;
    bool is_zero = false;
    if (block == NULL || block->size - block->used < size) {
        size_t usual = BLOCK_SIZE - sizeof *block;
        bool is_large = is_zero = size > usual / 4;
        block = new_block(is_large ? size : usual, !is_large);
        if (is_large && a->head != NULL) { /* the room left in the head stays in use */
            block->next = a->head->next;
            a->head->next = block;
        } else {
            block->next = a->head;
            a->head = block;
        }
    }
    void *memory = block->data + block->used;
    block->used += size;
    return is_zero ? memory : memset(memory, 0, size);
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total))
        out_of_memory();
    return arena_alloc(a, total);
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
    size_t length = strnlen(s, n);
    char *copy = arena_alloc(a, length + 1);
    memcpy(copy, s, length);
    return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
    return arena_strndup(a, s, strlen(s));
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list args)
{
    char small[256];
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(small, sizeof small, fmt, args);
    if (length < 0)
        out_of_memory();
    char *text = arena_alloc(a, (size_t)length + 1);
    if ((size_t)length < sizeof small)
        memcpy(text, small, (size_t)length);
    else
        vsnprintf(text, (size_t)length + 1, fmt, again);
    va_end(again);
    return text;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *text = arena_vprintf(a, fmt, args);
    va_end(args);
    return text;
}

void arena_release(struct arena *a)
{
    while (a->head != NULL) {
        struct arena_block *block = a->head;
        a->head = block->next;
        free(block);
    }
}

const int64_t *arena_int64(struct arena *a, int64_t value)
{
    int64_t *number = arena_new(a, int64_t);
    *number = value;
    return number;
}
