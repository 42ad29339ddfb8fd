#include "libcontainer/launch/aspect.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "base/str.h"
#include "libcontainer/launch/launch.h"
#include "libcontainer/mount/kinds.h"
#include "libcontainer/mount/plan.h"
#include "libcontainer/mount/tree.h"
#include "spec/config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int check(const struct config *c, struct error *err)
{
    struct mount_plan *plan;
    return mount_plan_make(c, NULL, &plan, err);
}

/* SELinux labels are options of filesystems; without the module the kernel knows no such option. */
static int check_label(const struct mount_plan *plan, struct error *err)
{
    if (!plan->label || access("/sys/fs/selinux/enforce", F_OK) == 0)
        return 0;
    fail_config(err, "linux.mountLabel", "linux.mountLabel is set, but SELinux is not enabled here");
    return error_hint(err, "remove linux.mountLabel, or enable SELinux on the host");
}

static void warn_of_ignored(const struct mount_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        const struct planned_mount *m = &plan->items[i];
        for (const struct mount_datum *d = m->options.data; m->kind == MOUNT_KIND_BIND && d->key; d++)
            log_warning("%s.options[%zu]: \"%s\" is ignored: a bind mount has no options of a filesystem", m->path,
                        d->option, d->key);
    }
}

/* copy-symlink: where the source is a link, and the caller may read it, it is made anew in the container. */
static void read_link(struct arena *a, struct planned_mount *m)
{
    char text[PATH_MAX];
    ssize_t length = readlink(m->source, text, sizeof text);
    if (length >= 0)
        m->link = arena_strndup(a, text, (size_t)length);
}

/* What is there already is not made anew, and cgroups are found by the host's paths. */
static int check_kind(const struct launch *l, const struct planned_mount *m, struct error *err)
{
    if (l->kind == LAUNCH_CREATE)
        return 0;
    if (str_equal(m->destination, "/"))
        return fail_config(err, m->path, "destination is the container's root, which its processes would not see");
    if (m->kind == MOUNT_KIND_CGROUP)
        return fail_config(err, m->path, "%s can be mounted only when a container is created", m->type);
    return 0;
}

static int before(struct launch *l, struct error *err)
{
    if (mount_plan_make(l->config, l->bundle, &l->mounts, err) < 0)
        return -1;
    for (size_t i = 0; i < l->mounts->count; i++) {
        struct planned_mount *m = &l->mounts->items[i];
        if (check_kind(l, m, err) < 0)
            return -1;
        if (m->options.copy_symlink)
            read_link(l->arena, m);
    }
    warn_of_ignored(l->mounts);
    return check_label(l->mounts, err);
}

static int mount_one(struct launch *l, struct planned_mount *m, struct error *err)
{
    switch (m->kind) {
    case MOUNT_KIND_BIND:
        return mount_bind(l, m, err);
    case MOUNT_KIND_FILESYSTEM:
        return mount_filesystem(l, m, err);
    case MOUNT_KIND_CGROUP:
        return mount_cgroup(l, m, err);
    case MOUNT_KIND_REMOUNT:
        return mount_remount(l, m, err);
    }
    return fail(err, ERR_SYSTEM, "a mount has no kind");
}

static int apply_plan(struct launch *l, struct error *err)
{
    for (size_t i = 0; i < l->mounts->count; i++) {
        struct planned_mount *m = &l->mounts->items[i];
        if (mount_one(l, m, err) < 0) {
            error_at(err, "%s", m->path);
            /* A fault of the config names its member itself. */
            const char *name = mount_plan_name(err->arena, m);
            return error_context(err, "%s", err->code == ERR_INVALID_CONFIG ? strchr(name, ' ') + 1 : name);
        }
    }
    return 0;
}

/* All or none: with init its namespace goes, but whoever is there already would keep the first ones. */
static void take_back(struct launch *l)
{
    struct error ignored;
    error_init(&ignored, l->arena);
    for (size_t i = l->mounts->count; i-- > 0;) {
        const struct planned_mount *m = &l->mounts->items[i];
        if (m->mounted_fd >= 0 && tree_detach(l->proc_fd, m->mounted_fd, &ignored) < 0)
            log_warning("%s stays: %s", mount_plan_name(l->arena, m), error_line(&ignored));
    }
}

static int apply(struct launch *l, struct error *err)
{
    mode_t mask = umask(0); /* what is made for mounts has the same modes under every caller */
    int result = apply_plan(l, err);
    umask(mask);
    if (l->kind == LAUNCH_CREATE)
        return result;
    if (result == 0 && mount_make_late_readonly(l->mounts, err) == 0)
        return 0;
    take_back(l);
    return -1;
}

static int unmount(struct launch *l, const char *destination, struct error *err)
{
    scoped_fd fd = -1;
    if (str_equal(destination, "/"))
        return fail(err, ERR_INVALID_ARGUMENT, "this is the container's root");
    int found = path_find_inside(l->root_fd, destination, O_PATH, &fd, err);
    if (found < 0)
        return -1;
    if (found == PATH_ABSENT || !tree_is_mounted(fd))
        return fail(err, ERR_NOT_FOUND, "nothing is mounted on %s", destination);
    if (tree_detach(l->proc_fd, fd, err) == 0)
        return 0;
    if (err->errnum == EINVAL)
        error_hint(err, "a mount that came with the container's namespaces is locked in a user namespace");
    return -1;
}

/* The last first, so that the list that was added can be removed. */
static int apply_unmount(struct launch *l, struct error *err)
{
    size_t count = 0;
    while (l->config->mounts[count])
        count++;
    while (count-- > 0) {
        const char *destination = l->config->mounts[count]->destination;
        if (unmount(l, path_clean(err->arena, path_absolute(err->arena, "/", destination)), err) < 0) {
            error_context(err, "mounts[%zu] %s", count, destination);
            return error_at(err, "mounts[%zu].destination", count);
        }
    }
    return 0;
}

extern const struct aspect mounts, unmounts;
const struct aspect mounts = {
    .name = "mounts",
    .check = check,
    .before = before,
    .apply = apply,
};
const struct aspect unmounts = {
    .name = "unmounts",
    .apply = apply_unmount,
};
