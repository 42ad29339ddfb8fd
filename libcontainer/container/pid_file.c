#include "libcontainer/container/pid_file.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/fd_passing.h"
#include "base/file.h"
#include "base/path.h"
#include "base/str.h"
#include "base/unix_socket.h"

#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The descriptor that a path names, or -1: such a path is a link, of /dev itself even, which no rename may replace. */
static int descriptor_of(const char *path)
{
    static const struct {
        const char *path;
        int fd;
    } names[] = {
        {"/dev/stdin",  STDIN_FILENO },
        {"/dev/stdout", STDOUT_FILENO},
        {"/dev/stderr", STDERR_FILENO},
    };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (str_equal(path, names[i].path))
            return names[i].fd;
    const char *digits = str_after(path, "/dev/fd/");
    if (!digits)
        digits = str_after(path, "/proc/self/fd/");
    uint64_t fd;
    return digits && str_to_uint(digits, INT_MAX, &fd) ? (int)fd : -1;
}

static int write_descriptor(const char *path, int fd, const char *digits, struct error *err)
{
    int flags = fcntl(fd, F_GETFD);
    /* davit's own are closed at execve; the caller's have come through one. */
    if (flags < 0 || (flags & FD_CLOEXEC))
        return fail(err, ERR_INVALID_ARGUMENT, "the pid file %s is not open: davit's caller has no descriptor %d", path,
                    fd);
    return file_write_all(fd, digits, strlen(digits), err) < 0 ? error_context(err, "writing the pid file %s", path)
                                                               : 0;
}

static bool is_replaced(const char *path)
{
    struct stat st;
    return descriptor_of(path) < 0 && (lstat(path, &st) < 0 || S_ISREG(st.st_mode) || S_ISLNK(st.st_mode));
}

void pid_file_remove(const char *path)
{
    if (path && is_replaced(path))
        unlink(path);
}

int pid_file_write(const char *path, pid_t pid, struct error *err)
{
    char digits[16];
    const char *directory, *name;
    if (!path)
        return 0;
    snprintf(digits, sizeof digits, "%d", (int)pid);
    if (descriptor_of(path) >= 0)
        return write_descriptor(path, descriptor_of(path), digits, err);
    if (!is_replaced(path)) {
        scoped_fd fd = -1;
        if (file_open_sink("the pid file", path, O_NOFOLLOW, &fd, err) < 0)
            return -1;
        return file_write_all(fd, digits, strlen(digits), err) < 0 ? error_context(err, "writing the pid file") : 0;
    }
    path_split(err->arena, path, &directory, &name);
    scoped_fd dir = open(*directory ? directory : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return fail_errno(err, "cannot open %s for the pid file", directory);
    if (file_replace(dir, name, 0644, digits, strlen(digits), err) < 0)
        return error_context(err, "writing the pid file %s", path);
    return 0;
}

int pidfd_socket_send(const char *path, const char *what, const char *word, int pidfd, struct error *err)
{
    scoped_fd fd = -1;
    if (!path)
        return 0;
    if (unix_socket_connect(path, &fd, err) < 0 || fd_passing_send(fd, word, strlen(word), &pidfd, 1, err) < 0)
        return error_context(err, "%s", what);
    return 0;
}
