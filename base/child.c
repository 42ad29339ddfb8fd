#include "base/child.h"

#include "base/arena.h"
#include "base/error.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

static pid_t wait_for(pid_t pid, int *out_status)
{
    pid_t ended;
    do
        ended = waitpid(pid, out_status, __WALL);
    while (ended < 0 && errno == EINTR);
    return ended;
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
