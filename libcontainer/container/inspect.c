/* inspect.c - what a container is now. Nothing on disk says so: it is derived from the record and from its process. */
#include "libcontainer/container/inspect.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "libcontainer/cgroup/cgroup.h"
#include "libcontainer/container.h"
#include "libcontainer/store/identity.h"
#include "libcontainer/store/store.h"

/* A freezer that cannot be asked (the cgroup has gone with its last process) holds nobody. */
static bool is_frozen(const struct record *r, struct arena *a)
{
    struct error ignored;
    struct cgroup *c = NULL;
    bool frozen = false;
    error_init(&ignored, a);
    if (r->cgroup == NULL)
        return false;
    if (cgroup_open(r->cgroup, &c, &ignored) < 0 || (c != NULL && cgroup_is_frozen(c, &frozen, &ignored) < 0))
        log_debug("is %s frozen? %s", r->id, error_line(&ignored));
    cgroup_close(c);
    return frozen;
}

int container_view_of(struct record *r, struct container_view *out, struct error *err)
{
    scoped_fd pidfd = -1;
    int found = r->init == NULL ? IDENTITY_GONE : identity_open(r->init, &pidfd, err);
    if (found < 0)
        return -1;
    *out = (struct container_view){.record = r, .status = STATUS_STOPPED};
    if (*r->status == STATUS_CREATING) {
        if (!identity_is_alive(r->creator)) /* init, if there is one, dies with its creator */
            return 0;
        out->status = STATUS_CREATING;
        out->pid = found == IDENTITY_ALIVE ? (pid_t)*r->init->pid : 0;
        return 0;
    }
    if (found == IDENTITY_GONE)
        return 0;
    out->pid = (pid_t)*r->init->pid;
    out->status = r->started ? STATUS_RUNNING : STATUS_CREATED;
    if (is_frozen(r, err->arena))
        out->status = STATUS_PAUSED;
    return 0;
}

int container_inspect(const char *root, const char *id, struct container_view *out, struct error *err)
{
    scoped_store s = NULL;
    struct record *r;
    if (store_open(root, id, STORE_READ, &s, err) < 0 || store_read(s, &r, err) < 0)
        return -1;
    return container_view_of(r, out, err);
}
