#include "libcontainer/checkpoint/places.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/str.h"
#include "libcontainer/cgroup/cgroup.h"
#include "libcontainer/checkpoint/images.h"
#include "libcontainer/checkpoint/reach.h"
#include "libcontainer/mount/kinds.h"
#include "libcontainer/mount/plan.h"
#include "libcontainer/mount/tree.h"
#include "libcontainer/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIRECTORY         "criu"
#define CGROUP_FILE_LIMIT 65536

/* Whatever lies below another mount is in that mount, or comes back with its content. */
static bool is_on_root(const struct mount_plan *plan, const struct planned_mount *m)
{
    for (size_t i = 0; i < plan->count; i++) {
        const struct planned_mount *other = &plan->items[i];
        bool is_same = str_equal(other->destination, m->destination);
        if (other == m || other->destination[1] == '\0' ||
            (is_same && (other->kind == MOUNT_KIND_REMOUNT || i > m->index)))
            continue;
        if (path_is_below(other->destination, m->destination))
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
        if (m->kind == MOUNT_KIND_REMOUNT || m->link || !is_on_root(plan, m))
            continue;
        int made = is_file(m) ? path_make_file(root_fd, m->destination, 0644, &place, err)
                              : path_make_directory(root_fd, m->destination, 0755, &place, err);
        if (made < 0)
            return error_context(err, "%s", mount_plan_name(err->arena, m));
    }
    return 0;
}

/* ---- cgroups --------------------------------------------------------------------------------------- */

/* As criu calls the directory of a hierarchy: by a line of /proc/PID/cgroup. */
static const char *yard_name(const char *controllers)
{
    const char *name = str_after(controllers, "name=");
    return *controllers == '\0' ? "unified" : name ? name : controllers;
}

static const char *controllers_of(const struct cgroup_mount *m)
{
    return m->version == 2 ? "" : m->controllers;
}

static bool is_mounted(const struct cgroup_mount *list, const char *controllers)
{
    for (; list->mount; list++)
        if (str_equal(controllers_of(list), controllers))
            return true;
    return false;
}

/* Are all hierarchies that a process is in mounted? */
static int is_complete(const struct cgroup_mount *list, bool *out, struct error *err)
{
    char *text;
    *out = true;
    if (file_read_at(AT_FDCWD, "/proc/self/cgroup", CGROUP_FILE_LIMIT, &text, NULL, err) < 0)
        return -1;
    for (const char **line = str_split(err->arena, text, '\n'); *line && **line; line++) {
        const char **part = str_split(err->arena, *line, ':');
        *out = *out && str_count(part) >= 3 && is_mounted(list, part[1]);
    }
    return 0;
}

int places_begin(struct places *p, struct store *s, const char *state_root, struct error *err)
{
    struct cgroup_mount *list;
    bool has_all;
    if (cgroup_mounts(NULL, state_root, &list, err) < 0 || is_complete(list, &has_all, err) < 0)
        return -1;
    if (has_all)
        p->cgroups = list;
    else
        log_debug("not all cgroup hierarchies are mounted: criu mounts them");
    if (mkdirat(store_directory(s), DIRECTORY, 0700) < 0 && errno != EEXIST)
        return fail_errno(err, "cannot make %s/%s/" DIRECTORY, state_root, store_id(s));
    p->directory = arena_printf(err->arena, "%s/%s/" DIRECTORY, state_root, store_id(s));
    return 0;
}

void places_end(const struct places *p, struct store *s)
{
    if (p->directory && unlinkat(store_directory(s), DIRECTORY, AT_REMOVEDIR) < 0 && errno != ENOENT)
        log_debug("%s stays: %s", p->directory, strerror(errno));
}

/* Attaches a detached mount at a new name below a directory. */
static int attach_at(int dir_fd, const char *name, int tree_fd, struct error *err)
{
    struct stat st;
    if (fstat(tree_fd, &st) < 0)
        return fail_errno(err, "cannot inspect a mount");
    if (S_ISDIR(st.st_mode) ? mkdirat(dir_fd, name, 0700) < 0 : mknodat(dir_fd, name, S_IFREG | 0600, 0) < 0)
        return fail_errno(err, "cannot make a place for a mount");
    scoped_fd place = openat(dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    return place < 0 ? fail_errno(err, "cannot open the place of a mount") : tree_attach(tree_fd, place, err);
}

static int add_hierarchies(int dir_fd, const struct cgroup_mount *m, struct error *err)
{
    if (mkdirat(dir_fd, PLACES_CGROUPS, 0700) < 0)
        return fail_errno(err, "cannot make a directory of cgroups");
    scoped_fd cgroups = openat(dir_fd, PLACES_CGROUPS, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (cgroups < 0)
        return fail_errno(err, "cannot open a directory of cgroups");
    for (; m->mount; m++) {
        scoped_fd host = open(m->mount, O_PATH | O_DIRECTORY | O_CLOEXEC), tree = -1;
        if (host < 0)
            return fail_errno(err, "cannot open %s", m->mount);
        if (tree_clone(host, false, &tree, err) < 0 || attach_at(cgroups, yard_name(controllers_of(m)), tree, err) < 0)
            return error_context(err, "%s", m->mount);
    }
    return 0;
}

/* ---- sources --------------------------------------------------------------------------------------- */

/* With the attributes that the config wants: criu binds a second mount of the same file without its own ones. */
static int add_sources(int dir_fd, const struct mount_plan *plan, struct error *err)
{
    scoped_fd null = -1;
    for (size_t i = 0; i < plan->count; i++) {
        const struct planned_mount *m = &plan->items[i];
        scoped_fd tree = -1;
        if (m->kind != MOUNT_KIND_BIND || m->link)
            continue;
        if (source_of_mount(m, &tree, err) < 0 || tree_change(tree, &m->options.own, false, err) < 0 ||
            tree_change(tree, &m->options.below, true, err) < 0 ||
            attach_at(dir_fd, arena_printf(err->arena, PLACES_SOURCE "%zu", i), tree, err) < 0)
            return error_context(err, "%s", mount_plan_name(err->arena, m));
    }
    if (mkdirat(dir_fd, PLACES_EMPTY, 0555) < 0)
        return fail_errno(err, "cannot make an empty directory");
    return tree_of_null(&null, err) < 0 ? -1 : attach_at(dir_fd, PLACES_MASK, null, err);
}

static int fill_directory(const struct places *p, struct error *err)
{
    static const char *const options[] = {"mode", "755", NULL};
    scoped_fd below = open(p->directory, O_PATH | O_DIRECTORY | O_CLOEXEC), tree = -1;
    if (below < 0)
        return fail_errno(err, "cannot open %s", p->directory);
    if (filesystem_simple("tmpfs", options, 0, &tree, err) < 0 || tree_attach(tree, below, err) < 0)
        return -1;
    scoped_fd dir = open(p->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return fail_errno(err, "cannot open %s", p->directory);
    if (p->cgroups && add_hierarchies(dir, p->cgroups, err) < 0)
        return -1;
    return p->plan ? add_sources(dir, p->plan, err) : 0;
}

/* ---- the namespace --------------------------------------------------------------------------------- */

static int attach_root(const struct places *p, int tree_fd, struct error *err)
{
    scoped_fd target = open(p->rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (target < 0)
        return fail_errno(err, "cannot open %s", p->rootfs);
    return tree_attach(tree_fd, target, err);
}

/* Closed directories above are covered, so that what is needed from below them comes first. */
static int open_way(const struct places *p, struct error *err)
{
    scoped_fd filled = open(p->directory, O_PATH | O_DIRECTORY | O_CLOEXEC), tree = -1;
    if (filled < 0)
        return fail_errno(err, "cannot open %s", p->directory);
    if (tree_clone(filled, true, &tree, err) < 0 || reach_make(p->directory, err) < 0 || reach_make(p->rootfs, err) < 0)
        return -1;
    scoped_fd again = open(p->directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (again < 0)
        return fail_errno(err, "cannot open %s", p->directory);
    return tree_attach(tree, again, err);
}

int places_enter(const struct places *p, struct images *i, struct error *err)
{
    scoped_fd tree = -1;
    const struct mount_attr slave = {.propagation = MS_SLAVE};
    if (p->rootfs &&
        (tree_clone(p->root_fd, true, &tree, err) < 0 || tree_propagation(tree, MS_PRIVATE, true, err) < 0))
        return error_context(err, "root %s", p->rootfs);
    if (unshare(CLONE_NEWNS) < 0)
        return fail_errno(err, "cannot make a mount namespace for criu");
    if (mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, (struct mount_attr *)&slave, sizeof slave) < 0)
        return fail_errno(err, "cannot keep criu's mounts from propagating to the host");
    if ((p->directory && fill_directory(p, err) < 0) || images_reopen(i, err) < 0 ||
        (p->for_everybody && p->directory && p->rootfs && open_way(p, err) < 0))
        return -1;
    if (p->rootfs && attach_root(p, tree, err) < 0)
        return error_context(err, "root %s", p->rootfs);
    return 0;
}
