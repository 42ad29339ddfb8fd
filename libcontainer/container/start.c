/* start.c - created → running. */
#include "libcontainer/container.h"

#include "base/arena.h"
#include "base/child.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "libcontainer/aspects/seccomp.h"
#include "libcontainer/cgroup/cgroup.h"
#include "libcontainer/container/cleanup.h"
#include "libcontainer/container/notify.h"
#include "libcontainer/launch/channel.h"
#include "libcontainer/launch/hooks.h"
#include "libcontainer/launch/parent.h"
#include "libcontainer/launch/sequence.h"
#include "libcontainer/launch/start_socket.h"
#include "libcontainer/store/identity.h"
#include "libcontainer/store/store.h"
#include "spec/config.h"
#include "spec/state.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

enum {
    END_TIMEOUT_MS = 10000,
    REAP_TIMEOUT_MS = 5000
};

/* A frozen init would not answer, and start would wait for it. */
static int check_frozen(struct launch *l, struct error *err)
{
    bool is_frozen = false;
    if (cgroup_open(l->record->cgroup, &l->cgroup, err) < 0 ||
        (l->cgroup && cgroup_is_frozen(l->cgroup, &is_frozen, err) < 0))
        return -1;
    if (!is_frozen)
        return 0;
    fail(err, ERR_WRONG_STATE, "cannot start a container in the paused state");
    return error_hint(err, "davit resume %s first", l->record->id);
}

static int check_state(struct launch *l, struct error *err)
{
    const struct record *r = l->record;
    if (!r->init || !identity_is_alive(r->init))
        return fail(err, ERR_WRONG_STATE, "cannot start a container that has stopped");
    if (check_frozen(l, err) < 0)
        return -1;
    if (!r->started)
        return 0;
    fail(err, ERR_WRONG_STATE, "cannot start an already running container");
    return error_hint(err, "container is already running; davit exec %s runs a further program in it", r->id);
}

/* Recorded before it is said: a crash between the two errs towards "running", so that a plain delete can never kill a
 * container that lives. */
static int record_start(struct launch *l, struct error *err)
{
    static const int64_t running = STATUS_RUNNING;
    l->record->started = true;
    l->record->status = &running;
    if (sequence_point(l, "runtime: record start", err) < 0 || store_write(l->store, l->record, err) < 0)
        return -1;
    return sequence_point(l, "runtime: go", err);
}

static int run_poststart(const struct launch *l, struct error *err)
{
    const struct hook_call call = {
        .kind = HOOK_POSTSTART,
        .config = l->config,
        .id = l->id,
        .bundle = l->record->bundle,
        .bundle_fd = -1,
        .pid = (pid_t)*l->record->init->pid,
    };
    struct error second;
    if (hooks_run(&call, err) == 0)
        return 0;
    error_init(&second, err->arena);
    container_end_init(l->record, &second);
    return -1;
}

/* A profile that kills execve lets nothing else happen; any other end may come at any time, and is told
 * when it is seen. */
static int explain_end(const struct launch *l, int pidfd, struct error *err)
{
    bool is_certain = false;
    int status;
    const char *why = seccomp_explain_death(l->arena, l->config, &is_certain);
    struct pollfd end = {.fd = pidfd, .events = POLLIN};
    if (!why || pidfd < 0)
        return 0;
    if (is_certain)
        poll(&end, 1, END_TIMEOUT_MS);
    /* Of a process that nobody has waited for yet an ordinary user reads 0, which this one cannot have ended with. */
    if (is_certain && child_ended_status(pidfd, (pid_t)*l->record->init->pid, &status) && status == 0) {
        end.events = 0;
        poll(&end, 1, REAP_TIMEOUT_MS);
    }
    if (!child_ended_status(pidfd, (pid_t)*l->record->init->pid, &status) || !WIFSIGNALED(status) ||
        WTERMSIG(status) != SIGSYS)
        return 0;
    if (is_certain)
        return fail(err, ERR_PROCESS_DIED, "%s", why);
    log_warning("%s: %s", l->id, why);
    return 0;
}

static int start(struct launch *l, int *out_notify_fd, struct error *err)
{
    if (store_read(l->store, &l->record, err) < 0 || check_state(l, err) < 0 ||
        container_kept_config(l->store, &l->config, err) < 0)
        return -1;
    if (!l->config)
        return fail(err, ERR_NOT_FOUND, "the container's kept config.json is missing");
    if (config_check_process(l->config->process, "process", "start", err) < 0)
        return -1;
    if (identity_open(l->record->init, &l->pidfd, err) < 0)
        return -1;
    l->channel = arena_new(l->arena, struct channel);
    l->channel->fd = -1;
    if (notify_listen(l->store, out_notify_fd, err) < 0 || start_socket_connect(l->store, l->channel, err) < 0 ||
        record_start(l, err) < 0)
        return -1;
    return parent_let_go(l, err) < 0 || explain_end(l, l->pidfd, err) < 0 ? -1 : run_poststart(l, err);
}

static int await_readiness(const struct launch *l, int notify_fd, struct error *err)
{
    scoped_fd pidfd = -1;
    if (notify_fd < 0 || identity_open(l->record->init, &pidfd, err) == IDENTITY_GONE)
        return 0;
    return notify_wait(notify_fd, (pid_t)*l->record->init->pid, pidfd, err);
}

int container_start(const char *root, const char *id, struct error *err)
{
    struct launch *l = launch_new(err->arena, LAUNCH_CREATE);
    scoped_fd notify_fd = -1;
    l->id = id;
    l->state_root = root;
    if (store_open(root, id, STORE_EXCLUSIVE, &l->store, err) < 0)
        return error_context(err, "cannot start %s", id);
    int result = start(l, &notify_fd, err);
    /* Others want the lock while the program gets ready. */
    store_close(l->store);
    l->store = NULL;
    if (result == 0)
        result = await_readiness(l, notify_fd, err);
    launch_free(l);
    return result < 0 ? error_context(err, "cannot start %s", id) : 0;
}
