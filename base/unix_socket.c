/* unix_socket.c */
#include "base/unix_socket.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

int unix_socket_connect(const char *path, int *out_fd, struct error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    scoped_fd fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail_errno(err, "cannot make a socket");
    scoped_fd directory = -1;
    if (strlen(path) < sizeof address.sun_path) {
        memcpy(address.sun_path, path, strlen(path));
    } else {
        const char *parent, *name;
        path_split(err->arena, path, &parent, &name);
        directory = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (directory < 0)
            return fail_errno(err, "cannot open %s", parent);
        int length = snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", directory, name);
        if (length < 0 || (size_t)length >= sizeof address.sun_path) {
            errno = ENAMETOOLONG;
            return fail_errno(err, "cannot connect to %s", path);
        }
    }
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) < 0)
        return fail_errno(err, "cannot connect to %s", path);
    *out_fd = take_fd(&fd);
    return 0;
}
