/* schema_keys.h - the keys of one JSON object, to find one that appears twice in any number of them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct key_set {
    const char **slots; /* open addressing; NULL: free */
    size_t room, count;
};

/* False when the key is there already. It is kept, not copied. */
bool key_set_add(struct arena *a, struct key_set *set, const char *key);
