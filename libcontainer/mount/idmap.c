#include "libcontainer/mount/idmap.h"

#include "base/arena.h"
#include "base/child.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/proc.h"
#include "base/syscalls.h"
#include "libcontainer/launch/idmap.h"
#include "libcontainer/launch/launch.h"
#include "libcontainer/mount/plan.h"
#include "libcontainer/mount/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* A child that only holds a user namespace. It ends with the pipe, or with us. */
static int spawn_holder(pid_t *out_pid, int *out_pipe, struct error *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return fail_errno(err, "cannot make a pipe");
    scoped_fd reading = ends[0], writing = ends[1];
    const struct clone_args args = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
    *out_pid = sys_clone3(&args);
    if (*out_pid < 0)
        return fail_errno(err, "cannot make a user namespace for id-mapped mounts");
    if (*out_pid == 0) {
        char byte;
        close(writing);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        while (read(reading, &byte, 1) < 0 && errno == EINTR)
            ;
        _exit(0);
    }
    *out_pipe = take_fd(&writing);
    return 0;
}

static int make_namespace(struct launch *l, const struct planned_mount *m, int *out_fd, struct error *err)
{
    int proc_fd;
    scoped_child pid = 0;
    scoped_fd pipe_fd = -1;
    if (launch_proc(l, &proc_fd, err) < 0)
        return -1;
    if (spawn_holder(&pid, &pipe_fd, err) < 0)
        return -1;
    struct arena *a = err->arena;
    const char *uids, *gids;
    if (idmap_text(m->uid_mappings, arena_printf(a, "%s.uidMappings", m->path), &uids, err) < 0 ||
        idmap_text(m->gid_mappings, arena_printf(a, "%s.gidMappings", m->path), &gids, err) < 0)
        return -1;
    if (proc_write(proc_fd, arena_printf(a, "%d/uid_map", pid), uids, err) < 0)
        return error_context(err, "the mount's uidMappings");
    if (proc_write(proc_fd, arena_printf(a, "%d/gid_map", pid), gids, err) < 0)
        return error_context(err, "the mount's gidMappings");
    return proc_open_namespace(proc_fd, pid, "user", out_fd, err);
}

static int explain(int tree_fd, const struct planned_mount *m, struct error *err)
{
    int errnum = errno;
    const char *filesystem = filesystem_name(tree_fd, err);
    errno = errnum;
    fail_errno(err, "cannot id-map the source");
    error_at(err, "%s", m->path);
    if (errnum == EINVAL)
        return error_hint(err,
                          "the filesystem of %s (%s) has no id-mapped mounts, or the mount is id-mapped already; drop "
                          "\"idmap\", or keep %s on ext4, xfs, btrfs or tmpfs",
                          m->source, filesystem, m->source);
    if (errnum == EPERM)
        return error_hint(err,
                          "the filesystem of %s (%s) belongs to another user namespace, and only its root may map "
                          "its ids",
                          m->source, filesystem);
    return -1;
}

int mount_idmap_tree(struct launch *l, int tree_fd, const struct planned_mount *m, struct error *err)
{
    scoped_fd namespace = -1;
    if (m->user_namespace) {
        namespace = open(m->user_namespace, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (namespace < 0)
            return fail_errno(err, "cannot open the user namespace %s", m->user_namespace);
    } else if (make_namespace(l, m, &namespace, err) < 0) {
        return -1;
    }
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t) namespace};
    unsigned flags = AT_EMPTY_PATH | (m->options.idmap_recursive ? AT_RECURSIVE : 0);
    if (mount_setattr(tree_fd, "", flags, &attr, sizeof attr) < 0)
        return explain(tree_fd, m, err);
    return 0;
}
