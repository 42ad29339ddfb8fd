#include "libcontainer/checkpoint/places.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/path.h"
#include "libcontainer/mount/plan.h"
#include "libcontainer/mount/tree.h"

#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* Whatever lies below another mount is in that mount, or comes back with its content. */
static bool is_on_root(const struct mount_plan *plan, const struct planned_mount *m)
{
    for (size_t i = 0; i < plan->count; i++) {
        const struct planned_mount *other = &plan->items[i];
        if (other != m && other->destination[1] != '\0' && path_is_below(other->destination, m->destination))
            return false;
    }
    return true;
}

static bool is_file(const struct planned_mount *m)
{
    struct stat st;
    return m->kind == MOUNT_KIND_BIND && stat(m->source, &st) == 0 && !S_ISDIR(st.st_mode);
}

int places_make(const struct mount_plan *plan, int root_fd, struct error *err)
{
    for (size_t i = 0; i < plan->count; i++) {
        const struct planned_mount *m = &plan->items[i];
        scoped_fd place = -1;
        if (m->kind == MOUNT_KIND_REMOUNT || !is_on_root(plan, m))
            continue;
        int made = is_file(m) ? path_make_file(root_fd, m->destination, 0644, &place, err)
                              : path_make_directory(root_fd, m->destination, 0755, &place, err);
        if (made < 0)
            return error_context(err, "%s", mount_plan_name(err->arena, m));
    }
    return 0;
}

int places_enter(const char *rootfs, int root_fd, struct error *err)
{
    scoped_fd tree = -1;
    const struct mount_attr slave = {.propagation = MS_SLAVE};
    if (tree_clone(root_fd, true, &tree, err) < 0 || tree_propagation(tree, MS_PRIVATE, true, err) < 0)
        return error_context(err, "root %s", rootfs);
    if (unshare(CLONE_NEWNS) < 0)
        return fail_errno(err, "cannot make a mount namespace for criu");
    if (mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, (struct mount_attr *)&slave, sizeof slave) < 0)
        return fail_errno(err, "cannot keep criu's mounts from propagating to the host");
    scoped_fd target = open(rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (target < 0)
        return fail_errno(err, "cannot open %s", rootfs);
    return tree_attach(tree, target, err) < 0 ? error_context(err, "root %s", rootfs) : 0;
}
