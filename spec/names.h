/* names.h - the words of the OCI config and of the command line, and the numbers that they stand for.
 *
 * Each table ends with a row whose text is NULL. Where a mask is made of a table (SLOT_SET), the values are bit
 * numbers, chosen so that the mask is what the kernel takes. */
#pragma once

#include "spec/schema.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

extern const struct name namespace_names[];          /* CLONE_NEWx */
extern const struct name capability_names[];         /* CAP_x, a bit number of capget's masks */
extern const struct name rlimit_names[];             /* RLIMIT_x */
extern const struct name personality_names[];        /* PER_x */
extern const struct name scheduler_policy_names[];   /* SCHED_x */
extern const struct name scheduler_flag_names[];     /* enum scheduler_flag */
extern const struct name io_priority_class_names[];  /* IOPRIO_CLASS_x */
extern const struct name memory_policy_mode_names[]; /* MPOL_x */
extern const struct name memory_policy_flag_names[]; /* enum memory_policy_flag */
extern const struct name rootfs_propagation_names[]; /* MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE */
extern const struct name device_type_names[];        /* 'b', 'c', 'p', 'u' */
extern const struct name seccomp_action_names[];     /* enum seccomp_action */
extern const struct name seccomp_operator_names[];   /* enum seccomp_operator */
extern const struct name seccomp_arch_names[];       /* AUDIT_ARCH_x, which libseccomp uses for its tokens too */
extern const struct name seccomp_flag_names[];       /* enum seccomp_flag */

/* Bits of sched_setattr(2)'s sched_flags. */
enum scheduler_flag {
    SCHEDULER_RESET_ON_FORK = 0,
    SCHEDULER_RECLAIM = 1,
    SCHEDULER_DL_OVERRUN = 2,
    SCHEDULER_KEEP_POLICY = 3,
    SCHEDULER_KEEP_PARAMS = 4,
    SCHEDULER_UTIL_CLAMP_MIN = 5,
    SCHEDULER_UTIL_CLAMP_MAX = 6,
};

/* Bits of set_mempolicy(2)'s mode. */
enum memory_policy_flag {
    MEMORY_POLICY_NUMA_BALANCING = 13,
    MEMORY_POLICY_RELATIVE_NODES = 14,
    MEMORY_POLICY_STATIC_NODES = 15,
};

enum seccomp_action {
    SECCOMP_KILL_THREAD, /* SCMP_ACT_KILL and SCMP_ACT_KILL_THREAD */
    SECCOMP_KILL_PROCESS,
    SECCOMP_TRAP,
    SECCOMP_ERRNO,
    SECCOMP_TRACE,
    SECCOMP_ALLOW,
    SECCOMP_LOG,
    SECCOMP_NOTIFY,
};

enum seccomp_operator {
    SECCOMP_NOT_EQUAL,
    SECCOMP_LESS,
    SECCOMP_LESS_OR_EQUAL,
    SECCOMP_EQUAL,
    SECCOMP_GREATER_OR_EQUAL,
    SECCOMP_GREATER,
    SECCOMP_MASKED_EQUAL,
};

/* Bits of seccomp(2)'s flags. */
enum seccomp_flag {
    SECCOMP_FLAG_TSYNC = 0,
    SECCOMP_FLAG_LOG = 1,
    SECCOMP_FLAG_SPEC_ALLOW = 2,
    SECCOMP_FLAG_WAIT_KILLABLE_RECV = 5,
};

/* What an option of a mount asks for beyond flags of the kernel. */
enum mount_extension {
    MOUNT_PLAIN,
    MOUNT_TMPCOPYUP,     /* a tmpfs begins with a copy of what it covers */
    MOUNT_IDMAP,         /* ids are mapped; recursive with ridmap */
    MOUNT_COPY_SYMLINK,  /* a source that is a symbolic link is made anew at the destination, not followed */
    MOUNT_SRC_NOFOLLOW,  /* the source may be a symbolic link and is mounted itself */
    MOUNT_DEST_NOFOLLOW, /* the destination may be a symbolic link and is covered itself */
};

/* One option of config.md#linux-mount-options. Options are taken in order, and the last one wins. */
struct mount_option {
    const char *text;
    uint64_t set, clear;       /* MS_x of mount(2): superblock flags, MS_BIND, MS_REC, MS_REMOUNT and the like */
    uint64_t attr, attr_clear; /* MOUNT_ATTR_x; an access time mode clears MOUNT_ATTR__ATIME as a whole */
    uint64_t propagation;      /* 0, or MS_SHARED and the like, with MS_REC for the r form */
    bool recursive;            /* attr concerns every mount below too (AT_RECURSIVE) */
    bool takes_value;          /* "idmap=uids=0-1000-1": text up to the '=' */
    enum mount_extension extension;
};

extern const struct mount_option mount_options[];

/* The row of an option, or NULL: the filesystem's own. A value behind '=' comes out where the row takes one, else
 * NULL; out_value may be NULL. */
const struct mount_option *mount_option_find(const char *text, const char **out_value);
/* The option nearest to `text`, for "did you mean", or NULL. */
const char *mount_option_nearest(const char *text);

/* "KILL", "SIGKILL", "kill", "9", "RTMIN+3", "SIGRTMAX-1": 0..64. False when it is none of them. */
bool signal_find(const char *text, int *out_signal);
/* "SIGKILL", "SIGRTMIN+3", or the number as text. In the arena. */
const char *signal_name(struct arena *a, int signal);
/* "CAP_KILL", "KILL" or "cap_kill". False when there is none. */
bool capability_find(const char *text, int *out_capability);
