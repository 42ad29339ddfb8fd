/* seccomp_trace.c - run --seccomp-trace: says which system calls the profile refuses, and lets it refuse them.
 *
 * The loaded filter asks a listener wherever the profile would refuse; a child of davit listens, takes the profile's
 * own answer from a simulation, reports the first of each call and answers. The child fetches the listener out of
 * init by pidfd_getfd: init itself could be forbidden to send it. */
#include "libcontainer/aspects/seccomp.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/str.h"
#include "libcontainer/aspects/seccomp_filter.h"
#include "libcontainer/launch/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#define SEEN_LIMIT  1024
#define LAST_FD     255 /* init has few; its listener takes the lowest free number */
#define PAUSE_MS    2
#define PATIENCE_MS 30000
#define ARGUMENTS   6

struct tracer {
    struct arena *arena;
    struct seccomp_filter profile;
    int listener;
    uint64_t seen[SEEN_LIMIT]; /* architecture and number */
    size_t seen_count;
};

static bool is_listener(int fd)
{
    char path[32], target[64] = "";
    ssize_t length = readlink(path_of_fd(path, sizeof path, fd), target, sizeof target - 1);
    return length > 0 && strcmp(target, "anon_inode:seccomp notify") == 0;
}

/* -1 when init is gone. */
static int find_listener(int pidfd)
{
    struct pollfd ended = {.fd = pidfd, .events = POLLIN};
    while (poll(&ended, 1, PAUSE_MS) == 0)
        for (int number = 3; number <= LAST_FD; number++) {
            scoped_fd fd = pidfd_getfd(pidfd, number, 0);
            if (fd >= 0 && is_listener(fd))
                return take_fd(&fd);
        }
    return -1;
}

static bool is_new(struct tracer *t, const struct seccomp_data *call)
{
    uint64_t id = (uint64_t)call->arch << 32 | (uint32_t)call->nr;
    for (size_t i = 0; i < t->seen_count; i++)
        if (t->seen[i] == id)
            return false;
    if (t->seen_count < SEEN_LIMIT)
        t->seen[t->seen_count++] = id;
    return true;
}

static const char *program_of(struct tracer *t, pid_t pid)
{
    struct error ignored;
    char *text;
    error_init(&ignored, t->arena);
    if (file_read_at(AT_FDCWD, arena_printf(t->arena, "/proc/%d/comm", (int)pid), 64, &text, NULL, &ignored) < 0)
        return "?";
    text[strcspn(text, "\n")] = '\0';
    return str_printable(t->arena, text);
}

static const char *answer_text(struct tracer *t, uint32_t action)
{
    int number = (int)(action & SECCOMP_RET_DATA);
    switch (action & SECCOMP_RET_ACTION_FULL) {
    case SECCOMP_RET_ERRNO:
        return arena_printf(t->arena, "refused with %s", errno_name(number) ? errno_name(number) : "an errno");
    case SECCOMP_RET_TRAP:
        return "answered by SIGSYS";
    default:
        return "the process is killed";
    }
}

static void report(struct tracer *t, const struct seccomp_notif *n, uint32_t action)
{
    const char *arguments = "";
    for (int i = 0; i < ARGUMENTS; i++)
        arguments = arena_printf(t->arena, "%s%s0x%llx", arguments, i ? ", " : "", (unsigned long long)n->data.args[i]);
    log_warning("seccomp: %s(%s) by %s[%u]: %s", seccomp_call_name(t->arena, n->data.arch, n->data.nr), arguments,
                program_of(t, (pid_t)n->pid), n->pid, answer_text(t, action));
}

/* False when nobody with the filter is left. */
static bool answer_one(struct tracer *t)
{
    struct seccomp_notif n = {0};
    struct seccomp_notif_resp r = {0};
    if (ioctl(t->listener, SECCOMP_IOCTL_NOTIF_RECV, &n) < 0)
        return errno == EINTR || errno == ENOENT;
    uint32_t action = seccomp_simulate(&t->profile, &n.data);
    if (is_new(t, &n.data))
        report(t, &n, action);
    r.id = n.id;
    if ((action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO) {
        r.error = -(int)(action & SECCOMP_RET_DATA);
    } else if (ioctl(t->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &n.id) == 0) {
        r.error = -ENOSYS;
        kill((pid_t)n.pid, (action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_TRAP ? SIGSYS : SIGKILL);
    }
    ioctl(t->listener, SECCOMP_IOCTL_NOTIF_SEND, &r); /* fails when the caller was killed meanwhile */
    return true;
}

_Noreturn static void run_tracer(struct launch *l)
{
    struct tracer t = {
        .arena = l->arena, .profile = {(struct sock_filter *)(uintptr_t)l->seccomp_program, l->seccomp_length}
    };
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL); /* it ends by itself */
    prctl(PR_SET_NAME, "davit:trace", 0, 0, 0);
    /* Above all the container's lock and the channel must not live on in here. */
    struct error ignored;
    const int keep[] = {l->pidfd, log_target.fd};
    error_init(&ignored, l->arena);
    if (fd_close_from(3, keep, ARRAY_SIZE(keep), &ignored) < 0)
        _exit(0);
    if (log_target.level < LOG_WARNING_LEVEL)
        log_target.level = LOG_WARNING_LEVEL;
    t.listener = find_listener(l->pidfd);
    if (t.listener < 0)
        _exit(0);
    __atomic_store_n(&l->shared->traced, 1, __ATOMIC_RELEASE);
    struct pollfd fd = {.fd = t.listener, .events = POLLIN};
    while (poll(&fd, 1, -1) > 0 && !(fd.revents & POLLHUP))
        if (!answer_one(&t))
            break;
    _exit(0);
}

void seccomp_trace_await(struct launch *l)
{
    int64_t deadline = clock_ms() + PATIENCE_MS;
    while (!__atomic_load_n(&l->shared->traced, __ATOMIC_ACQUIRE) && clock_ms() < deadline)
        continue;
}

int seccomp_trace_begin(struct launch *l, struct error *err)
{
    if (l->pidfd < 0)
        return fail(err, ERR_SYSTEM, "the process cannot be traced without a pidfd");
    pid_t pid = fork();
    if (pid < 0)
        return fail_errno(err, "cannot fork");
    if (pid == 0)
        run_tracer(l);
    return 0; /* reaped with what the container leaves behind */
}
