/* stats.h - what a container uses, in the shape that `events` prints. Absent members are NULL: the
 * controller is not there. Times are nanoseconds, sizes bytes; a limit that there is not is 2^64-1. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct object;

struct stat_value {
    const char *key;
    const uint64_t *value;
};
struct pressure_line {
    const char *avg10, *avg60, *avg300; /* percent, as the kernel writes it */
    const uint64_t *total;              /* microseconds */
};
struct pressure {
    const struct pressure_line *some, *full;
};
struct cpu_usage {
    const uint64_t *total, *kernel, *user;
    const uint64_t **percpu, **percpu_kernel, **percpu_user;
};
struct cpu_throttling {
    const uint64_t *periods, *throttled_periods, *throttled_time;
};
struct cpu_stats {
    const struct cpu_usage *usage;
    const struct cpu_throttling *throttling;
    const struct pressure *psi;
};
struct cpuset_stats {
    const uint64_t **cpus, **mems;
    const uint64_t *cpu_exclusive, *mem_exclusive, *mem_hardwall, *memory_migrate, *memory_spread_page,
        *memory_spread_slab, *memory_pressure, *sched_load_balance;
    const int64_t *sched_relax_domain_level;
};
struct memory_entry {
    const uint64_t *limit, *usage, *max, *failcnt;
};
struct memory_stats {
    const uint64_t *cache;
    const struct memory_entry *usage, *swap, *kernel, *kernel_tcp;
    const struct stat_value **raw;
    const struct pressure *psi;
};
struct pids_stats {
    const uint64_t *current, *limit;
};
struct hugetlb_stats {
    const char *key; /* "2MB" */
    const uint64_t *usage, *max, *failcnt;
};
struct blkio_entry {
    const uint64_t *major, *minor, *value;
    const char *op;
};
struct blkio_stats {
    const struct blkio_entry **service_bytes, **serviced, **queued, **service_time, **wait_time, **merged, **time,
        **sectors;
    const struct pressure *psi;
};
struct rdt_stats {
    const char *l3_cache_info, *mem_bw_info; /* JSON */
    const char *l3_cache_schema_root, *mem_bw_schema_root, *l3_cache_schema, *mem_bw_schema, *schemata;
    const char *mbm_stats, *cmt_stats; /* JSON */
};
struct cgroup_stats {
    const struct cpu_stats *cpu;
    const struct cpuset_stats *cpuset;
    const struct memory_stats *memory;
    const struct pids_stats *pids;
    const struct blkio_stats *blkio;
    const struct hugetlb_stats **hugetlb;
    const struct rdt_stats *intel_rdt;
    const char *network_interfaces; /* JSON: null, the network is not davit's to count */
};

extern const struct object cgroup_stats_object;
