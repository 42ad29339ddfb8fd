/* mounts.c - more mounts, or fewer, in a container that is there: a child joins its namespaces and works in them, while
 * all that belongs to the host is opened here. */
#include "libcontainer/container.h"

#include "base/arena.h"
#include "base/child.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/str.h"
#include "libcontainer/container/cleanup.h"
#include "libcontainer/container/inspect.h"
#include "libcontainer/launch/join.h"
#include "libcontainer/launch/namespaces.h"
#include "libcontainer/launch/parent.h"
#include "libcontainer/launch/sequence.h"
#include "libcontainer/launch/spawn.h"
#include "libcontainer/store/identity.h"
#include "libcontainer/store/store.h"
#include "spec/config.h"
#include "spec/schema.h"
#include "spec/state.h"

#include <sched.h>

static int check_state(struct record *r, int *out_pidfd, struct error *err)
{
    struct container_view view;
    if (container_view_of(r, &view, err) < 0)
        return -1;
    if (view.status != STATUS_STOPPED && view.status != STATUS_CREATING &&
        identity_open(r->init, out_pidfd, err) == IDENTITY_ALIVE)
        return 0;
    fail(err, ERR_WRONG_STATE, "container not running: it is %s", name_of(status_names, view.status));
    return error_hint(err, "only a container that is created, running or paused has mounts to change");
}

static int compose_config(struct launch *l, const struct mount_list *list, struct error *err)
{
    const struct config *kept;
    if (container_kept_config(l->store, &kept, err) < 0)
        return -1;
    if (!kept)
        return fail(err, ERR_NOT_FOUND, "the container's kept config.json is missing");
    if (!config_creates(kept, CLONE_NEWNS)) {
        fail(err, ERR_NOT_SUPPORTED, "the container has no mount namespace of its own");
        return error_hint(err, "its mounts are those of the namespace that it was put into");
    }
    struct config *c = arena_new(l->arena, struct config);
    *c = *kept;
    c->mounts = list->mounts;
    l->config = c;
    return 0;
}

/* These filesystems show the namespace of whoever makes them. */
static uint64_t needed_namespaces(const struct mount_list *list)
{
    uint64_t types = CLONE_NEWUSER | CLONE_NEWNS;
    for (const struct mount *const *m = (const struct mount *const *)list->mounts; *m; m++) {
        if (str_equal((*m)->type, "proc"))
            types |= CLONE_NEWPID;
        else if (str_equal((*m)->type, "sysfs"))
            types |= CLONE_NEWNET;
        else if (str_equal((*m)->type, "mqueue"))
            types |= CLONE_NEWIPC;
    }
    return types;
}

static int prepare(struct launch *l, const struct mounts_request *q, struct error *err)
{
    scoped_fd pidfd = -1;
    int proc_fd; /* the child's way to name what it unmounts */
    if (store_open(q->root, q->id, STORE_EXCLUSIVE, &l->store, err) < 0 || store_read(l->store, &l->record, err) < 0)
        return -1;
    l->bundle = l->record->bundle;
    l->rootfs = l->record->rootfs;
    l->rootless = l->record->rootless;
    if (check_state(l->record, &pidfd, err) < 0 || compose_config(l, q->list, err) < 0)
        return -1;
    if (join_process(l, (pid_t)*l->record->init->pid, pidfd, err) < 0)
        return error_step(err, "runtime: namespaces");
    join_only(l, q->remove ? CLONE_NEWUSER | CLONE_NEWNS : needed_namespaces(q->list));
    if (plan_prepare(l, err) < 0)
        return error_step(err, "runtime: namespaces");
    if (launch_proc(l, &proc_fd, err) < 0)
        return -1;
    return sequence_before(l, err);
}

static int work(struct launch *l, struct error *err)
{
    int status;
    if (sequence_point(l, "runtime: spawn", err) < 0 || spawn(l, err) < 0)
        return error_step(err, "runtime: spawn");
    if (parent_serve(l, err) < 0) {
        spawn_end(l);
        return -1;
    }
    return child_reap(l->pid, &status, err);
}

int container_mounts(const struct mounts_request *q, struct error *err)
{
    static const struct launch_options none;
    struct launch *l = launch_new(err->arena, q->remove ? LAUNCH_UNMOUNT : LAUNCH_MOUNT);
    l->id = q->id;
    l->state_root = q->root;
    l->options = &none;
    int result = prepare(l, q, err) < 0 ? -1 : work(l, err);
    store_close(l->store);
    launch_free(l);
    if (result < 0)
        return error_context(err, "cannot %s mounts %s %s", q->remove ? "remove" : "add", q->remove ? "from" : "to",
                             q->id);
    return 0;
}
