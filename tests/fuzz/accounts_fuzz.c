/* accounts_fuzz.c - any text as the passwd and group files of a hostile root, any text as `exec --user`: ids that come
 * out are those of a line, or the number that was given. Input: USER NUL PASSWD NUL GROUP. */
#include "base/arena.h"
#include "base/error.h"
#include "libcontainer/container.h"
#include "libcontainer/container/exec_process.h"
#include "spec/config.h"
#include "spec/schema.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char config_text[] = "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"rootfs\"},"
                                  "\"process\":{\"cwd\":\"/\",\"args\":[\"sh\"],\"user\":{\"uid\":0,\"gid\":0}}}";

/* The next text of the input, which ends at a NUL or at the end. */
static const char *next(struct arena *a, const uint8_t **data, size_t *size)
{
    const uint8_t *end = memchr(*data, 0, *size);
    size_t length = end ? (size_t)(end - *data) : *size;
    const char *text = arena_strndup(a, (const char *)*data, length);
    size_t used = length + (end ? 1 : 0);
    *data += used;
    *size -= used;
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = {0};
    struct error err;
    const struct process *process;
    static const char *args[] = {"sh", NULL};
    error_init(&err, &a);
    const struct config *config = schema_decode(&config_object, "-", config_text, sizeof config_text - 1, NULL, &err);
    if (!config)
        abort();
    struct exec_request request = {.args = args, .user = next(&a, &data, &size)};
    struct exec_accounts accounts = {.passwd = next(&a, &data, &size), .group = next(&a, &data, &size)};
    (void)exec_needs_accounts(&request);
    if (exec_compose(&request, NULL, config, &accounts, &process, &err) == 0) {
        const struct user *user = process->user;
        if (!user || *user->uid < 0 || *user->uid > UINT32_MAX || *user->gid < 0 || *user->gid > UINT32_MAX)
            abort();
    } else if (!err.message) {
        abort();
    }
    arena_release(&a);
    return 0;
}
