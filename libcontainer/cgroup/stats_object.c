#include "libcontainer/cgroup/stats.h"

#include "spec/schema.h"

extern const struct object stat_value_object, pressure_line_object, pressure_object, cpu_usage_object,
    cpu_throttling_object, cpu_stats_object, cpuset_stats_object, memory_entry_object, memory_stats_object,
    pids_stats_object, hugetlb_stats_object, blkio_entry_object, blkio_stats_object, rdt_stats_object;

// clang-format off
DEFINE_OBJECT(stat_value,
    UINT(stat_value, value, ""));

DEFINE_OBJECT(pressure_line,
    RAW(pressure_line, avg10, "avg10"),
    RAW(pressure_line, avg60, "avg60"),
    RAW(pressure_line, avg300, "avg300"),
    UINT(pressure_line, total, "total"));

DEFINE_OBJECT(pressure,
    OBJECT(pressure, some, "some", pressure_line),
    OBJECT(pressure, full, "full", pressure_line));

DEFINE_OBJECT(cpu_usage,
    UINT(cpu_usage, total, "total"),
    UINTS(cpu_usage, percpu, "percpu"),
    UINTS(cpu_usage, percpu_kernel, "percpu_kernel"),
    UINTS(cpu_usage, percpu_user, "percpu_user"),
    UINT(cpu_usage, kernel, "kernel"),
    UINT(cpu_usage, user, "user"));

DEFINE_OBJECT(cpu_throttling,
    UINT(cpu_throttling, periods, "periods"),
    UINT(cpu_throttling, throttled_periods, "throttledPeriods"),
    UINT(cpu_throttling, throttled_time, "throttledTime"));

DEFINE_OBJECT(cpu_stats,
    OBJECT(cpu_stats, usage, "usage", cpu_usage),
    OBJECT(cpu_stats, throttling, "throttling", cpu_throttling),
    OBJECT(cpu_stats, psi, "psi", pressure));

DEFINE_OBJECT(cpuset_stats,
    UINTS(cpuset_stats, cpus, "cpus"),
    UINT(cpuset_stats, cpu_exclusive, "cpu_exclusive"),
    UINTS(cpuset_stats, mems, "mems"),
    UINT(cpuset_stats, mem_hardwall, "mem_hardwall"),
    UINT(cpuset_stats, mem_exclusive, "mem_exclusive"),
    UINT(cpuset_stats, memory_migrate, "memory_migrate"),
    UINT(cpuset_stats, memory_spread_page, "memory_spread_page"),
    UINT(cpuset_stats, memory_spread_slab, "memory_spread_slab"),
    UINT(cpuset_stats, memory_pressure, "memory_pressure"),
    UINT(cpuset_stats, sched_load_balance, "sched_load_balance"),
    INT(cpuset_stats, sched_relax_domain_level, "sched_relax_domain_level"));

DEFINE_OBJECT(memory_entry,
    UINT(memory_entry, limit, "limit"),
    UINT(memory_entry, usage, "usage"),
    UINT(memory_entry, max, "max"),
    UINT(memory_entry, failcnt, "failcnt"));

DEFINE_OBJECT(memory_stats,
    UINT(memory_stats, cache, "cache"),
    OBJECT(memory_stats, usage, "usage", memory_entry),
    OBJECT(memory_stats, swap, "swap", memory_entry),
    OBJECT(memory_stats, kernel, "kernel", memory_entry),
    OBJECT(memory_stats, kernel_tcp, "kernelTCP", memory_entry),
    MAP(memory_stats, raw, "raw", stat_value),
    OBJECT(memory_stats, psi, "psi", pressure));

DEFINE_OBJECT(pids_stats,
    UINT(pids_stats, current, "current"),
    UINT(pids_stats, limit, "limit"));

DEFINE_OBJECT(hugetlb_stats,
    UINT(hugetlb_stats, usage, "usage"),
    UINT(hugetlb_stats, max, "max"),
    UINT(hugetlb_stats, failcnt, "failcnt"));

DEFINE_OBJECT(blkio_entry,
    UINT(blkio_entry, major, "major"),
    UINT(blkio_entry, minor, "minor"),
    STRING(blkio_entry, op, "op"),
    UINT(blkio_entry, value, "value"));

DEFINE_OBJECT(blkio_stats,
    LIST(blkio_stats, service_bytes, "ioServiceBytesRecursive", blkio_entry),
    LIST(blkio_stats, serviced, "ioServicedRecursive", blkio_entry),
    LIST(blkio_stats, queued, "ioQueueRecursive", blkio_entry),
    LIST(blkio_stats, service_time, "ioServiceTimeRecursive", blkio_entry),
    LIST(blkio_stats, wait_time, "ioWaitTimeRecursive", blkio_entry),
    LIST(blkio_stats, merged, "ioMergedRecursive", blkio_entry),
    LIST(blkio_stats, time, "ioTimeRecursive", blkio_entry),
    LIST(blkio_stats, sectors, "sectorsRecursive", blkio_entry),
    OBJECT(blkio_stats, psi, "psi", pressure));

DEFINE_OBJECT(rdt_stats,
    RAW(rdt_stats, l3_cache_info, "l3_cache_info"),
    STRING(rdt_stats, l3_cache_schema_root, "l3_cache_schema_root"),
    STRING(rdt_stats, l3_cache_schema, "l3_cache_schema"),
    RAW(rdt_stats, mem_bw_info, "mem_bw_info"),
    STRING(rdt_stats, mem_bw_schema_root, "mem_bw_schema_root"),
    STRING(rdt_stats, mem_bw_schema, "mem_bw_schema"),
    STRING(rdt_stats, schemata, "schemata"),
    RAW(rdt_stats, mbm_stats, "mbm_stats"),
    RAW(rdt_stats, cmt_stats, "cmt_stats"));

DEFINE_OBJECT(cgroup_stats,
    OBJECT(cgroup_stats, cpu, "cpu", cpu_stats),
    OBJECT(cgroup_stats, cpuset, "cpuset", cpuset_stats),
    OBJECT(cgroup_stats, memory, "memory", memory_stats),
    OBJECT(cgroup_stats, pids, "pids", pids_stats),
    OBJECT(cgroup_stats, blkio, "blkio", blkio_stats),
    MAP(cgroup_stats, hugetlb, "hugetlb", hugetlb_stats, .keep_empty = true),
    OBJECT(cgroup_stats, intel_rdt, "intel_rdt", rdt_stats),
    RAW(cgroup_stats, network_interfaces, "network_interfaces"));
