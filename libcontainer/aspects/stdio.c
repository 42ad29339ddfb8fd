/* stdio.c - inherited stdin, stdout and stderr: they belong to the process's user, and a /dev/null of the host becomes
 * the container's. A pty is the terminal's business. */
#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "base/proc.h"
#include "libcontainer/aspects/aspects.h"
#include "libcontainer/launch/aspect.h"
#include "libcontainer/launch/channel.h"
#include "libcontainer/launch/launch.h"
#include "libcontainer/launch/service.h"
#include "spec/config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static bool is_null(const struct stat *st)
{
    return S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3);
}

/* The container's null, if what is there is one: never through a link, and no other device is even opened, should
 * somebody exchange it meanwhile (SECURITY R10). */
static int open_null(struct launch *l, int flags)
{
    struct error ignored;
    struct stat st;
    scoped_fd dev = -1, null = -1;
    int proc;
    error_init(&ignored, l->arena);
    if (path_find_inside(l->root_fd, "/dev", O_RDONLY | O_DIRECTORY, &dev, &ignored) != PATH_FOUND)
        return -1;
    scoped_fd found = openat(dev, "null", O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (found < 0 || fstat(found, &st) < 0 || !is_null(&st))
        return -1;
    null = fd_open_handle(found, dev, flags);
    if (null < 0 && (launch_proc(l, &proc, &ignored) < 0 || proc_reopen(proc, found, flags, &null, &ignored) < 0))
        return -1;
    return take_fd(&null);
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

/* The host's number of an id inside, by the text of a uid_map (inside, outside, size); false when it has none. */
static bool id_outside(const char *map, uint32_t id, uint32_t *out)
{
    for (const char *line = map; line && *line; line = strchr(line, '\n'), line += line != NULL) {
        uint32_t inside, outside, size;
        if (sscanf(line, " %" SCNu32 " %" SCNu32 " %" SCNu32, &inside, &outside, &size) != 3)
            return false;
        if (id >= inside && id - inside < size) {
            *out = outside + (id - inside);
            return true;
        }
    }
    return false;
}

/* Files of the host do not belong to the user namespace, so its root may not give them away: the runtime may. The
 * number comes from the config, and the map is the one that the kernel shows. */
static int serve_own(struct launch *l, struct message *m, struct service_reply *reply, struct error *err)
{
    int proc;
    char *map;
    uint32_t uid;
    (void)m, (void)reply;
    if (!l->process || launch_proc(l, &proc, err) < 0 ||
        proc_read(proc, arena_printf(l->arena, "%d/uid_map", (int)l->pid), &map, err) < 0 ||
        !id_outside(map, (uint32_t)*process_user(l->process)->uid, &uid)) {
        error_clear(err);
        return 0;
    }
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        struct stat st;
        if (fstat(fd, &st) == 0 && !is_null(&st) && !isatty(fd) && st.st_uid != uid && fchown(fd, uid, (gid_t)-1) < 0)
            log_debug("stdio: descriptor %d stays with user %u: %s", fd, (unsigned)st.st_uid, strerror(errno));
    }
    return 0;
}

const struct service own_stdio_service = {
    .kind = CHANNEL_OWN_STDIO,
    .step = "runtime: own stdio",
    .serve = serve_own,
};

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
        uid_t uid = (uid_t)*process_user(l->process)->uid;
        if (st.st_uid == uid || isatty(fd))
            continue;
        if (fchown(fd, uid, (gid_t)-1) == 0)
            continue;
        if (errno != EPERM && errno != EROFS && errno != EINVAL && errno != EBADF)
            return fail_errno(err, "cannot give descriptor %d to the process's user", fd);
        l->asks_own_stdio |= errno == EPERM && l->in_new_user_namespace && l->caller_is_root;
    }
    return 0;
}

static int apply_asking(struct launch *l, struct error *err)
{
    return l->asks_own_stdio ? channel_ask(l->channel, CHANNEL_OWN_STDIO, NULL, 0, NULL, 0, NULL, err) : 0;
}

const struct aspect stdio = {.name = "stdio", .apply = apply};
const struct aspect own_stdio = {.name = "own_stdio", .apply = apply_asking};
