/* state.c - a container as `state` and `list` show it. */
#include "libcontainer/container.h"

#include "base/arena.h"
#include "base/error.h"
#include "spec/features.h"

struct oci_state *container_state(const struct container_view *view, struct error *err)
{
    const struct record *r = view->record;
    struct oci_state *state = arena_new(err->arena, struct oci_state);
    int64_t *status = arena_new(err->arena, int64_t), *pid = arena_new(err->arena, int64_t);
    *status = view->status;
    *pid = view->pid;
    *state = (struct oci_state){
        .oci_version = SPEC_VERSION,
        .id = r->id,
        .status = status,
        .pid = pid, /* 0 when it has stopped: engines expect a number */
        .bundle = r->bundle,
        .rootfs = r->rootfs,
        .created = r->created,
        .owner = r->owner,
        .annotations = r->annotations,
    };
    return state;
}
