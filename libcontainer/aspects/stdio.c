/* stdio.c - inherited stdin, stdout and stderr: they belong to the process's user, and a /dev/null of the host becomes
 * the container's. A pty is the terminal's business. */
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "libcontainer/launch/aspect.h"
#include "libcontainer/launch/launch.h"
#include "spec/config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static bool is_null(const struct stat *st)
{
    return S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3);
}

/* The container's null, if what is there is one: never through a link, nor any other device (SECURITY R10). */
static int open_null(struct launch *l, int flags)
{
    struct error ignored;
    struct stat st;
    scoped_fd dev = -1;
    error_init(&ignored, l->arena);
    if (path_find_inside(l->root_fd, "/dev", O_PATH | O_DIRECTORY, &dev, &ignored) != PATH_FOUND ||
        fstatat(dev, "null", &st, AT_SYMLINK_NOFOLLOW) < 0 || !is_null(&st))
        return -1;
    scoped_fd null = openat(dev, "null", flags | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
    return null < 0 || fstat(null, &st) < 0 || !is_null(&st) ? -1 : take_fd(&null);
}

static int replace_null(struct launch *l, int fd, struct error *err)
{
    int flags = fcntl(fd, F_GETFL);
    scoped_fd null = flags < 0 ? -1 : open_null(l, flags & (O_ACCMODE | O_APPEND));
    if (null < 0) {
        log_debug("stdio: descriptor %d stays the host's /dev/null: the container has none", fd);
        return 0;
    }
    return dup2(null, fd) < 0 ? fail_errno(err, "cannot replace descriptor %d", fd) : 0;
}

static int apply(struct launch *l, struct error *err)
{
    if (!l->process || l->process->terminal)
        return 0;
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        struct stat st;
        if (fstat(fd, &st) < 0) /* closed */
            continue;
        if (is_null(&st)) {
            if (replace_null(l, fd, err) < 0)
                return -1;
            continue;
        }
        uid_t uid = (uid_t)*l->process->user->uid;
        if (st.st_uid == uid || isatty(fd))
            continue;
        if (fchown(fd, uid, (gid_t)-1) < 0 && errno != EPERM && errno != EROFS && errno != EINVAL && errno != EBADF)
            return fail_errno(err, "cannot give descriptor %d to the process's user", fd);
    }
    return 0;
}

const struct aspect stdio = {.name = "stdio", .apply = apply};
