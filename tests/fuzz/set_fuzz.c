/* set_fuzz.c - any text as a path and, behind a NUL, the value that is set there. */
#include "base/arena.h"
#include "base/error.h"
#include "spec/config.h"
#include "spec/schema.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char empty[] = "{\"ociVersion\":\"1.0.0\"}";
    struct arena a = {0};
    struct error err;
    error_init(&err, &a);
    char *path = arena_strndup(&a, (const char *)data, size);
    size_t length = strlen(path);
    const char *text = length < size ? arena_strndup(&a, (const char *)data + length + 1, size - length - 1) : "";
    struct config *c = schema_decode(&config_object, "-", empty, strlen(empty), NULL, &err);
    (void)schema_find(&config_object, path);
    if (schema_set(&config_object, c, path, text, &err) == 0)
        (void)schema_encode(&a, &config_object, c, 2);
    else if (!err.message)
        abort();
    arena_release(&a);
    return 0;
}
