#include "libcontainer/mount/stack.h"

#include "base/arena.h"
#include "base/child.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mountinfo.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/syscalls.h"
#include "libcontainer/launch/channel.h"
#include "libcontainer/launch/launch.h"
#include "libcontainer/launch/service.h"
#include "libcontainer/mount/tree.h"
#include "libcontainer/store/store.h"
#include "spec/config.h"
#include "spec/state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOUNTINFO_LIMIT ((size_t)64 << 20)

enum {
    STACK_DEPTH = 64, /* mounts above each other at one place, at most */
    CHILD_FAILED = 1,
};

/* What init tells the runtime; the path follows. */
struct place {
    uint64_t mount_id, namespace_id;
};

static int mount_id_of(int fd, uint64_t *out, struct error *err)
{
    struct statx st;
    if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &st) < 0)
        return fail_errno(err, "cannot inspect a mount");
    if (!(st.stx_mask & STATX_MNT_ID))
        return fail(err, ERR_NOT_SUPPORTED, "this kernel does not tell the ids of mounts");
    *out = st.stx_mnt_id;
    return 0;
}

static int namespace_id(int proc, const char *process, uint64_t *out, struct error *err)
{
    struct stat st;
    if (fstatat(proc, arena_printf(err->arena, "%s/ns/mnt", process), &st, 0) < 0)
        return fail_errno(err, "cannot inspect the mount namespace");
    *out = st.st_ino;
    return 0;
}

/* ---- init ------------------------------------------------------------------------------------------ */

static int announce(struct launch *l, int directory_fd, int mount_fd, struct error *err)
{
    char message[sizeof(struct place) + PATH_MAX];
    struct place place;
    int proc;
    if (launch_proc(l, &proc, err) < 0 || mount_id_of(mount_fd, &place.mount_id, err) < 0 ||
        namespace_id(proc, "self", &place.namespace_id, err) < 0)
        return -1;
    const char *link = arena_printf(err->arena, "self/fd/%d", directory_fd);
    ssize_t length = readlinkat(proc, link, message + sizeof place, PATH_MAX);
    if (length <= 0 || length >= PATH_MAX)
        return fail(err, ERR_SYSTEM, "cannot tell the path of the root's directory");
    memcpy(message, &place, sizeof place);
    return channel_ask(l->channel, CHANNEL_STACK_ROOT, message, sizeof place + (size_t)length, NULL, 0, NULL, err);
}

int stack_cover(struct launch *l, int *fd, struct error *err)
{
    scoped_fd cover = -1;
    log_debug("the mounts of %s are seen by everybody in its mount namespace, and it sees theirs", l->id);
    if (tree_clone(*fd, false, &cover, err) < 0 || announce(l, *fd, cover, err) < 0 || tree_attach(cover, *fd, err) < 0)
        return -1;
    /* Below a shared mount it has become shared, with copies in other namespaces. Private again, it passes on nothing
     * that is mounted above it, and the copies, with nothing above them, go away together with it. */
    if (tree_propagation(cover, MS_PRIVATE, false, err) < 0)
        return -1;
    fd_close(fd);
    *fd = take_fd(&cover);
    return 0;
}

/* ---- runtime --------------------------------------------------------------------------------------- */

static bool is_same_place(const struct stacked_root *a, const struct stacked_root *b)
{
    return *a->namespace_id == *b->namespace_id && str_equal(a->path, b->path);
}

/* Of two roots at one place neither could be taken away without the other. */
static int check_others(struct launch *l, const struct stacked_root *root, struct error *err)
{
    const char **ids;
    if (store_list(l->state_root, &ids, err) < 0)
        return -1;
    for (; *ids; ids++) {
        scoped_store s = NULL;
        struct record *r;
        if (str_equal(*ids, l->id))
            continue;
        if (store_open(l->state_root, *ids, STORE_READ, &s, err) < 0 || store_read(s, &r, err) < 0) {
            error_clear(err);
            continue;
        }
        if (!r->stacked_root || !is_same_place(r->stacked_root, root))
            continue;
        fail(err, ERR_BUSY, "container %s has its root at %s in this mount namespace", *ids, root->path);
        error_at(err, "root.path");
        return error_hint(err, "delete it first, use another root, or add {\"type\": \"mount\"} to linux.namespaces");
    }
    return 0;
}

static int serve(struct launch *l, struct message *m, struct service_reply *reply, struct error *err)
{
    struct place place;
    const struct namespace *joined = config_namespace(l->config, CLONE_NEWNS);
    (void)reply;
    if (m->length <= sizeof place || m->payload[sizeof place] != '/')
        return fail(err, ERR_SYSTEM, "a request to record the root's mount is damaged");
    memcpy(&place, m->payload, sizeof place);
    struct stacked_root *root = arena_new(l->arena, struct stacked_root);
    root->path = arena_strndup(l->arena, m->payload + sizeof place, m->length - sizeof place);
    root->mount_id = arena_int64(l->arena, (int64_t)place.mount_id);
    root->namespace_id = arena_int64(l->arena, (int64_t)place.namespace_id);
    root->namespace_path = joined ? joined->path : NULL;
    l->record->stacked_root = root;
    if (store_write(l->store, l->record, err) < 0)
        return -1;
    return check_others(l, root, err);
}

const struct service stack_service = {
    .kind = CHANNEL_STACK_ROOT,
    .step = "runtime: root in a foreign mount namespace",
    .serve = serve,
};

/* ---- any later davit ------------------------------------------------------------------------------- */

static const struct mount_entry *find_mount(struct mount_entry *const *entries, uint64_t id)
{
    for (; *entries; entries++)
        if ((*entries)->id == id)
            return *entries;
    return NULL;
}

static int read_mounts(int proc, struct mount_entry ***out, struct error *err)
{
    scoped_fd fd = -1;
    char *text;
    if (proc_open_file(proc, "self/mountinfo", O_RDONLY, &fd, err) < 0 ||
        file_read(fd, MOUNTINFO_LIMIT, &text, NULL, err) < 0)
        return -1;
    return mountinfo_parse(text, out, err);
}

enum {
    NOTHING_THERE = 1
};

/* The uppermost mount at the place, proven to be the container's or above it. */
static int open_top(int proc, const struct stacked_root *root, int *out_fd, bool *out_is_last, struct error *err)
{
    struct mount_entry **entries;
    uint64_t id;
    if (read_mounts(proc, &entries, err) < 0)
        return -1;
    const struct mount_entry *own = find_mount(entries, (uint64_t)*root->mount_id);
    if (!own || !str_equal(own->target, root->path))
        return NOTHING_THERE;
    const struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS};
    *out_fd = sys_openat2(AT_FDCWD, root->path, &how);
    if (*out_fd < 0)
        return fail_errno(err, "cannot open %s", root->path);
    if (mount_id_of(*out_fd, &id, err) < 0)
        return -1;
    const struct mount_entry *top = find_mount(entries, id);
    *out_is_last = top == own;
    for (size_t depth = 0; top && top != own && depth < STACK_DEPTH; depth++)
        top = str_equal(top->target, root->path) ? find_mount(entries, top->parent) : NULL;
    return top == own ? 0 : fail(err, ERR_BUSY, "%s is covered by a mount of somebody else", root->path);
}

/* In a child of its own: it goes to another mount namespace, and its working directory is procfs. */
static int remove_here(int proc, int namespace_fd, const struct stacked_root *root, struct error *err)
{
    if (namespace_fd >= 0 && setns(namespace_fd, CLONE_NEWNS) < 0)
        return fail_errno(err, "cannot enter the mount namespace");
    if (fchdir(proc) < 0)
        return fail_errno(err, "cannot enter procfs");
    bool is_last = false;
    for (size_t depth = 0; !is_last && depth < STACK_DEPTH; depth++) {
        scoped_fd top = -1;
        int found = open_top(proc, root, &top, &is_last, err);
        if (found != 0)
            return found == NOTHING_THERE ? 0 : -1;
        if (umount2(arena_printf(err->arena, "self/fd/%d", top), MNT_DETACH) < 0)
            return fail_errno(err, "cannot unmount %s", root->path);
    }
    return is_last ? 0 : fail(err, ERR_BUSY, "too many mounts at %s", root->path);
}

static bool is_namespace(int fd, uint64_t id)
{
    struct stat st;
    return fstat(fd, &st) == 0 && st.st_ino == id;
}

/* By the path that the config has, or by any process in it; -1 in *out_fd when nobody is. */
static int find_namespace(int proc, const struct stacked_root *root, int *out_fd, struct error *err)
{
    const char **names;
    uint64_t id;
    scoped_fd listed = -1;
    if (root->namespace_path) {
        *out_fd = open(root->namespace_path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (*out_fd >= 0 && is_namespace(*out_fd, (uint64_t)*root->namespace_id))
            return 0;
        fd_close(out_fd);
    }
    if (proc_open_file(proc, ".", O_RDONLY | O_DIRECTORY, &listed, err) < 0 ||
        file_list_directory(listed, &names, err) < 0)
        return -1;
    for (; *names; names++) {
        uint64_t pid;
        if (!str_to_uint(*names, INT32_MAX, &pid))
            continue;
        if (namespace_id(proc, *names, &id, err) == 0 && id == (uint64_t)*root->namespace_id &&
            proc_open_namespace(proc, (pid_t)pid, "mnt", out_fd, err) == 0 && is_namespace(*out_fd, id))
            return 0;
        error_clear(err);
        fd_close(out_fd);
    }
    return 0;
}

static int remove_in_child(int proc, int namespace_fd, const struct stacked_root *root, struct error *err)
{
    struct channel ends[2];
    struct message m;
    int status;
    if (channel_pair(&ends[0], &ends[1], err) < 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        struct error ignored;
        error_init(&ignored, err->arena);
        if (remove_here(proc, namespace_fd, root, err) == 0)
            _exit(0);
        channel_send_error(&ends[1], err, &ignored);
        _exit(CHILD_FAILED);
    }
    channel_close(&ends[1]);
    int result = pid < 0 ? fail_errno(err, "cannot start a process to unmount the root") : 0;
    if (pid > 0 && channel_receive(&ends[0], &m, err) == 0) {
        result = channel_read_error(&m, err);
        message_close(&m);
    }
    channel_close(&ends[0]);
    if (pid > 0 && child_reap(pid, &status, err) == 0 && result == 0 && status != 0)
        result = fail(err, ERR_SYSTEM, "unmounting the root: davit's child %s", child_status_text(err->arena, status));
    return result;
}

int stack_remove(const struct stacked_root *root, struct error *err)
{
    scoped_fd proc = -1, namespace = -1;
    uint64_t own;
    if (proc_open(false, &proc, err) < 0 || namespace_id(proc, "self", &own, err) < 0)
        return -1;
    if (own != (uint64_t)*root->namespace_id) {
        if (find_namespace(proc, root, &namespace, err) < 0)
            return -1;
        if (namespace < 0) {
            log_debug("nobody is left in the mount namespace of the root: its mounts are gone");
            return 0;
        }
    }
    return remove_in_child(proc, namespace, root, err);
}
