#include "base/child.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LAST_STANDARD_SIGNAL SIGSYS

static pid_t wait_for(pid_t pid, int *out_status)
{
    pid_t ended;
    do
        ended = waitpid(pid, out_status, __WALL);
    while (ended < 0 && errno == EINTR);
    return ended;
}

void child_reset_signals(void)
{
    sigset_t none;
    for (int i = 1; i <= LAST_STANDARD_SIGNAL; i++)
        if (i != SIGKILL && i != SIGSTOP)
            signal(i, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

int child_reap(pid_t pid, int *out_status, struct error *err)
{
    if (wait_for(pid, out_status) < 0)
        return fail_errno(err, "cannot wait for process %d", (int)pid);
    return 0;
}

const char *child_status_text(struct arena *a, int status)
{
    if (WIFEXITED(status))
        return arena_printf(a, "exited with status %d", WEXITSTATUS(status));
    if (!WIFSIGNALED(status))
        return arena_printf(a, "has wait status 0x%x", (unsigned)status);
    const char *name = sigabbrev_np(WTERMSIG(status));
    if (name == NULL)
        return arena_printf(a, "was killed by signal %d", WTERMSIG(status));
    return arena_printf(a, "was killed by SIG%s", name);
}

void child_end(pid_t *pid)
{
    if (*pid <= 0)
        return;
    int saved = errno, status;
    kill(*pid, SIGKILL);
    wait_for(*pid, &status);
    errno = saved;
    *pid = -1;
}

/* struct pidfd_info and PIDFD_GET_INFO of linux/pidfd.h, which older headers lack. */
struct ended_process {
    uint64_t mask, cgroup_id;
    uint32_t ids[11];
    int32_t status;
};
#define ENDED_PROCESS      _IOWR(0xFF, 11, struct ended_process)
#define ENDED_PROCESS_MASK ((uint64_t)1 << 3)

/* Field 52 of /proc/PID/stat, the last, of a process that is not reaped yet. */
static bool status_of_zombie(pid_t pid, int *out_status)
{
    char path[32], text[1024];
    uint64_t status;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    scoped_fd fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (length <= 0)
        return false;
    text[length] = '\0';
    text[strcspn(text, "\n")] = '\0';
    const char *name_end = strrchr(text, ')'), *last = strrchr(text, ' ');
    if (!name_end || name_end[1] != ' ' || name_end[2] != 'Z' || !str_to_uint(last + 1, INT32_MAX, &status))
        return false;
    *out_status = (int)status;
    return true;
}

bool child_ended_status(int pidfd, pid_t pid, int *out_status)
{
    struct pollfd end = {.fd = pidfd, .events = POLLIN};
    if (poll(&end, 1, 0) != 1)
        return false;
    if (status_of_zombie(pid, out_status))
        return true;
    struct ended_process info = {.mask = ENDED_PROCESS_MASK};
    if (ioctl(pidfd, ENDED_PROCESS, &info) < 0 || !(info.mask & ENDED_PROCESS_MASK))
        return false;
    *out_status = info.status;
    return true;
}

int child_exit_code(int status)
{
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

pid_t take_child(pid_t *pid)
{
    pid_t taken = *pid;
    *pid = 0;
    return taken;
}
