#include "spec/schema_keys.h"

#include "base/arena.h"
#include <stdint.h>
#include <string.h>

/* FNV-1a. Keys chosen to collide cost time, at most that of comparing all with all in 16 MiB. */
static size_t hash(const char *key)
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (; *key; key++)
        h = (h ^ (unsigned char)*key) * UINT64_C(1099511628211);
    return (size_t)(h ^ h >> 32);
}

static size_t place_of(const struct key_set *set, const char *key)
{
    size_t i = hash(key) & (set->room - 1);
    while (set->slots[i] && strcmp(set->slots[i], key) != 0)
        i = (i + 1) & (set->room - 1);
    return i;
}

static void grow(struct arena *a, struct key_set *set)
{
    struct key_set larger = {NULL, set->room ? set->room * 2 : 16, set->count};
    larger.slots = arena_array(a, larger.room, sizeof *larger.slots);
    for (size_t i = 0; i < set->room; i++)
        if (set->slots[i])
            larger.slots[place_of(&larger, set->slots[i])] = set->slots[i];
    *set = larger;
}

bool key_set_add(struct arena *a, struct key_set *set, const char *key)
{
    if (set->count * 2 >= set->room)
        grow(a, set);
    size_t i = place_of(set, key);
    if (set->slots[i])
        return false;
    set->slots[i] = key;
    set->count++;
    return true;
}
