#include "libcontainer/launch/aspect.h"

#include "base/error.h"
#include "base/log.h"
#include "libcontainer/launch/launch.h"
#include "libcontainer/mount/kinds.h"
#include "libcontainer/mount/plan.h"
#include "spec/config.h"

#include <string.h>
#include <unistd.h>

static int check(const struct config *c, struct error *err)
{
    struct mount_plan *plan;
    return mount_plan_make(c, NULL, &plan, err);
}

/* SELinux labels are options of filesystems; without the module the kernel knows no such option (E45). */
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

static int before(struct launch *l, struct error *err)
{
    if (mount_plan_make(l->config, l->bundle, &l->mounts, err) < 0)
        return -1;
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

static int apply(struct launch *l, struct error *err)
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

extern const struct aspect mounts;
const struct aspect mounts = {
    .name = "mounts",
    .check = check,
    .before = before,
    .apply = apply,
};
