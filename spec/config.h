/* config.h - the OCI config (runtime-spec 1.3, the members that concern Linux) as C structs.
 *
 * An absent member is NULL (false, 0 for a set); lists are NULL-terminated and never NULL. Units and meaning follow
 * the specification; each struct names its section. The rows are in config_*.c. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct error;
struct object;

/* A map's entry of text: annotations, sysctl, unified, mount data. */
struct pair {
    const char *key, *value;
};

/* config.md#process */
struct console_size {
    const uint64_t *height, *width; /* characters */
};
struct user {
    const int64_t *uid, *gid;
    const int64_t *umask;
    const uint64_t **additional_gids;
    const char *username; /* not for Linux; kept, no effect */
};
struct capabilities { /* masks of 1 << CAP_x */
    uint64_t effective, bounding, inheritable, permitted, ambient;
};
struct rlimit {
    const int64_t *type; /* RLIMIT_x */
    const uint64_t *soft, *hard;
};
struct scheduler {
    const int64_t *policy; /* SCHED_x of sched.h */
    const int64_t *nice;   /* -20..19 */
    const int64_t *priority;
    uint64_t flags;                              /* masks of 1 << enum: see names.h */
    const uint64_t *runtime, *deadline, *period; /* nanoseconds */
};
struct io_priority {
    const int64_t *class_;   /* IOPRIO_CLASS_x */
    const int64_t *priority; /* 0..7 */
};
struct exec_cpu_affinity {
    const char *initial, *final; /* "0-3,7" */
};
struct process {
    bool terminal;
    const struct console_size *console_size;
    const struct user *user;
    const char **args;
    const char *command_line; /* Windows; kept, no effect */
    const char **env;
    const char *cwd;
    const struct capabilities *capabilities;
    const struct rlimit **rlimits;
    bool no_new_privileges;
    const char *apparmor_profile;
    const int64_t *oom_score_adj;
    const char *selinux_label;
    const struct io_priority *io_priority;
    const struct scheduler *scheduler;
    const struct exec_cpu_affinity *exec_cpu_affinity;
};

/* config.md#root, #mounts */
struct root {
    const char *path;
    bool readonly;
};
struct id_mapping {
    const int64_t *container_id, *host_id, *size;
};
struct mount {
    const char *destination, *type, *source;
    const char **options;
    const struct id_mapping **uid_mappings, **gid_mappings;
};

/* What `davit mounts` reads. */
struct mount_list {
    const struct mount **mounts;
};

/* config.md#posix-platform-hooks */
struct hook {
    const char *path;
    const char **args, **env;
    const int64_t *timeout; /* seconds */
};
struct hooks {
    const struct hook **prestart, **create_runtime, **create_container, **start_container, **poststart, **poststop;
};

/* config-linux.md#namespaces, #devices */
struct namespace
{
    const int64_t *type; /* CLONE_NEWx */
    const char *path;
};
struct device {
    const int64_t *type; /* 'c', 'b', 'u', 'p' */
    const char *path;
    const int64_t *major, *minor;
    const int64_t *file_mode;
    const int64_t *uid, *gid;
};
struct time_offset {
    const char *key; /* "monotonic" or "boottime" */
    const int64_t *secs;
    const int64_t *nanosecs;
};
struct net_device {
    const char *key; /* its name on the host */
    const char *name;
};

/* config-linux.md#control-groups */
struct device_rule {
    bool allow;
    const char *type; /* "a", "b", "c" */
    const int64_t *major, *minor;
    const char *access; /* of "rwm" */
};
struct memory {
    const int64_t *limit, *reservation, *swap, *kernel, *kernel_tcp; /* bytes, -1: none; swap: memory plus swap */
    const uint64_t *swappiness;                                      /* 0..100 */
    const bool *disable_oom_killer;
    const bool *use_hierarchy;
    const bool *check_before_update;
};
struct cpu {
    const uint64_t *shares;
    const int64_t *quota;   /* microseconds per period */
    const uint64_t *burst;  /* microseconds */
    const uint64_t *period; /* microseconds */
    const int64_t *realtime_runtime;
    const uint64_t *realtime_period;
    const char *cpus, *mems;
    const int64_t *idle;
};
struct pids {
    const int64_t *limit;
};
struct weight_device {
    const int64_t *major, *minor;
    const uint64_t *weight, *leaf_weight; /* 10..1000 */
};
struct throttle_device {
    const int64_t *major, *minor;
    const uint64_t *rate; /* bytes or operations per second */
};
struct block_io {
    const uint64_t *weight, *leaf_weight;
    const struct weight_device **weight_device;
    const struct throttle_device **throttle_read_bps_device, **throttle_write_bps_device;
    const struct throttle_device **throttle_read_iops_device, **throttle_write_iops_device;
};
struct hugepage_limit {
    const char *page_size; /* "2MB" */
    const uint64_t *limit; /* bytes */
};
struct interface_priority {
    const char *name;
    const uint64_t *priority;
};
struct network {
    const uint64_t *class_id;
    const struct interface_priority **priorities;
};
struct rdma {
    const char *key; /* device name */
    const uint64_t *hca_handles, *hca_objects;
};
struct resources {
    const struct device_rule **devices;
    const struct memory *memory;
    const struct cpu *cpu;
    const struct pids *pids;
    const struct block_io *block_io;
    const struct hugepage_limit **hugepage_limits;
    const struct network *network;
    const struct rdma **rdma;
    const struct pair **unified;
};

/* config-linux.md#seccomp */
struct syscall_arg {
    const uint64_t *index; /* 0..5 */
    const uint64_t *value, *value_two;
    const int64_t *op; /* enum seccomp_operator of names.h */
};
struct syscall_rule {
    const char **names;
    const int64_t *action; /* enum seccomp_action of names.h */
    const uint64_t *errno_ret;
    const struct syscall_arg **args;
};
struct seccomp {
    const int64_t *default_action;
    const uint64_t *default_errno_ret;
    const char **architectures; /* "SCMP_ARCH_X86_64" */
    uint64_t flags;             /* mask of 1 << enum seccomp_flag */
    bool has_flags;             /* set after decoding: flags was given, even if empty */
    const char *listener_path, *listener_metadata;
    const struct syscall_rule **syscalls;
};

struct personality {
    const int64_t *domain; /* PER_LINUX, PER_LINUX32 */
    const char **flags;    /* none is known to the specification */
};
struct intel_rdt {
    const char *clos_id;
    const char **schemata;
    const char *l3_cache_schema, *mem_bw_schema;
    bool enable_cmt, enable_mbm, enable_monitoring;
};
struct memory_policy {
    const int64_t *mode; /* MPOL_x of linux/mempolicy.h */
    const char *nodes;   /* "0-1,3" */
    uint64_t flags;      /* mask of 1 << enum memory_policy_flag */
};
struct linux_config {
    const struct id_mapping **uid_mappings, **gid_mappings;
    const struct pair **sysctl;
    const struct resources *resources;
    const char *cgroups_path;
    const struct namespace **namespaces;
    const struct device **devices;
    const struct net_device **net_devices;
    const struct seccomp *seccomp;
    const int64_t *rootfs_propagation; /* MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE */
    const char **masked_paths, **readonly_paths;
    const char *mount_label;
    const struct intel_rdt *intel_rdt;
    const struct memory_policy *memory_policy;
    const struct personality *personality;
    const struct time_offset **time_offsets;
};

/* config.md. Sections of other platforms (solaris, windows, vm, zos, freebsd) are kept as text and have no effect. */
struct config {
    const char *oci_version;
    const char *hostname, *domainname;
    const struct root *root;
    const struct mount **mounts;
    const struct process *process;
    const struct hooks *hooks;
    const struct linux_config *linux_;
    const struct pair **annotations;
    const char *solaris, *windows, *vm, *zos, *freebsd;
};

extern const struct object config_object, process_object, resources_object, linux_config_object, mount_object,
    mount_list_object, seccomp_object, pair_object, intel_rdt_object, id_mapping_object;

/* The value of an annotation, or NULL. */
const char *config_annotation(const struct config *c, const char *key);
/* The entry for a namespace type (CLONE_NEWx), or NULL. */
const struct namespace *config_namespace(const struct config *c, int64_t type);
/* True when the config asks for a new namespace of that type (an entry without a path). */
bool config_creates(const struct config *c, int64_t type);
/* Its user, or user and group 0 when it says nothing. */
const struct user *process_user(const struct process *p);
/* There is a process, and it has a program to run. `path` is where it stands ("process"; "" for a document of its own),
 * `command` what needs it. */
int config_check_process(const struct process *process, const char *path, const char *command, struct error *err);
