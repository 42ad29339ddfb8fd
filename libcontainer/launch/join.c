#include "libcontainer/launch/join.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/proc.h"
#include "libcontainer/launch/channel.h"
#include "libcontainer/launch/launch.h"
#include "libcontainer/launch/namespaces.h"
#include "spec/config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *config_path(struct error *err, size_t index)
{
    return arena_printf(err->arena, "linux.namespaces[%zu].path", index);
}

int join_open(const char *path, uint64_t type, size_t index, int *out_fd, struct error *err)
{
    /* O_NONBLOCK: the path may be a fifo by mistake. */
    scoped_fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        fail_errno(err, "cannot open the %s namespace %s", plan_type_name(type), path);
        return error_at(err, "%s", config_path(err, index));
    }
    int found = ioctl(fd, NS_GET_NSTYPE);
    if (found < 0)
        return fail_config(err, config_path(err, index), "%s is not a namespace, wanted %s", path,
                           plan_type_name(type));
    if ((uint64_t)found != type) {
        const char *kind = plan_type_name((uint64_t)found);
        return fail_config(err, config_path(err, index), "%s is %s %s namespace, wanted %s", path,
                           kind[0] == 'i' ? "an" : "a", kind, plan_type_name(type));
    }
    *out_fd = take_fd(&fd);
    return 0;
}

static const char *const proc_names[PLAN_TYPES] = {"user", "net", "ipc", "uts", "cgroup", "time", "pid", "mnt"};

/* True when the process lives in another namespace of this type than davit. What cannot be seen counts as the same
 * only when the kernel has no such type. */
static int differs(pid_t pid, size_t index, bool *out, struct error *err)
{
    char name[64];
    struct stat own, its;
    snprintf(name, sizeof name, "/proc/self/ns/%s", proc_names[index]);
    if (stat(name, &own) < 0) {
        *out = false;
        return errno == ENOENT ? 0 : fail_errno(err, "cannot inspect %s", name);
    }
    snprintf(name, sizeof name, "/proc/%d/ns/%s", (int)pid, proc_names[index]);
    if (stat(name, &its) < 0) {
        fail_errno(err, "cannot inspect the container's %s namespace", plan_type_name(plan_type_at(index)));
        if (err->errnum == EACCES && geteuid() != 0)
            return error_hint(err, "an ordinary user may enter a container only once it is started");
        return -1;
    }
    *out = own.st_ino != its.st_ino || own.st_dev != its.st_dev;
    return 0;
}

int join_process(struct launch *l, pid_t pid, int pidfd, struct error *err)
{
    struct exec_join *join = arena_new(l->arena, struct exec_join);
    join->pidfd = join->root_fd = -1;
    l->join = join;
    for (size_t i = 0; i < PLAN_TYPES; i++) {
        bool is_other = false;
        if (differs(pid, i, &is_other, err) < 0)
            return -1;
        if (is_other)
            join->types |= plan_type_at(i);
    }
    /* In the host's mount namespace, or one that it joined, the container has changed its root only. */
    if (!config_creates(l->config, CLONE_NEWNS)) {
        char name[64];
        snprintf(name, sizeof name, "/proc/%d/root", (int)pid);
        join->root_fd = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (join->root_fd < 0)
            return fail_errno(err, "cannot open the container's root");
        if (pidfd_send_signal(pidfd, 0, NULL, 0) < 0 && errno == ESRCH) /* it may be another process's */
            return fail(err, ERR_WRONG_STATE, "cannot exec in a stopped container");
    }
    return fd_copy(pidfd, &join->pidfd, err);
}

void join_only(struct launch *l, uint64_t types)
{
    l->join->types &= types;
}

/* The standard descriptors, and those that the process is to keep, are the caller's gift. A procfs of the pid namespace
 * that the child is in until it is born can later be had by the initial user namespace's root alone. */
int join_leave_host(struct launch *l, struct error *err)
{
    int proc;
    bool is_last_chance = l->join->types & CLONE_NEWUSER || !proc_is_real_root();
    if (l->plan->born_last && is_last_chance && launch_proc(l, &proc, err) < 0)
        return -1;
    const int kept[] = {l->channel->fd, l->join->pidfd, l->join->root_fd, l->init_proc_fd};
    return fd_close_own(l->options->preserve_fds, kept, sizeof kept / sizeof *kept, err);
}

int join_namespaces(struct launch *l, uint64_t types, struct error *err)
{
    if (setns(l->join->pidfd, (int)types) < 0)
        return fail_errno(err, "cannot join the container's namespaces");
    return join_enter_root(l, err);
}

int join_enter_root(struct launch *l, struct error *err)
{
    if (l->root_fd >= 0)
        return 0;
    if (l->join->root_fd >= 0 && (fchdir(l->join->root_fd) < 0 || chroot(".") < 0))
        return fail_errno(err, "cannot enter the container's root");
    l->root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return l->root_fd < 0 ? fail_errno(err, "cannot open the container's root") : 0;
}

void join_free(struct exec_join *j)
{
    if (!j)
        return;
    fd_close(&j->pidfd);
    fd_close(&j->root_fd);
}
