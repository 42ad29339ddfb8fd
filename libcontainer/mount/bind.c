#include "libcontainer/mount/kinds.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "base/str.h"
#include "base/syscalls.h"
#include "libcontainer/launch/launch.h"
#include "libcontainer/mount/plan.h"
#include "libcontainer/mount/target.h"
#include "libcontainer/mount/tree.h"
#include "spec/config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* No link of the kernel's own trees leads out of them, so a path in one can be looked up from its top. In others an
 * absolute link goes on at the container's root. */
static bool has_no_foreign_links(int tree_fd)
{
    struct statfs fs;
    return fstatfs(tree_fd, &fs) == 0 && (fs.f_type == PROC_SUPER_MAGIC || fs.f_type == SYSFS_MAGIC);
}

int mount_finish(struct launch *l, struct planned_mount *m, int tree_fd, int target_fd, struct error *err)
{
    if (tree_attach(tree_fd, target_fd, err) < 0)
        return -1;
    bool is_holder = m->holds_paths && has_no_foreign_links(tree_fd);
    if ((l->kind == LAUNCH_MOUNT || is_holder) && fd_copy(tree_fd, &m->mounted_fd, err) < 0)
        return -1;
    if (l->kind == LAUNCH_MOUNT || !str_equal(m->destination, "/"))
        return 0;
    /* Whatever comes later belongs into what now covers the root. */
    fd_close(&l->root_fd);
    return fd_copy(tree_fd, &l->root_fd, err);
}

/* A child that joined a container sees nothing of the host: all sources come from the runtime. Init sees the host's
 * mounts as slaves, so one that shall stay in its peer group with the host comes from the
 * runtime; as do id-mapped ones, and what a user namespace cannot reach. The rest is copied here, which keeps the
 * flags locked that the host has on it. */
static int open_source(struct launch *l, const struct planned_mount *m, int *out_fd, struct error *err)
{
    if (l->kind == LAUNCH_MOUNT || m->options.idmap || (source_is_peer(l, m) && !l->rootless))
        return source_ask(l, (uint32_t)m->index, out_fd, err);
    if (source_of_mount(m, out_fd, err) == 0)
        return 0;
    if (!l->in_new_user_namespace || (err->errnum != EACCES && err->errnum != EPERM))
        return -1;
    struct error here = *err;
    error_clear(err);
    if (source_ask(l, (uint32_t)m->index, out_fd, err) == 0)
        return 0;
    *err = here;
    return -1;
}

/* A copy that the runtime made has no locked flags, but what the host forbids on the source stays forbidden in a user
 * namespace all the same. */
static void keep_flags(struct launch *l, int tree_fd, struct mount_options *o)
{
    if (!l->in_new_user_namespace)
        return;
    uint64_t locked = o->own.clear & tree_attributes(tree_fd);
    if (locked)
        tree_log_locked(l->arena, locked);
    o->own.clear &= ~locked;
    o->below.clear &= MOUNT_ATTR__ATIME;
}

/* Below a copy of /sys are the host's cgroups, each a mount of its own, and an ordinary user may own some: they are
 * read-only with it (CVE-2023-25809), unless the options say something else about what lies below. */
static void close_cgroups(int tree_fd, struct mount_options *o)
{
    struct statfs fs;
    if ((o->own.set & MOUNT_ATTR_RDONLY) && !(o->below.clear & MOUNT_ATTR_RDONLY) && fstatfs(tree_fd, &fs) == 0 &&
        fs.f_type == SYSFS_MAGIC)
        o->below.set |= MOUNT_ATTR_RDONLY;
}

static int make_link(struct launch *l, const struct planned_mount *m, const char *text, struct error *err)
{
    const char *directory, *name;
    char there[PATH_MAX];
    path_split(err->arena, m->destination, &directory, &name);
    scoped_fd dir = -1;
    if (path_make_directory(l->root_fd, directory, 0755, &dir, err) < 0)
        return -1;
    if (symlinkat(text, dir, name) == 0)
        return 0;
    if (errno != EEXIST)
        return fail_errno(err, "cannot make the symbolic link %s", m->destination);
    ssize_t length = readlinkat(dir, name, there, sizeof there - 1);
    if (length >= 0) {
        there[length] = '\0';
        if (str_equal(there, text))
            return 0;
    }
    return fail_config(err, m->path, "copy-symlink: %s in the rootfs exists and is not a link to %s", m->destination,
                       text);
}

int mount_bind(struct launch *l, struct planned_mount *m, struct error *err)
{
    if (m->link)
        return make_link(l, m, m->link, err);
    scoped_fd tree = -1;
    if (open_source(l, m, &tree, err) < 0)
        return -1;
    struct stat st;
    if (fstat(tree, &st) < 0)
        return fail_errno(err, "cannot inspect the source");
    const struct linux_config *config = l->config->linux_;
    struct mount_options options = m->options;
    keep_flags(l, tree, &options);
    close_cgroups(tree, &options);
    if (tree_apply_options(tree, &options, config && config->rootfs_propagation, err) < 0)
        return -1;
    struct mount_target target = {.fd = -1};
    if (mount_target_open(l, m, S_ISDIR(st.st_mode) ? TARGET_DIRECTORY : TARGET_FILE, &target, err) < 0)
        return -1;
    scoped_fd target_fd = target.fd;
    return mount_finish(l, m, tree, target_fd, err);
}

/* The kernel's own filesystems, which the host or other containers may see as well: read-only is a mount of them. */
static bool is_of_kernel(int fd)
{
    static const unsigned long types[] = {
        PROC_SUPER_MAGIC,    SYSFS_MAGIC,        CGROUP_SUPER_MAGIC,
        CGROUP2_SUPER_MAGIC, DEVPTS_SUPER_MAGIC, 0x19800202, /* mqueue */
    };
    struct statfs fs;
    if (fstatfs(fd, &fs) < 0)
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        if ((unsigned long)fs.f_type == types[i])
            return true;
    }
    return false;
}

static size_t superblock_keys(int fd, const struct mount_options *o, const char *keys[MOUNT_SUPERBLOCK_KEYS])
{
    size_t count = mount_options_superblock(o, keys), kept = 0;
    bool of_kernel = is_of_kernel(fd);
    for (size_t i = 0; i < count; i++) {
        if (!of_kernel || (!str_equal(keys[i], "ro") && !str_equal(keys[i], "rw")))
            keys[kept++] = keys[i];
    }
    return kept;
}

/* "remount": other attributes, and options of the filesystem unless "bind" says that the mount alone is meant. */
int mount_remount(struct launch *l, struct planned_mount *m, struct error *err)
{
    scoped_fd fd = -1;
    if (path_open_inside(l->root_fd, m->destination, O_PATH, &fd, err) < 0)
        return -1;
    if (tree_apply_options(fd, &m->options, true, err) < 0) {
        if (err->errnum == EINVAL)
            error_hint(err, "\"remount\" changes a mount that is there: is something mounted on %s?", m->destination);
        return -1;
    }
    const char *keys[MOUNT_SUPERBLOCK_KEYS];
    size_t count = superblock_keys(fd, &m->options, keys);
    if (mount_options_bind(&m->options) || (count == 0 && !m->options.data->key))
        return 0;
    scoped_fd fs = fspick(fd, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
    if (fs < 0)
        return fail_errno(err, "cannot open the filesystem on %s", m->destination);
    for (size_t i = 0; i < count; i++) {
        if (filesystem_set(fs, keys[i], NULL, err) < 0)
            return -1;
    }
    for (const struct mount_datum *d = m->options.data; d->key; d++) {
        if (filesystem_set(fs, d->key, d->value, err) < 0)
            return error_at(err, "%s.options[%zu]", m->path, d->option);
    }
    if (fsconfig(fs, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0)
        return fail_errno(err, "cannot change the filesystem on %s", m->destination);
    return 0;
}
