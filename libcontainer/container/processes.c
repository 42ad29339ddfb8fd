/* processes.c - who is in a container, as the host numbers them. */
#include "libcontainer/container.h"

#include "base/arena.h"
#include "base/error.h"
#include "libcontainer/cgroup/cgroup.h"
#include "libcontainer/store/store.h"

int container_processes(const char *root, const char *id, pid_t **out, struct error *err)
{
    scoped_store s = NULL;
    struct record *r;
    struct cgroup *c = NULL;
    if (store_open(root, id, STORE_READ, &s, err) < 0 || store_read(s, &r, err) < 0 ||
        cgroup_open(r->cgroup, &c, err) < 0)
        return error_context(err, "cannot list the processes of %s", id);
    int result = cgroup_processes(c, out, err);
    cgroup_close(c);
    return result < 0 ? error_context(err, "cannot list the processes of %s", id) : 0;
}
