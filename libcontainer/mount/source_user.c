#include "libcontainer/mount/kinds.h"

#include "base/child.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/syscalls.h"
#include "libcontainer/launch/channel.h"
#include "libcontainer/launch/join.h"
#include "libcontainer/launch/launch.h"
#include "libcontainer/mount/plan.h"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

/* The host's files, seen from a mount namespace that belongs to the container's user namespace; still with the user's
 * own ids, so that the sources are those that he may reach. */
static int open_in_child(struct launch *l, const struct planned_mount *m, int *out_tree_fd, struct error *err)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (setns(l->join->pidfd, CLONE_NEWUSER) < 0)
        return fail_errno(err, "cannot join the container's user namespace");
    if (unshare(CLONE_NEWNS) < 0)
        return fail_errno(err, "cannot make a mount namespace in the container's user namespace");
    return source_of_mount(m, out_tree_fd, err);
}

_Noreturn static void child_main(struct launch *l, const struct planned_mount *m, int socket_fd)
{
    struct error err, ignored;
    struct channel channel = {.fd = socket_fd};
    scoped_fd tree = -1;
    error_init(&err, l->arena);
    error_init(&ignored, l->arena);
    if (open_in_child(l, m, &tree, &err) < 0)
        channel_send_error(&channel, &err, &ignored);
    else
        channel_send(&channel, CHANNEL_DONE, NULL, 0, &tree, 1, &ignored);
    _exit(0);
}

int source_of_user(struct launch *l, const struct planned_mount *m, int *out_tree_fd, struct error *err)
{
    struct channel ends[2];
    struct message reply = {0};
    if (channel_pair(&ends[0], &ends[1], err) < 0)
        return -1;
    const struct clone_args args = {.exit_signal = SIGCHLD};
    scoped_child pid = sys_clone3(&args);
    if (pid == 0) {
        channel_close(&ends[0]);
        child_main(l, m, ends[1].fd);
    }
    channel_close(&ends[1]);
    int got = pid < 0 ? fail_errno(err, "cannot fork") : channel_receive(&ends[0], &reply, err);
    channel_close(&ends[0]);
    if (got == CHANNEL_CLOSED)
        return fail(err, ERR_PROCESS_DIED, "the child that was to open \"%s\" has died", m->source);
    if (got < 0)
        return -1;
    if (reply.kind == CHANNEL_FAILED)
        got = channel_read_error(&reply, err);
    else if (reply.fd_count == 1)
        *out_tree_fd = take_fd(&reply.fds[0]);
    message_close(&reply);
    return got;
}
