/* seccomp_fuzz.c - any linux.seccomp as a filter: it is refused by name, or compiles into one that the simulator, which
 * checks each jump, runs to its end for every call; and any text as base64 instructions. */
#include "base/arena.h"
#include "base/error.h"
#include "libcontainer/aspects/seccomp_filter.h"
#include "spec/config.h"
#include "spec/schema.h"
#include <linux/bpf_common.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A config's seccomp as it stands in a whole document: the rows are those of the config. */
static const struct seccomp *decode(struct arena *a, const uint8_t *data, size_t size, struct error *err)
{
    const char *text = arena_printf(a, "{\"linux\":{\"seccomp\":%.*s}}", (int)size, (const char *)data);
    const struct config *c = schema_decode(&config_object, "-", text, strlen(text), NULL, err);
    return c && c->linux_ ? c->linux_->seccomp : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = {0};
    struct error err;
    struct seccomp_filter filter;
    error_init(&err, &a);
    const struct seccomp *s = decode(&a, data, size, &err);
    if (s && seccomp_compile(s, &filter, &err) == 0) {
        if (filter.count == 0 || filter.count > BPF_MAXINSNS)
            abort();
        for (int number = 0; number < 600; number += 7) {
            struct seccomp_data call = {
                .nr = number, .arch = seccomp_native_arch(), .args = {1, 2, 3}
            };
            (void)seccomp_simulate(&filter, &call);
        }
    } else if (s && !err.message) {
        abort();
    }
    if (seccomp_decode_base64(&a, arena_strndup(&a, (const char *)data, size), &filter) && filter.count > 0) {
        struct seccomp_data call = {.nr = 1};
        (void)seccomp_simulate(&filter, &call);
    }
    arena_release(&a);
    return 0;
}
