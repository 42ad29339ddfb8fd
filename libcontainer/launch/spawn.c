#include "libcontainer/launch/spawn.h"

#include "base/arena.h"
#include "base/child.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "base/syscalls.h"
#include "libcontainer/cgroup/cgroup.h"
#include "libcontainer/launch/channel.h"
#include "libcontainer/launch/init.h"
#include "libcontainer/launch/launch.h"
#include "libcontainer/launch/namespaces.h"
#include "libcontainer/launch/refused.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* What clone3 answers for the cgroup that the child is to be born in, and for nothing else. */
static bool is_cgroup_refusal(int errnum)
{
    return errnum == EACCES || errnum == EBUSY || errnum == EOPNOTSUPP || errnum == ENODEV || errnum == EBADF;
}

static int refused(const struct launch *l, struct error *err)
{
    if (errno == ENOSYS)
        return fail(err, ERR_NOT_SUPPORTED, "this kernel, or a seccomp filter around davit, lacks clone3");
    if (l->plan->clone_flags && (errno == ENOSPC || errno == EPERM || errno == EUSERS))
        return refused_namespaces(l->plan->clone_flags, err);
    fail_errno(err, "cannot start the container's first process");
    if (err->errnum == EAGAIN)
        return error_hint(err,
                          "a limit on processes is reached: see ulimit -u and the pids limit of davit's own cgroup");
    return -1;
}

struct child {
    struct launch launch;
    int runtimes_end; /* of the channel */
};

static void run_child(void *context)
{
    struct child *c = context;
    close(c->runtimes_end);
    init_main(&c->launch);
}

static pid_t clone_once(struct child *child, const struct clone_args *args)
{
    if (args->flags & CLONE_VM)
        return sys_clone3_lending(args, run_child, child);
    pid_t pid = sys_clone3(args);
    if (pid == 0)
        run_child(child);
    return pid;
}

static pid_t clone_child(struct launch *l, struct child *child, int *out_pidfd, struct error *err)
{
    int cgroup_fd = cgroup_clone_fd(l->cgroup);
    struct clone_args args = {
        .flags = l->plan->clone_flags | CLONE_PIDFD | (cgroup_fd >= 0 ? CLONE_INTO_CGROUP : 0) |
                 (l->plan->lends_memory ? CLONE_VM | CLONE_VFORK : 0),
        .pidfd = (uint64_t)(uintptr_t)out_pidfd,
        .exit_signal = SIGCHLD,
        .cgroup = cgroup_fd >= 0 ? (uint64_t)cgroup_fd : 0,
    };
    pid_t pid = clone_once(child, &args);
    if (pid < 0 && cgroup_fd >= 0 && is_cgroup_refusal(errno)) {
        if (cgroup_clone_refused(l->cgroup, errno, err) < 0)
            return -1;
        args.flags &= ~(uint64_t)CLONE_INTO_CGROUP;
        args.cgroup = 0;
        pid = clone_once(child, &args);
    }
    return pid < 0 ? refused(l, err) : pid;
}

/* The first child has ended: of what it did in the runtime's memory only the second child's number is to stay. */
static int adopt_born(struct launch *l, int dumpable, const struct log_target *log, struct error *err)
{
    pid_t first = l->pid;
    int status;
    log_target = *log;
    if (dumpable == 1)
        prctl(PR_SET_DUMPABLE, 1);
    if (l->plan->born <= 0) /* it has failed, and parent_serve learns why */
        return 0;
    l->pid = l->plan->born;
    l->plan->forks = l->plan->born_last = false;
    fd_close(&l->pidfd);
    if (child_reap(first, &status, err) < 0)
        return -1;
    l->pidfd = pidfd_open(l->pid, 0);
    return l->pidfd < 0 ? fail_errno(err, "cannot open a descriptor of the process that was started") : 0;
}

static int make_child(struct launch *l, struct channel *ends, struct error *err)
{
    struct child *child = arena_new(l->arena, struct child);
    const struct log_target log = log_target;
    int own = -1, pidfd = -1, dumpable = l->plan->lends_memory ? prctl(PR_GET_DUMPABLE) : 0, result = 0;
    if (plan_enter_runtime(l, &own, err) < 0)
        return -1;
    *child = (struct child){.launch = *l, .runtimes_end = ends[0].fd};
    child->launch.channel = &ends[1];
    child->launch.is_runtime = false;
    pid_t pid = clone_child(l, child, &pidfd, err);
    if (pid > 0) {
        l->pid = pid;
        l->pidfd = pidfd;
    } else {
        result = -1;
    }
    struct error second;
    error_init(&second, l->arena);
    if (own >= 0 && plan_leave_runtime(&own, &second) < 0 && pid > 0) {
        *err = second;
        return -1;
    }
    if (pid > 0 && l->plan->lends_memory)
        result = adopt_born(l, dumpable, &log, err);
    return result;
}

int spawn(struct launch *l, struct error *err)
{
    l->caller_is_root = geteuid() == 0;
    struct channel *ends = arena_array(l->arena, 2, sizeof *ends);
    if (channel_pair(&ends[0], &ends[1], err) < 0)
        return -1;
    l->channel = &ends[0];
    l->shared = mmap(NULL, sizeof *l->shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (l->shared == MAP_FAILED) {
        l->shared = NULL;
        channel_close(&ends[1]);
        return fail_errno(err, "cannot make a page to share with the container's init");
    }
    int result = make_child(l, ends, err);
    channel_close(&ends[1]);
    return result;
}

static int refused_second(struct error *err)
{
    fail_errno(err, "cannot fork into the pid namespace");
    if (err->errnum == EAGAIN)
        return error_hint(err, "a limit on processes is reached: see ulimit -u, for the process's user, and the pids "
                               "limit of the container's cgroup");
    return -1;
}

int spawn_again(struct launch *l, struct error *err)
{
    /* New credentials may have cleared it, and the second child is seen from inside as soon as it is there. */
    if (l->kind != LAUNCH_CREATE)
        prctl(PR_SET_DUMPABLE, 0);
    pid_t pid = sys_clone_sibling();
    if (pid < 0)
        return refused_second(err);
    if (pid > 0) {
        l->plan->born = pid;
        _exit(0);
    }
    init_bind(l);
    if (l->plan->lends_memory)
        return 0;
    scoped_fd self = pidfd_open(getpid(), 0);
    if (self < 0)
        return fail_errno(err, "cannot open a descriptor of the container's init");
    return channel_ask(l->channel, CHANNEL_INIT_PID, NULL, 0, &self, 1, NULL, err);
}

/* The number that a pidfd's process has in davit's own pid namespace. */
static int pid_of(int pidfd, pid_t *out, struct error *err)
{
    char name[64], *text;
    uint64_t number;
    snprintf(name, sizeof name, "/proc/self/fdinfo/%d", pidfd);
    if (file_read_at(AT_FDCWD, name, 4096, &text, NULL, err) < 0)
        return -1;
    const char *line = strstr(text, "\nPid:\t");
    const char **words = line ? str_split(err->arena, line + strlen("\nPid:\t"), '\n') : NULL;
    if (!words || !str_to_uint(words[0], INT32_MAX, &number) || number == 0)
        return fail(err, ERR_SYSTEM, "the container's init is not visible in davit's pid namespace");
    *out = (pid_t)number;
    return 0;
}

int spawn_adopt(struct launch *l, int *pidfd, struct error *err)
{
    pid_t pid = 0, first = l->pid;
    siginfo_t info;
    int status;
    if (!(l->plan->forks || l->plan->born_last) || *pidfd < 0)
        return fail(err, ERR_SYSTEM, "a second init came unasked");
    if (pid_of(*pidfd, &pid, err) < 0)
        return -1;
    if (waitid(P_PIDFD, (id_t)*pidfd, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
        return fail_errno(err, "the second init is no child of davit");
    fd_close(&l->pidfd);
    l->pidfd = take_fd(pidfd);
    l->pid = pid;
    l->plan->born_last = false;
    return child_reap(first, &status, err);
}

void spawn_end(struct launch *l)
{
    if (l->pid <= 0)
        return;
    child_end(&l->pid);
    fd_close(&l->pidfd);
}
