/* exec_cpu_affinity.c - process.execCPUAffinity: processors of exec before and after it enters the container's cgroup.
 *
 * The container's init ignores it, as the specification says. */
#include "base/arena.h"
#include "base/error.h"
#include "base/number_list.h"
#include "libcontainer/launch/aspect.h"
#include "libcontainer/launch/launch.h"
#include "spec/config.h"

#include <errno.h>
#include <sched.h>

#define PROCESSOR_MAX 8191

static const struct exec_cpu_affinity *wanted(const struct launch *l)
{
    return l->kind == LAUNCH_EXEC && l->process ? l->process->exec_cpu_affinity : NULL;
}

static int parse(const char *list, const char *member, struct number_list *out, struct error *err)
{
    *out = (struct number_list){.count = 0};
    if (!list || number_list_parse(list, PROCESSOR_MAX, out, err) == 0)
        return 0;
    err->code = ERR_INVALID_CONFIG;
    error_at(err, "process.execCPUAffinity.%s", member);
    return error_hint(err, "processors, as \"0-3,7\"");
}

static int check(const struct config *c, struct error *err)
{
    const struct exec_cpu_affinity *a = c->process ? c->process->exec_cpu_affinity : NULL;
    struct number_list ignored;
    if (!a || (parse(a->initial, "initial", &ignored, err) == 0 && parse(a->final, "final", &ignored, err) == 0))
        return 0;
    return -1;
}

static int set(struct launch *l, const char *list, const char *member, struct error *err)
{
    struct number_list cpus;
    if (parse(list, member, &cpus, err) < 0)
        return -1;
    if (!cpus.count)
        return 0;
    size_t size = CPU_ALLOC_SIZE(PROCESSOR_MAX + 1);
    cpu_set_t *set = arena_alloc(l->arena, size);
    for (size_t i = 0; i < cpus.count; i++)
        CPU_SET_S(cpus.numbers[i], size, set);
    if (sched_setaffinity(0, size, set) == 0)
        return 0;
    int saved = errno;
    fail_errno(err, "cannot run on processors %s", list);
    error_at(err, "process.execCPUAffinity.%s", member);
    return saved == EINVAL ? error_hint(err, "none of them is online and in the cpuset in force") : -1;
}

/* The child inherits what its parent has. */
static int before(struct launch *l, struct error *err)
{
    const struct exec_cpu_affinity *a = wanted(l);
    return a ? set(l, a->initial, "initial", err) : 0;
}

static int apply(struct launch *l, struct error *err)
{
    const struct exec_cpu_affinity *a = wanted(l);
    return a ? set(l, a->final, "final", err) : 0;
}

const struct aspect exec_cpu_affinity = {.name = "exec_cpu_affinity", .check = check, .before = before, .apply = apply};
