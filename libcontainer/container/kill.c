/* kill.c - a signal for a container's init, or for every process in it. */
#include "libcontainer/container.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "libcontainer/cgroup/cgroup.h"
#include "libcontainer/container/inspect.h"
#include "libcontainer/store/identity.h"
#include "libcontainer/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>

#define STATUS_LIMIT ((size_t)1 << 20)

bool container_status_is_namespace_init(const char *text)
{
    const char *line = strstr(text, "\nNSpid:");
    if (line == NULL)
        return false;
    const char *end = strchrnul(line + 1, '\n'), *last = end;
    while (last > line && last[-1] != '\t')
        last--;
    return end - last == 1 && *last == '1';
}

/* Does the kernel end all others with this process? Not when it shares somebody else's pid namespace. */
static bool takes_all_along(pid_t pid, struct arena *a)
{
    struct error ignored;
    char *text;
    error_init(&ignored, a);
    const char *path = arena_printf(a, "/proc/%d/status", (int)pid);
    return file_read_at(AT_FDCWD, path, STATUS_LIMIT, &text, NULL, &ignored) == 0 &&
           container_status_is_namespace_init(text);
}

/* A frozen process dies when it is thawed, on v1; whether it was frozen is asked behind the signal, so that it never
 * runs again. */
static int thaw(struct cgroup *c, struct error *err)
{
    bool is_frozen = false;
    if (c == NULL || cgroup_is_frozen(c, &is_frozen, err) < 0 || !is_frozen) {
        error_clear(err); /* a cgroup that has gone holds nobody */
        return 0;
    }
    return cgroup_freeze(c, false, err);
}

static int not_running(struct error *err)
{
    return fail(err, ERR_WRONG_STATE, "container not running");
}

static int signal_init(const struct record *r, int pidfd, struct cgroup *c, int signal, struct error *err)
{
    bool is_kill = signal == SIGKILL;
    bool is_shared = is_kill && !takes_all_along((pid_t)*r->init->pid, err->arena);
    if (is_shared && cgroup_kill(c, signal, err) < 0)
        return -1;
    if (pidfd_send_signal(pidfd, signal, NULL, 0) < 0) {
        if (errno != ESRCH)
            return fail_errno(err, "cannot send signal %d", signal);
        return is_shared ? 0 : not_running(err);
    }
    return is_kill ? thaw(c, err) : 0;
}

/* Each process gets it once; one that a disabled cgroup does not know of, as init. */
static int signal_all(const struct record *r, int pidfd, struct cgroup *c, int signal, struct error *err)
{
    if (c != NULL)
        return cgroup_kill(c, signal, err);
    return pidfd < 0 ? 0 : signal_init(r, pidfd, c, signal, err);
}

static int kill_recorded(const struct record *r, int signal, bool all, struct error *err)
{
    scoped_fd pidfd = -1;
    struct cgroup *c = NULL;
    int found = r->init == NULL ? IDENTITY_GONE : identity_open(r->init, &pidfd, err);
    if (found < 0)
        return -1;
    if (found == IDENTITY_GONE && !all)
        return not_running(err);
    if ((all || signal == SIGKILL) && r->cgroup != NULL && cgroup_open(r->cgroup, &c, err) < 0)
        return -1;
    int result = all ? signal_all(r, pidfd, c, signal, err) : signal_init(r, pidfd, c, signal, err);
    cgroup_close(c);
    return result;
}

int container_kill(const char *root, const char *id, int signal, bool all, struct error *err)
{
    scoped_store s = NULL;
    struct record *r;
    if (store_open(root, id, STORE_READ, &s, err) < 0 || store_read(s, &r, err) < 0 ||
        kill_recorded(r, signal, all, err) < 0)
        return error_context(err, "cannot kill %s", id);
    return 0;
}
