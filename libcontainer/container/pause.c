/* pause.c - stopping all of a container's processes where they are, and letting them go on. */
#include "libcontainer/container.h"

#include "base/error.h"
#include "libcontainer/cgroup/cgroup.h"
#include "libcontainer/container/inspect.h"
#include "libcontainer/store/store.h"
#include "spec/schema.h"

static int freeze(const char *root, const char *id, bool frozen, struct error *err)
{
    scoped_store s = NULL;
    struct record *r;
    struct container_view view;
    struct cgroup *c = NULL;
    if (store_open(root, id, STORE_EXCLUSIVE, &s, err) < 0 || store_read(s, &r, err) < 0 ||
        container_view_of(r, &view, err) < 0)
        return -1;
    bool may = frozen ? view.status == STATUS_RUNNING || view.status == STATUS_CREATED : view.status == STATUS_PAUSED;
    if (!may)
        return fail(err, ERR_WRONG_STATE, "container not %s: it is %s", frozen ? "running" : "paused",
                    name_of(status_names, view.status));
    if (cgroup_open(r->cgroup, &c, err) < 0)
        return -1;
    int result = cgroup_freeze(c, frozen, err);
    cgroup_close(c);
    return result;
}

int container_pause(const char *root, const char *id, struct error *err)
{
    return freeze(root, id, true, err) < 0 ? error_context(err, "cannot pause %s", id) : 0;
}

int container_resume(const char *root, const char *id, struct error *err)
{
    return freeze(root, id, false, err) < 0 ? error_context(err, "cannot resume %s", id) : 0;
}
