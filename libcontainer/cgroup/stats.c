#include "libcontainer/cgroup/stats.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/number_list.h"
#include "base/str.h"
#include "libcontainer/cgroup/internal.h"
#include "libcontainer/cgroup/stats_file.h"
#include <fcntl.h>
#include <string.h>

#define MICROSECOND 1000 /* in nanoseconds */

static const uint64_t *number_in(const struct place *p, struct arena *a, const char *file)
{
    return stats_number(a, stats_text(p, a, file));
}

/* The pressure of a resource is a file of cgroup2 alone, whatever hierarchy the controller lives in. */
static const struct pressure *pressure_of(struct cgroup *c, struct arena *a, const char *file)
{
    const struct place *p = cgroup_unified(c);
    return p ? stats_pressure(a, stats_text(p, a, file)) : NULL;
}

static const struct cpu_usage *usage_v1(const struct place *p, struct arena *a)
{
    struct cpu_usage *u = arena_new(a, struct cpu_usage);
    *u = (struct cpu_usage){
        .total = number_in(p, a, "cpuacct.usage"),
        .kernel = number_in(p, a, "cpuacct.usage_sys"),
        .user = number_in(p, a, "cpuacct.usage_user"),
        .percpu = stats_numbers(a, stats_text(p, a, "cpuacct.usage_percpu")),
        .percpu_kernel = stats_numbers(a, stats_text(p, a, "cpuacct.usage_percpu_sys")),
        .percpu_user = stats_numbers(a, stats_text(p, a, "cpuacct.usage_percpu_user")),
    };
    return u;
}

static const struct cpu_usage *usage_v2(struct arena *a, const char *cpu_stat)
{
    struct cpu_usage *u = arena_new(a, struct cpu_usage);
    *u = (struct cpu_usage){
        .total = stats_field(a, cpu_stat, "usage_usec", MICROSECOND),
        .kernel = stats_field(a, cpu_stat, "system_usec", MICROSECOND),
        .user = stats_field(a, cpu_stat, "user_usec", MICROSECOND),
    };
    return u;
}

static const struct cpu_stats *cpu_of(struct cgroup *c, struct arena *a)
{
    const struct place *cpu = cgroup_place(c, CONTROLLER_CPU), *account = cgroup_place(c, CONTROLLER_CPUACCT);
    const struct place *unified = cgroup_unified(c);
    struct cpu_stats *s = arena_new(a, struct cpu_stats);
    if (account)
        s->usage = usage_v1(account, a);
    else if (unified) /* cpu.stat has the times even where the controller is off */
        s->usage = usage_v2(a, stats_text(unified, a, "cpu.stat"));
    if (cpu) {
        const char *text = stats_text(cpu, a, "cpu.stat");
        struct cpu_throttling *t = arena_new(a, struct cpu_throttling);
        t->periods = stats_field(a, text, "nr_periods", 1);
        t->throttled_periods = stats_field(a, text, "nr_throttled", 1);
        t->throttled_time = cpu->version == 2 ? stats_field(a, text, "throttled_usec", MICROSECOND)
                                              : stats_field(a, text, "throttled_time", 1);
        s->throttling = t;
    }
    s->psi = pressure_of(c, a, "cpu.pressure");
    return s;
}

static const uint64_t **list_of(const struct place *p, struct arena *a, const char *file)
{
    struct error ignored;
    struct number_list numbers;
    const char *text = stats_text(p, a, file);
    error_init(&ignored, a);
    if (!text || number_list_parse(text, NUMBER_LIST_MAX, &numbers, &ignored) < 0)
        return NULL;
    const uint64_t **list = arena_array(a, numbers.count + 1, sizeof(const uint64_t *));
    for (size_t i = 0; i < numbers.count; i++) {
        uint64_t *n = arena_new(a, uint64_t);
        *n = numbers.numbers[i];
        list[i] = n;
    }
    return list;
}

static const struct cpuset_stats *cpuset_of(struct cgroup *c, struct arena *a)
{
    const struct place *p = cgroup_place(c, CONTROLLER_CPUSET);
    if (!p)
        return NULL;
    struct cpuset_stats *s = arena_new(a, struct cpuset_stats);
    bool v2 = p->version == 2;
    s->cpus = list_of(p, a, v2 ? "cpuset.cpus.effective" : "cpuset.cpus");
    s->mems = list_of(p, a, v2 ? "cpuset.mems.effective" : "cpuset.mems");
    if (v2)
        return s;
    s->cpu_exclusive = number_in(p, a, "cpuset.cpu_exclusive");
    s->mem_exclusive = number_in(p, a, "cpuset.mem_exclusive");
    s->mem_hardwall = number_in(p, a, "cpuset.mem_hardwall");
    s->memory_migrate = number_in(p, a, "cpuset.memory_migrate");
    s->memory_spread_page = number_in(p, a, "cpuset.memory_spread_page");
    s->memory_spread_slab = number_in(p, a, "cpuset.memory_spread_slab");
    s->memory_pressure = number_in(p, a, "cpuset.memory_pressure");
    s->sched_load_balance = number_in(p, a, "cpuset.sched_load_balance");
    int64_t level;
    const char *text = stats_text(p, a, "cpuset.sched_relax_domain_level");
    if (text && str_to_int(text, INT32_MIN, INT32_MAX, &level)) {
        int64_t *slot = arena_new(a, int64_t);
        *slot = level;
        s->sched_relax_domain_level = slot;
    }
    return s;
}

static const struct memory_entry *entry_v1(const struct place *p, struct arena *a, const char *kind)
{
    struct memory_entry *e = arena_new(a, struct memory_entry);
    e->limit = number_in(p, a, arena_printf(a, "memory.%slimit_in_bytes", kind));
    e->usage = number_in(p, a, arena_printf(a, "memory.%susage_in_bytes", kind));
    e->max = number_in(p, a, arena_printf(a, "memory.%smax_usage_in_bytes", kind));
    e->failcnt = number_in(p, a, arena_printf(a, "memory.%sfailcnt", kind));
    return e->usage ? e : NULL;
}

static const uint64_t *sum(struct arena *a, const uint64_t *x, const uint64_t *y)
{
    if (!x || !y)
        return NULL;
    uint64_t *slot = arena_new(a, uint64_t);
    *slot = *x == UINT64_MAX || *y == UINT64_MAX ? UINT64_MAX : *x + *y;
    return slot;
}

/* Readers know "swap" as v1's memory plus swap. */
static void memory_v2(const struct place *p, struct arena *a, struct memory_stats *s)
{
    struct memory_entry *memory = arena_new(a, struct memory_entry), *swap = arena_new(a, struct memory_entry);
    const char *events = stats_text(p, a, "memory.events");
    *memory = (struct memory_entry){
        .limit = number_in(p, a, "memory.max"),
        .usage = number_in(p, a, "memory.current"),
        .max = number_in(p, a, "memory.peak"),
        .failcnt = stats_field(a, events, "max", 1),
    };
    *swap = (struct memory_entry){
        .limit = sum(a, memory->limit, number_in(p, a, "memory.swap.max")),
        .usage = sum(a, memory->usage, number_in(p, a, "memory.swap.current")),
        .failcnt = stats_field(a, stats_text(p, a, "memory.swap.events"), "max", 1),
    };
    s->usage = memory;
    s->swap = swap->usage ? swap : NULL;
}

static const struct memory_stats *memory_of(struct cgroup *c, struct arena *a)
{
    const struct place *p = cgroup_place(c, CONTROLLER_MEMORY);
    if (!p)
        return NULL;
    struct memory_stats *s = arena_new(a, struct memory_stats);
    const char *text = stats_text(p, a, "memory.stat");
    s->raw = stats_fields(a, text);
    s->cache = stats_field(a, text, p->version == 2 ? "file" : "cache", 1);
    s->psi = pressure_of(c, a, "memory.pressure");
    if (p->version == 2) {
        memory_v2(p, a, s);
        return s;
    }
    s->usage = entry_v1(p, a, "");
    s->swap = entry_v1(p, a, "memsw.");
    s->kernel = entry_v1(p, a, "kmem.");
    s->kernel_tcp = entry_v1(p, a, "kmem.tcp.");
    return s;
}

static const struct pids_stats *pids_of(struct cgroup *c, struct arena *a)
{
    const struct place *p = cgroup_place(c, CONTROLLER_PIDS);
    if (!p)
        return NULL;
    struct pids_stats *s = arena_new(a, struct pids_stats);
    s->current = number_in(p, a, "pids.current");
    const uint64_t *limit = number_in(p, a, "pids.max");
    s->limit = limit && *limit != UINT64_MAX ? limit : NULL; /* readers take a missing one, or 0, for none */
    return s;
}

static const struct blkio_stats *blkio_of(struct cgroup *c, struct arena *a)
{
    const struct place *p = cgroup_place(c, CONTROLLER_IO);
    struct blkio_stats *s = arena_new(a, struct blkio_stats);
    s->psi = pressure_of(c, a, "io.pressure");
    if (!p)
        return s->psi ? s : NULL;
    if (p->version == 2) {
        const char *text = stats_text(p, a, "io.stat");
        s->service_bytes = stats_blkio_v2(a, text, "rbytes", "wbytes");
        s->serviced = stats_blkio_v2(a, text, "rios", "wios");
        return s;
    }
    bool bfq = place_has(p, "blkio.bfq.io_serviced_recursive") && !place_has(p, "blkio.throttle.io_serviced_recursive");
    const char *kind = bfq ? "bfq." : "throttle.";
    s->service_bytes = stats_blkio_v1(a, stats_text(p, a, arena_printf(a, "blkio.%sio_service_bytes_recursive", kind)));
    s->serviced = stats_blkio_v1(a, stats_text(p, a, arena_printf(a, "blkio.%sio_serviced_recursive", kind)));
    s->queued = stats_blkio_v1(a, stats_text(p, a, "blkio.bfq.io_queued_recursive"));
    s->service_time = stats_blkio_v1(a, stats_text(p, a, "blkio.bfq.io_service_time_recursive"));
    s->wait_time = stats_blkio_v1(a, stats_text(p, a, "blkio.bfq.io_wait_time_recursive"));
    s->merged = stats_blkio_v1(a, stats_text(p, a, "blkio.bfq.io_merged_recursive"));
    s->time = stats_blkio_v1(a, stats_text(p, a, "blkio.bfq.time_recursive"));
    s->sectors = stats_blkio_v1(a, stats_text(p, a, "blkio.bfq.sectors_recursive"));
    return s;
}

static int hugetlb_of(struct cgroup *c, const struct hugetlb_stats ***out, struct error *err)
{
    const struct place *p = cgroup_place(c, CONTROLLER_HUGETLB);
    struct arena *a = err->arena;
    const char **names = NULL;
    size_t count = 0;
    *out = arena_array(a, 1, sizeof(const struct hugetlb_stats *));
    scoped_fd dir = p ? open(p->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (dir < 0)
        return 0;
    if (file_list_directory(dir, &names, err) < 0)
        return -1;
    const char *end = p->version == 2 ? ".current" : ".usage_in_bytes";
    *out = arena_array(a, str_count(names) + 1, sizeof(const struct hugetlb_stats *));
    for (; *names; names++) {
        const char *size = str_after(*names, "hugetlb.");
        if (!size || !str_has_suffix(size, end) || strstr(size, ".rsvd."))
            continue;
        size = arena_strndup(a, size, strlen(size) - strlen(end));
        struct hugetlb_stats *s = arena_new(a, struct hugetlb_stats);
        s->key = size;
        s->usage = number_in(p, a, *names);
        if (p->version == 2) {
            s->failcnt = stats_field(a, stats_text(p, a, arena_printf(a, "hugetlb.%s.events", size)), "max", 1);
        } else {
            s->max = number_in(p, a, arena_printf(a, "hugetlb.%s.max_usage_in_bytes", size));
            s->failcnt = number_in(p, a, arena_printf(a, "hugetlb.%s.failcnt", size));
        }
        (*out)[count++] = s;
    }
    return 0;
}

int cgroup_stats(struct cgroup *c, struct cgroup_stats **out, struct error *err)
{
    struct arena *a = err->arena;
    struct cgroup_stats *s = arena_new(a, struct cgroup_stats);
    *out = s;
    s->network_interfaces = "null";
    if (!c)
        return 0;
    s->cpu = cpu_of(c, a);
    s->cpuset = cpuset_of(c, a);
    s->memory = memory_of(c, a);
    s->pids = pids_of(c, a);
    s->blkio = blkio_of(c, a);
    return hugetlb_of(c, &s->hugetlb, err);
}
