/* hook_process.c - forks, watches and reaps one hook. */
#include "libcontainer/launch/hook_process.h"

#include "base/arena.h"
#include "base/child.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/str.h"
#include "base/syscalls.h"
#include "spec/config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define OUTPUT_KEPT 1024 /* the end of what a hook printed is what tells the cause */

struct pipes {
    int input;              /* a file with the state, read from its start */
    int output, errors;     /* write ends, or files */
    int captured;           /* read end of what is captured */
    int failed, failed_end; /* the child writes errno when it cannot execute */
};

struct tail {
    char text[2 * OUTPUT_KEPT];
    size_t length;
};

static void close_pipes(struct pipes *p)
{
    fd_close(&p->input);
    fd_close(&p->output);
    fd_close(&p->errors);
    fd_close(&p->captured);
    fd_close(&p->failed);
    fd_close(&p->failed_end);
}

static int open_output(const char *path, int capture, int *out_fd, struct error *err)
{
    if (!path)
        return fd_copy(capture, out_fd, err);
    *out_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);
    return *out_fd < 0 ? fail_errno(err, "cannot open %s for the output of hooks", path) : 0;
}

static int open_pipes(const struct hook_process *p, struct pipes *out, struct error *err)
{
    int ends[2];
    *out = (struct pipes){-1, -1, -1, -1, -1, -1};
    /* A file and not a pipe: a hook that does not read it cannot block davit, however long the state is. */
    out->input = memfd_create("davit-hook-state", MFD_CLOEXEC);
    if (out->input < 0)
        return fail_errno(err, "cannot make the hook's stdin");
    if (file_write_all(out->input, p->state, strlen(p->state), err) < 0)
        return -1;
    if (lseek(out->input, 0, SEEK_SET) < 0 || pipe2(ends, O_CLOEXEC) < 0)
        return fail_errno(err, "cannot make the hook's stdin and stdout");
    scoped_fd write_end = ends[1];
    out->captured = ends[0];
    if (fcntl(out->captured, F_SETFL, O_NONBLOCK) < 0)
        return fail_errno(err, "cannot make a pipe non-blocking");
    if (open_output(p->stdout_path, write_end, &out->output, err) < 0 ||
        open_output(p->stderr_path, write_end, &out->errors, err) < 0)
        return -1;
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return fail_errno(err, "cannot make a pipe");
    out->failed = ends[0];
    out->failed_end = ends[1];
    return 0;
}

/* ---- the child ------------------------------------------------------------------------------------- */

static void reset_signals(void)
{
    sigset_t none;
    for (int i = 1; i < NSIG; i++)
        signal(i, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void execute(const struct hook_process *p)
{
    const char *path = p->hook->path;
    char *const only_path[] = {(char *)(uintptr_t)path, NULL};
    char *const *argv = p->hook->args[0] ? (char *const *)p->hook->args : only_path;
    char *const *env = p->hook->env[0]  ? (char *const *)p->hook->env
                       : p->environment ? (char *const *)p->environment
                                        : environ;
    struct stat opened, named;
    /* By its path as long as that is still the opened file: a script cannot be executed by a descriptor that closes. */
    if (p->program_fd < 0 || (fstat(p->program_fd, &opened) == 0 && stat(path, &named) == 0 &&
                              opened.st_dev == named.st_dev && opened.st_ino == named.st_ino))
        execve(path, argv, env);
    else
        sys_execveat(p->program_fd, "", argv, env, AT_EMPTY_PATH);
}

static bool enter_directory(const struct hook_process *p)
{
    if (p->bundle_fd == AT_FDCWD)
        return true;
    if (p->bundle_fd >= 0)
        return fchdir(p->bundle_fd) == 0;
    return chdir(p->bundle) == 0 || chdir("/") == 0; /* poststop runs even when the bundle is gone */
}

_Noreturn static void run_child(const struct hook_process *p, const struct pipes *pipes, pid_t parent)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != parent)
        _exit(127);
    reset_signals();
    if (dup2(pipes->input, 0) == 0 && dup2(pipes->output, 1) == 1 && dup2(pipes->errors, 2) == 2 &&
        close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0 && enter_directory(p))
        execute(p);
    int errnum = errno;
    ssize_t written = write(pipes->failed_end, &errnum, sizeof errnum);
    _exit(written < 0 ? 126 : 127);
}

/* ---- the parent ------------------------------------------------------------------------------------ */

/* False at the end, or when nothing is there now. */
static bool read_tail(int fd, struct tail *t)
{
    if (t->length > OUTPUT_KEPT) {
        memmove(t->text, t->text + t->length - OUTPUT_KEPT, OUTPUT_KEPT);
        t->length = OUTPUT_KEPT;
    }
    ssize_t got = read(fd, t->text + t->length, sizeof t->text - t->length - 1);
    if (got > 0)
        t->length += (size_t)got;
    return got > 0 || (got < 0 && errno == EINTR);
}

enum {
    ENDED = 0,
    TOO_SLOW = 1
};

/* Reads output until the hook ends; what it left behind may keep the pipe open for ever. */
static int watch(pid_t pid, struct pipes *pipes, const int64_t *timeout, struct tail *t, struct error *err)
{
    scoped_fd pidfd = pidfd_open(pid, 0);
    if (pidfd < 0)
        return fail_errno(err, "cannot watch the hook");
    int64_t deadline = timeout ? clock_ms() + *timeout * 1000 : 0;
    struct pollfd fds[] = {
        {.fd = pidfd,           .events = POLLIN},
        {.fd = pipes->captured, .events = POLLIN}
    };
    for (;;) {
        int64_t left = timeout ? deadline - clock_ms() : -1;
        if (timeout && left <= 0)
            return TOO_SLOW;
        if (poll(fds, 2, left > INT_MAX ? INT_MAX : (int)left) < 0 && errno != EINTR)
            return fail_errno(err, "cannot watch the hook");
        if (fds[1].revents && !read_tail(pipes->captured, t) && fds[1].revents & POLLHUP)
            fds[1].fd = -1;
        if (fds[0].revents) {
            for (int i = 0; i < 64 && read_tail(pipes->captured, t); i++)
                continue;
            return ENDED;
        }
    }
}

static const char *tail_text(struct tail *t, struct error *err)
{
    while (t->length > 0 && strchr("\n \t\r", t->text[t->length - 1]))
        t->length--;
    t->text[t->length] = '\0';
    const char *text = t->length > OUTPUT_KEPT ? t->text + t->length - OUTPUT_KEPT : t->text;
    return *text ? arena_printf(err->arena, ": %s", str_printable(err->arena, arena_strdup(err->arena, text))) : "";
}

static int wait_for(pid_t *pid, const struct hook_process *p, struct pipes *pipes, struct error *err)
{
    struct tail tail = {.length = 0};
    int status, errnum = 0;
    int ended = watch(*pid, pipes, p->hook->timeout, &tail, err);
    if (ended != ENDED) /* also what it started, unless that made a group of its own */
        kill(-*pid, SIGKILL);
    if (ended < 0)
        return -1;
    if (child_reap(*pid, &status, err) < 0)
        return -1;
    *pid = 0;
    if (ended == TOO_SLOW)
        return fail(err, ERR_HOOK_FAILED, "did not end within %lld s and was killed%s", (long long)*p->hook->timeout,
                    tail_text(&tail, err));
    if (read(pipes->failed, &errnum, sizeof errnum) == sizeof errnum) {
        errno = errnum;
        fail_errno(err, "cannot be executed");
        err->code = ERR_HOOK_FAILED;
        return -1;
    }
    if (status == 0)
        return 0;
    return fail(err, ERR_HOOK_FAILED, "%s%s", child_status_text(err->arena, status), tail_text(&tail, err));
}

int hook_process_run(const struct hook_process *p, struct error *err)
{
    struct pipes pipes __attribute__((cleanup(close_pipes)));
    if (open_pipes(p, &pipes, err) < 0)
        return -1;
    pid_t parent = getpid();
    scoped_child pid = fork();
    if (pid < 0)
        return fail_errno(err, "cannot fork");
    if (pid == 0)
        run_child(p, &pipes, parent);
    setpgid(pid, pid); /* in both, so that it is one before anybody kills it */
    fd_close(&pipes.output);
    fd_close(&pipes.errors);
    fd_close(&pipes.failed_end);
    return wait_for(&pid, p, &pipes, err);
}
