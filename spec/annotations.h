/* annotations.h - the annotations that davit acts on; all others pass through to state and hooks. */
#pragma once

#include <stdbool.h>

struct arena;

struct annotation {
    const char *key; /* with a '.' at its end: every key that begins so */
    const char *doc; /* one sentence */
    bool is_unsafe;  /* may widen what a container can do: listed by features as potentially unsafe */
};

/* Ends with a row whose key is NULL. */
extern const struct annotation annotations[];

/* "annotation run.oci.handler ignored: …" when it asks for something that other runtimes do and davit does not; else
 * NULL. */
const char *annotation_ignored(struct arena *a, const char *key, const char *value);

#define ANNOTATION_SYSTEMD_PROPERTY   "org.systemd.property."
#define ANNOTATION_KEEP_GROUPS        "run.oci.keep_original_groups"
#define ANNOTATION_MOUNT_CONTEXT_TYPE "run.oci.mount_context_type"
#define ANNOTATION_SYSTEMD_SUBGROUP   "run.oci.systemd.subgroup"
#define ANNOTATION_DELEGATE_CGROUP    "run.oci.delegate-cgroup"
#define ANNOTATION_HOOKS_STDOUT       "run.oci.hooks.stdout"
#define ANNOTATION_HOOKS_STDERR       "run.oci.hooks.stderr"
#define ANNOTATION_SECCOMP_RECEIVER   "run.oci.seccomp.receiver"
#define ANNOTATION_SECCOMP_STRICT     "run.oci.seccomp_fail_unknown_syscall"
#define ANNOTATION_SECCOMP_BPF        "run.oci.seccomp_bpf_data"
#define ANNOTATION_PIDFD_RECEIVER     "run.oci.pidfd_receiver"
#define ANNOTATION_CRIU_CONFIG        "org.criu.config"
