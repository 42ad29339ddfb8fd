/* run.c - create and start in one process, and, in the foreground, everything up to the end. */
#include "libcontainer/container/run.h"

#include "base/arena.h"
#include "base/child.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "libcontainer/aspects/seccomp.h"
#include "libcontainer/container.h"
#include "libcontainer/container/cleanup.h"
#include "libcontainer/container/creation.h"
#include "libcontainer/container/foreground.h"
#include "libcontainer/container/notify.h"
#include "libcontainer/container/pid_file.h"
#include "libcontainer/container/watch.h"
#include "libcontainer/launch/hooks.h"
#include "libcontainer/launch/parent.h"
#include "libcontainer/launch/sequence.h"
#include "libcontainer/store/store.h"
#include "spec/config.h"
#include "spec/state.h"

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

struct end {
    const char *time; /* RFC 3339 */
    int64_t exit_code;
};

static int let_run(struct launch *l, int *out_notify_fd, struct error *err)
{
    const struct hook_call call = {
        .kind = HOOK_POSTSTART,
        .config = l->config,
        .id = l->id,
        .bundle = l->bundle,
        .bundle_fd = l->bundle_fd,
        .pid = l->pid,
    };
    if (creation_record(l, true, err) < 0 || notify_listen(l->store, out_notify_fd, err) < 0)
        return -1;
    if (l->foreground && foreground_attach(l->foreground, l->terminal_fd, err) < 0)
        return -1;
    if (parent_let_go(l, err) < 0)
        return -1;
    if (sequence_point(l, "runtime: running", err) < 0 || hooks_run(&call, err) < 0)
        return -1;
    return pid_file_write(l->options->pid_file, l->pid, err);
}

/* Only of a container that stays: what exec says of it. */
static int keep_end(struct store *s, struct record *r, const struct end *end, struct error *err)
{
    r->ended = end->time;
    r->exit_code = &end->exit_code;
    return store_write(s, r, err);
}

/* Somebody else may have deleted the container meanwhile, and even made another one of its name. */
static int leave_ended(const struct create_request *q, const struct launch *l, const struct end *end, struct error *err)
{
    scoped_store s = NULL;
    struct record *r;
    const struct identity *mine = l->record->init;
    if (store_open(q->root, q->id, STORE_EXCLUSIVE, &s, err) < 0) {
        if (err->code != ERR_NOT_FOUND)
            return -1;
        error_clear(err);
        return 0;
    }
    if (store_read(s, &r, err) < 0)
        return -1;
    bool is_mine = r->init && *r->init->pid == *mine->pid && *r->init->start_time == *mine->start_time;
    if (!is_mine)
        return 0;
    return q->keep ? keep_end(s, r, end, err) : container_cleanup(s, r, l->config, err);
}

/* A call that the profile kills leaves no word behind. */
static void explain_end(const struct launch *l, int status)
{
    const char *why = NULL;
    bool is_certain;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
        why = seccomp_explain_death(l->arena, l->config, &is_certain);
    if (why)
        log_message(LOG_ERROR_LEVEL, "%s: %s", l->id, why);
}

struct readiness {
    int fd;
    struct arena *arena;
};

/* In the foreground, readiness is told beside everything else. */
static bool serve_readiness(void *context)
{
    const struct readiness *r = context;
    struct error err;
    error_init(&err, r->arena);
    int told = notify_serve(r->fd, 0, &err);
    if (told < 0)
        log_warning("%s", error_line(&err));
    return told != 0;
}

/* kill, exec and delete want the lock while the container runs. */
static void release_lock(struct launch *l)
{
    struct store *s = l->store;
    l->store = NULL;
    store_close(s);
}

int container_stay(struct launch *l, const struct create_request *q, int notify_fd, int *out_status, struct error *err)
{
    int status = 0;
    struct readiness readiness = {notify_fd, l->arena};
    release_lock(l);
    /* The host may unmount the root while its container lives on in a namespace of its own. */
    fd_close(&l->root_source_fd);
    foreground_watch(l->foreground, notify_fd, serve_readiness, &readiness);
    int result = foreground_wait(l->foreground, l->pid, l->pidfd, &status, err);
    watch_dismiss(l);
    l->pid = 0;
    *out_status = child_exit_code(status);
    explain_end(l, status);
    char now[40];
    const struct end end = {log_time(now, sizeof now), *out_status};
    struct error second;
    error_init(&second, err->arena);
    if (leave_ended(q, l, &end, result < 0 || q->keep ? &second : err) < 0) {
        if (q->keep) /* no reason to lose the program's status */
            log_debug("the end of %s is not recorded: %s", l->id, error_line(&second));
        else
            result = -1;
    }
    watch_end(l);
    creation_end(l);
    return result;
}

static int run(const struct create_request *q, struct foreground *f, int *out_status, struct error *err)
{
    struct launch *l;
    scoped_fd notify_fd = -1;
    if (creation_begin(q, true, f, &l, err) < 0)
        return -1;
    if (let_run(l, &notify_fd, err) < 0) {
        error_context(err, "cannot run %s", q->id);
        return creation_undo(l, err);
    }
    if (f)
        return container_stay(l, q, notify_fd, out_status, err);
    *out_status = 0;
    release_lock(l);
    int result = notify_wait(notify_fd, l->pid, l->pidfd, err);
    creation_end(l);
    return result;
}

int container_run(const struct create_request *request, int *out_status, struct error *err)
{
    struct create_request q = *request;
    struct foreground *f = NULL;
    q.options.foreground = !q.options.detach;
    if (q.options.foreground && foreground_prepare(true, &f, err) < 0)
        return -1;
    int result = run(&q, f, out_status, err);
    foreground_end(f);
    return result;
}
