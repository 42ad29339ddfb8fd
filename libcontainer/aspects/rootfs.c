#include "libcontainer/launch/aspect.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "base/syscalls.h"
#include "libcontainer/launch/launch.h"
#include "libcontainer/mount/kinds.h"
#include "libcontainer/mount/plan.h"
#include "libcontainer/mount/stack.h"
#include "libcontainer/mount/tree.h"
#include "spec/config.h"
#include "spec/state.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static int check(const struct config *c, struct error *err)
{
    if (!c->root || !c->root->path || *c->root->path == '\0') {
        fail_config(err, "root.path", "root.path is missing");
        return error_hint(err, "the directory that becomes the container's /: {\"root\": {\"path\": \"rootfs\"}}");
    }
    return 0;
}

/* Opened once, before anything of the container runs. */
static int before(struct launch *l, struct error *err)
{
    if (!l->rootfs)
        l->rootfs = path_absolute(l->arena, l->bundle, l->config->root->path);
    l->root_source_fd = open(l->rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (l->root_source_fd >= 0)
        return 0;
    const char *path = l->config->root->path;
    if (errno == ENOENT)
        fail(err, ERR_NOT_FOUND, "root.path \"%s\": no such directory (bundle %s)", path, l->bundle);
    else if (errno == ENOTDIR)
        fail(err, ERR_INVALID_CONFIG, "root.path \"%s\" is not a directory (bundle %s)", path, l->bundle);
    else
        fail_errno(err, "cannot open root.path \"%s\" (bundle %s)", path, l->bundle);
    return error_at(err, "root.path");
}

static bool is_same_file(int a, int b)
{
    struct stat x, y;
    return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* In a mount namespace that is not davit's the directory may be another one of that name. */
static bool is_joining(const struct launch *l)
{
    const struct namespace *n = config_namespace(l->config, CLONE_NEWNS);
    return n && n->path;
}

/* The directory again, now through a mount of our own namespace: only such a one can be copied or covered. -1 in
 * *out_fd: a user namespace cannot reach it. */
static int open_here(struct launch *l, int *out_fd, struct error *err)
{
    scoped_fd fd = open(l->rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 && errno == EACCES && l->in_new_user_namespace)
        return 0;
    if (fd < 0)
        return fail_errno(err, "cannot open %s again", l->rootfs);
    if (!is_joining(l) && !is_same_file(fd, l->root_source_fd))
        return fail(err, ERR_BUSY, "%s was replaced while the container was being made", l->rootfs);
    *out_fd = take_fd(&fd);
    return 0;
}

/* Where the root goes in a mount namespace of others. */
static int cover_foreign(struct launch *l, int *here, struct error *err)
{
    if (l->mounts->own_namespace)
        return 0;
    if (*here < 0) {
        errno = EPERM;
        return fail_errno(err, "the user namespace cannot reach it");
    }
    return stack_cover(l, here, err);
}

/* Over its own directory, so that hooks which know the path on the host find all mounts below it; else over the host's
 * root, which pivot_root takes as well. */
static int attach(struct launch *l, struct error *err)
{
    scoped_fd here = -1, tree = -1;
    if (open_here(l, &here, err) < 0)
        return -1;
    if (here >= 0 ? tree_clone(here, true, &tree, err) < 0 : source_ask(l, SOURCE_OF_ROOT, &tree, err) < 0)
        return error_context(err, "root %s", l->rootfs);
    const struct linux_config *config = l->config->linux_;
    bool slave = config && config->rootfs_propagation && (*config->rootfs_propagation & MS_SLAVE);
    if (tree_propagation(tree, slave ? MS_SLAVE : MS_PRIVATE, true, err) < 0)
        return error_context(err, "root %s", l->rootfs);
    if (cover_foreign(l, &here, err) < 0)
        return error_context(err, "root %s", l->rootfs);
    if (here < 0) {
        log_debug("%s cannot be reached from the user namespace: the root goes over /", l->rootfs);
        here = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    }
    if (here < 0)
        return fail_errno(err, "cannot open /");
    if (tree_attach(tree, here, err) < 0)
        return error_context(err, "root %s", l->rootfs);
    l->root_fd = take_fd(&tree);
    return 0;
}

/* Without a mount namespace of its own the container has the host's; in a joined one the path is looked up anew. */
static int enter_foreign(struct launch *l, struct error *err)
{
    if (!is_joining(l))
        return fd_copy(l->root_source_fd, &l->root_fd, err);
    l->root_fd = open(l->rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (l->root_fd >= 0)
        return 0;
    fail_errno(err, "cannot open root.path \"%s\" in the joined mount namespace", l->rootfs);
    return error_at(err, "root.path");
}

static int explain(struct launch *l, struct error *err)
{
    error_at(err, "root.path");
    if (l->mounts->own_namespace || !l->in_new_user_namespace || err->errnum != EPERM)
        return -1;
    return error_hint(err, "a user namespace may mount nothing in a mount namespace that belongs to another: add "
                           "{\"type\": \"mount\"} to linux.namespaces");
}

static int apply(struct launch *l, struct error *err)
{
    if (!l->mounts->is_mounting)
        return enter_foreign(l, err);
    /* Nothing that is mounted from here on may appear on the host, or vanish there with us (R17). */
    const struct mount_attr slave = {.propagation = MS_SLAVE};
    if (l->mounts->own_namespace &&
        mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, (struct mount_attr *)&slave, sizeof slave) < 0)
        return fail_errno(err, "cannot keep mounts from propagating to the host");
    if (attach(l, err) < 0)
        return explain(l, err);
    const struct linux_config *config = l->config->linux_;
    if (config && *config->masked_paths)
        return tree_of_null(&l->mounts->null_fd, err);
    return 0;
}

/* What had to stay writable as long as places were made in it. */
static int make_readonly(struct launch *l, struct error *err)
{
    const struct mount_change readonly = {.set = MOUNT_ATTR_RDONLY};
    if (mount_make_late_readonly(l->mounts, err) < 0)
        return -1;
    if (!l->config->root->readonly)
        return 0;
    return tree_change(l->root_fd, &readonly, false, err) < 0 ? error_at(err, "root.readonly") : 0;
}

/* --no-pivot: the host's root stays below ours, as pivot_root cannot leave an initramfs. Its /proc and /sys go first:
 * through them one could undo what is masked in the container's own. */
static int move_root(struct launch *l, struct error *err)
{
    static const char *const revealing[] = {"/proc", "/sys"};
    for (size_t i = 0; i < sizeof revealing / sizeof *revealing; i++) {
        if (umount2(revealing[i], MNT_DETACH) < 0)
            log_debug("--no-pivot: %s of the host stays mounted: %s", revealing[i], errno_name(errno));
    }
    if (fchdir(l->root_fd) < 0)
        return fail_errno(err, "cannot enter the container's root");
    scoped_fd top = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (top < 0)
        return fail_errno(err, "cannot open /");
    if (tree_attach(l->root_fd, top, err) < 0)
        return error_context(err, "moving the root to /");
    return chroot(".") < 0 || chdir("/") < 0 ? fail_errno(err, "cannot change the root") : 0;
}

static int explain_pivot(struct error *err)
{
    int refused = errno;
    struct statfs fs;
    bool initramfs = statfs("/", &fs) == 0 && (fs.f_type == RAMFS_MAGIC || fs.f_type == TMPFS_MAGIC);
    errno = refused;
    fail_errno(err, "cannot change the root (pivot_root)");
    if (refused == EINVAL && initramfs)
        return error_hint(err, "the host's root is an initramfs, which pivot_root cannot leave: use --no-pivot");
    return -1;
}

static int pivot(struct launch *l, struct error *err)
{
    scoped_fd old = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (old < 0 || fchdir(l->root_fd) < 0)
        return fail_errno(err, "cannot enter the container's root");
    if (sys_pivot_root(".", ".") < 0)
        return explain_pivot(err);
    /* The old root now lies over the new one. */
    if (fchdir(old) < 0 || umount2(".", MNT_DETACH) < 0)
        return fail_errno(err, "cannot detach the host's root");
    return chdir("/") < 0 ? fail_errno(err, "cannot enter /") : 0;
}

static int apply_switch(struct launch *l, struct error *err)
{
    if (l->mounts->is_mounting && make_readonly(l, err) < 0)
        return -1;
    /* pivot_root would give everybody in that namespace another root. */
    if (!l->mounts->own_namespace) {
        if (fchdir(l->root_fd) < 0 || chroot(".") < 0 || chdir("/") < 0)
            return fail_errno(err, "cannot change the root");
        return 0;
    }
    return l->options && l->options->no_pivot ? move_root(l, err) : pivot(l, err);
}

static int undo(const struct record *r, struct error *err)
{
    return r->stacked_root ? stack_remove(r->stacked_root, err) : 0;
}

extern const struct aspect rootfs, switch_root;
const struct aspect rootfs = {
    .name = "rootfs",
    .check = check,
    .before = before,
    .apply = apply,
    .undo = undo,
};
const struct aspect switch_root = {
    .name = "switch_root",
    .apply = apply_switch,
};
