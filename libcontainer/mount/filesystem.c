#include "libcontainer/mount/kinds.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/mountinfo.h"
#include "base/str.h"
#include "base/syscalls.h"
#include "libcontainer/launch/launch.h"
#include "libcontainer/mount/plan.h"
#include "libcontainer/mount/target.h"
#include "libcontainer/mount/tree.h"
#include "spec/config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>

/* fsconfig takes no longer values; mount(2) took a page for all of them. */
#define VALUE_MAX 255

/* Their superblock is shared or the kernel's own: only the mount can be read-only. */
static bool is_pseudo(const char *type)
{
    static const char *const pseudo[] = {"tmpfs", "ramfs", "proc", "sysfs", "mqueue", "devpts", NULL};
    return str_in(type, pseudo);
}

/* The next name of a list with colons between them, in which a backslash makes the character behind it an ordinary one,
 * without such backslashes. */
static const char *next_layer(struct arena *a, const char **list)
{
    const char *c = *list;
    size_t length = 0;
    char *name = arena_alloc(a, strlen(c) + 1);
    for (; *c && *c != ':'; c++) {
        if (c[0] == '\\' && c[1])
            c++;
        name[length++] = *c;
    }
    name[length] = '\0';
    *list = *c ? c + 1 : NULL;
    return name;
}

/* An overlay's layers, one by one: the whole list may be longer than a value (Linux 6.8 and later). */
static int set_layers(int fs, const struct mount_datum *d, struct error *err)
{
    const char *key = "lowerdir+", *list = d->value;
    while (list) {
        const char *layer = next_layer(err->arena, &list);
        if (*layer == '\0') {
            key = "datadir+"; /* behind "::" */
            continue;
        }
        if (filesystem_set(fs, key, layer, err) < 0)
            return -1;
    }
    return 0;
}

static int set_datum(int fs, const struct planned_mount *m, const struct mount_datum *d, struct error *err)
{
    bool too_long = d->value && strlen(d->value) > VALUE_MAX;
    int result = 0;
    if (too_long && str_equal(m->type, "overlay") && str_equal(d->key, "lowerdir")) {
        result = set_layers(fs, d, err);
    } else if (too_long) {
        result = fail(err, ERR_NOT_SUPPORTED, "the value of \"%s\" is longer than the %d bytes that the kernel takes",
                      d->key, VALUE_MAX);
    } else {
        result = d->value ? fsconfig(fs, FSCONFIG_SET_STRING, d->key, d->value, 0)
                          : fsconfig(fs, FSCONFIG_SET_FLAG, d->key, NULL, 0);
        if (result < 0) {
            const char *message = filesystem_message(fs, err);
            bool unknown = errno == EINVAL && message && strstr(message, "Unknown parameter");
            if (unknown)
                fail(err, ERR_INVALID_CONFIG, "%s.options[%zu] %s; kernel: %s", m->path, d->option,
                     mount_option_unknown(d, err), message);
            else
                fail_errno(err, "%s refuses the option \"%s%s%s\"%s%s", m->type, d->key, d->value ? "=" : "",
                           d->value ? d->value : "", message ? "; kernel: " : "", message ? message : "");
        }
    }
    return result < 0 ? error_at(err, "%s.options[%zu]", m->path, d->option) : 0;
}

/* linux.mountLabel, where the filesystem takes one and the mount does not bring its own. */
static int set_label(struct launch *l, int fs, const struct planned_mount *m, struct error *err)
{
    static const char *const unlabelled[] = {"proc", "sysfs", "mqueue", NULL};
    const char *label = l->mounts->label;
    if (!label || str_in(m->type, unlabelled))
        return 0;
    for (const struct mount_datum *d = m->options.data; d->key; d++) {
        if (str_has_suffix(d->key, "context"))
            return 0;
    }
    const char *equals = strchr(label, '=');
    const char *key = arena_strndup(err->arena, label, (size_t)(equals - label));
    return filesystem_set(fs, key, equals + 1, err) < 0 ? error_at(err, "linux.mountLabel") : 0;
}

static bool has_option(const struct planned_mount *m, const char *key)
{
    for (const struct mount_datum *d = m->options.data; d->key; d++) {
        if (str_equal(d->key, key))
            return true;
    }
    return false;
}

static int configure(struct launch *l, int fs, const struct planned_mount *m, const struct mount_target *target,
                     struct error *err)
{
    const char *keys[MOUNT_SUPERBLOCK_KEYS];
    size_t count = mount_options_superblock(&m->options, keys);
    for (size_t i = 0; i < count; i++) {
        if ((str_equal(keys[i], "ro") || str_equal(keys[i], "rw")) && is_pseudo(m->type))
            continue;
        if (filesystem_set(fs, keys[i], NULL, err) < 0)
            return -1;
    }
    const char *source = m->source && *m->source ? m->source : m->type;
    if (filesystem_set(fs, "source", source, err) < 0)
        return error_at(err, "%s.source", m->path);
    /* As others do: what covers a directory has its mode, unless told otherwise. */
    if (str_equal(m->type, "tmpfs") && target->existed && !has_option(m, "mode") &&
        filesystem_set(fs, "mode", arena_printf(err->arena, "%o", target->mode & 07777), err) < 0)
        return -1;
    if (set_label(l, fs, m, err) < 0)
        return -1;
    for (const struct mount_datum *d = m->options.data; d->key; d++) {
        if (set_datum(fs, m, d, err) < 0)
            return -1;
    }
    return 0;
}

/* What covers the /proc around davit, as "/proc/kcore, /proc/keys"; "" when nothing does. */
static const char *covered_proc(struct error *err)
{
    enum {
        NAMES = 4
    };
    struct mount_entry **entries;
    struct error ignored;
    const char *text = "";
    size_t count = 0;
    error_init(&ignored, err->arena);
    if (mountinfo_read(NULL, &entries, &ignored) < 0)
        return "";
    for (; *entries; entries++) {
        const char *target = (*entries)->target;
        if (!str_has_prefix(target, "/proc/") || str_equal(target, "/proc/sys/fs/binfmt_misc"))
            continue;
        if (count++ < NAMES)
            text = arena_printf(err->arena, "%s%s%s", text, *text ? ", " : "", target);
    }
    return count > NAMES ? arena_printf(err->arena, "%s, ...", text) : text;
}

static int explain_proc(struct launch *l, const struct planned_mount *m, struct error *err)
{
    /* In a container's mount namespace /proc is the container's, and not to be asked. */
    const char *covered = l->kind == LAUNCH_CREATE ? covered_proc(err) : "";
    if (!config_namespace(l->config, CLONE_NEWPID))
        return error_hint(err, "mounting proc needs a pid namespace of the container's own; add {\"type\": \"pid\"} to "
                               "linux.namespaces, or bind /proc");
    if (!*covered)
        return error_hint(err, "the pid namespace belongs to another user namespace; bind /proc");
    fail(err, ERR_NOT_PERMITTED, "kernel refuses a new /proc: the surrounding container masks %s", covered);
    err->errnum = EPERM;
    error_at(err, "%s", m->path);
    return error_hint(err, "unmask them outside, or bind-mount /proc");
}

/* Why the kernel may have refused. */
static int explain(struct launch *l, const struct planned_mount *m, struct error *err)
{
    int refused = err->errnum;
    error_at(err, "%s", m->path);
    if (refused == EPERM && str_equal(m->type, "proc"))
        return explain_proc(l, m, err);
    if (refused == EPERM && str_equal(m->type, "sysfs"))
        return error_hint(err, "mounting sysfs needs a network namespace of the container's own; add {\"type\": "
                               "\"network\"} to linux.namespaces, or bind /sys");
    if (refused == EPERM && str_equal(m->type, "mqueue") && !config_namespace(l->config, CLONE_NEWIPC))
        return error_hint(err, "mounting mqueue needs an ipc namespace of the container's own; add {\"type\": "
                               "\"ipc\"} to linux.namespaces, or leave it out");
    bool foreign = l->in_new_user_namespace || l->rootless;
    if (refused == EPERM && foreign)
        return error_hint(err, "%s cannot be mounted in a user namespace", m->type);
    if (refused == ENOTBLK)
        return error_hint(err, "%s needs a block device as its source", m->type);
    if (refused == EINVAL && str_equal(m->type, "devpts") && foreign)
        return error_hint(err, "is the gid of its options mapped in the user namespace?");
    if (refused == EBUSY)
        return error_hint(err, "the device of %s is in use, perhaps mounted with other options",
                          m->source ? m->source : m->type);
    return -1;
}

/* What stands in for a filesystem whose namespace belongs to another user namespace: the host's own mount of it. */
static const char *stand_in(struct launch *l, const struct planned_mount *m)
{
    if ((!l->in_new_user_namespace && !l->rootless) || l->kind != LAUNCH_CREATE)
        return NULL;
    if (str_equal(m->type, "sysfs"))
        return "/sys";
    if (str_equal(m->type, "mqueue"))
        return "/dev/mqueue";
    if (str_equal(m->type, "proc") && !config_creates(l->config, CLONE_NEWPID))
        return "/proc";
    return NULL;
}

static int bind_stand_in(const struct planned_mount *m, const char *path, int *out_fd, struct error *err)
{
    log_debug("%s: %s may not be mounted here; %s of the host stands in for it", m->path, m->type, path);
    scoped_fd tree = -1;
    if (source_open(path, AT_RECURSIVE, &tree, err) < 0)
        return -1;
    /* Also for what is mounted below: /sys/fs/cgroup of a read-only /sys is read-only (CVE-2023-25809). */
    if (tree_close_off(tree, m->options.own.set & ~(uint64_t)MOUNT_ATTR__ATIME, true, err) < 0)
        return -1;
    *out_fd = take_fd(&tree);
    return 0;
}

static int make_filesystem(struct launch *l, struct planned_mount *m, const struct mount_target *target,
                           uint64_t attributes, int *out_fd, struct error *err)
{
    scoped_fd fs = -1;
    if (filesystem_open(m->type, &fs, err) < 0) {
        error_at(err, "%s.type", m->path);
    } else if (configure(l, fs, m, target, err) < 0) {
        return explain(l, m, err);
    } else if (filesystem_make(fs, attributes, out_fd, err) == 0) {
        return 0;
    }
    const char *path = stand_in(l, m);
    if (!path || err->errnum != EPERM)
        return explain(l, m, err);
    struct error refused = *err;
    error_clear(err);
    if (bind_stand_in(m, path, out_fd, err) == 0)
        return 0;
    *err = refused;
    return explain(l, m, err);
}

/* In a container that is there, names of devices and directories would be looked up in it. And the rules for the
 * container's devices hold for init already, while a disk that the config mounts need not be one that it may open. */
bool filesystem_is_of_host(const struct launch *l, const struct planned_mount *m)
{
    struct stat st;
    if (m->kind != MOUNT_KIND_FILESYSTEM)
        return false;
    if (l->kind == LAUNCH_MOUNT)
        return !is_pseudo(m->type);
    return !l->in_new_user_namespace && !l->rootless && m->source && *m->source == '/' && stat(m->source, &st) == 0 &&
           S_ISBLK(st.st_mode);
}

int filesystem_of_host(struct launch *l, struct planned_mount *m, int *out_tree_fd, struct error *err)
{
    const struct mount_target none = {.fd = -1};
    return make_filesystem(l, m, &none, m->options.own.set, out_tree_fd, err);
}

static int fill_from_target(struct launch *l, int tree_fd, int target_fd, struct error *err)
{
    int proc;
    scoped_fd from = openat(target_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (from < 0)
        return fail_errno(err, "cannot open what tmpcopyup shall copy");
    if (launch_proc(l, &proc, err) < 0)
        return -1;
    return copy_up(proc, from, tree_fd, err) < 0 ? error_context(err, "tmpcopyup") : 0;
}

int mount_filesystem(struct launch *l, struct planned_mount *m, struct error *err)
{
    bool plain = str_equal(m->type, "proc") || str_equal(m->type, "sysfs");
    struct mount_target target = {.fd = -1};
    if (mount_target_open(l, m, plain ? TARGET_PLAIN : TARGET_DIRECTORY, &target, err) < 0)
        return -1;
    scoped_fd target_fd = target.fd;
    uint64_t attributes = m->options.own.set;
    /* Places for later mounts are made in a tmpfs, and devices in /dev, before it becomes read-only. */
    bool late = (attributes & MOUNT_ATTR_RDONLY) && str_equal(m->type, "tmpfs");
    if (late)
        attributes &= ~(uint64_t)MOUNT_ATTR_RDONLY;
    scoped_fd tree = -1;
    if (filesystem_is_of_host(l, m) ? source_ask(l, (uint32_t)m->index, &tree, err) < 0
                                    : make_filesystem(l, m, &target, attributes, &tree, err) < 0)
        return -1;
    if (m->options.tmpcopyup && target.existed && fill_from_target(l, tree, target_fd, err) < 0)
        return -1;
    struct mount_options rest = {.propagation = m->options.propagation,
                                 .propagation_below = m->options.propagation_below};
    if (!late)
        rest.below = m->options.below;
    if (tree_apply_options(tree, &rest, true, err) < 0 || mount_finish(l, m, tree, target_fd, err) < 0)
        return -1;
    if (late)
        m->late_fd = take_fd(&tree);
    return 0;
}

int mount_make_late_readonly(struct mount_plan *p, struct error *err)
{
    const struct mount_change readonly = {.set = MOUNT_ATTR_RDONLY};
    for (size_t i = 0; i < p->count; i++) {
        struct planned_mount *m = &p->items[i];
        if (m->late_fd < 0)
            continue;
        if (tree_change(m->late_fd, &m->options.below, true, err) < 0 ||
            tree_change(m->late_fd, &readonly, false, err) < 0)
            return error_context(err, "%s", mount_plan_name(err->arena, m));
        fd_close(&m->late_fd);
    }
    return 0;
}
