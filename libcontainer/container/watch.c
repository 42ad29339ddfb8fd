#include "libcontainer/container/watch.h"

#include "base/arena.h"
#include "base/child.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "libcontainer/cgroup/cgroup.h"
#include "libcontainer/launch/launch.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <unistd.h>

static bool has_ended(int pidfd, int timeout_ms)
{
    struct pollfd end = {.fd = pidfd, .events = POLLIN};
    int ready;
    do
        ready = poll(&end, 1, timeout_ms);
    while (ready < 0 && errno == EINTR);
    return ready == 1;
}

struct watch {
    int davit, process;
    const struct cgroup_record *cgroup; /* NULL: none, and the watch runs in davit's memory */
    struct error err;
};

/* Stays until davit ends it or has died, so that its number remains its own until davit reaps it. */
static int watch(void *context)
{
    struct watch *w = context;
    const int kept[] = {w->davit, w->process};
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    setsid();
    prctl(PR_SET_NAME, "davit:[watch]");
    if (fd_close_from(STDIN_FILENO, kept, sizeof kept / sizeof *kept, &w->err) < 0)
        return 1;
    /* A process that has ended by itself was seen by davit, which was about to clean up: its cgroup may be another
     * container's by now. */
    if (has_ended(w->davit, -1) && !has_ended(w->process, 0)) {
        struct cgroup *c = NULL;
        pidfd_send_signal(w->process, SIGKILL, NULL, 0);
        if (w->cgroup && cgroup_open(w->cgroup, &c, &w->err) == 0)
            cgroup_kill(c, SIGKILL, &w->err);
    }
    return 0;
}

/* What is to empty a cgroup works with a memory that davit's death leaves as it was. What only sends a signal needs
 * none of its own, which a fork would take longer to copy than all of the rest: it makes no call that fails while davit
 * lives, since errno is davit's as well. Where the kernel ends both for want of memory, the signal of
 * PR_SET_PDEATHSIG is left. */
static pid_t begin(struct watch *w)
{
    static char stack[16384] __attribute__((aligned(16)));
    if (!w->cgroup)
        return clone(watch, stack + sizeof stack, CLONE_VM | SIGCHLD, w);
    pid_t pid = fork();
    if (pid == 0)
        _exit(watch(w));
    return pid;
}

void watch_begin(struct launch *l, const struct cgroup_record *cgroup)
{
    struct watch *w = arena_new(l->arena, struct watch);
    error_init(&w->err, l->arena);
    scoped_fd davit = pidfd_open(getpid(), 0);
    if (davit < 0) {
        log_warning("cannot open a descriptor of davit itself: %s", strerror(errno));
        return;
    }
    w->davit = davit;
    w->process = l->pidfd;
    w->cgroup = cgroup;
    l->watch = begin(w);
    if (l->watch < 0)
        log_warning("cannot start the watch over davit: %s", strerror(errno));
}

void watch_dismiss(const struct launch *l)
{
    if (l->watch > 0)
        kill(l->watch, SIGKILL);
}

void watch_end(struct launch *l)
{
    child_end(&l->watch);
}
