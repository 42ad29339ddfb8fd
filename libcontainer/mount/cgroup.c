#include "libcontainer/mount/kinds.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/str.h"
#include "base/syscalls.h"
#include "libcontainer/cgroup/cgroup.h"
#include "libcontainer/launch/launch.h"
#include "libcontainer/mount/plan.h"
#include "libcontainer/mount/target.h"
#include "libcontainer/mount/tree.h"
#include "spec/config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define HOST_CGROUP     "/sys/fs/cgroup"
#define PROC_FILE_LIMIT 65536

static bool is_cgroup2(const char *path)
{
    struct statfs fs;
    return statfs(path, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

static bool has_own_namespace(struct launch *l)
{
    return config_namespace(l->config, CLONE_NEWCGROUP) != NULL;
}

/* What may be said of each hierarchy's mount; a read-only one is read-only with all below it. */
static uint64_t attributes_of(const struct planned_mount *m)
{
    return (m->options.own.set | m->options.below.set) & ~(uint64_t)MOUNT_ATTR__ATIME;
}

static int open_host(const char *path, uint64_t attributes, int *out_fd, struct error *err)
{
    scoped_fd tree = -1;
    if (source_open(path, AT_RECURSIVE, &tree, err) < 0 || tree_close_off(tree, attributes, true, err) < 0)
        return -1;
    *out_fd = take_fd(&tree);
    return 0;
}

/* The unified hierarchy: of the cgroup namespace, so its root is the container's own cgroup where there is one. Where
 * a user namespace may not make the mount, the host's stands in for it, from `path` (of /proc/self/cgroup) on. */
static int open_unified(struct launch *l, const struct planned_mount *m, const char *mountpoint, const char *path,
                        int *out_fd, struct error *err)
{
    static const char *const options[] = {"source", "cgroup", NULL};
    uint64_t attributes = attributes_of(m);
    /* In the host's cgroup namespace a new mount would also take options such as nsdelegate away from the host's. */
    if (!has_own_namespace(l))
        return open_host(mountpoint, attributes, out_fd, err);
    if (filesystem_simple("cgroup2", options, attributes, out_fd, err) == 0)
        return 0;
    if (err->errnum != EPERM && err->errnum != EBUSY)
        return -1;
    log_debug("%s: cgroup2 may not be mounted here (%s); the host's mount stands in for it", m->path,
              strerror(err->errnum));
    error_clear(err);
    return open_host(path ? path_join(err->arena, mountpoint, path) : mountpoint, attributes, out_fd, err);
}

/* One line of /proc/self/cgroup: "4:cpu,cpuacct:/path". */
struct hierarchy {
    const char *controllers; /* "" for the unified one */
    const char *path;
};

static int read_hierarchies(struct error *err, struct hierarchy **out)
{
    char *text;
    if (file_read_at(AT_FDCWD, "/proc/self/cgroup", PROC_FILE_LIMIT, &text, NULL, err) < 0)
        return -1;
    const char **lines = str_split(err->arena, text, '\n');
    struct hierarchy *list = arena_array(err->arena, str_count(lines) + 1, sizeof *list);
    size_t count = 0;
    for (; *lines; lines++) {
        const char *controllers = strchr(*lines, ':');
        const char *path = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!path)
            continue;
        list[count].controllers = arena_strndup(err->arena, controllers + 1, (size_t)(path - controllers - 1));
        list[count++].path = path + 1;
    }
    *out = list;
    return 0;
}

/* "name=systemd" is mounted on "systemd". */
static const char *directory_of(const struct hierarchy *h)
{
    const char *name = str_after(h->controllers, "name=");
    return *h->controllers == '\0' ? "unified" : name ? name : h->controllers;
}

static bool is_mounted(const struct hierarchy *h, struct arena *a)
{
    const char *host = path_join(a, HOST_CGROUP, directory_of(h));
    if (*h->controllers == '\0')
        return is_cgroup2(host);
    struct statfs fs;
    return statfs(host, &fs) == 0 && fs.f_type == CGROUP_SUPER_MAGIC;
}

/* The container's part of a hierarchy, on the host; NULL where that does not mount it. Who made the container's cgroup
 * knows, without a look. */
static const char *own_directory(struct launch *l, const struct hierarchy *h, struct arena *a)
{
    const char *directory = cgroup_host_directory(l->cgroup, a, h->controllers, h->path);
    if (!directory && is_mounted(h, a))
        directory = path_join(a, path_join(a, HOST_CGROUP, directory_of(h)), h->path);
    return directory;
}

static int open_v1(const struct planned_mount *m, const struct hierarchy *h, int *out_fd, struct error *err)
{
    const char *name = str_after(h->controllers, "name=");
    if (name) {
        const char *const named[] = {"source", "cgroup", "name", name, "none", NULL, NULL};
        return filesystem_simple("cgroup", named, attributes_of(m), out_fd, err);
    }
    const char **names = str_split(err->arena, h->controllers, ',');
    const char **options = arena_array(err->arena, 2 * str_count(names) + 3, sizeof *options);
    options[0] = "source";
    options[1] = "cgroup";
    for (size_t i = 0; names[i]; i++)
        options[2 * i + 2] = names[i]; /* a flag: no value behind it */
    return filesystem_simple("cgroup", options, attributes_of(m), out_fd, err);
}

static int place(int top, const char *name, int tree_fd, struct error *err)
{
    if (mkdirat(top, name, 0755) < 0 && errno != EEXIST)
        return fail_errno(err, "cannot make the directory %s", name);
    return tree_attach_at(tree_fd, top, name, err);
}

/* "cpu" and "cpuacct" lead to "cpu,cpuacct". */
static int link_controllers(int top, const char *controllers, struct error *err)
{
    const char **names = str_split(err->arena, controllers, ',');
    for (; names[0] && (names[1] || !str_equal(names[0], controllers)); names++) {
        if (symlinkat(controllers, top, *names) < 0 && errno != EEXIST)
            return fail_errno(err, "cannot make the symbolic link %s", *names);
        if (!names[1])
            break;
    }
    return 0;
}

static int add_hierarchy(struct launch *l, const struct planned_mount *m, const struct hierarchy *h, int top,
                         struct error *err)
{
    const char *directory = own_directory(l, h, err->arena);
    if (!directory) {
        log_debug("%s: the host does not mount the hierarchy \"%s\"", m->path, h->controllers);
        return 0;
    }
    scoped_fd tree = -1;
    int opened = 0;
    if (!has_own_namespace(l))
        opened = open_host(directory, attributes_of(m), &tree, err);
    else if (*h->controllers != '\0')
        opened = open_v1(m, h, &tree, err);
    else
        opened = open_unified(l, m, HOST_CGROUP "/unified", h->path, &tree, err);
    if (opened < 0 || place(top, directory_of(h), tree, err) < 0)
        return error_context(err, "hierarchy %s", directory_of(h));
    return strchr(h->controllers, ',') ? link_controllers(top, h->controllers, err) : 0;
}

/* v1 and hybrid: a small tmpfs with a directory for each hierarchy that the host mounts. */
static int mount_hierarchies(struct launch *l, struct planned_mount *m, int target_fd, struct error *err)
{
    static const char *const options[] = {"source", "cgroup", "mode", "755", "size", "1m", NULL};
    struct hierarchy *hierarchies;
    scoped_fd top = -1;
    uint64_t attributes = attributes_of(m);
    if (read_hierarchies(err, &hierarchies) < 0 ||
        filesystem_simple("tmpfs", options, attributes & ~(uint64_t)MOUNT_ATTR_RDONLY, &top, err) < 0 ||
        mount_finish(l, m, top, target_fd, err) < 0)
        return -1;
    for (struct hierarchy *h = hierarchies; h->controllers; h++) {
        if (add_hierarchy(l, m, h, top, err) < 0)
            return -1;
    }
    const struct mount_change change = {.set = attributes & MOUNT_ATTR_RDONLY};
    if (tree_change(top, &change, false, err) < 0)
        return -1;
    if (m->options.propagation_below && tree_propagation(top, m->options.propagation_below, true, err) < 0)
        return -1;
    return m->options.propagation ? tree_propagation(top, m->options.propagation, false, err) : 0;
}

static const char *unified_path(const struct hierarchy *h)
{
    for (; h->controllers; h++) {
        if (*h->controllers == '\0')
            return h->path;
    }
    return NULL;
}

int mount_cgroup(struct launch *l, struct planned_mount *m, struct error *err)
{
    struct mount_target target = {.fd = -1};
    if (mount_target_open(l, m, TARGET_PLAIN, &target, err) < 0)
        return -1;
    scoped_fd target_fd = target.fd;
    bool unified = is_cgroup2(HOST_CGROUP);
    if (!unified && !str_equal(m->type, "cgroup2"))
        return mount_hierarchies(l, m, target_fd, err);
    struct hierarchy *hierarchies;
    scoped_fd tree = -1;
    if (read_hierarchies(err, &hierarchies) < 0 ||
        open_unified(l, m, unified ? HOST_CGROUP : HOST_CGROUP "/unified", unified_path(hierarchies), &tree, err) < 0)
        return -1;
    const struct mount_options rest = {.propagation = m->options.propagation,
                                       .propagation_below = m->options.propagation_below};
    return tree_apply_options(tree, &rest, true, err) < 0 ? -1 : mount_finish(l, m, tree, target_fd, err);
}
