/* terminal.c - a pty from the container's devpts as stdin, stdout, stderr, controlling terminal and /dev/console. */
#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/fd_passing.h"
#include "base/log.h"
#include "base/path.h"
#include "base/unix_socket.h"
#include "libcontainer/launch/aspect.h"
#include "libcontainer/launch/launch.h"
#include "libcontainer/launch/service.h"
#include "spec/config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

static int check(const struct config *c, struct error *err)
{
    const struct console_size *size = c->process && c->process->terminal ? c->process->console_size : NULL;
    if (!size)
        return 0;
    if (*size->height > USHRT_MAX)
        return fail_config(err, "process.consoleSize.height", "is larger than %u", USHRT_MAX);
    if (*size->width > USHRT_MAX)
        return fail_config(err, "process.consoleSize.width", "is larger than %u", USHRT_MAX);
    return 0;
}

static bool caller_has_terminal(void)
{
    return isatty(STDIN_FILENO) || isatty(STDOUT_FILENO) || isatty(STDERR_FILENO);
}

static int refuse_option(bool foreground, struct error *err)
{
    if (foreground) {
        fail(err, ERR_INVALID_ARGUMENT, "--tty is given, but neither stdin nor stdout nor stderr is a terminal");
        return error_hint(err,
                          "leave --tty out, call davit on a terminal (script -qec 'davit exec --tty ...' /dev/null "
                          "makes one), or take the terminal by --console-socket PATH");
    }
    fail(err, ERR_INVALID_ARGUMENT, "--tty and --detach are given, and nobody takes the terminal");
    return error_hint(err, "give --console-socket PATH, or leave --tty out");
}

/* Connected before any namespace is entered: the path is the host's. */
static int before(struct launch *l, struct error *err)
{
    const char *path = l->options->console_socket;
    if (!l->process || !l->process->terminal) {
        if (!path)
            return 0;
        if (l->options->inline_process) {
            fail(err, ERR_INVALID_ARGUMENT, "--console-socket is given without --tty");
            return error_hint(err, "add --tty, or leave --console-socket out");
        }
        fail(err, ERR_INVALID_ARGUMENT, "--console-socket is given, but process.terminal is false");
        return error_hint(err, "set process.terminal to true, or leave the option out");
    }
    if (path) {
        if (unix_socket_connect(path, &l->console_socket_fd, err) < 0)
            return error_context(err, "--console-socket");
        return 0;
    }
    if (l->options->foreground && caller_has_terminal())
        return 0;
    if (l->options->inline_process)
        return refuse_option(l->options->foreground, err);
    fail(err, ERR_INVALID_ARGUMENT, "process.terminal is true: give --console-socket, or set it to false%s",
         l->options->foreground ? " (stdin is not a terminal)" : "");
    return error_at(err, "process.terminal");
}

static bool is_of_devpts(int fd)
{
    struct statfs fs;
    return fstatfs(fd, &fs) == 0 && fs.f_type == DEVPTS_SUPER_MAGIC;
}

static int refuse_multiplexer(struct error *err)
{
    fail(err, ERR_NOT_PERMITTED, "/dev/pts/ptmx in the container is no pty multiplexer of a devpts");
    return error_hint(err, "mounts needs an entry of type devpts at /dev/pts");
}

/* The multiplexer of the container's own devpts, and of nothing that looks like it (SECURITY R11): in another directory
 * nothing is even opened. */
static int open_master(struct launch *l, int *out_fd, struct error *err)
{
    struct stat st;
    scoped_fd directory = -1, master = -1;
    if (path_open_inside(l->root_fd, "/dev/pts", O_PATH | O_DIRECTORY, &directory, err) < 0) {
        error_context(err, "opening a pty");
        return error_hint(err, "mounts needs an entry of type devpts at /dev/pts");
    }
    if (!is_of_devpts(directory))
        return refuse_multiplexer(err);
    master = openat(directory, "ptmx", O_RDWR | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
    if (master < 0)
        return fail_errno(err, "cannot open /dev/pts/ptmx for a pty");
    if (!is_of_devpts(master) || fstat(master, &st) < 0 || !S_ISCHR(st.st_mode) || st.st_rdev != makedev(5, 2))
        return refuse_multiplexer(err);
    *out_fd = take_fd(&master);
    return 0;
}

static int open_pty(struct launch *l, int *out_master, int *out_slave, struct error *err)
{
    const struct console_size *size = l->process->console_size;
    int unlocked = 0;
    if (open_master(l, out_master, err) < 0)
        return -1;
    if (ioctl(*out_master, TIOCSPTLCK, &unlocked) < 0)
        return fail_errno(err, "cannot unlock the pty");
    *out_slave = ioctl(*out_master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (*out_slave < 0)
        return fail_errno(err, "cannot open the pty's other end");
    if (size) {
        const struct winsize window = {.ws_row = (unsigned short)*size->height, .ws_col = (unsigned short)*size->width};
        if (ioctl(*out_slave, TIOCSWINSZ, &window) < 0) {
            fail_errno(err, "cannot set the size of the pty");
            return error_at(err, "process.consoleSize");
        }
    }
    if (fchown(*out_slave, (uid_t)*process_user(l->process)->uid, (gid_t)-1) < 0)
        log_debug("terminal: the pty keeps its owner: %s", strerror(errno));
    return 0;
}

/* The pty covers a file named console; a symbolic link of the image there is refused, not followed. */
static int bind_console(struct launch *l, int slave_fd, struct error *err)
{
    struct stat st;
    scoped_fd dev = -1;
    if (path_open_inside(l->root_fd, "/dev", O_PATH | O_DIRECTORY, &dev, err) < 0)
        return error_context(err, "making /dev/console");
    if (mknodat(dev, "console", S_IFREG | 0600, 0) < 0 && errno != EEXIST) {
        if (errno != EROFS)
            return fail_errno(err, "cannot make /dev/console in the container");
        log_warning("the container has no /dev/console: /dev is read-only");
        return 0;
    }
    scoped_fd target = openat(dev, "console", O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (target < 0 || fstat(target, &st) < 0)
        return fail_errno(err, "cannot open /dev/console in the container");
    if (S_ISLNK(st.st_mode) || S_ISDIR(st.st_mode)) {
        fail(err, ERR_NOT_PERMITTED, "/dev/console in the container's root filesystem is a %s",
             S_ISDIR(st.st_mode) ? "directory" : "symbolic link");
        return error_hint(err, "remove it from the image, or mount a tmpfs at /dev");
    }
    scoped_fd tree = open_tree(slave_fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
    if (tree < 0 || move_mount(tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
        return fail_errno(err, "cannot bind the pty on /dev/console");
    return 0;
}

static int apply(struct launch *l, struct error *err)
{
    if (!l->process || !l->process->terminal)
        return 0;
    scoped_fd slave = -1;
    if (open_pty(l, &l->terminal_sent_fd, &slave, err) < 0)
        return error_at(err, "process.terminal");
    if (l->kind == LAUNCH_CREATE && bind_console(l, slave, err) < 0)
        return -1;
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (dup2(slave, fd) < 0)
            return fail_errno(err, "cannot make the pty descriptor %d", fd);
    return 0;
}

/* The part that is the process's own: a session is led by who has begun it. */
static int apply_session(struct launch *l, struct error *err)
{
    if (!l->process)
        return 0;
    /* A session of its own also keeps the process from typing into the caller's terminal (TIOCSTI). */
    if (setsid() < 0 && errno != EPERM)
        return fail_errno(err, "cannot start a session");
    if (!l->process->terminal)
        return 0;
    scoped_fd master = take_fd(&l->terminal_sent_fd);
    const int sent[] = {master};
    if (channel_ask(l->channel, CHANNEL_TERMINAL, NULL, 0, sent, 1, NULL, err) < 0)
        return -1;
    return ioctl(STDIN_FILENO, TIOCSCTTY, 0) < 0 ? fail_errno(err, "cannot make the pty the controlling terminal") : 0;
}

/* One message with one descriptor and a payload that nobody reads, then the end. */
static int serve(struct launch *l, struct message *m, struct service_reply *reply, struct error *err)
{
    unsigned number = 0;
    (void)reply;
    if (m->fd_count != 1 || !l->process || !l->process->terminal || ioctl(m->fds[0], TIOCGPTN, &number) < 0)
        return fail(err, ERR_SYSTEM, "the container's init sent no pty");
    if (l->console_socket_fd < 0) {
        fd_close(&l->terminal_fd);
        l->terminal_fd = take_fd(&m->fds[0]);
        return 0;
    }
    const char *name = arena_printf(l->arena, "/dev/pts/%u", number);
    if (fd_passing_send(l->console_socket_fd, name, strlen(name), m->fds, 1, err) < 0)
        return error_context(err, "sending the terminal to --console-socket");
    fd_close(&l->console_socket_fd);
    return 0;
}

const struct aspect terminal = {.name = "terminal", .check = check, .before = before, .apply = apply};
const struct aspect session = {.name = "session", .apply = apply_session};
const struct service terminal_service = {CHANNEL_TERMINAL, "runtime: terminal", serve};
