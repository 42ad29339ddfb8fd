#include "libcontainer/checkpoint/externals.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/mountinfo.h"
#include "base/path.h"
#include "base/str.h"
#include "libcontainer/cgroup/cgroup.h"
#include "libcontainer/checkpoint/places.h"
#include "libcontainer/container/notify.h"
#include "libcontainer/mount/plan.h"
#include "spec/config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

void text_list_add(struct text_list *l, const char *text)
{
    if (l->count + 1 >= l->room) {
        l->room = l->room * 2 + 16;
        const char **larger = arena_array(l->arena, l->room, sizeof *larger);
        if (l->count > 0)
            memcpy(larger, l->items, l->count * sizeof *larger);
        l->items = larger;
    }
    l->items[l->count++] = text;
    l->items[l->count] = NULL;
}

static void add_mount(struct text_list *out, const char *key, const char *value)
{
    text_list_add(out, arena_printf(out->arena, "mnt[%s]:%s", key, value));
}

/* ---- mounts, at the dump --------------------------------------------------------------------------- */

struct dump {
    struct mount_entry **entries;    /* of the process, as it sees them */
    const struct mount_entry **made; /* for each mount of the plan, what is there */
    const struct mount_plan *plan;
    const char *const *masked; /* linux.maskedPaths */
    int root_fd;               /* of the process */
    bool shares_cgroups;
};

/* The mount that is at a path inside the root, links of the image resolved; NULL: none of its own. */
static const struct mount_entry *entry_at(const struct dump *d, const char *path, struct error *err)
{
    struct statx st;
    scoped_fd fd = -1;
    if (path_find_inside(d->root_fd, path, O_PATH, &fd, err) != PATH_FOUND) {
        error_clear(err);
        return mountinfo_find(d->entries, path);
    }
    if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &st) < 0 || !(st.stx_mask & STATX_MNT_ID))
        return mountinfo_find(d->entries, path);
    for (struct mount_entry **e = d->entries; *e; e++)
        if ((*e)->id == st.stx_mnt_id)
            return *e;
    return NULL;
}

/* The bind mount of the config that an entry belongs to: it, or what came along below it. */
static const char *bound_name(const struct dump *d, const struct mount_entry *entry, struct arena *a)
{
    const char *name = NULL;
    size_t longest = 0;
    for (size_t i = 0; i < d->plan->count; i++) {
        const struct planned_mount *m = &d->plan->items[i];
        const struct mount_entry *own = d->made[i];
        if (!own || !path_is_below(own->target, entry->target) || strlen(own->target) < longest)
            continue;
        longest = strlen(own->target);
        bool is_bound = m->kind == MOUNT_KIND_BIND && (own == entry || (m->options.flags & MS_REC));
        name = is_bound ? arena_printf(a, "%s%s", m->destination, entry->target + longest) : NULL;
    }
    return name;
}

/* Masks and devices of the host's: the device filesystem's own root is no mount of a container's. */
static bool is_device(const struct mount_entry *e)
{
    return str_equal(e->type, "devtmpfs") && !str_equal(e->root, "/");
}

static const char *device_name(const struct dump *d, const struct mount_entry *e, struct error *err)
{
    if (!is_device(e))
        return NULL;
    for (const char *const *p = d->masked; p && *p; p++)
        if (entry_at(d, *p, err) == e)
            return *p;
    return arena_printf(err->arena, "/dev%s", e->root);
}

static bool is_cgroup(const struct mount_entry *e)
{
    return str_equal(e->type, "cgroup") || str_equal(e->type, "cgroup2");
}

static bool is_other_namespace(pid_t pid, const char *kind, struct arena *a)
{
    struct stat own, its;
    return stat(arena_printf(a, "/proc/self/ns/%s", kind), &own) == 0 &&
           stat(arena_printf(a, "/proc/%d/ns/%s", (int)pid, kind), &its) == 0 && own.st_ino != its.st_ino;
}

int externals_of_mounts(const struct config *c, const char *bundle, pid_t pid, struct text_list *out, struct error *err)
{
    struct mount_plan *plan;
    struct dump d = {.shares_cgroups = !is_other_namespace(pid, "cgroup", err->arena)};
    if (!is_other_namespace(pid, "mnt", err->arena))
        return 0;
    if (mount_plan_make(c, bundle, &plan, err) < 0 ||
        mountinfo_read(arena_printf(err->arena, "/proc/%d/mountinfo", (int)pid), &d.entries, err) < 0)
        return -1;
    scoped_fd root = open(arena_printf(err->arena, "/proc/%d/root", (int)pid), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return fail_errno(err, "cannot open the container's root");
    for (size_t i = 0; i < plan->count; i++)
        if (plan->items[i].options.idmap)
            return fail_config(err, plan->items[i].path, "is id-mapped: criu cannot restore such a mount");
    d.plan = plan;
    d.masked = c->linux_ ? (const char *const *)c->linux_->masked_paths : NULL;
    d.root_fd = root;
    d.made = arena_array(err->arena, plan->count + 1, sizeof *d.made);
    for (size_t i = 0; i < plan->count; i++)
        d.made[i] = entry_at(&d, plan->items[i].destination, err);
    for (struct mount_entry **e = d.entries; *e; e++) {
        if (str_equal((*e)->target, "/"))
            continue;
        const char *name = bound_name(&d, *e, err->arena);
        if (!name)
            name = device_name(&d, *e, err);
        if (!name && ((d.shares_cgroups && is_cgroup(*e)) || str_equal((*e)->target, NOTIFY_INSIDE)))
            name = (*e)->target;
        if (name)
            add_mount(out, (*e)->target, name);
    }
    return 0;
}

/* ---- namespaces ------------------------------------------------------------------------------------ */

/* Those that CRIU takes as they are; it joins the others anew. */
static const struct {
    int64_t type;
    const char *file, *key;
} namespaces[] = {
    {CLONE_NEWNET, "net", "extRootNetNS"},
    {CLONE_NEWPID, "pid", "extRootPidNS"},
};

int externals_of_namespaces(const struct config *c, pid_t pid, struct text_list *out, struct error *err)
{
    for (size_t i = 0; i < ARRAY_SIZE(namespaces); i++) {
        struct stat st;
        const struct namespace *n = config_namespace(c, namespaces[i].type);
        if (!n || !n->path)
            continue;
        const char *path = arena_printf(err->arena, "/proc/%d/ns/%s", (int)pid, namespaces[i].file);
        if (stat(path, &st) < 0)
            return fail_errno(err, "cannot inspect %s", path);
        text_list_add(
            out, arena_printf(err->arena, "%s[%ju]:%s", namespaces[i].file, (uintmax_t)st.st_ino, namespaces[i].key));
    }
    return 0;
}

/* ---- descriptors ----------------------------------------------------------------------------------- */

bool external_is_inherited(const char *target)
{
    static const char *const kinds[] = {"pipe:[", "socket:[", "file[", "tty[", NULL};
    for (size_t i = 0; kinds[i]; i++)
        if (str_has_prefix(target, kinds[i]))
            return true;
    return false;
}

static int read_link(const char *path, const char **out, struct error *err)
{
    char *text = arena_alloc(err->arena, 4096);
    ssize_t length = readlink(path, text, 4095);
    if (length < 0 && errno != ENOENT)
        return fail_errno(err, "cannot read %s", path);
    *out = length < 0 ? "" : text;
    return 0;
}

/* The mount that a descriptor came by, and whether it is one of the process's. */
static bool is_on_own_mount(const char *path, struct mount_entry *const *entries, uint64_t *out_mount)
{
    struct statx st;
    if (statx(AT_FDCWD, path, 0, STATX_MNT_ID, &st) < 0 || !(st.stx_mask & STATX_MNT_ID))
        return true;
    *out_mount = st.stx_mnt_id;
    for (; *entries; entries++)
        if ((*entries)->id == st.stx_mnt_id)
            return true;
    return false;
}

int externals_of_stdio(pid_t pid, const char *out_targets[3], struct text_list *out, struct error *err)
{
    struct mount_entry **entries;
    if (mountinfo_read(arena_printf(err->arena, "/proc/%d/mountinfo", (int)pid), &entries, err) < 0)
        return -1;
    for (int i = 0; i < 3; i++) {
        struct stat st;
        uint64_t mount;
        const char *path = arena_printf(err->arena, "/proc/%d/fd/%d", (int)pid, i);
        if (read_link(path, &out_targets[i], err) < 0)
            return -1;
        /* A device of the host's is the same in the container; a terminal is not. */
        if (out_targets[i][0] != '/' || stat(path, &st) < 0 || is_on_own_mount(path, entries, &mount))
            continue;
        if (S_ISREG(st.st_mode))
            out_targets[i] = arena_printf(err->arena, "file[%" PRIx64 ":%jx]", mount, (uintmax_t)st.st_ino);
        else if (S_ISCHR(st.st_mode) && str_has_prefix(out_targets[i], "/dev/pts/"))
            out_targets[i] = arena_printf(err->arena, "tty[%jx:%jx]", (uintmax_t)st.st_rdev, (uintmax_t)st.st_dev);
        else
            continue;
        text_list_add(out, out_targets[i]);
    }
    return 0;
}

/* ---- mounts, at the restore ------------------------------------------------------------------------ */

static void add_bind(struct mount_entry *const *host, const struct planned_mount *m, const char *places,
                     struct text_list *out)
{
    const char *place = arena_printf(out->arena, "%s/" PLACES_SOURCE "%zu", places, m->index);
    char *real = realpath(m->source, NULL);
    const char *source = real ? arena_strdup(out->arena, real) : m->source;
    free(real);
    add_mount(out, m->destination, place);
    for (; (m->options.flags & MS_REC) && *host; host++) {
        const char *below = (*host)->target;
        if (str_equal(below, source) || !path_is_below(source, below))
            continue;
        below += source[1] ? strlen(source) : 0;
        add_mount(out, arena_printf(out->arena, "%s%s", m->destination, below),
                  arena_printf(out->arena, "%s%s", place, below));
    }
}

static int add_cgroups(const struct planned_mount *m, const struct cgroup *cgroup, const char *state_root,
                       struct text_list *out, struct error *err)
{
    struct cgroup_mount *list;
    if (cgroup_mounts(cgroup, state_root, &list, err) < 0)
        return -1;
    for (; list->mount; list++)
        add_mount(out, *list->name ? path_join(err->arena, m->destination, list->name) : m->destination,
                  list->version == 2 ? list->mount : list->directory);
    return 0;
}

static void add_devices(const struct config *c, const char *places, struct text_list *out)
{
    static const char *const defaults[] = {"null", "zero", "full", "random", "urandom", "tty", NULL};
    for (size_t i = 0; defaults[i]; i++)
        add_mount(out, arena_printf(out->arena, "/dev/%s", defaults[i]),
                  arena_printf(out->arena, "/dev/%s", defaults[i]));
    for (size_t i = 0; c->linux_ && c->linux_->devices[i]; i++)
        if (str_has_prefix(c->linux_->devices[i]->path, "/dev/"))
            add_mount(out, c->linux_->devices[i]->path, c->linux_->devices[i]->path);
    for (size_t i = 0; c->linux_ && c->linux_->masked_paths[i]; i++)
        add_mount(out, c->linux_->masked_paths[i], path_join(out->arena, places, PLACES_MASK));
}

static bool has_destination(const struct mount_plan *plan, const char *path)
{
    for (size_t i = 0; i < plan->count; i++)
        if (str_equal(plan->items[i].destination, path))
            return true;
    return false;
}

int externals_at_restore(const struct config *c, const struct mount_plan *plan, const char *places,
                         const struct cgroup *cgroup, const char *state_root, struct text_list *out, struct error *err)
{
    struct mount_entry **host;
    if (mountinfo_read(NULL, &host, err) < 0)
        return -1;
    for (size_t i = 0; i < plan->count; i++) {
        const struct planned_mount *m = &plan->items[i];
        if (m->kind == MOUNT_KIND_BIND && !m->link)
            add_bind(host, m, places, out);
        if (m->kind == MOUNT_KIND_CGROUP && add_cgroups(m, cgroup, state_root, out, err) < 0)
            return -1;
    }
    add_devices(c, places, out);
    /* Nobody may wait for a notification any more. */
    if (!has_destination(plan, NOTIFY_INSIDE))
        add_mount(out, NOTIFY_INSIDE, path_join(err->arena, places, PLACES_EMPTY));
    return 0;
}
