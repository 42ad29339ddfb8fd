#include "libcontainer/mount/target.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/path.h"
#include "base/str.h"
#include "base/syscalls.h"
#include "libcontainer/launch/launch.h"
#include "libcontainer/mount/plan.h"
#include "libcontainer/mount/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

static int fill(int *fd, bool existed, struct mount_target *out, struct error *err)
{
    struct stat st;
    if (fstat(*fd, &st) < 0)
        return fail_errno(err, "cannot inspect the destination");
    *out = (struct mount_target){.fd = take_fd(fd), .existed = existed, .mode = st.st_mode};
    return 0;
}

static int check_kind(const struct planned_mount *m, enum target_kind kind, unsigned mode, struct error *err)
{
    bool wants_directory = kind != TARGET_FILE;
    if (S_ISDIR(mode) == wants_directory)
        return 0;
    if (m->kind == MOUNT_KIND_BIND)
        return fail_config(err, m->path, "source is a %s but %s in the rootfs is a %s",
                           wants_directory ? "directory" : "file", m->destination, file_kind(mode));
    return fail_config(err, m->path, "%s in the rootfs is a %s, and %s is mounted on a directory", m->destination,
                       file_kind(mode), m->type);
}

static int fail_link(const struct planned_mount *m, const char *place, struct error *err)
{
    fail_config(err, m->path, "%s in the rootfs is a symbolic link, and %s must be mounted on an ordinary directory",
                place, m->type);
    return error_hint(err, "remove the link from the rootfs");
}

static int open_plain(int dir, const char *name, int flags)
{
    const struct open_how how = {
        .flags = (uint64_t)(unsigned)flags | O_PATH | O_CLOEXEC | O_NOFOLLOW,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    return sys_openat2(dir, name, &how);
}

/* One name at a time, each made when it is missing, none of them a link: another container that shares the root may
 * change it meanwhile, and must not lead us elsewhere. */
static int walk_plain(struct launch *l, const struct planned_mount *m, int *out_fd, bool *out_existed,
                      struct error *err)
{
    scoped_fd dir = open_plain(l->root_fd, m->destination + 1, O_DIRECTORY);
    *out_existed = true;
    if (dir >= 0) {
        *out_fd = take_fd(&dir);
        return 0;
    }
    if (fd_copy(l->root_fd, &dir, err) < 0)
        return -1;
    const char **names = str_split(err->arena, m->destination, '/');
    const char *place = "";
    for (; *names; names++) {
        if (**names == '\0')
            continue;
        place = arena_printf(err->arena, "%s/%s", place, *names);
        scoped_fd next = open_plain(dir, *names, 0);
        if (next < 0 && errno == ENOENT) {
            *out_existed = false;
            if (mkdirat(dir, *names, 0755) < 0 && errno != EEXIST)
                return fail_errno(err, "cannot make the directory %s inside the container's root", place);
            next = open_plain(dir, *names, 0);
        }
        struct stat st;
        if (next < 0 && errno == ELOOP)
            return fail_link(m, place, err);
        if (next < 0 || fstat(next, &st) < 0)
            return fail_errno(err, "cannot open %s inside the container's root", place);
        if (S_ISLNK(st.st_mode))
            return fail_link(m, place, err);
        if (!S_ISDIR(st.st_mode))
            return check_kind(m, TARGET_PLAIN, st.st_mode, err);
        fd_close(&dir);
        dir = take_fd(&next);
    }
    *out_fd = take_fd(&dir);
    return 0;
}

/* dest-nofollow: the last name is taken as it is. */
static int find_unfollowed(struct launch *l, const struct planned_mount *m, int *out_fd, struct error *err)
{
    const char *directory, *name;
    path_split(err->arena, m->destination, &directory, &name);
    scoped_fd dir = -1;
    if (*name == '\0')
        return path_find_inside(l->root_fd, "/", O_PATH, out_fd, err);
    if (path_make_directory(l->root_fd, directory, 0755, &dir, err) < 0)
        return -1;
    *out_fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (*out_fd >= 0)
        return PATH_FOUND;
    return errno == ENOENT ? PATH_ABSENT
                           : fail_errno(err, "cannot open %s inside the container's root", m->destination);
}

int mount_target_open(struct launch *l, const struct planned_mount *m, enum target_kind kind, struct mount_target *out,
                      struct error *err)
{
    scoped_fd fd = -1;
    bool existed = true;
    if (kind == TARGET_PLAIN) {
        if (walk_plain(l, m, &fd, &existed, err) < 0)
            return -1;
        return fill(&fd, existed, out, err);
    }
    int found = m->options.target_nofollow ? find_unfollowed(l, m, &fd, err)
                                           : path_find_inside(l->root_fd, m->destination, O_PATH, &fd, err);
    if (found < 0)
        return -1;
    if (found == PATH_ABSENT) {
        existed = false;
        int made = kind == TARGET_DIRECTORY ? path_make_directory(l->root_fd, m->destination, 0755, &fd, err)
                                            : path_make_file(l->root_fd, m->destination, 0644, &fd, err);
        if (made < 0 && err->errnum == EACCES && l->in_new_user_namespace)
            error_hint(err, "the rootfs belongs to ids that the container's user namespace does not map");
        if (made < 0 && err->errnum == EOVERFLOW)
            error_hint(err, "an id-mapped mount there has no place for whoever makes it: map an id to 0, or make it in "
                            "the mount's source");
        if (made < 0)
            return -1;
    }
    struct mount_target target = {.fd = -1};
    if (fill(&fd, existed, &target, err) < 0)
        return -1;
    scoped_fd owned = target.fd;
    if (check_kind(m, kind, target.mode, err) < 0)
        return -1;
    *out = target;
    out->fd = take_fd(&owned);
    return 0;
}
