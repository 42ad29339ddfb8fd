/* update.c - other limits for a container that lives: all of them, or none. */
#include "libcontainer/container.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "libcontainer/cgroup/cgroup.h"
#include "libcontainer/cgroup/resctrl.h"
#include "libcontainer/container/inspect.h"
#include "libcontainer/store/store.h"
#include "spec/config.h"

static int set_schemata(const struct update_request *q, const struct record *r, struct error *err)
{
    const struct intel_rdt rdt = {.l3_cache_schema = q->l3_cache_schema, .mem_bw_schema = q->mem_bw_schema};
    if (!q->l3_cache_schema && !q->mem_bw_schema)
        return 0;
    if (!r->clos_id) {
        fail(err, ERR_WRONG_STATE, "the container has no class of service of its own to change");
        return error_hint(err, "it must have been created with linux.intelRdt");
    }
    return resctrl_set(RESCTRL_ROOT, r->clos_id, &rdt, err);
}

static int update(const struct update_request *q, struct record *r, struct error *err)
{
    struct container_view view;
    struct cgroup *c = NULL;
    if (container_view_of(r, &view, err) < 0)
        return -1;
    if (view.status == STATUS_STOPPED || view.status == STATUS_CREATING)
        return fail(err, ERR_WRONG_STATE, "container not running");
    if (!q->resources)
        return set_schemata(q, r, err);
    if (q->resources->devices && q->resources->devices[0])
        log_debug("%s: update leaves the device rules as they are", q->id);
    if (cgroup_open(r->cgroup, &c, err) < 0)
        return -1;
    int result = cgroup_set(c, q->resources, err);
    cgroup_close(c);
    return result < 0 ? -1 : set_schemata(q, r, err);
}

int container_update(const struct update_request *q, struct error *err)
{
    scoped_store s = NULL;
    struct record *r;
    if (store_open(q->root, q->id, STORE_EXCLUSIVE, &s, err) < 0 || store_read(s, &r, err) < 0 || update(q, r, err) < 0)
        return error_context(err, "cannot update %s", q->id);
    return 0;
}
