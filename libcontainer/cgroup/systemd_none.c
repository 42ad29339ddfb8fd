/* systemd_none.c - in place of systemd.c where davit is built without it. */
#include "libcontainer/cgroup/internal.h"

#include "base/error.h"

static int no_systemd(struct error *err)
{
    fail(err, ERR_NOT_SUPPORTED, "this davit is built without the systemd cgroup manager");
    return error_hint(err, "leave out --systemd-cgroup, or configure davit with --enable-systemd");
}

int systemd_is_built_in(struct error *err)
{
    return no_systemd(err);
}

int systemd_create(struct cgroup *c, pid_t pid, struct error *err)
{
    (void)c;
    (void)pid;
    return no_systemd(err);
}

int systemd_set(struct cgroup *c, const struct knob_write *writes, struct error *err)
{
    (void)c;
    (void)writes;
    return no_systemd(err);
}

int systemd_attach(struct cgroup *c, pid_t pid, struct error *err)
{
    (void)c;
    (void)pid;
    return no_systemd(err);
}

int systemd_destroy(struct cgroup *c, struct error *err)
{
    (void)c;
    return no_systemd(err);
}
