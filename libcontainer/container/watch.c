#include "libcontainer/container/watch.h"

#include "base/child.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "libcontainer/cgroup/cgroup.h"
#include "libcontainer/launch/launch.h"

#include <errno.h>
#include <poll.h>
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

/* Stays until davit ends it or has died, so that its number remains its own until davit reaps it. */
_Noreturn static void watch(int davit, int process, const struct cgroup_record *cgroup, struct error *err)
{
    const int kept[] = {davit, process};
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    setsid();
    prctl(PR_SET_NAME, "davit:[watch]");
    if (fd_close_from(STDIN_FILENO, kept, sizeof kept / sizeof *kept, err) < 0)
        _exit(1);
    /* A process that has ended by itself was seen by davit, which was about to clean up: its cgroup may be another
     * container's by now. */
    if (has_ended(davit, -1) && !has_ended(process, 0)) {
        struct cgroup *c = NULL;
        pidfd_send_signal(process, SIGKILL, NULL, 0);
        if (cgroup && cgroup_open(cgroup, &c, err) == 0)
            cgroup_kill(c, SIGKILL, err);
    }
    _exit(0);
}

void watch_begin(struct launch *l, const struct cgroup_record *cgroup)
{
    struct error err;
    error_init(&err, l->arena);
    scoped_fd davit = pidfd_open(getpid(), 0);
    if (davit < 0) {
        log_warning("cannot open a descriptor of davit itself: %s", strerror(errno));
        return;
    }
    pid_t pid = fork();
    if (pid < 0)
        log_warning("cannot start the watch over davit: %s", strerror(errno));
    if (pid == 0)
        watch(davit, l->pidfd, cgroup, &err);
    l->watch = pid;
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
