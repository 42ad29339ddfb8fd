#include "libcontainer/mount/kinds.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/syscalls.h"
#include "libcontainer/launch/channel.h"
#include "libcontainer/launch/launch.h"
#include "libcontainer/launch/service.h"
#include "libcontainer/mount/idmap.h"
#include "libcontainer/mount/plan.h"
#include "libcontainer/mount/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int source_open(const char *path, unsigned open_tree_flags, int *out_tree_fd, struct error *err)
{
    *out_tree_fd = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | open_tree_flags);
    if (*out_tree_fd >= 0)
        return 0;
    if (errno == ENOENT) /* not in strerror's words: engines would take it for a missing program */
        return fail(err, ERR_NOT_FOUND, "\"%s\" does not exist on the host", path);
    fail_errno(err, "cannot open the source \"%s\"", path);
    if (err->errnum == EINVAL && !(open_tree_flags & AT_RECURSIVE))
        return error_hint(err, "it may be unbindable, or have mounts below it that a user namespace keeps covered; the "
                               "option \"rbind\" takes them along");
    return -1;
}

int source_of_mount(const struct planned_mount *m, int *out_tree_fd, struct error *err)
{
    unsigned flags =
        ((m->options.flags & MS_REC) ? AT_RECURSIVE : 0) | (m->options.source_nofollow ? AT_SYMLINK_NOFOLLOW : 0);
    if (source_open(m->source, flags, out_tree_fd, err) == 0)
        return 0;
    if (err->code == ERR_NOT_FOUND && err->errnum == 0)
        fail(err, ERR_INVALID_CONFIG, "%s.source %s", m->path, err->message);
    return error_at(err, "%s.source", m->path);
}

bool source_is_peer(const struct launch *l, const struct planned_mount *m)
{
    const struct mount_options *o = &m->options;
    return !l->in_new_user_namespace && (o->propagation == MS_SHARED || o->propagation_below == MS_SHARED);
}

int source_ask(struct launch *l, uint32_t index, int *out_tree_fd, struct error *err)
{
    struct message reply = {0};
    if (channel_ask(l->channel, CHANNEL_OPEN_TREE, &index, sizeof index, NULL, 0, &reply, err) < 0)
        return -1;
    if (reply.fd_count == 1)
        *out_tree_fd = take_fd(&reply.fds[0]);
    message_close(&reply);
    return *out_tree_fd < 0 ? fail(err, ERR_SYSTEM, "the runtime sent no mount") : 0;
}

static int open_bind(struct launch *l, struct planned_mount *m, int *out_tree_fd, struct error *err)
{
    if (l->kind == LAUNCH_MOUNT && geteuid() != 0)
        return source_of_user(l, m, out_tree_fd, err);
    return source_of_mount(m, out_tree_fd, err);
}

static int serve_tree(struct launch *l, struct message *m, struct service_reply *reply, struct error *err)
{
    uint32_t index;
    if (m->length != sizeof index)
        return fail(err, ERR_SYSTEM, "a request for a mount is damaged");
    memcpy(&index, m->payload, sizeof index);
    scoped_fd tree = -1;
    if (index == SOURCE_OF_ROOT) {
        if (tree_clone(l->root_source_fd, true, &tree, err) < 0)
            return -1;
    } else {
        struct planned_mount *mount = l->mounts && index < l->mounts->count ? &l->mounts->items[index] : NULL;
        bool is_filesystem = mount && filesystem_is_of_host(l, mount);
        if (!is_filesystem && (!mount || mount->kind != MOUNT_KIND_BIND))
            return fail(err, ERR_SYSTEM, "a request for a mount names none");
        if ((is_filesystem ? filesystem_of_host : open_bind)(l, mount, &tree, err) < 0)
            return -1;
        /* A copy made in the user's own user namespace is a slave already. */
        bool own = is_filesystem || source_is_peer(l, mount) || (l->kind == LAUNCH_MOUNT && geteuid() != 0);
        if (!own && tree_propagation(tree, MS_SLAVE, true, err) < 0)
            return -1;
        if (mount->options.idmap && mount_idmap_tree(l, tree, mount, err) < 0)
            return -1;
    }
    reply->fds[reply->fd_count++] = take_fd(&tree);
    return 0;
}

const struct service open_tree_service = {
    .kind = CHANNEL_OPEN_TREE,
    .step = "runtime: open tree",
    .serve = serve_tree,
};
