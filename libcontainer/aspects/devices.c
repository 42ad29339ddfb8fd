#include "libcontainer/launch/aspect.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/str.h"
#include "libcontainer/launch/channel.h"
#include "libcontainer/launch/launch.h"
#include "libcontainer/launch/service.h"
#include "libcontainer/mount/plan.h"
#include "libcontainer/mount/tree.h"
#include "spec/config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define MODE_DEFAULT 0666

struct node {
    const char *member; /* "linux.devices[2]"; NULL: one of those that every container has */
    const char *path;   /* clean and absolute */
    mode_t kind;        /* S_IFCHR, S_IFBLK, S_IFIFO */
    dev_t device;
    mode_t mode;
    uid_t uid;
    gid_t gid;
};

static const struct {
    const char *path;
    unsigned major, minor;
} defaults[] = {
    {"/dev/null",    1, 3},
    {"/dev/zero",    1, 5},
    {"/dev/full",    1, 7},
    {"/dev/random",  1, 8},
    {"/dev/urandom", 1, 9},
    {"/dev/tty",     5, 0},
};

static mode_t kind_of(const struct device *d)
{
    switch (*d->type) {
    case 'b':
        return S_IFBLK;
    case 'p':
        return S_IFIFO;
    default: /* c and u */
        return S_IFCHR;
    }
}

static struct node node_of(struct arena *a, const struct device *d, size_t index)
{
    bool numbered = kind_of(d) != S_IFIFO;
    return (struct node){
        .member = arena_printf(a, "linux.devices[%zu]", index),
        .path = path_clean(a, d->path),
        .kind = kind_of(d),
        .device = numbered ? makedev((unsigned)*d->major, (unsigned)*d->minor) : 0,
        /* Engines copy st_mode as a whole. */
        .mode = d->file_mode ? (mode_t)*d->file_mode & 07777 : MODE_DEFAULT,
        .uid = d->uid ? (uid_t)*d->uid : 0,
        .gid = d->gid ? (gid_t)*d->gid : 0,
    };
}

static bool is_overridden(struct arena *a, const struct device *const *list, const char *path)
{
    for (; list && *list; list++) {
        if (str_equal(path_clean(a, (*list)->path), path))
            return true;
    }
    return false;
}

/* The same list in the runtime and in init, so that a number says which is meant. */
static size_t list_nodes(const struct config *c, bool with_defaults, struct node **out, struct arena *a)
{
    const struct device *const *list = c->linux_ ? (const struct device *const *)c->linux_->devices : NULL;
    size_t given = 0, count = 0;
    while (list && list[given])
        given++;
    struct node *nodes = arena_array(a, given + ARRAY_SIZE(defaults) + 1, sizeof *nodes);
    for (size_t i = 0; with_defaults && i < ARRAY_SIZE(defaults); i++) {
        if (is_overridden(a, list, defaults[i].path))
            continue;
        nodes[count++] = (struct node){.path = defaults[i].path,
                                       .kind = S_IFCHR,
                                       .device = makedev(defaults[i].major, defaults[i].minor),
                                       .mode = MODE_DEFAULT};
    }
    for (size_t i = 0; i < given; i++)
        nodes[count++] = node_of(a, list[i], i);
    *out = nodes;
    return count;
}

static int check_device(const struct device *d, const char *member, struct error *err)
{
    if (kind_of(d) == S_IFIFO)
        return 0;
    const char *missing = !d->major ? "major" : !d->minor ? "minor" : NULL;
    if (missing)
        return fail_config(err, arena_printf(err->arena, "%s.%s", member, missing),
                           "is required for a device of type \"%c\"", (int)*d->type);
    if (*d->major < 0 || *d->minor < 0)
        return fail_config(err, member, "%s has a negative number", d->path);
    return 0;
}

static int check(const struct config *c, struct error *err)
{
    if (!c->linux_)
        return 0;
    for (size_t i = 0; c->linux_->devices[i]; i++) {
        if (check_device(c->linux_->devices[i], arena_printf(err->arena, "linux.devices[%zu]", i), err) < 0)
            return -1;
    }
    return 0;
}

static const char *describe(struct arena *a, mode_t kind, dev_t device)
{
    if (kind == S_IFIFO)
        return "fifo";
    return arena_printf(a, "%s %u:%u", file_kind(kind), major(device), minor(device));
}

static bool is_node(const struct node *n, const struct stat *st)
{
    return (st->st_mode & S_IFMT) == n->kind && (n->kind == S_IFIFO || st->st_rdev == n->device);
}

/* A file is in the way. One that is what was asked for stays as it is. */
static int accept_existing(int dir, const char *name, const struct node *n, struct error *err)
{
    struct stat st;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return fail_errno(err, "cannot inspect %s", n->path);
    if (is_node(n, &st))
        return 0;
    bool device = S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode);
    fail(err, ERR_ALREADY_EXISTS, "%s in the rootfs is a %s, not the %s", n->path,
         device ? describe(err->arena, st.st_mode & S_IFMT, st.st_rdev) : file_kind(st.st_mode),
         describe(err->arena, n->kind, n->device));
    return error_hint(err, "remove it from the rootfs, or mount a tmpfs on /dev");
}

/* The node that was just made, by descriptor: somebody may have put another file in its place. */
static int own_node(int dir, const char *name, const struct node *n, struct error *err)
{
    if (n->uid == 0 && n->gid == 0)
        return 0;
    scoped_fd fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return fail_errno(err, "cannot inspect %s", n->path);
    if (!is_node(n, &st))
        return fail(err, ERR_BUSY, "%s was replaced while the container was being made", n->path);
    if (fchownat(fd, "", n->uid, n->gid, AT_EMPTY_PATH) < 0)
        return fail_errno(err, "cannot give %s to %u:%u", n->path, n->uid, n->gid);
    return 0;
}

static int open_host_node(const struct node *n, const char *path, int *out_tree, struct error *err)
{
    scoped_fd fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return fail_errno(err, "cannot open %s of the host", path);
    if (!is_node(n, &st))
        return fail(err, ERR_NOT_FOUND, "%s of the host is a %s, not the %s", path, file_kind(st.st_mode),
                    describe(err->arena, n->kind, n->device));
    return tree_clone(fd, false, out_tree, err);
}

/* By its path; else, for one that has another name in the container, by its number. */
static int find_host_node(const struct node *n, int *out_tree, struct error *err)
{
    if (open_host_node(n, n->path, out_tree, err) == 0)
        return 0;
    struct error first = *err;
    error_clear(err);
    const char *link = arena_printf(err->arena, "/dev/%s/%u:%u", n->kind == S_IFBLK ? "block" : "char",
                                    major(n->device), minor(n->device));
    char target[256];
    ssize_t length = readlinkat(AT_FDCWD, link, target, sizeof target - 1);
    if (length > 0) {
        target[length] = '\0';
        const char *base = n->kind == S_IFBLK ? "/dev/block" : "/dev/char";
        if (open_host_node(n, path_absolute(err->arena, base, target), out_tree, err) == 0)
            return 0;
    }
    error_clear(err);
    /* Not every host has these links: its /dev may be a container's. */
    for (size_t i = 0; i < ARRAY_SIZE(defaults) && n->kind == S_IFCHR; i++) {
        if (makedev(defaults[i].major, defaults[i].minor) != n->device)
            continue;
        if (open_host_node(n, defaults[i].path, out_tree, err) == 0)
            return 0;
    }
    *err = first;
    return -1;
}

static int ask_runtime(struct launch *l, uint32_t index, int *out_tree, struct error *err)
{
    struct message reply = {0};
    if (channel_ask(l->channel, CHANNEL_OPEN_DEVICE, &index, sizeof index, NULL, 0, &reply, err) < 0)
        return -1;
    if (reply.fd_count == 1)
        *out_tree = take_fd(&reply.fds[0]);
    message_close(&reply);
    return *out_tree < 0 ? fail(err, ERR_SYSTEM, "the runtime sent no device") : 0;
}

/* Where nodes may not be made: the host's own, mounted over a file. */
static int bind_node(struct launch *l, int dir, const char *name, const struct node *n, uint32_t index,
                     struct error *err)
{
    scoped_fd tree = -1;
    if (find_host_node(n, &tree, err) < 0) {
        if (err->errnum != EACCES)
            return -1;
        error_clear(err);
        if (ask_runtime(l, index, &tree, err) < 0)
            return -1;
    }
    scoped_fd made = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (made < 0 && errno != EEXIST)
        return fail_errno(err, "cannot make %s", n->path);
    scoped_fd target = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    if (target < 0 || fstat(target, &st) < 0)
        return fail_errno(err, "cannot open %s", n->path);
    if (is_node(n, &st))
        return 0;
    if (!S_ISREG(st.st_mode))
        return accept_existing(dir, name, n, err);
    return tree_attach(tree, target, err);
}

static int make_node(struct launch *l, int dir, const char *name, const struct node *n, uint32_t index,
                     struct error *err)
{
    bool bind = (l->in_new_user_namespace || l->rootless) && n->kind != S_IFIFO;
    if (!bind && mknodat(dir, name, n->kind | n->mode, n->device) == 0)
        return own_node(dir, name, n, err);
    if (!bind && errno == EEXIST)
        return accept_existing(dir, name, n, err);
    if (!bind && (errno != EPERM || n->kind == S_IFIFO))
        return fail_errno(err, "cannot make %s", n->path);
    return bind_node(l, dir, name, n, index, err);
}

static int make_nodes(struct launch *l, int dev, struct error *err)
{
    struct node *nodes;
    size_t count = list_nodes(l->config, !l->mounts->binds_dev, &nodes, err->arena);
    for (size_t i = 0; i < count; i++) {
        const struct node *n = &nodes[i];
        const char *directory, *name;
        if (mount_plan_covers(l->mounts, n->path)) {
            log_debug("%s is what the config mounts there, and no device is made", n->path);
            continue;
        }
        path_split(err->arena, n->path, &directory, &name);
        scoped_fd other = -1;
        if (!str_equal(directory, "/dev") && path_make_directory(l->root_fd, directory, 0755, &other, err) < 0)
            return n->member ? error_at(err, "%s", n->member) : -1;
        if (make_node(l, other >= 0 ? other : dev, name, n, (uint32_t)i, err) < 0)
            return n->member ? error_at(err, "%s", n->member) : -1;
    }
    return 0;
}

/* An image's own ptmx may be a node, which opens the pts of whoever mounted them; the rest of what is there stays. */
static int make_links(struct launch *l, int dev, struct error *err)
{
    static const char *const links[][2] = {
        {"fd",     "/proc/self/fd"  },
        {"stdin",  "/proc/self/fd/0"},
        {"stdout", "/proc/self/fd/1"},
        {"stderr", "/proc/self/fd/2"},
        {"core",   "/proc/kcore"    },
        {"ptmx",   "pts/ptmx"       },
    };
    struct stat st;
    if (!mount_plan_covers(l->mounts, "/dev/ptmx") && fstatat(dev, "ptmx", &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        !S_ISLNK(st.st_mode) && unlinkat(dev, "ptmx", 0) < 0)
        return fail_errno(err, "cannot replace /dev/ptmx of the rootfs");
    for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
        if (symlinkat(links[i][1], dev, links[i][0]) < 0 && errno != EEXIST)
            return fail_errno(err, "cannot make the symbolic link /dev/%s", links[i][0]);
    }
    return 0;
}

/* What the terminal is mounted on, as long as the root can be written. */
static int make_console(struct launch *l, int dev, struct error *err)
{
    if (!l->process || !l->process->terminal)
        return 0;
    scoped_fd fd = openat(dev, "console", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, 0600);
    return fd < 0 && errno != EEXIST ? fail_errno(err, "cannot make /dev/console") : 0;
}

/* However it came to the container: bound, below a bound root, or as a devtmpfs, of which there is one. Its ptmx is a
 * node that everybody outside needs. */
static bool is_of_host(const struct launch *l, int dev)
{
    struct stat its, hosts;
    return l->mounts->binds_dev || (fstat(dev, &its) == 0 && stat("/dev", &hosts) == 0 && its.st_dev == hosts.st_dev &&
                                    its.st_ino == hosts.st_ino);
}

static int apply(struct launch *l, struct error *err)
{
    if (!l->mounts->is_mounting)
        return 0;
    scoped_fd dev = -1;
    if (path_make_directory(l->root_fd, "/dev", 0755, &dev, err) < 0)
        return -1;
    mode_t mask = umask(0); /* modes are as they are given */
    int result = make_nodes(l, dev, err);
    if (result == 0 && !is_of_host(l, dev))
        result = make_links(l, dev, err) < 0 || make_console(l, dev, err) < 0 ? -1 : 0;
    umask(mask);
    return result;
}

static int serve_device(struct launch *l, struct message *m, struct service_reply *reply, struct error *err)
{
    uint32_t index;
    struct node *nodes;
    size_t count = list_nodes(l->config, !l->mounts->binds_dev, &nodes, err->arena);
    if (m->length != sizeof index)
        return fail(err, ERR_SYSTEM, "a request for a device is damaged");
    memcpy(&index, m->payload, sizeof index);
    if (index >= count || nodes[index].kind == S_IFIFO)
        return fail(err, ERR_SYSTEM, "a request for a device names none");
    scoped_fd tree = -1;
    if (find_host_node(&nodes[index], &tree, err) < 0)
        return -1;
    reply->fds[reply->fd_count++] = take_fd(&tree);
    return 0;
}

extern const struct aspect devices;
extern const struct service open_device_service;
const struct aspect devices = {
    .name = "devices",
    .check = check,
    .apply = apply,
};
const struct service open_device_service = {
    .kind = CHANNEL_OPEN_DEVICE,
    .step = "runtime: open device",
    .serve = serve_device,
};
