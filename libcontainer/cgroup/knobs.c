#include "libcontainer/cgroup/knobs.h"
#include "libcontainer/cgroup/internal.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "libcontainer/cgroup/knob_list.h"
#include "spec/config.h"
#include <stddef.h>
#include <string.h>

enum kind {
    KIND_NUMBER,
    KIND_FLAG,
    KIND_TEXT
};

/* A member with one value. An absent one writes nothing, and neither does 0 where it means "not set". */
struct row {
    const char *path; /* below linux.resources */
    int controller;
    const char *v1, *v2;   /* the file; NULL: what to_v1, to_v2 say of it */
    size_t object, member; /* offset in struct resources, and in that object */
    enum kind kind;
    /* The text to write, or NULL: nothing, or l->failed is set. NULL: the number or text itself. */
    const char *(*text)(struct knob_listing *l, const struct row *row, int64_t value, int version);
    bool late;
    bool lenient;
};

struct knob_write *knob_add(struct knob_listing *l, int controller, int version, const char *file, const char *text)
{
    if (l->count + 1 >= l->room) {
        size_t room = l->room ? l->room * 2 : 16;
        struct knob_write *list = arena_array(l->err->arena, room, sizeof *list);
        if (l->count)
            memcpy(list, l->list, l->count * sizeof *list);
        l->list = list;
        l->room = room;
    }
    struct knob_write *w = &l->list[l->count++];
    *w = (struct knob_write){.controller = controller, .version = version, .file = file, .text = text};
    return w;
}

int knob_version(struct knob_listing *l, int controller, const char *path)
{
    int version = l->host->version(l->host->data, controller);
    if (version)
        return version;
    const char *name = controller_name((enum controller)controller, 1);
    const char *where = l->host->where;
    fail(l->err, ERR_NOT_SUPPORTED, "the requested cgroup controller \"%s\" is not available %s", name,
         where ? arena_printf(l->err->arena, "in %s", where) : "on this host");
    error_at(l->err, "linux.resources.%s", path);
    if (where)
        error_hint(l->err, "who owns the cgroup above must delegate it: cgroup.subtree_control, or Delegate=yes of the "
                           "systemd unit; or take this limit out");
    else
        error_hint(l->err, "take this limit out, or mount the controller (is it in /proc/cgroups, and enabled?)");
    l->failed = true;
    return 0;
}

void knob_refuse(struct knob_listing *l, const char *path, const char *why)
{
    fail(l->err, ERR_NOT_SUPPORTED, "%s cannot be set on cgroup v2: %s", path, why);
    error_at(l->err, "linux.resources.%s", path);
    error_hint(l->err, "take it out of the config");
    l->failed = true;
}

static const char *number(struct knob_listing *l, int64_t value)
{
    return arena_printf(l->err->arena, "%lld", (long long)value);
}

static const char *limit_text(struct knob_listing *l, const struct row *row, int64_t value, int version)
{
    (void)row;
    if (value == 0)
        return NULL;
    return value < 0 ? (version == 2 ? "max" : "-1") : number(l, value);
}

static const char *pids_text(struct knob_listing *l, const struct row *row, int64_t value, int version)
{
    (void)row;
    (void)version;
    return value < 0 ? "max" : number(l, value);
}

/* True when the container already uses more than the new limit and asked to be spared the OOM killer. */
static bool uses_more(struct knob_listing *l, int64_t value)
{
    const struct memory *m = l->r->memory;
    if (!m->check_before_update || !*m->check_before_update || !l->host->read || value <= 0)
        return false;
    const char *current = l->host->read(l->host->data, CONTROLLER_MEMORY, "memory.current");
    uint64_t used;
    if (!current || !str_to_uint(current, UINT64_MAX, &used) || used <= (uint64_t)value)
        return false;
    char limit[48], usage[48];
    fail_config(l->err, "linux.resources.memory.limit",
                "memory limit %s is below the %s that the container already uses", bytes_text(limit, (uint64_t)value),
                bytes_text(usage, used));
    error_hint(l->err, "free memory in the container first, or leave out checkBeforeUpdate");
    l->failed = true;
    return true;
}

static const char *memory_limit_text(struct knob_listing *l, const struct row *row, int64_t value, int version)
{
    if (version == 2 && uses_more(l, value))
        return NULL;
    const struct memory *m = l->r->memory;
    if (value == -1 && (!m->swap || *m->swap == 0)) {
        const char *file = version == 2 ? "memory.swap.max" : "memory.memsw.limit_in_bytes";
        struct knob_write *w = knob_add(l, CONTROLLER_MEMORY, version, file, version == 2 ? "max" : "-1");
        w->path = "linux.resources.memory.swap";
        w->vain = true;
    }
    return limit_text(l, row, value, version);
}

static const char *swap_text(struct knob_listing *l, const struct row *row, int64_t value, int version)
{
    (void)row;
    if (value == 0 || version == 1)
        return value == 0 ? NULL : value < 0 ? "-1" : number(l, value);
    const int64_t *limit = l->r->memory->limit;
    int64_t present, swap;
    if (!limit && l->host->read) {
        const char *text = l->host->read(l->host->data, CONTROLLER_MEMORY, "memory.max");
        if (text && str_to_int(text, 0, INT64_MAX, &present))
            limit = &present;
    }
    if (swap_to_v2(value, limit, &swap, l->err) < 0) {
        l->failed = true;
        return NULL;
    }
    return swap < 0 ? "max" : number(l, swap);
}

static const char *kernel_text(struct knob_listing *l, const struct row *row, int64_t value, int version)
{
    (void)l;
    (void)version;
    if (value > 0)
        log_warning("%s is ignored: the kernel has no such limit of its own any more", row->path);
    return NULL;
}

static const char *kernel_tcp_text(struct knob_listing *l, const struct row *row, int64_t value, int version)
{
    if (version == 1)
        return limit_text(l, row, value, version);
    if (value > 0)
        log_warning("%s is ignored: on cgroup v2 socket memory counts as memory", row->path);
    return NULL;
}

static const char *swappiness_text(struct knob_listing *l, const struct row *row, int64_t value, int version)
{
    if (version == 1)
        return number(l, value);
    knob_refuse(l, row->path, "it has no swappiness for each cgroup");
    return NULL;
}

static const char *oom_killer_text(struct knob_listing *l, const struct row *row, int64_t value, int version)
{
    if (version == 1)
        return value || l->host->read ? number(l, value) : NULL; /* a new cgroup has 0 */
    if (value)
        knob_refuse(l, row->path, "its OOM killer cannot be switched off");
    return NULL;
}

static const char *hierarchy_text(struct knob_listing *l, const struct row *row, int64_t value, int version)
{
    (void)l;
    if (!value)
        log_warning("%s is ignored: the kernel accounts memory hierarchically, always", row->path);
    return value && version == 1 ? "1" : NULL;
}

/* cpu.idle fixes the weight: whoever asks for it cannot also set shares. */
static const char *shares_text(struct knob_listing *l, const struct row *row, int64_t value, int version)
{
    (void)row;
    if (value == 0 || (l->r->cpu->idle && *l->r->cpu->idle == 1))
        return NULL;
    return number(l, version == 2 ? (int64_t)cpu_weight_of_shares((uint64_t)value) : value);
}

static const char *period_text(struct knob_listing *l, const struct row *row, int64_t value, int version)
{
    (void)row;
    if (value == 0)
        return NULL;
    if (version == 1)
        return number(l, value);
    if (l->r->cpu->quota && *l->r->cpu->quota != 0)
        return NULL; /* quota writes both */
    const char *present = l->host->read ? l->host->read(l->host->data, CONTROLLER_CPU, "cpu.max") : NULL;
    int quota_length = present ? (int)strcspn(present, " \n") : 3;
    return arena_printf(l->err->arena, "%.*s %lld", quota_length, present ? present : "max", (long long)value);
}

static const char *quota_text(struct knob_listing *l, const struct row *row, int64_t value, int version)
{
    (void)row;
    if (value == 0)
        return NULL;
    if (version == 1)
        return value < 0 ? "-1" : number(l, value);
    const char *quota = value < 0 ? "max" : number(l, value);
    const uint64_t *period = l->r->cpu->period;
    if (!period || *period == 0)
        return quota; /* the kernel keeps the period */
    return arena_printf(l->err->arena, "%s %llu", quota, (unsigned long long)*period);
}

static const char *realtime_text(struct knob_listing *l, const struct row *row, int64_t value, int version)
{
    if (value == 0)
        return NULL;
    if (version == 1)
        return number(l, value);
    knob_refuse(l, row->path, "it has no limits for realtime tasks");
    return NULL;
}

/* clang-format off */
#define ROW(o, m, T) .object = offsetof(struct resources, o), .member = offsetof(struct T, m)
static const struct row rows[] = {
    {"memory.limit", CONTROLLER_MEMORY, "memory.limit_in_bytes", "memory.max", ROW(memory, limit, memory), .text = memory_limit_text},
    {"memory.swap", CONTROLLER_MEMORY, "memory.memsw.limit_in_bytes", "memory.swap.max", ROW(memory, swap, memory), .text = swap_text, .lenient = true},
    {"memory.reservation", CONTROLLER_MEMORY, "memory.soft_limit_in_bytes", "memory.low", ROW(memory, reservation, memory), .text = limit_text},
    {"memory.kernel", CONTROLLER_MEMORY, NULL, NULL, ROW(memory, kernel, memory), .text = kernel_text},
    {"memory.kernelTCP", CONTROLLER_MEMORY, "memory.kmem.tcp.limit_in_bytes", NULL, ROW(memory, kernel_tcp, memory), .text = kernel_tcp_text},
    {"memory.swappiness", CONTROLLER_MEMORY, "memory.swappiness", NULL, ROW(memory, swappiness, memory), .text = swappiness_text},
    {"memory.disableOOMKiller", CONTROLLER_MEMORY, "memory.oom_control", NULL, ROW(memory, disable_oom_killer, memory), KIND_FLAG, .text = oom_killer_text},
    {"memory.useHierarchy", CONTROLLER_MEMORY, "memory.use_hierarchy", NULL, ROW(memory, use_hierarchy, memory), KIND_FLAG, .text = hierarchy_text, .lenient = true},
    {"cpu.idle", CONTROLLER_CPU, "cpu.idle", "cpu.idle", ROW(cpu, idle, cpu)},
    {"cpu.shares", CONTROLLER_CPU, "cpu.shares", "cpu.weight", ROW(cpu, shares, cpu), .text = shares_text},
    {"cpu.period", CONTROLLER_CPU, "cpu.cfs_period_us", "cpu.max", ROW(cpu, period, cpu), .text = period_text},
    {"cpu.quota", CONTROLLER_CPU, "cpu.cfs_quota_us", "cpu.max", ROW(cpu, quota, cpu), .text = quota_text},
    {"cpu.burst", CONTROLLER_CPU, "cpu.cfs_burst_us", "cpu.max.burst", ROW(cpu, burst, cpu)},
    {"cpu.realtimePeriod", CONTROLLER_CPU, "cpu.rt_period_us", NULL, ROW(cpu, realtime_period, cpu), .text = realtime_text},
    {"cpu.realtimeRuntime", CONTROLLER_CPU, "cpu.rt_runtime_us", NULL, ROW(cpu, realtime_runtime, cpu), .text = realtime_text},
    {"cpu.cpus", CONTROLLER_CPUSET, "cpuset.cpus", "cpuset.cpus", ROW(cpu, cpus, cpu), KIND_TEXT},
    {"cpu.mems", CONTROLLER_CPUSET, "cpuset.mems", "cpuset.mems", ROW(cpu, mems, cpu), KIND_TEXT},
    {"pids.limit", CONTROLLER_PIDS, "pids.max", "pids.max", ROW(pids, limit, pids), .text = pids_text, .late = true},
};
/* clang-format on */

/* False when the member is absent; else its value, or its text. */
static bool row_value(const struct row *row, const struct resources *r, int64_t *out_value, const char **out_text)
{
    const char *object = *(const char *const *)((const char *)r + row->object);
    if (!object)
        return false;
    const void *slot = *(const void *const *)(object + row->member);
    if (!slot)
        return false;
    *out_text = NULL;
    *out_value = 0;
    if (row->kind == KIND_TEXT) {
        const char *text = slot;
        *out_text = text;
        return *text;
    }
    *out_value = row->kind == KIND_FLAG ? *(const bool *)slot : *(const int64_t *)slot;
    return true;
}

/* What asks for nothing needs no controller: "unlimited", and 0 where the specification's users mean "not set". */
static bool asks_nothing(const struct row *row, int64_t value, const char *text)
{
    bool zero_counts = row->controller == CONTROLLER_PIDS || str_equal(row->path, "memory.swappiness");
    return !text && (value < 0 || (value == 0 && !zero_counts));
}

static void list_row(struct knob_listing *l, const struct row *row)
{
    int64_t value;
    const char *text;
    if (!row_value(row, l->r, &value, &text))
        return;
    if (asks_nothing(row, value, text) && !l->host->version(l->host->data, row->controller))
        return;
    int version = knob_version(l, row->controller, row->path);
    if (!version)
        return;
    if (!text)
        text = row->text ? row->text(l, row, value, version) : number(l, value);
    const char *file = version == 2 ? row->v2 : row->v1;
    if (l->failed || !text || !file)
        return;
    struct knob_write *w = knob_add(l, row->controller, version, file, text);
    w->path = arena_printf(l->err->arena, "linux.resources.%s", row->path);
    w->late = row->late;
    w->lenient = row->lenient;
    w->vain = !l->host->read && asks_nothing(row, value, row->kind == KIND_TEXT ? text : NULL);
}

int knobs_list(const struct resources *r, const struct knob_host *host, struct knob_write **out, struct error *err)
{
    struct knob_listing l = {.r = r, .host = host, .err = err};
    for (size_t i = 0; r && i < ARRAY_SIZE(rows) && !l.failed; i++)
        list_row(&l, &rows[i]);
    if (r && !l.failed)
        knob_list_tables(&l);
    if (l.failed)
        return -1;
    knob_add(&l, 0, 0, NULL, NULL);
    *out = l.list;
    return 0;
}
