#include "libcontainer/launch/aspect.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/path.h"
#include "libcontainer/launch/launch.h"
#include "libcontainer/mount/plan.h"
#include "libcontainer/mount/tree.h"
#include "spec/config.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* What hides a file and what hides a directory: one mount each, then copies of it. The first use attaches the mount
 * itself; attached it can be copied, which detached only new kernels allow. */
struct cover {
    int fd;
    bool attached;
};

static int cover_with(struct cover *cover, int target_fd, struct error *err)
{
    if (!cover->attached) {
        cover->attached = true;
        return tree_attach(cover->fd, target_fd, err);
    }
    scoped_fd copy = -1;
    if (tree_clone(cover->fd, false, &copy, err) < 0)
        return -1;
    return tree_attach(copy, target_fd, err);
}

/* One superblock for all masked directories of the container. */
static int make_empty(struct cover *cover, struct error *err)
{
    static const char *const options[] = {"source", "tmpfs", "mode", "555", "size", "4k", "nr_inodes", "2", NULL};
    if (cover->fd >= 0)
        return 0;
    const uint64_t attributes =
        MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOATIME;
    return filesystem_simple("tmpfs", options, attributes, &cover->fd, err);
}

enum {
    ABSENT = 1
};

/* ABSENT: there is no such path, nor a directory that it could be in. What lies in a procfs or sysfs of the
 * config is looked up from its top: its place in the image may have been exchanged since, and must not leave it without
 * its masks. */
static int find(struct launch *l, const char *path, int *out_fd, struct error *err)
{
    const char *rest = path;
    int root = mount_plan_holder(l->mounts, path_clean(err->arena, path), &rest);
    int found = path_find_inside(root < 0 ? l->root_fd : root, rest, O_PATH, out_fd, err);
    if (found == PATH_ABSENT)
        return ABSENT;
    if (found < 0 && err->errnum == ENOTDIR) {
        error_clear(err);
        return ABSENT;
    }
    return found;
}

/* What is attached to the container's root no longer covers it: the root is entered already. */
static bool is_root(const struct launch *l, int fd)
{
    struct statx root, other;
    return tree_is_mounted(fd) && statx(l->root_fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &root) == 0 &&
           statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &other) == 0 && root.stx_mnt_id == other.stx_mnt_id;
}

static int mask(struct launch *l, const char *path, struct cover *file, struct cover *directory, struct error *err)
{
    scoped_fd target = -1;
    int found = find(l, path, &target, err);
    if (found != 0)
        return found < 0 ? -1 : 0;
    struct stat st;
    if (fstat(target, &st) < 0)
        return fail_errno(err, "cannot inspect it");
    if (!S_ISDIR(st.st_mode))
        return cover_with(file, target, err);
    if (is_root(l, target))
        return fail(err, ERR_INVALID_CONFIG, "this is the container's root, and nothing would be left");
    if (make_empty(directory, err) < 0)
        return -1;
    return cover_with(directory, target, err);
}

static int mask_all(struct launch *l, struct error *err)
{
    struct cover file = {.fd = take_fd(&l->mounts->null_fd)}, directory = {.fd = -1};
    const char **paths = l->config->linux_->masked_paths;
    int result = 0;
    for (size_t i = 0; result == 0 && paths[i]; i++) {
        if (mask(l, paths[i], &file, &directory, err) < 0) {
            error_at(err, "linux.maskedPaths[%zu]", i);
            result = error_context(err, "masking %s", paths[i]);
        }
    }
    fd_close(&file.fd);
    fd_close(&directory.fd);
    return result;
}

static int protect(struct launch *l, const char *path, struct error *err)
{
    scoped_fd target = -1, tree = -1;
    int found = find(l, path, &target, err);
    if (found != 0)
        return found < 0 ? -1 : 0;
    const struct mount_change readonly = {.set = MOUNT_ATTR_RDONLY};
    if (is_root(l, target))
        return tree_change(target, &readonly, true, err);
    if (tree_clone(target, true, &tree, err) < 0 || tree_change(tree, &readonly, true, err) < 0)
        return -1;
    return tree_attach(tree, target, err);
}

static int apply(struct launch *l, struct error *err)
{
    const struct linux_config *config = l->config->linux_;
    if (!config || !l->mounts->is_mounting)
        return 0;
    for (size_t i = 0; config->readonly_paths[i]; i++) {
        if (protect(l, config->readonly_paths[i], err) < 0) {
            error_at(err, "linux.readonlyPaths[%zu]", i);
            return error_context(err, "making %s read-only", config->readonly_paths[i]);
        }
    }
    return *config->masked_paths ? mask_all(l, err) : 0;
}

extern const struct aspect paths;
const struct aspect paths = {
    .name = "paths",
    .apply = apply,
};
