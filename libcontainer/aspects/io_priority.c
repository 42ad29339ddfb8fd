/* io_priority.c - process.ioPriority, set by the runtime: the real-time class takes privilege on the host. */
#include "base/error.h"
#include "base/syscalls.h"
#include "libcontainer/launch/aspect.h"
#include "libcontainer/launch/launch.h"
#include "spec/config.h"
#include "spec/names.h"

#include <errno.h>
#include <linux/ioprio.h>

static int64_t priority_of(const struct io_priority *p)
{
    return p->priority ? *p->priority : 0;
}

static int check(const struct config *c, struct error *err)
{
    const struct io_priority *p = c->process ? c->process->io_priority : NULL;
    if (p && (priority_of(p) < 0 || priority_of(p) > 7)) {
        fail_config(err, "process.ioPriority.priority", "%lld is outside 0 to 7", (long long)priority_of(p));
        return error_hint(err, "0 is served first");
    }
    return 0;
}

static int attach(struct launch *l, struct error *err)
{
    const struct io_priority *p = l->process ? l->process->io_priority : NULL;
    if (!p)
        return 0;
    int value = IOPRIO_PRIO_VALUE((int)*p->class_, (int)priority_of(p));
    if (sys_ioprio_set(IOPRIO_WHO_PROCESS, l->pid, value) == 0)
        return 0;
    int saved = errno;
    fail_errno(err, "cannot set the I/O priority %s %lld", name_of(io_priority_class_names, *p->class_),
               (long long)priority_of(p));
    error_at(err, "process.ioPriority");
    return saved == EPERM ? error_hint(err, "IOPRIO_CLASS_RT needs CAP_SYS_NICE or CAP_SYS_ADMIN") : -1;
}

const struct aspect io_priority = {.name = "io_priority", .check = check, .attach = attach};
