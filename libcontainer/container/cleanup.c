#include "libcontainer/container/cleanup.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "libcontainer/launch/hooks.h"
#include "libcontainer/launch/sequence.h"
#include "libcontainer/store/identity.h"
#include "libcontainer/store/store.h"
#include "spec/config.h"
#include "spec/schema.h"
#include "spec/state.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>

enum {
    END_TIMEOUT_MS = 10000
};

int container_kept_config(struct store *s, const struct config **out, struct error *err)
{
    const char *text;
    size_t length;
    *out = NULL;
    if (store_load_config(s, &text, &length, err) < 0) {
        if (err->errnum != ENOENT)
            return -1;
        error_clear(err);
        return 0;
    }
    *out = schema_decode(&config_object, "config.json", text, length, NULL, err);
    return *out ? 0 : -1;
}

int container_end_init(const struct record *r, struct error *err)
{
    scoped_fd pidfd = -1;
    if (!r->init)
        return 0;
    int found = identity_open(r->init, &pidfd, err);
    if (found != IDENTITY_ALIVE)
        return found == IDENTITY_GONE ? 0 : -1;
    if (pidfd_send_signal(pidfd, SIGKILL, NULL, 0) < 0)
        return errno == ESRCH ? 0 : fail_errno(err, "cannot kill the container's init");
    struct pollfd end = {.fd = pidfd, .events = POLLIN};
    int ready;
    do
        ready = poll(&end, 1, END_TIMEOUT_MS);
    while (ready < 0 && errno == EINTR);
    if (ready == 1)
        return 0;
    return fail(err, ERR_TIMED_OUT, "container init still running %d seconds after SIGKILL", END_TIMEOUT_MS / 1000);
}

int container_cleanup(struct store *s, const struct record *r, const struct config *c, struct error *err)
{
    if (sequence_undo(r, err) < 0)
        return -1;
    if (c) {
        const struct hook_call call = {
            .kind = HOOK_POSTSTOP,
            .config = c,
            .id = r->id,
            .bundle = r->bundle,
            .bundle_fd = -1,
        };
        if (hooks_run(&call, err) < 0) {
            log_warning("%s", error_line(err));
            error_clear(err);
        }
    }
    return store_remove(s, err);
}
