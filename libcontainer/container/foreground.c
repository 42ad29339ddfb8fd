#include "libcontainer/container/foreground.h"

#include "base/arena.h"
#include "base/child.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"
#include "libcontainer/container/terminal_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/* How long a pty may stay silent after its process has ended before what is left of it counts as read: others that
 * hold it keep it from ending. */
#define DRAIN_QUIET_MS 200
/* A shell gives the terminal to a job without a signal when the job was not stopped: looked for this often. */
#define FOREGROUND_POLL_MS 200

struct foreground {
    sigset_t callers_mask;
    int signal_fd;
    pid_t pid;
    int pidfd;
    int master_fd;
    int terminal_fd; /* the caller's terminal: whose size and mode count; -1: none */
    bool is_raw;
    struct termios callers_mode;
    struct copy_direction in, out; /* in: the caller's stdin to the pty */
    int in_fd, out_fd;             /* descriptions of our own, non-blocking */
    int watched_fd;                /* of foreground_watch; -1: none */
    bool (*serve)(void *context);
    void *context;
};

/* Those that a fault of davit itself raises keep their meaning. */
static const int own_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS};

int foreground_prepare(bool subreaper, struct foreground **out, struct error *err)
{
    struct foreground *f = arena_new(err->arena, struct foreground);
    f->signal_fd = f->pidfd = f->master_fd = f->terminal_fd = f->in_fd = f->out_fd = f->watched_fd = -1;
    sigset_t all;
    sigfillset(&all);
    for (size_t i = 0; i < ARRAY_SIZE(own_signals); i++)
        sigdelset(&all, own_signals[i]);
    f->signal_fd = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
    if (f->signal_fd < 0)
        return fail_errno(err, "cannot watch for signals");
    if (subreaper && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
        return fail_errno(err, "cannot become the subreaper");
    sigprocmask(SIG_SETMASK, &all, &f->callers_mask);
    *out = f;
    return 0;
}

void foreground_child(const struct foreground *f)
{
    sigprocmask(SIG_SETMASK, &f->callers_mask, NULL);
}

/* A terminal that is not the controlling one, as some engines give, has no jobs in the background. */
static bool owns_terminal(const struct foreground *f)
{
    pid_t owner = tcgetpgrp(f->terminal_fd);
    return owner < 0 ? errno == ENOTTY : owner == getpgrp();
}

static void copy_size(const struct foreground *f)
{
    struct winsize size;
    if (f->terminal_fd >= 0 && f->master_fd >= 0 && ioctl(f->terminal_fd, TIOCGWINSZ, &size) == 0)
        (void)ioctl(f->master_fd, TIOCSWINSZ, &size);
}

/* The terminal passes every byte on, unless davit is in the background: then it is somebody else's. */
static void take_terminal(struct foreground *f)
{
    if (f->is_raw || f->terminal_fd < 0 || !owns_terminal(f) || tcgetattr(f->terminal_fd, &f->callers_mode) < 0)
        return;
    struct termios raw = f->callers_mode;
    cfmakeraw(&raw);
    f->is_raw = tcsetattr(f->terminal_fd, TCSADRAIN, &raw) == 0;
    copy_size(f);
}

static void give_terminal_back(struct foreground *f)
{
    if (f->is_raw && owns_terminal(f))
        (void)tcsetattr(f->terminal_fd, TCSADRAIN, &f->callers_mode);
    f->is_raw = false;
}

/* A description of our own, so that O_NONBLOCK is not seen by those who share the caller's; -1 with fds that cannot be
 * opened again (sockets), for which the caller's is used as it is. */
static int open_again(int fd, int flags)
{
    char name[32];
    if (fcntl(fd, F_GETFL) < 0)
        return -1;
    int again = open(path_of_fd(name, sizeof name, fd), flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    return again >= 0 ? again : fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

static int find_terminal(void)
{
    static const int places[] = {STDERR_FILENO, STDOUT_FILENO, STDIN_FILENO};
    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        if (isatty(places[i]))
            return fcntl(places[i], F_DUPFD_CLOEXEC, 3);
    }
    return -1;
}

/* Lines end as a pipe's reader expects it; a terminal that passes every byte on wants the carriage return, too. */
static void choose_line_ends(int master_fd)
{
    struct termios mode;
    if (isatty(STDOUT_FILENO) || tcgetattr(master_fd, &mode) < 0)
        return;
    mode.c_oflag &= ~(tcflag_t)ONLCR;
    (void)tcsetattr(master_fd, TCSANOW, &mode);
}

int foreground_attach(struct foreground *f, int master_fd, struct error *err)
{
    f->master_fd = master_fd;
    if (master_fd < 0)
        return 0;
    if (fcntl(master_fd, F_SETFL, fcntl(master_fd, F_GETFL) | O_NONBLOCK) < 0)
        return fail_errno(err, "cannot make the container's terminal non-blocking");
    f->in_fd = open_again(STDIN_FILENO, O_RDONLY);
    f->out_fd = open_again(STDOUT_FILENO, O_WRONLY);
    copy_init(&f->in, f->in_fd, master_fd);
    copy_init(&f->out, master_fd, f->out_fd);
    f->terminal_fd = find_terminal();
    choose_line_ends(master_fd);
    take_terminal(f);
    return 0;
}

static void close_terminal(struct foreground *f)
{
    give_terminal_back(f);
    fd_close(&f->in_fd);
    fd_close(&f->out_fd);
    fd_close(&f->terminal_fd);
}

/* The kernel's own SIGPIPE, SIGTTIN and SIGTTOU speak of davit's descriptors and are nothing to hand on. */
static bool is_handed_on(const struct signalfd_siginfo *info)
{
    switch ((int)info->ssi_signo) {
    case SIGCHLD:
    case SIGWINCH:
        return false;
    case SIGPIPE:
    case SIGTTIN:
    case SIGTTOU:
        return info->ssi_code <= 0;
    default:
        return true;
    }
}

static void take_signals(struct foreground *f)
{
    struct signalfd_siginfo info;
    while (read(f->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGWINCH)
            copy_size(f);
        if (info.ssi_signo == SIGCONT)
            take_terminal(f);
        if (is_handed_on(&info))
            (void)pidfd_send_signal(f->pidfd, (int)info.ssi_signo, NULL, 0);
    }
}

/* The stdin of a job in the background is not read: the kernel would answer EIO. */
static bool may_read_input(const struct foreground *f)
{
    return copy_wants_input(&f->in) && (f->terminal_fd < 0 || f->is_raw || !isatty(f->in_fd));
}

static void note_ended_input(struct foreground *f)
{
    /* With no more input and nothing left to write, the pty still has its own end-of-file character to say so. */
    if (!f->in.from_ended || f->in.begin != f->in.end || f->in.to_ended || isatty(f->in_fd))
        return;
    struct termios mode;
    if (tcgetattr(f->master_fd, &mode) == 0 && (mode.c_lflag & ICANON)) {
        f->in.buffer[0] = (char)mode.c_cc[VEOF];
        f->in.begin = 0;
        f->in.end = 1;
        (void)copy_write(&f->in);
    }
    f->in.to_ended = true;
}

void foreground_watch(struct foreground *f, int fd, bool (*serve)(void *context), void *context)
{
    f->watched_fd = fd;
    f->serve = serve;
    f->context = context;
}

enum {
    WATCH_PROCESS,
    WATCH_SIGNALS,
    WATCH_STDIN,
    WATCH_STDOUT,
    WATCH_MASTER,
    WATCH_FURTHER,
    WATCH_COUNT
};

/* One round of waiting and copying. Returns whether anything happened before the time was over. */
static bool copy_round(struct foreground *f, bool has_ended, int timeout_ms)
{
    bool has_terminal = f->master_fd >= 0;
    struct pollfd watch[WATCH_COUNT] = {
        [WATCH_PROCESS] = {has_ended ? -1 : f->pidfd,                                 POLLIN,  0},
        [WATCH_SIGNALS] = {f->signal_fd,                                              POLLIN,  0},
        [WATCH_STDIN] = {has_terminal && may_read_input(f) ? f->in_fd : -1,         POLLIN,  0},
        [WATCH_STDOUT] = {has_terminal && copy_wants_room(&f->out) ? f->out_fd : -1, POLLOUT, 0},
        [WATCH_MASTER] = {f->master_fd,                                              0,       0},
        [WATCH_FURTHER] = {has_ended ? -1 : f->watched_fd,                            POLLIN,  0},
    };
    if (has_terminal && copy_wants_input(&f->out))
        watch[WATCH_MASTER].events |= POLLIN;
    if (has_terminal && copy_wants_room(&f->in))
        watch[WATCH_MASTER].events |= POLLOUT;
    if (watch[WATCH_MASTER].events == 0)
        watch[WATCH_MASTER].fd = -1; /* POLLHUP alone would spin */
    int ready = poll(watch, WATCH_COUNT, timeout_ms);
    if (ready <= 0)
        return ready < 0 && errno == EINTR;
    if (watch[WATCH_SIGNALS].revents)
        take_signals(f);
    if (watch[WATCH_FURTHER].revents && f->serve(f->context))
        f->watched_fd = -1;
    if (watch[WATCH_STDIN].revents && !copy_read(&f->in))
        note_ended_input(f);
    if (watch[WATCH_MASTER].revents & POLLOUT) {
        (void)copy_write(&f->in);
        note_ended_input(f);
    }
    if (watch[WATCH_MASTER].revents & (POLLIN | POLLHUP | POLLERR))
        (void)copy_read(&f->out);
    if (watch[WATCH_STDOUT].revents)
        (void)copy_write(&f->out);
    return true;
}

static bool has_process_ended(const struct foreground *f)
{
    struct pollfd watch = {f->pidfd, POLLIN, 0};
    return poll(&watch, 1, 0) > 0;
}

/* What the process wrote before it ended is still on its way: read until the pty says EIO, or stays silent because
 * somebody else holds it. */
static void drain_terminal(struct foreground *f)
{
    f->in.to_ended = true;
    f->in.from_ended = true;
    while (copy_wants_room(&f->out) || !f->out.from_ended) {
        bool is_waiting_for_caller = copy_wants_room(&f->out);
        if (!copy_round(f, true, is_waiting_for_caller ? -1 : DRAIN_QUIET_MS))
            break;
    }
}

int foreground_wait(struct foreground *f, pid_t pid, int pidfd, int *out_status, struct error *err)
{
    f->pid = pid;
    f->pidfd = pidfd;
    while (!has_process_ended(f)) {
        bool is_in_background = f->terminal_fd >= 0 && !f->is_raw;
        if (is_in_background)
            take_terminal(f);
        (void)copy_round(f, false, is_in_background ? FOREGROUND_POLL_MS : -1);
    }
    int result = child_reap(pid, out_status, err);
    if (f->master_fd >= 0)
        drain_terminal(f);
    close_terminal(f);
    while (waitpid(-1, NULL, WNOHANG) > 0) /* what the process left behind and has ended */
        ;
    return result;
}

void foreground_end(struct foreground *f)
{
    if (!f)
        return;
    close_terminal(f);
    fd_close(&f->signal_fd);
    sigprocmask(SIG_SETMASK, &f->callers_mask, NULL);
}
