#include "libcontainer/mount/tree.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"
#include "base/syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

int tree_clone(int fd, bool recursive, int *out_fd, struct error *err)
{
    unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
    *out_fd = open_tree(fd, "", flags);
    return *out_fd < 0 ? fail_errno(err, "cannot copy the mount") : 0;
}

int tree_attach(int tree_fd, int target_fd, struct error *err)
{
    if (move_mount(tree_fd, "", target_fd, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
        return fail_errno(err, "cannot attach the mount");
    return 0;
}

int tree_attach_at(int tree_fd, int dir, const char *name, struct error *err)
{
    if (move_mount(tree_fd, "", dir, name, MOVE_MOUNT_F_EMPTY_PATH) < 0)
        return fail_errno(err, "cannot attach the mount");
    return 0;
}

int tree_detach(int proc_fd, int fd, struct error *err)
{
    char name[32];
    snprintf(name, sizeof name, "self/fd/%d", fd);
    if (fchdir(proc_fd) < 0)
        return fail_errno(err, "cannot enter davit's procfs");
    return umount2(name, MNT_DETACH) < 0 ? fail_errno(err, "cannot detach the mount") : 0;
}

bool tree_is_mounted(int fd)
{
    struct statx st;
    return statx(fd, "", AT_EMPTY_PATH, 0, &st) == 0 && st.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

static int set_attributes(int fd, const struct mount_attr *attr, bool recursive)
{
    return mount_setattr(fd, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), (struct mount_attr *)attr,
                         sizeof *attr);
}

int tree_change(int fd, const struct mount_change *change, bool recursive, struct error *err)
{
    const struct mount_attr attr = {.attr_set = change->set, .attr_clr = change->clear};
    if (!change->set && !change->clear)
        return 0;
    return set_attributes(fd, &attr, recursive) < 0 ? fail_errno(err, "cannot change the mount's attributes") : 0;
}

int tree_close_off(int fd, uint64_t attributes, bool recursive, struct error *err)
{
    const struct mount_attr attr = {.attr_set = attributes, .propagation = MS_PRIVATE};
    return set_attributes(fd, &attr, recursive) < 0 ? fail_errno(err, "cannot change the mount's attributes") : 0;
}

void tree_log_locked(struct arena *a, uint64_t attributes)
{
    static const struct {
        uint64_t attribute;
        const char *name;
    } rows[] = {
        {MOUNT_ATTR_RDONLY, "ro"    },
        {MOUNT_ATTR_NOSUID, "nosuid"},
        {MOUNT_ATTR_NODEV,  "nodev" },
        {MOUNT_ATTR_NOEXEC, "noexec"},
        {MOUNT_ATTR__ATIME, "atime" },
    };
    const char *names = "";
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (attributes & rows[i].attribute)
            names = arena_printf(a, "%s%s%s", names, *names ? "," : "", rows[i].name);
    log_debug("the source is mounted %s and a user namespace may not clear them: they are kept", names);
}

int tree_change_unlocked(int fd, const struct mount_change *change, bool recursive, struct error *err)
{
    if (tree_change(fd, change, recursive, err) == 0)
        return 0;
    if (err->errnum != EPERM)
        return -1;
    error_clear(err);
    const struct mount_change adding = {.set = change->set & ~(uint64_t)MOUNT_ATTR__ATIME};
    tree_log_locked(err->arena, change->clear);
    return tree_change(fd, &adding, recursive, err);
}

uint64_t tree_attributes(int fd)
{
    static const struct {
        unsigned long flag;
        uint64_t attribute;
    } rows[] = {
        {ST_RDONLY, MOUNT_ATTR_RDONLY},
        {ST_NOSUID, MOUNT_ATTR_NOSUID},
        {ST_NODEV,  MOUNT_ATTR_NODEV },
        {ST_NOEXEC, MOUNT_ATTR_NOEXEC},
    };
    struct statvfs fs;
    uint64_t attributes = 0;
    if (fstatvfs(fd, &fs) < 0)
        return 0;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        attributes |= fs.f_flag & rows[i].flag ? rows[i].attribute : 0;
    return attributes;
}

int tree_propagation(int fd, uint64_t propagation, bool recursive, struct error *err)
{
    const struct mount_attr attr = {.propagation = propagation};
    return set_attributes(fd, &attr, recursive) < 0 ? fail_errno(err, "cannot change the mount's propagation") : 0;
}

int tree_apply_options(int fd, const struct mount_options *o, bool inherit, struct error *err)
{
    if (tree_change_unlocked(fd, &o->below, true, err) < 0 || tree_change_unlocked(fd, &o->own, false, err) < 0)
        return -1;
    uint64_t below = o->propagation_below;
    if (!below && !o->propagation && !inherit)
        below = MS_PRIVATE;
    if (below && tree_propagation(fd, below, true, err) < 0)
        return -1;
    return o->propagation ? tree_propagation(fd, o->propagation, false, err) : 0;
}

int filesystem_open(const char *type, int *out_fs_fd, struct error *err)
{
    *out_fs_fd = fsopen(type, FSOPEN_CLOEXEC);
    if (*out_fs_fd >= 0)
        return 0;
    if (errno == ENODEV)
        return fail(err, ERR_NOT_SUPPORTED, "filesystem type \"%s\" is unknown to this kernel", type);
    return fail_errno(err, "cannot open a filesystem of type \"%s\"", type);
}

/* Each read gives one message: "e tmpfs: Unknown parameter 'x'"; e, w and i are its level. */
const char *filesystem_message(int fs_fd, struct error *err)
{
    char line[512];
    const char *last = NULL;
    int kept = errno;
    for (;;) {
        ssize_t length = read(fs_fd, line, sizeof line - 1);
        if (length < 0 && errno == EINTR)
            continue;
        if (length <= 0)
            break;
        line[length] = '\0';
        line[strcspn(line, "\n")] = '\0';
        const char *text = strlen(line) > 2 && line[1] == ' ' ? line + 2 : line;
        if (line[0] == 'e' || !last)
            last = arena_strdup(err->arena, text);
    }
    errno = kept;
    return last;
}

static int fail_kernel(int fs_fd, struct error *err, const char *what)
{
    const char *message = filesystem_message(fs_fd, err);
    if (!message)
        return fail_errno(err, "%s", what);
    return fail_errno(err, "%s; kernel: %s", what, message);
}

int filesystem_set(int fs_fd, const char *key, const char *value, struct error *err)
{
    int result =
        value ? fsconfig(fs_fd, FSCONFIG_SET_STRING, key, value, 0) : fsconfig(fs_fd, FSCONFIG_SET_FLAG, key, NULL, 0);
    if (result == 0)
        return 0;
    return fail_kernel(fs_fd, err,
                       value ? arena_printf(err->arena, "cannot set the option \"%s=%s\"", key, value)
                             : arena_printf(err->arena, "cannot set the option \"%s\"", key));
}

int filesystem_make(int fs_fd, uint64_t attributes, int *out_fd, struct error *err)
{
    if (fsconfig(fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        return fail_kernel(fs_fd, err, "cannot make the filesystem");
    *out_fd = fsmount(fs_fd, FSMOUNT_CLOEXEC, (unsigned)attributes);
    return *out_fd < 0 ? fail_kernel(fs_fd, err, "cannot mount the filesystem") : 0;
}

int filesystem_simple(const char *type, const char *const *options, uint64_t attributes, int *out_fd, struct error *err)
{
    scoped_fd fs = -1;
    if (filesystem_open(type, &fs, err) < 0)
        return -1;
    for (; options && *options; options += 2) {
        if (filesystem_set(fs, options[0], options[1], err) < 0)
            return -1;
    }
    return filesystem_make(fs, attributes, out_fd, err);
}

const char *filesystem_name(int fd, struct error *err)
{
    static const struct {
        unsigned long magic;
        const char *name;
    } known[] = {
        {EXT4_SUPER_MAGIC,      "ext4"    },
        {XFS_SUPER_MAGIC,       "xfs"     },
        {BTRFS_SUPER_MAGIC,     "btrfs"   },
        {TMPFS_MAGIC,           "tmpfs"   },
        {OVERLAYFS_SUPER_MAGIC, "overlay" },
        {NFS_SUPER_MAGIC,       "nfs"     },
        {PROC_SUPER_MAGIC,      "proc"    },
        {SYSFS_MAGIC,           "sysfs"   },
        {FUSE_SUPER_MAGIC,      "fuse"    },
        {MSDOS_SUPER_MAGIC,     "vfat"    },
        {F2FS_SUPER_MAGIC,      "f2fs"    },
        {RAMFS_MAGIC,           "ramfs"   },
        {V9FS_MAGIC,            "9p"      },
        {CGROUP_SUPER_MAGIC,    "cgroup"  },
        {CGROUP2_SUPER_MAGIC,   "cgroup2" },
        {SQUASHFS_MAGIC,        "squashfs"},
        {0xfe534d42,            "cifs"    },
        {0x2fc12fc1,            "zfs"     },
    };
    struct statfs fs;
    if (fstatfs(fd, &fs) < 0)
        return "unknown";
    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        if ((unsigned long)fs.f_type == known[i].magic)
            return known[i].name;
    }
    return arena_printf(err->arena, "0x%lx", (unsigned long)fs.f_type);
}

int tree_of_null(int *out_fd, struct error *err)
{
    scoped_fd fd = open("/dev/null", O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return fail_errno(err, "cannot open the host's /dev/null");
    if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
        return fail(err, ERR_NOT_SUPPORTED, "the host's /dev/null is not the null device");
    const uint64_t attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;
    scoped_fd tree = -1;
    if (tree_clone(fd, false, &tree, err) < 0 || tree_close_off(tree, attributes, false, err) < 0)
        return error_context(err, "the host's /dev/null");
    *out_fd = take_fd(&tree);
    return 0;
}
