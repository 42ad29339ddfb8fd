/* exec.c - a process of its own choice in a container that is there. Everything behind joining is what create does, in
 * the same code (SECURITY R18). */
#include "libcontainer/container.h"

#include "base/arena.h"
#include "base/child.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/proc.h"
#include "libcontainer/aspects/seccomp.h"
#include "libcontainer/cgroup/cgroup.h"
#include "libcontainer/container/cleanup.h"
#include "libcontainer/container/exec_process.h"
#include "libcontainer/container/foreground.h"
#include "libcontainer/container/pid_file.h"
#include "libcontainer/container/watch.h"
#include "libcontainer/launch/join.h"
#include "libcontainer/launch/namespaces.h"
#include "libcontainer/launch/parent.h"
#include "libcontainer/launch/sequence.h"
#include "libcontainer/launch/spawn.h"
#include "libcontainer/store/identity.h"
#include "libcontainer/store/store.h"
#include "spec/config.h"
#include "spec/state.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define ACCOUNTS_LIMIT ((size_t)4 << 20)

/* A file of the container's root as text; NULL where there is none. */
static int read_inside(struct launch *l, int root, const char *path, const char **out, struct error *err)
{
    scoped_fd found = -1, fd = -1;
    int proc;
    char *text;
    *out = NULL;
    int result = path_find_inside(root, path, O_PATH, &found, err);
    if (result != PATH_FOUND)
        return result == PATH_ABSENT ? 0 : -1;
    /* The container may have put a device there, which davit, unlike the container, could open. */
    if (launch_proc(l, &proc, err) < 0 || proc_reopen_regular(proc, found, O_RDONLY, &fd, err) < 0 ||
        file_read(fd, ACCOUNTS_LIMIT, &text, NULL, err) < 0)
        return error_context(err, "reading the container's %s", path);
    *out = text;
    return 0;
}

static int read_accounts(struct launch *l, struct exec_accounts *out, struct error *err)
{
    const char *name = arena_printf(err->arena, "/proc/%d/root", (int)*l->record->init->pid);
    scoped_fd root = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return fail_errno(err, "cannot open the container's root");
    if (read_inside(l, root, "/etc/passwd", &out->passwd, err) < 0)
        return -1;
    return read_inside(l, root, "/etc/group", &out->group, err);
}

/* What run --keep has seen of the end; of others only the caller knows it. */
static int refuse_stopped(const struct record *r, struct error *err)
{
    if (r->ended == NULL || r->exit_code == NULL)
        return fail(err, ERR_WRONG_STATE, "cannot exec in a stopped container");
    return fail(err, ERR_WRONG_STATE, "container %s stopped at %s (exit %d); cannot exec in a stopped container", r->id,
                r->ended, (int)*r->exit_code);
}

static int check_state(struct launch *l, const struct exec_request *q, int *out_pidfd, struct error *err)
{
    bool is_frozen = false;
    int alive = l->record->init ? identity_open(l->record->init, out_pidfd, err) : IDENTITY_GONE;
    if (alive < 0)
        return -1;
    if (alive == IDENTITY_GONE)
        return refuse_stopped(l->record, err);
    if (cgroup_open(l->record->cgroup, &l->cgroup, err) < 0)
        return -1;
    if (q->ignore_paused || !l->cgroup)
        return 0;
    if (cgroup_is_frozen(l->cgroup, &is_frozen, err) < 0)
        return -1;
    if (!is_frozen)
        return 0;
    fail(err, ERR_WRONG_STATE, "cannot exec in a paused container");
    return error_hint(err, "davit resume %s first, or use --ignore-paused: the process then waits until it is resumed",
                      q->id);
}

static int choose_process(struct launch *l, const struct exec_request *q, const struct process *given,
                          struct error *err)
{
    struct exec_accounts accounts = {NULL, NULL};
    if (container_kept_config(l->store, &l->config, err) < 0)
        return -1;
    if (!l->config)
        return fail(err, ERR_NOT_FOUND, "the container's kept config.json is missing");
    if (exec_needs_accounts(q) && read_accounts(l, &accounts, err) < 0)
        return -1;
    if (exec_compose(q, given, l->config, &accounts, &l->process, err) < 0)
        return -1;
    return config_check_process(l->process, "process", "exec", err);
}

static int prepare(struct launch *l, const struct exec_request *q, const struct process *given, struct error *err)
{
    scoped_fd pidfd = -1;
    if (store_open(q->root, q->id, STORE_SHARED, &l->store, err) < 0 || store_read(l->store, &l->record, err) < 0)
        return -1;
    l->bundle = l->record->bundle;
    l->rootfs = l->record->rootfs;
    l->rootless = l->record->rootless;
    if (check_state(l, q, &pidfd, err) < 0 || choose_process(l, q, given, err) < 0)
        return -1;
    pid_t init = (pid_t)*l->record->init->pid;
    if (join_process(l, init, pidfd, err) < 0 || plan_prepare(l, err) < 0)
        return error_step(err, "runtime: namespaces");
    if (cgroup_select(l->cgroup, l->options->exec_cgroups, init, err) < 0)
        return error_step(err, "runtime: cgroup");
    /* Only davit itself can talk to the bus, so it may not stand still meanwhile. */
    l->plan->lends_memory &= !cgroup_attaches_by_bus(l->cgroup);
    return sequence_before(l, err);
}

static int begin_watch(struct launch *l, struct error *err)
{
    (void)err;
    watch_begin(l, NULL);
    return 0;
}

static int launch_process(struct launch *l, struct error *err)
{
    l->beside = l->foreground ? begin_watch : NULL;
    if (sequence_point(l, "runtime: spawn", err) < 0)
        return -1;
    if (spawn(l, err) < 0)
        return error_step(err, "runtime: spawn");
    if (parent_serve(l, err) < 0 ||
        pidfd_socket_send(l->options->pidfd_socket, "--pidfd-socket", "setns", l->pidfd, err) < 0)
        return -1;
    if (l->foreground && foreground_attach(l->foreground, l->terminal_fd, err) < 0)
        return -1;
    if (parent_let_go(l, err) < 0)
        return -1;
    return pid_file_write(l->options->pid_file, l->pid, err);
}

static void release_store(struct launch *l)
{
    struct store *s = l->store;
    l->store = NULL;
    store_close(s);
}

static void explain_end(const struct launch *l, int status)
{
    bool is_certain;
    const char *why = WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS
                          ? seccomp_explain_death(l->arena, l->config, &is_certain)
                          : NULL;
    if (why)
        log_message(LOG_ERROR_LEVEL, "%s: %s", l->id, why);
}

static int exec(struct launch *l, const struct exec_request *q, int *out_status, struct error *err)
{
    struct process *given;
    int status;
    if (exec_read_process(q, &given, err) < 0 || prepare(l, q, given, err) < 0)
        return -1;
    if (launch_process(l, err) < 0) {
        watch_end(l);
        spawn_end(l);
        return -1;
    }
    *out_status = 0;
    if (!l->foreground)
        return 0;
    /* delete and update want the lock while the process runs. */
    release_store(l);
    int result = foreground_wait(l->foreground, l->pid, l->pidfd, &status, err);
    watch_end(l);
    if (result < 0)
        return -1;
    *out_status = child_exit_code(status);
    explain_end(l, status);
    return 0;
}

int container_exec(const struct exec_request *request, int *out_status, struct error *err)
{
    struct exec_request q = *request;
    struct foreground *f = NULL;
    q.options.foreground = !q.options.detach;
    if (q.options.foreground && foreground_prepare(false, &f, err) < 0)
        return -1;
    struct launch *l = launch_new(err->arena, LAUNCH_EXEC);
    l->id = q.id;
    l->state_root = q.root;
    l->options = &q.options;
    l->foreground = f;
    l->starts_at_once = true;
    int result = exec(l, &q, out_status, err);
    release_store(l);
    launch_free(l);
    foreground_end(f);
    return result;
}
