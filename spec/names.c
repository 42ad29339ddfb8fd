#include "spec/names.h"

#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <linux/sched.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/resource.h>

/* Newer than the headers of Debian 12. */
#ifndef MPOL_WEIGHTED_INTERLEAVE
#define MPOL_WEIGHTED_INTERLEAVE 6
#endif
#ifndef AUDIT_ARCH_LOONGARCH64
#define AUDIT_ARCH_LOONGARCH64 (258 | __AUDIT_ARCH_64BIT | __AUDIT_ARCH_LE)
#endif
#define SCHED_ISO_RESERVED 4 /* in the specification, in no kernel: sched_setattr answers EINVAL */
/* libseccomp's token for x32: the kernel has one audit architecture for both ABIs. */
#define ARCH_X32 (EM_X86_64 | __AUDIT_ARCH_LE)

const struct name namespace_names[] = {
    {"pid",     CLONE_NEWPID   },
    {"network", CLONE_NEWNET   },
    {"mount",   CLONE_NEWNS    },
    {"ipc",     CLONE_NEWIPC   },
    {"uts",     CLONE_NEWUTS   },
    {"user",    CLONE_NEWUSER  },
    {"cgroup",  CLONE_NEWCGROUP},
    {"time",    CLONE_NEWTIME  },
    {NULL,      0              },
};

// clang-format off
#define NUMBER(n) {#n, n}

const struct name capability_names[] = {
    NUMBER(CAP_CHOWN),
    NUMBER(CAP_DAC_OVERRIDE),
    NUMBER(CAP_DAC_READ_SEARCH),
    NUMBER(CAP_FOWNER),
    NUMBER(CAP_FSETID),
    NUMBER(CAP_KILL),
    NUMBER(CAP_SETGID),
    NUMBER(CAP_SETUID),
    NUMBER(CAP_SETPCAP),
    NUMBER(CAP_LINUX_IMMUTABLE),
    NUMBER(CAP_NET_BIND_SERVICE),
    NUMBER(CAP_NET_BROADCAST),
    NUMBER(CAP_NET_ADMIN),
    NUMBER(CAP_NET_RAW),
    NUMBER(CAP_IPC_LOCK),
    NUMBER(CAP_IPC_OWNER),
    NUMBER(CAP_SYS_MODULE),
    NUMBER(CAP_SYS_RAWIO),
    NUMBER(CAP_SYS_CHROOT),
    NUMBER(CAP_SYS_PTRACE),
    NUMBER(CAP_SYS_PACCT),
    NUMBER(CAP_SYS_ADMIN),
    NUMBER(CAP_SYS_BOOT),
    NUMBER(CAP_SYS_NICE),
    NUMBER(CAP_SYS_RESOURCE),
    NUMBER(CAP_SYS_TIME),
    NUMBER(CAP_SYS_TTY_CONFIG),
    NUMBER(CAP_MKNOD),
    NUMBER(CAP_LEASE),
    NUMBER(CAP_AUDIT_WRITE),
    NUMBER(CAP_AUDIT_CONTROL),
    NUMBER(CAP_SETFCAP),
    NUMBER(CAP_MAC_OVERRIDE),
    NUMBER(CAP_MAC_ADMIN),
    NUMBER(CAP_SYSLOG),
    NUMBER(CAP_WAKE_ALARM),
    NUMBER(CAP_BLOCK_SUSPEND),
    NUMBER(CAP_AUDIT_READ),
    NUMBER(CAP_PERFMON),
    NUMBER(CAP_BPF),
    NUMBER(CAP_CHECKPOINT_RESTORE),
    {NULL, 0},
};

const struct name rlimit_names[] = {
    NUMBER(RLIMIT_AS),
    NUMBER(RLIMIT_CORE),
    NUMBER(RLIMIT_CPU),
    NUMBER(RLIMIT_DATA),
    NUMBER(RLIMIT_FSIZE),
    NUMBER(RLIMIT_LOCKS),
    NUMBER(RLIMIT_MEMLOCK),
    NUMBER(RLIMIT_MSGQUEUE),
    NUMBER(RLIMIT_NICE),
    NUMBER(RLIMIT_NOFILE),
    NUMBER(RLIMIT_NPROC),
    NUMBER(RLIMIT_RSS),
    NUMBER(RLIMIT_RTPRIO),
    NUMBER(RLIMIT_RTTIME),
    NUMBER(RLIMIT_SIGPENDING),
    NUMBER(RLIMIT_STACK),
    {NULL, 0},
};
// clang-format on

const struct name personality_names[] = {
    {"LINUX",   PER_LINUX  },
    {"LINUX32", PER_LINUX32},
    {NULL,      0          },
};

const struct name scheduler_policy_names[] = {
    {"SCHED_OTHER",    SCHED_NORMAL      },
    {"SCHED_FIFO",     SCHED_FIFO        },
    {"SCHED_RR",       SCHED_RR          },
    {"SCHED_BATCH",    SCHED_BATCH       },
    {"SCHED_ISO",      SCHED_ISO_RESERVED},
    {"SCHED_IDLE",     SCHED_IDLE        },
    {"SCHED_DEADLINE", SCHED_DEADLINE    },
    {NULL,             0                 },
};

const struct name scheduler_flag_names[] = {
    {"SCHED_FLAG_RESET_ON_FORK",  SCHEDULER_RESET_ON_FORK },
    {"SCHED_FLAG_RECLAIM",        SCHEDULER_RECLAIM       },
    {"SCHED_FLAG_DL_OVERRUN",     SCHEDULER_DL_OVERRUN    },
    {"SCHED_FLAG_KEEP_POLICY",    SCHEDULER_KEEP_POLICY   },
    {"SCHED_FLAG_KEEP_PARAMS",    SCHEDULER_KEEP_PARAMS   },
    {"SCHED_FLAG_UTIL_CLAMP_MIN", SCHEDULER_UTIL_CLAMP_MIN},
    {"SCHED_FLAG_UTIL_CLAMP_MAX", SCHEDULER_UTIL_CLAMP_MAX},
    {NULL,                        0                       },
};

const struct name io_priority_class_names[] = {
    {"IOPRIO_CLASS_RT",   IOPRIO_CLASS_RT  },
    {"IOPRIO_CLASS_BE",   IOPRIO_CLASS_BE  },
    {"IOPRIO_CLASS_IDLE", IOPRIO_CLASS_IDLE},
    {NULL,                0                },
};

const struct name memory_policy_mode_names[] = {
    {"MPOL_DEFAULT",             MPOL_DEFAULT            },
    {"MPOL_BIND",                MPOL_BIND               },
    {"MPOL_INTERLEAVE",          MPOL_INTERLEAVE         },
    {"MPOL_WEIGHTED_INTERLEAVE", MPOL_WEIGHTED_INTERLEAVE},
    {"MPOL_PREFERRED",           MPOL_PREFERRED          },
    {"MPOL_PREFERRED_MANY",      MPOL_PREFERRED_MANY     },
    {"MPOL_LOCAL",               MPOL_LOCAL              },
    {NULL,                       0                       },
};

const struct name memory_policy_flag_names[] = {
    {"MPOL_F_NUMA_BALANCING", MEMORY_POLICY_NUMA_BALANCING},
    {"MPOL_F_RELATIVE_NODES", MEMORY_POLICY_RELATIVE_NODES},
    {"MPOL_F_STATIC_NODES",   MEMORY_POLICY_STATIC_NODES  },
    {NULL,                    0                           },
};

/* The specification names the first four; engines send the others, which mean the same for a root. */
const struct name rootfs_propagation_names[] = {
    {"private",     MS_PRIVATE   },
    {"shared",      MS_SHARED    },
    {"slave",       MS_SLAVE     },
    {"unbindable",  MS_UNBINDABLE},
    {"rprivate",    MS_PRIVATE   },
    {"rshared",     MS_SHARED    },
    {"rslave",      MS_SLAVE     },
    {"runbindable", MS_UNBINDABLE},
    {NULL,          0            },
};

const struct name device_type_names[] = {
    {"c",  'c'},
    {"b",  'b'},
    {"u",  'u'},
    {"p",  'p'},
    {NULL, 0  },
};

const struct name seccomp_action_names[] = {
    {"SCMP_ACT_KILL",         SECCOMP_KILL_THREAD },
    {"SCMP_ACT_KILL_PROCESS", SECCOMP_KILL_PROCESS},
    {"SCMP_ACT_KILL_THREAD",  SECCOMP_KILL_THREAD },
    {"SCMP_ACT_TRAP",         SECCOMP_TRAP        },
    {"SCMP_ACT_ERRNO",        SECCOMP_ERRNO       },
    {"SCMP_ACT_TRACE",        SECCOMP_TRACE       },
    {"SCMP_ACT_ALLOW",        SECCOMP_ALLOW       },
    {"SCMP_ACT_LOG",          SECCOMP_LOG         },
    {"SCMP_ACT_NOTIFY",       SECCOMP_NOTIFY      },
    {NULL,                    0                   },
};

const struct name seccomp_operator_names[] = {
    {"SCMP_CMP_NE",        SECCOMP_NOT_EQUAL       },
    {"SCMP_CMP_LT",        SECCOMP_LESS            },
    {"SCMP_CMP_LE",        SECCOMP_LESS_OR_EQUAL   },
    {"SCMP_CMP_EQ",        SECCOMP_EQUAL           },
    {"SCMP_CMP_GE",        SECCOMP_GREATER_OR_EQUAL},
    {"SCMP_CMP_GT",        SECCOMP_GREATER         },
    {"SCMP_CMP_MASKED_EQ", SECCOMP_MASKED_EQUAL    },
    {NULL,                 0                       },
};

const struct name seccomp_arch_names[] = {
    {"SCMP_ARCH_X86",         AUDIT_ARCH_I386       },
    {"SCMP_ARCH_X86_64",      AUDIT_ARCH_X86_64     },
    {"SCMP_ARCH_X32",         ARCH_X32              },
    {"SCMP_ARCH_ARM",         AUDIT_ARCH_ARM        },
    {"SCMP_ARCH_AARCH64",     AUDIT_ARCH_AARCH64    },
    {"SCMP_ARCH_LOONGARCH64", AUDIT_ARCH_LOONGARCH64},
    {"SCMP_ARCH_M68K",        AUDIT_ARCH_M68K       },
    {"SCMP_ARCH_MIPS",        AUDIT_ARCH_MIPS       },
    {"SCMP_ARCH_MIPS64",      AUDIT_ARCH_MIPS64     },
    {"SCMP_ARCH_MIPS64N32",   AUDIT_ARCH_MIPS64N32  },
    {"SCMP_ARCH_MIPSEL",      AUDIT_ARCH_MIPSEL     },
    {"SCMP_ARCH_MIPSEL64",    AUDIT_ARCH_MIPSEL64   },
    {"SCMP_ARCH_MIPSEL64N32", AUDIT_ARCH_MIPSEL64N32},
    {"SCMP_ARCH_PPC",         AUDIT_ARCH_PPC        },
    {"SCMP_ARCH_PPC64",       AUDIT_ARCH_PPC64      },
    {"SCMP_ARCH_PPC64LE",     AUDIT_ARCH_PPC64LE    },
    {"SCMP_ARCH_S390",        AUDIT_ARCH_S390       },
    {"SCMP_ARCH_S390X",       AUDIT_ARCH_S390X      },
    {"SCMP_ARCH_SH",          AUDIT_ARCH_SHEL       },
    {"SCMP_ARCH_SHEB",        AUDIT_ARCH_SH         },
    {"SCMP_ARCH_PARISC",      AUDIT_ARCH_PARISC     },
    {"SCMP_ARCH_PARISC64",    AUDIT_ARCH_PARISC64   },
    {"SCMP_ARCH_RISCV64",     AUDIT_ARCH_RISCV64    },
    {NULL,                    0                     },
};

const struct name seccomp_flag_names[] = {
    {"SECCOMP_FILTER_FLAG_TSYNC",              SECCOMP_FLAG_TSYNC             },
    {"SECCOMP_FILTER_FLAG_LOG",                SECCOMP_FLAG_LOG               },
    {"SECCOMP_FILTER_FLAG_SPEC_ALLOW",         SECCOMP_FLAG_SPEC_ALLOW        },
    {"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FLAG_WAIT_KILLABLE_RECV},
    {NULL,                                     0                              },
};
