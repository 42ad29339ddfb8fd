#include "libcontainer/container/pid_file.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/fd_passing.h"
#include "base/file.h"
#include "base/path.h"
#include "base/unix_socket.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

int pid_file_write(const char *path, pid_t pid, struct error *err)
{
    char digits[16];
    struct stat st;
    const char *directory, *name;
    if (!path)
        return 0;
    snprintf(digits, sizeof digits, "%d", (int)pid);
    if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode)) {
        scoped_fd fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
        if (fd < 0)
            return fail_errno(err, "cannot open the pid file %s", path);
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
