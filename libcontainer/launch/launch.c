#include "libcontainer/launch/launch.h"

#include "base/arena.h"
#include "base/fd.h"
#include "base/proc.h"
#include "libcontainer/cgroup/cgroup.h"
#include "libcontainer/launch/channel.h"
#include "libcontainer/launch/join.h"
#include "libcontainer/launch/namespaces.h"

#include <stddef.h>
#include <sys/mman.h>

/* Every descriptor that a launch owns. */
static const size_t descriptors[] = {
    offsetof(struct launch, pidfd),           offsetof(struct launch, proc_fd),
    offsetof(struct launch, bundle_fd),       offsetof(struct launch, console_socket_fd),
    offsetof(struct launch, start_fd),        offsetof(struct launch, seccomp_notify_fd),
    offsetof(struct launch, terminal_fd),     offsetof(struct launch, root_source_fd),
    offsetof(struct launch, hooks_bundle_fd), offsetof(struct launch, root_fd),
    offsetof(struct launch, init_proc_fd),    offsetof(struct launch, terminal_sent_fd),
    offsetof(struct launch, executable_fd),   offsetof(struct launch, seccomp_listener_fd),
};

static int *descriptor(struct launch *l, size_t index)
{
    return (int *)((char *)l + descriptors[index]);
}

struct launch *launch_new(struct arena *a, enum launch_kind kind)
{
    struct launch *l = arena_new(a, struct launch);
    l->arena = a;
    l->kind = kind;
    l->is_runtime = true;
    for (size_t i = 0; i < sizeof descriptors / sizeof *descriptors; i++)
        *descriptor(l, i) = -1;
    return l;
}

void launch_free(struct launch *l)
{
    if (!l)
        return;
    for (size_t i = 0; i < sizeof descriptors / sizeof *descriptors; i++)
        fd_close(descriptor(l, i));
    for (int *fd = l->hook_fds; fd && *fd >= 0; fd++)
        fd_close(fd);
    channel_close(l->channel);
    plan_free(l->plan);
    join_free(l->join);
    cgroup_close(l->cgroup);
    l->cgroup = NULL;
    if (l->shared)
        munmap(l->shared, sizeof *l->shared);
    l->shared = NULL;
}

int launch_proc(struct launch *l, int *out_fd, struct error *err)
{
    int *fd = l->is_runtime ? &l->proc_fd : &l->init_proc_fd;
    if (*fd < 0 && proc_open(false, fd, err) < 0)
        return -1;
    *out_fd = *fd;
    return 0;
}
