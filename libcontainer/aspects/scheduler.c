/* scheduler.c - process.scheduler, set by the runtime: the kernel asks for CAP_SYS_NICE of the initial user namespace.
 */
#include "base/error.h"
#include "base/syscalls.h"
#include "libcontainer/launch/aspect.h"
#include "libcontainer/launch/attached.h"
#include "libcontainer/launch/launch.h"
#include "libcontainer/launch/namespaces.h"
#include "spec/config.h"
#include "spec/names.h"

#include <errno.h>
#include <linux/sched.h>
#include <linux/sched/types.h>

#ifndef SCHED_ISO
#define SCHED_ISO 4 /* reserved by the kernel, never implemented */
#endif

static bool is_realtime(const struct scheduler *s)
{
    return *s->policy == SCHED_FIFO || *s->policy == SCHED_RR;
}

static int check(const struct config *c, struct error *err)
{
    const struct scheduler *s = c->process ? c->process->scheduler : NULL;
    if (!s)
        return 0;
    const char *policy = name_of(scheduler_policy_names, *s->policy);
    if (s->nice && (*s->nice < -20 || *s->nice > 19)) {
        fail_config(err, "process.scheduler.nice", "%lld is outside -20 to 19", (long long)*s->nice);
        return error_hint(err, "lower values run first");
    }
    if (s->priority && *s->priority && !is_realtime(s)) {
        fail_config(err, "process.scheduler.priority", "%s has no priority", policy);
        return error_hint(err, "only SCHED_FIFO and SCHED_RR have one; use nice, or leave it out");
    }
    if (is_realtime(s) && (!s->priority || *s->priority < 1 || *s->priority > 99)) {
        fail_config(err, "process.scheduler.priority", "%s needs a priority from 1 to 99", policy);
        return error_hint(err, "higher values run first");
    }
    bool has_times = (s->runtime && *s->runtime) || (s->deadline && *s->deadline) || (s->period && *s->period);
    if (has_times && *s->policy != SCHED_DEADLINE) {
        fail_config(err, "process.scheduler", "%s has no runtime, deadline and period", policy);
        return error_hint(err, "they belong to SCHED_DEADLINE");
    }
    return 0;
}

/* A fork takes it away, or is refused. */
static bool ends_at_fork(const struct scheduler *s)
{
    return *s->policy == SCHED_DEADLINE || s->flags & SCHED_FLAG_RESET_ON_FORK;
}

static int set(struct launch *l, const struct scheduler *s, struct error *err)
{
    const struct sched_attr attr = {
        .size = sizeof attr,
        .sched_policy = (uint32_t)*s->policy,
        .sched_flags = s->flags,
        .sched_nice = s->nice ? (int32_t)*s->nice : 0,
        .sched_priority = s->priority ? (uint32_t)*s->priority : 0,
        .sched_runtime = s->runtime ? *s->runtime : 0,
        .sched_deadline = s->deadline ? *s->deadline : 0,
        .sched_period = s->period ? *s->period : 0,
    };
    if (is_realtime(s) || *s->policy == SCHED_DEADLINE)
        attached_await_entry(l);
    if (sys_sched_setattr(l->pid, &attr, 0) == 0)
        return 0;
    int saved = errno;
    fail_errno(err, "cannot set the scheduler %s", name_of(scheduler_policy_names, *s->policy));
    error_at(err, "process.scheduler");
    if (saved == EPERM)
        return error_hint(err, "this needs CAP_SYS_NICE, and for real-time policies on cgroup v1 a "
                               "linux.resources.cpu.realtimeRuntime");
    if (*s->policy == SCHED_ISO)
        return error_hint(err, "Linux has never implemented SCHED_ISO; choose another policy");
    return saved == EINVAL ? error_hint(err, "see sched_setattr(2) for what this policy accepts") : -1;
}

static const struct scheduler *wanted(const struct launch *l)
{
    return l->process ? l->process->scheduler : NULL;
}

static int attach(struct launch *l, struct error *err)
{
    const struct scheduler *s = wanted(l);
    return s && !(l->plan->born_last && ends_at_fork(s)) ? set(l, s, err) : 0;
}

static int attach_born(struct launch *l, struct error *err)
{
    const struct scheduler *s = wanted(l);
    return s && ends_at_fork(s) ? set(l, s, err) : 0;
}

const struct aspect scheduler = {.name = "scheduler", .check = check, .attach = attach};
const struct aspect scheduler_born = {.name = "scheduler_born", .attach = attach_born};
