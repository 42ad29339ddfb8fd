#include "spec/config.h"

#include "spec/config_checks.h"
#include "spec/names.h"
#include "spec/schema.h"

#define ID_LAST (UINT32_MAX - 1)
#define ERRNO   .max = UINT16_MAX, .hint = "a number of errno(3): 1 is EPERM, 38 is ENOSYS"

// clang-format off
DEFINE_OBJECT(namespace,
    ENUM(namespace, type, "type", namespace_names, .required = true,
        .doc = "Which kind of namespace."),
    STRING(namespace, path, "path", .check = check_absolute,
        .hint = "\"/proc/PID/ns/net\" or the like to join one; leave it out for a new one",
        .doc = "The namespace to join. Default: a new one is made."));

DEFINE_OBJECT(device,
    ENUM(device, type, "type", device_type_names, .required = true,
        .doc = "c or u (character), b (block) or p (fifo)."),
    STRING(device, path, "path", .required = true, .check = check_absolute,
        .doc = "Where it is made, a path inside the container."),
    INT(device, major, "major", .min = 0, .max = UINT32_MAX,
        .doc = "The major number; needed for all but p."),
    INT(device, minor, "minor", .min = 0, .max = UINT32_MAX,
        .doc = "The minor number; needed for all but p."),
    INT(device, file_mode, "fileMode", .min = 0, .max = UINT32_MAX, .hint = "decimal: 438 is octal 0666",
        .doc = "Permissions, as a decimal number; bits of the file's type are ignored. Default: 0666 (438)."),
    INT(device, uid, "uid", .min = 0, .max = ID_LAST,
        .doc = "Its owner inside the container. Default: 0."),
    INT(device, gid, "gid", .min = 0, .max = ID_LAST,
        .doc = "Its group inside the container. Default: 0."));

DEFINE_OBJECT(time_offset,
    INT(time_offset, secs, "secs",
        .doc = "Seconds by which the clock differs from the host's."),
    INT(time_offset, nanosecs, "nanosecs", .min = 0, .max = 999999999,
        .doc = "Nanoseconds on top of secs. Default: 0."));

DEFINE_OBJECT(net_device,
    STRING(net_device, name, "name", .check = check_interface_name,
        .doc = "Its name inside the container. Default: as on the host."));

DEFINE_OBJECT(syscall_arg,
    UINT(syscall_arg, index, "index", .required = true, .max = 5,
        .doc = "Which argument of the call, 0 to 5."),
    UINT(syscall_arg, value, "value", .required = true,
        .doc = "What it is compared with; the mask for SCMP_CMP_MASKED_EQ."),
    UINT(syscall_arg, value_two, "valueTwo",
        .doc = "What the masked argument is compared with, for SCMP_CMP_MASKED_EQ. Default: 0."),
    ENUM(syscall_arg, op, "op", seccomp_operator_names, .required = true,
        .doc = "How it is compared."));

DEFINE_OBJECT(syscall_rule,
    STRINGS(syscall_rule, names, "names", .required = true, .check = check_not_empty,
        .doc = "System calls; those that this kernel or libseccomp does not know are passed over."),
    ENUM(syscall_rule, action, "action", seccomp_action_names, .required = true,
        .doc = "What happens to them."),
    UINT(syscall_rule, errno_ret, "errnoRet", ERRNO,
        .doc = "The errno of SCMP_ACT_ERRNO, or the message of SCMP_ACT_TRACE. Default: 1 (EPERM)."),
    LIST(syscall_rule, args, "args", syscall_arg,
        .doc = "Only calls whose arguments all fit are meant. Default: every call."));

DEFINE_OBJECT(seccomp,
    ENUM(seccomp, default_action, "defaultAction", seccomp_action_names, .required = true,
        .doc = "What happens to system calls that no rule names."),
    UINT(seccomp, default_errno_ret, "defaultErrnoRet", ERRNO,
        .doc = "The errno of the default action. Default: 1 (EPERM)."),
    STRINGS(seccomp, architectures, "architectures", .check = check_seccomp_arch,
        .hint = "the host's own is always among them: \"SCMP_ARCH_X86_64\", \"SCMP_ARCH_AARCH64\", …",
        .doc = "Architectures whose calls are filtered, beside the host's own."),
    SET(seccomp, flags, "flags", seccomp_flag_names, .given = offsetof(struct seccomp, has_flags),
        .doc = "Flags of seccomp(2); WAIT_KILLABLE_RECV needs Linux 5.19. Default: SECCOMP_FILTER_FLAG_SPEC_ALLOW where "
               "the kernel has it."),
    STRING(seccomp, listener_path, "listenerPath", .check = check_absolute,
        .doc = "The socket of an agent that answers calls with SCMP_ACT_NOTIFY."),
    STRING(seccomp, listener_metadata, "listenerMetadata",
        .doc = "A text that is passed on to that agent."),
    LIST(seccomp, syscalls, "syscalls", syscall_rule,
        .doc = "Rules for single system calls."));

DEFINE_OBJECT(personality,
    ENUM(personality, domain, "domain", personality_names, .required = true,
        .doc = "LINUX, or LINUX32 to look like a 32-bit kernel."),
    STRINGS(personality, flags, "flags",
        .doc = "The specification names none."));

DEFINE_OBJECT(intel_rdt,
    STRING(intel_rdt, clos_id, "closID",
        .doc = "The class of service, a directory of resctrl. Default: one of the container's own."),
    STRINGS(intel_rdt, schemata, "schemata", .check = check_one_line,
        .doc = "Lines for the schemata file of the class, written before the two below."),
    STRING(intel_rdt, l3_cache_schema, "l3CacheSchema", .check = check_one_line, .hint = "\"L3:0=7f0;1=1f\"",
        .doc = "Which ways of the L3 cache it may fill."),
    STRING(intel_rdt, mem_bw_schema, "memBwSchema", .check = check_memory_bandwidth, .hint = "\"MB:0=20;1=70\"",
        .doc = "Its share of memory bandwidth, per L3 cache."),
    BOOL(intel_rdt, enable_cmt, "enableCMT",
        .doc = "Former name of half of enableMonitoring. Default: false."),
    BOOL(intel_rdt, enable_mbm, "enableMBM",
        .doc = "Former name of half of enableMonitoring. Default: false."),
    BOOL(intel_rdt, enable_monitoring, "enableMonitoring",
        .doc = "Makes a monitoring group for the container. Default: false."));

DEFINE_OBJECT(memory_policy,
    ENUM(memory_policy, mode, "mode", memory_policy_mode_names, .required = true,
        .doc = "A mode of set_mempolicy(2); MPOL_PREFERRED_MANY needs Linux 5.15, MPOL_WEIGHTED_INTERLEAVE 6.9."),
    STRING(memory_policy, nodes, "nodes", .check = check_number_list, .hint = "\"0-1,3\"",
        .doc = "Memory nodes of the policy; none for MPOL_DEFAULT and MPOL_LOCAL."),
    SET(memory_policy, flags, "flags", memory_policy_flag_names,
        .doc = "Flags of set_mempolicy(2)."));

DEFINE_OBJECT(linux_config,
    LIST(linux_config, namespaces, "namespaces", namespace,
        .doc = "Namespaces to make or to join; of other kinds the container shares the host's."),
    LIST(linux_config, uid_mappings, "uidMappings", id_mapping,
        .doc = "User ids of the user namespace."),
    LIST(linux_config, gid_mappings, "gidMappings", id_mapping,
        .doc = "Group ids of the user namespace."),
    MAP(linux_config, time_offsets, "timeOffsets", time_offset,
        .doc = "Offsets of the clocks \"monotonic\" and \"boottime\"; needs a new time namespace."),
    LIST(linux_config, devices, "devices", device,
        .doc = "Device nodes to make, beside null, zero, full, random, urandom, tty and ptmx."),
    MAP(linux_config, net_devices, "netDevices", net_device,
        .doc = "Network interfaces of the host to move into the container, by their name on the host."),
    STRING(linux_config, cgroups_path, "cgroupsPath",
        .hint = "a path, or SLICE:PREFIX:NAME with the systemd manager",
        .doc = "The container's cgroup: a path from the top of the hierarchies, or SLICE:PREFIX:NAME for systemd. "
               "Default: one named after the container."),
    OBJECT(linux_config, resources, "resources", resources,
        .doc = "Limits of the container's cgroup."),
    MAP(linux_config, sysctl, "sysctl", pair,
        .doc = "Kernel parameters of the container's own namespaces: \"net.ipv4.ip_forward\": \"1\"."),
    OBJECT(linux_config, seccomp, "seccomp", seccomp,
        .doc = "Which system calls the container may make. Default: all."),
    ENUM(linux_config, rootfs_propagation, "rootfsPropagation", rootfs_propagation_names,
        .doc = "Whether mounts pass between the host and the container's root. Default: private."),
    STRINGS(linux_config, masked_paths, "maskedPaths", .check = check_absolute,
        .doc = "Paths inside the container that cannot be read; those that do not exist are passed over."),
    STRINGS(linux_config, readonly_paths, "readonlyPaths", .check = check_absolute,
        .doc = "Paths inside the container that cannot be written; those that do not exist are passed over."),
    STRING(linux_config, mount_label, "mountLabel",
        .doc = "The SELinux context of files in the container's mounts."),
    OBJECT(linux_config, intel_rdt, "intelRdt", intel_rdt,
        .doc = "Shares of cache and memory bandwidth, by Intel's Resource Director Technology."),
    OBJECT(linux_config, memory_policy, "memoryPolicy", memory_policy,
        .doc = "The NUMA policy of the container's memory."),
    OBJECT(linux_config, personality, "personality", personality,
        .doc = "The execution domain of personality(2)."));
// clang-format on
