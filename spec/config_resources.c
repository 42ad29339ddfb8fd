#include "spec/config.h"

#include "spec/config_checks.h"
#include "spec/schema.h"

#define DEVICE_NUMBER .min = -1, .max = UINT32_MAX
#define BYTES         .min = -1, .max = INT64_MAX, .hint = "bytes, as a number: 1073741824; -1 for no limit"

// clang-format off
DEFINE_OBJECT(device_rule,
    BOOL(device_rule, allow, "allow", .required = true,
        .doc = "Allows or denies; the last rule that fits counts."),
    STRING(device_rule, type, "type", .check = check_device_rule_type,
        .doc = "c (character), b (block) or a (both). Default: a."),
    INT(device_rule, major, "major", DEVICE_NUMBER,
        .doc = "The major number. Default: -1, any."),
    INT(device_rule, minor, "minor", DEVICE_NUMBER,
        .doc = "The minor number. Default: -1, any."),
    STRING(device_rule, access, "access", .check = check_device_access, .hint = "\"rwm\"",
        .doc = "Letters of r (read), w (write), m (mknod). Default: all."));

DEFINE_OBJECT(memory,
    INT(memory, limit, "limit", BYTES,
        .doc = "Bytes of memory that the container may use; -1 removes the limit."),
    INT(memory, reservation, "reservation", BYTES,
        .doc = "Bytes that the kernel tries to leave to it when memory is scarce."),
    INT(memory, swap, "swap", BYTES,
        .doc = "Bytes of memory plus swap; -1 removes the limit. Needs limit."),
    INT(memory, kernel, "kernel", BYTES,
        .doc = "Deprecated, of no effect: the kernel has no such limit any more."),
    INT(memory, kernel_tcp, "kernelTCP", BYTES,
        .doc = "Deprecated: bytes of buffers for TCP; cgroup v1 only."),
    UINT(memory, swappiness, "swappiness", .max = 100,
        .doc = "0 to 100: how readily the kernel swaps; cgroup v1 only."),
    FLAG(memory, disable_oom_killer, "disableOOMKiller",
        .doc = "Makes processes wait instead of being killed at the limit; cgroup v1 only. Default: false."),
    FLAG(memory, use_hierarchy, "useHierarchy",
        .doc = "Counts the memory of cgroups below; cgroup v1 only, where every kernel of today does."),
    FLAG(memory, check_before_update, "checkBeforeUpdate",
        .doc = "Makes update refuse a limit below what is in use. Default: false."));

DEFINE_OBJECT(cpu,
    UINT(cpu, shares, "shares",
        .doc = "Weight against other cgroups, 2 to 262144. Default: 1024."),
    INT(cpu, quota, "quota", .min = -1, .max = INT64_MAX,
        .doc = "Microseconds of processor time in each period, over all processors; -1 removes the limit."),
    UINT(cpu, burst, "burst", .since = "5.14",
        .doc = "Microseconds of unused quota that may be saved up. Default: 0."),
    UINT(cpu, period, "period",
        .doc = "Microseconds of a period, 1000 to 1000000. Default: 100000."),
    INT(cpu, realtime_runtime, "realtimeRuntime", .min = -1, .max = INT64_MAX,
        .doc = "Microseconds for real-time processes in each realtimePeriod; cgroup v1 only."),
    UINT(cpu, realtime_period, "realtimePeriod",
        .doc = "Microseconds of a period for real-time processes; cgroup v1 only."),
    STRING(cpu, cpus, "cpus", .check = check_number_list, .hint = "\"0-3,7\"",
        .doc = "Processors that the container may run on. Default: all."),
    STRING(cpu, mems, "mems", .check = check_number_list, .hint = "\"0-3,7\"",
        .doc = "Memory nodes that it may use. Default: all."),
    INT(cpu, idle, "idle", .min = 0, .max = 1, .since = "5.15",
        .doc = "1: runs only when nothing else wants to. Default: 0."));

DEFINE_OBJECT(pids,
    INT(pids, limit, "limit", .min = -1, .max = INT64_MAX,
        .doc = "How many processes and threads there may be; -1 removes the limit."));

#define DEVICE_MEMBERS(T) \
    INT(T, major, "major", .required = true, .min = 0, .max = UINT32_MAX, .doc = "The device's major number."), \
    INT(T, minor, "minor", .required = true, .min = 0, .max = UINT32_MAX, .doc = "The device's minor number.")

/* Engines write 0 for "not given". */
#define WEIGHT .max = 1000, .hint = "10 to 1000"

DEFINE_OBJECT(weight_device,
    DEVICE_MEMBERS(weight_device),
    UINT(weight_device, weight, "weight", WEIGHT,
        .doc = "Weight on this device, 10 to 1000."),
    UINT(weight_device, leaf_weight, "leafWeight", WEIGHT,
        .doc = "Weight against cgroups below; of no effect, no kernel of today has it."));

DEFINE_OBJECT(throttle_device,
    DEVICE_MEMBERS(throttle_device),
    UINT(throttle_device, rate, "rate", .required = true,
        .doc = "Bytes, or operations, per second; 0 removes the limit."));

DEFINE_OBJECT(block_io,
    UINT(block_io, weight, "weight", WEIGHT,
        .doc = "Weight of disk accesses against other cgroups, 10 to 1000."),
    UINT(block_io, leaf_weight, "leafWeight", WEIGHT,
        .doc = "Weight against cgroups below; of no effect, no kernel of today has it."),
    LIST(block_io, weight_device, "weightDevice", weight_device,
        .doc = "Weights on single devices."),
    LIST(block_io, throttle_read_bps_device, "throttleReadBpsDevice", throttle_device,
        .doc = "Bytes per second that may be read from single devices."),
    LIST(block_io, throttle_write_bps_device, "throttleWriteBpsDevice", throttle_device,
        .doc = "Bytes per second that may be written to single devices."),
    LIST(block_io, throttle_read_iops_device, "throttleReadIOPSDevice", throttle_device,
        .doc = "Reads per second from single devices."),
    LIST(block_io, throttle_write_iops_device, "throttleWriteIOPSDevice", throttle_device,
        .doc = "Writes per second to single devices."));

DEFINE_OBJECT(hugepage_limit,
    STRING(hugepage_limit, page_size, "pageSize", .required = true, .check = check_page_size,
        .doc = "A size of /sys/kernel/mm/hugepages, such as 2MB."),
    UINT(hugepage_limit, limit, "limit", .required = true,
        .doc = "Bytes in pages of that size."));

DEFINE_OBJECT(interface_priority,
    STRING(interface_priority, name, "name", .required = true,
        .doc = "A network interface of the host."),
    UINT(interface_priority, priority, "priority", .required = true, .max = UINT32_MAX,
        .doc = "The priority of traffic that leaves there."));

DEFINE_OBJECT(network,
    UINT(network, class_id, "classID", .max = UINT32_MAX,
        .doc = "The class that tc(8) sees on the container's packets; cgroup v1 only."),
    LIST(network, priorities, "priorities", interface_priority,
        .doc = "Priorities by network interface; cgroup v1 only."));

DEFINE_OBJECT(rdma,
    UINT(rdma, hca_handles, "hcaHandles", .max = UINT32_MAX,
        .doc = "How many handles of the device may be open. Default: no limit."),
    UINT(rdma, hca_objects, "hcaObjects", .max = UINT32_MAX,
        .doc = "How many objects of the device may be made. Default: no limit."));

DEFINE_OBJECT(resources,
    LIST(resources, devices, "devices", device_rule,
        .doc = "Which devices may be used; the last rule that fits counts."),
    OBJECT(resources, memory, "memory", memory,
        .doc = "Limits of memory."),
    OBJECT(resources, cpu, "cpu", cpu,
        .doc = "Shares of processor time, and processors to run on."),
    OBJECT(resources, pids, "pids", pids,
        .doc = "The limit of processes."),
    OBJECT(resources, block_io, "blockIO", block_io,
        .doc = "Weights and limits of disk accesses."),
    LIST(resources, hugepage_limits, "hugepageLimits", hugepage_limit,
        .doc = "Limits of huge pages, by their size."),
    OBJECT(resources, network, "network", network,
        .doc = "Marks on network traffic; cgroup v1 only."),
    MAP(resources, rdma, "rdma", rdma,
        .doc = "Limits of RDMA devices, by their name."),
    MAP(resources, unified, "unified", pair,
        .doc = "Files of the container's cgroup v2 and what to write to them: \"memory.high\": \"1G\"."));
// clang-format on
