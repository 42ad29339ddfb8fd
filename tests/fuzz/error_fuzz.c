/* error_fuzz.c - any bytes as the error that a container's process reports: it may be hostile by then. */
#include "base/arena.h"
#include "base/error.h"
#include "spec/error_json.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = {0};
    struct error err, again;
    error_init(&err, &a);
    error_init(&again, &a);
    if (error_json_decode((const char *)data, size, &err) != -1 || !err.message)
        abort();
    const char *text = error_json_encode(&a, &err);
    if (strlen(text) > 48 << 10)
        abort();
    error_json_decode(text, strlen(text), &again);
    if (again.code != err.code || again.errnum != err.errnum || !error_text(&again))
        abort();
    error_json_log(&err, "error", "now");
    arena_release(&a);
    return 0;
}
