#include "spec/schema_yajl.h"

#include "base/arena.h"
#include <string.h>

/* Stands before each piece of memory, because realloc does not tell the old length. */
union piece {
    size_t length;
    char aligned[16];
};

static void *get(void *ctx, size_t length)
{
    union piece *p = arena_array(ctx, 1, sizeof *p + length);
    p->length = length;
    return p + 1;
}

/* The arena frees it. */
static void forget(void *ctx, void *memory)
{
    (void)ctx;
    (void)memory;
}

static void *enlarge(void *ctx, void *memory, size_t length)
{
    void *larger = get(ctx, length);
    if (memory) {
        size_t old = ((union piece *)memory - 1)->length;
        memcpy(larger, memory, old < length ? old : length);
    }
    return larger;
}

yajl_alloc_funcs schema_yajl_memory(struct arena *a)
{
    return (yajl_alloc_funcs){.malloc = get, .realloc = enlarge, .free = forget, .ctx = a};
}
