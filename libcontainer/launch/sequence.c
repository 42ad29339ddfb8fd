#include "libcontainer/launch/sequence.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "libcontainer/aspects/aspects.h"
#include "libcontainer/launch/attached.h"
#include "libcontainer/launch/fault.h"
#include "libcontainer/launch/launch.h"
#include "libcontainer/launch/service.h"
#include "libcontainer/store/store.h"
#include "spec/state.h"

#include <stdio.h>

/* Runtime, before there is a child. Whatever makes something that outlives davit has `undo`, and is in the record
 * before it is run. */
const struct aspect *const before_order[] = {
    &rootfs,  &mounts, &cgroup, &intel_rdt, &terminal, &create_container_hooks, &apparmor, &selinux, &exec_cpu_affinity,
    &seccomp, NULL,
};

/* Runtime, with the child there: while it enters its namespaces, or before, when launch.child_waits. A child in the
 * runtime's memory, which therefore stands still, does it itself while it still has the runtime's rights. */
const struct aspect *const attach_order[] = {
    &cgroup, &intel_rdt, &oom_score, &rlimits, &scheduler, &io_priority, NULL,
};

/* Runtime, with the process of an exec born: what it has not from the child that it is a fork of. */
const struct aspect *const attach_born_order[] = {&scheduler_born, NULL};

/* The container's init, in its namespaces, up to READY. */
const struct aspect *const init_order[] = {
    &keyring,
    &loopback,
    &net_devices,
    &rootfs,
    &mounts,
    &devices,
    &sysctls,
    &hostname,
    &runtime_hooks,
    &create_container_hooks,
    &working_directory,
    &switch_root,
    &paths,
    &propagation,
    &terminal,
    &session,
    &stdio,
    &own_stdio,
    &personality_aspect,
    &memory_policy,
    &environment,
    &apparmor,
    &selinux,
    &capability_bounds,
    &attached,
    &user,
    &capabilities,
    &program,
    &no_new_privileges,
    &seccomp,
    &fds,
    NULL,
};

/* In a container that is there, before its processes can see who does it: everything that takes rights which the
 * program has not, or something of the host. The runtime may stand still: nothing is asked of it. */
const struct aspect *const exec_order[] = {
    &cgroup,
    &exec_cpu_affinity,
    &oom_score,
    &rlimits,
    &scheduler,
    &io_priority,
    &keyring,
    &terminal,
    &stdio,
    &personality_aspect,
    &memory_policy,
    &environment,
    &apparmor,
    &selinux,
    &capability_bounds,
    &attached,
    &user,
    &capabilities,
    &program,
    &no_new_privileges,
    &fds,
    &seccomp_early,
    &held_capabilities,
    NULL,
};

/* The process itself, born into the container's pid namespace, up to READY. */
const struct aspect *const born_order[] = {&scheduler_born, &session, &own_stdio, &seccomp, NULL};

/* A child that only mounts or unmounts. */
const struct aspect *const mount_order[] = {&mounts, NULL};
const struct aspect *const unmount_order[] = {&unmounts, NULL};

/* Both, behind GO and the startContainer hooks: what starves or forbids waiting for start. */
const struct aspect *const start_order[] = {
    &rlimits_last,
    &seccomp_last,
    NULL,
};

/* For check and undo: each once. */
const struct aspect *const all_aspects[] = {
    &rootfs,      &mounts,    &devices,     &paths,         &sysctls,     &hostname,      &namespaces,
    &cgroup,      &intel_rdt, &terminal,    &runtime_hooks, &oom_score,   &rlimits,       &personality_aspect,
    &environment, &user,      &program,     &scheduler,     &io_priority, &memory_policy, &exec_cpu_affinity,
    &selinux,     &seccomp,   &net_devices, NULL,
};

static const struct service *const services[] = {
    &terminal_service,    &runtime_hooks_service, &open_tree_service,
    &open_device_service, &seccomp_service,       &net_devices_service,
    &own_stdio_service,   &stack_service,         NULL,
};

const struct service *sequence_service(uint32_t kind)
{
    for (const struct service *const *s = services; *s; s++)
        if ((*s)->kind == kind)
            return *s;
    return NULL;
}

typedef int (*entry)(struct launch *l, struct error *err);

static void enter_step(struct launch *l, const char *step)
{
    l->step = step;
    if (l->shared && !l->is_runtime)
        snprintf(l->shared->step, sizeof l->shared->step, "%s", step);
}

static int run_step(struct launch *l, const char *step, entry run, struct error *err)
{
    int64_t begin = log_is_debug() ? clock_us() : 0;
    enter_step(l, step);
    if (fault_point(step, err) < 0 || (run && run(l, err) < 0)) {
        error_step(err, step);
        return -1;
    }
    if (run && log_is_debug())
        log_debug("%s: %lld us", step, (long long)(clock_us() - begin));
    return 0;
}

int sequence_point(struct launch *l, const char *step, struct error *err)
{
    return run_step(l, step, NULL, err);
}

static bool is_listed(const struct aspect *wanted, const struct aspect *const *list)
{
    for (; *list; list++)
        if (*list == wanted)
            return true;
    return false;
}

/* What the child of each kind of launch applies. */
static const struct aspect *const *order_of(const struct launch *l)
{
    switch (l->kind) {
    case LAUNCH_CREATE:
        return init_order;
    case LAUNCH_EXEC:
        return exec_order;
    case LAUNCH_MOUNT:
        return mount_order;
    case LAUNCH_UNMOUNT:
        return unmount_order;
    }
    return init_order;
}

/* Whoever joins a container leaves out what concerns it as a whole. */
static bool concerns(const struct launch *l, const struct aspect *a)
{
    return l->kind == LAUNCH_CREATE || is_listed(a, order_of(l)) ||
           (l->kind == LAUNCH_EXEC && (is_listed(a, born_order) || is_listed(a, start_order)));
}

/* All at once, so that one write of the record covers them: undoing what was never begun does nothing. */
static int announce(struct launch *l, struct error *err)
{
    size_t count = 0;
    for (const struct aspect *const *a = before_order; *a; a++)
        count++;
    const char **begun = arena_array(l->arena, count + 1, sizeof *begun);
    count = 0;
    for (const struct aspect *const *a = before_order; *a; a++)
        if ((*a)->undo)
            begun[count++] = (*a)->name;
    l->record->begun = begun;
    return store_write(l->store, l->record, err);
}

int sequence_before(struct launch *l, struct error *err)
{
    if (l->kind == LAUNCH_CREATE && l->record && l->store && announce(l, err) < 0)
        return -1;
    for (const struct aspect *const *a = before_order; *a; a++)
        if ((*a)->before && concerns(l, *a) &&
            run_step(l, arena_printf(l->arena, "runtime: %s", (*a)->name), (*a)->before, err) < 0)
            return -1;
    return 0;
}

static int attach_list(struct launch *l, const struct aspect *const *list, struct error *err)
{
    for (; *list; list++)
        if ((*list)->attach && concerns(l, *list) &&
            run_step(l, arena_printf(l->arena, "runtime: attach %s", (*list)->name), (*list)->attach, err) < 0)
            return -1;
    return 0;
}

int sequence_attach(struct launch *l, struct error *err)
{
    return attach_list(l, attach_order, err);
}

int sequence_attach_born(struct launch *l, struct error *err)
{
    return attach_list(l, attach_born_order, err);
}

static int apply_list(struct launch *l, const struct aspect *const *list, struct error *err)
{
    const char *side = l->kind == LAUNCH_CREATE ? "init" : l->kind == LAUNCH_EXEC ? "exec" : "child";
    for (; *list; list++)
        if ((*list)->apply &&
            run_step(l, arena_printf(l->arena, "%s: %s", side, (*list)->name), (*list)->apply, err) < 0)
            return -1;
    return 0;
}

int sequence_apply(struct launch *l, struct error *err)
{
    return apply_list(l, order_of(l), err);
}

int sequence_born(struct launch *l, struct error *err)
{
    return apply_list(l, born_order, err);
}

int sequence_start(struct launch *l, struct error *err)
{
    return apply_list(l, start_order, err);
}

int sequence_undo(const struct record *r, struct error *err)
{
    struct error first;
    bool has_failed = false;
    size_t count = str_count(r->begun);
    error_init(&first, err->arena);
    while (count-- > 0)
        for (const struct aspect *const *a = all_aspects; *a; a++) {
            if (!str_equal((*a)->name, r->begun[count]) || !(*a)->undo || (*a)->undo(r, err) == 0)
                continue;
            error_step(err, arena_printf(err->arena, "undo: %s", (*a)->name));
            if (!has_failed)
                first = *err;
            has_failed = true;
        }
    if (has_failed)
        *err = first;
    return has_failed ? -1 : 0;
}

size_t sequence_check(const struct config *c, struct error *errors, size_t max)
{
    size_t count = 0;
    for (const struct aspect *const *a = all_aspects; *a && count < max; a++)
        if ((*a)->check && (*a)->check(c, &errors[count]) < 0)
            count++;
    return count;
}
