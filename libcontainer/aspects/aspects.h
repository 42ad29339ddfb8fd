/* aspects.h - the names of all aspects, for sequence.c, which puts them in order. No aspect needs this file. */
#pragma once

#include "libcontainer/launch/aspect.h"

/* Who the process is and what it may do */
extern const struct aspect user, capability_bounds, capabilities, held_capabilities, no_new_privileges, keyring,
    apparmor, selinux, seccomp, seccomp_early, seccomp_last;
/* What it runs, and with which files */
extern const struct aspect environment, working_directory, program, terminal, session, stdio, own_stdio, fds;
/* How it runs */
extern const struct aspect rlimits, rlimits_last, oom_score, personality_aspect, scheduler, scheduler_born, io_priority,
    memory_policy, exec_cpu_affinity;
/* What it sees: the root, what is mounted in it, devices, what is hidden, names and kernel parameters. In init, in this
 * order: rootfs mounts devices sysctls hostname [createContainer hooks] switch_root paths propagation. Before: rootfs
 * mounts. */
extern const struct aspect rootfs, mounts, unmounts, devices, sysctls, hostname, switch_root, paths, propagation;
/* Namespaces: a plan, not steps; here only their check (launch/namespaces.c) */
extern const struct aspect namespaces;
/* What it may use */
extern const struct aspect cgroup, intel_rdt;
/* The network */
extern const struct aspect loopback, net_devices;
/* Hooks (launch/hooks.c) */
extern const struct aspect runtime_hooks, create_container_hooks;

struct service;

/* Rows of sequence.c's table of services */
extern const struct service terminal_service;      /* CHANNEL_TERMINAL: to the console socket, or to l->terminal_fd */
extern const struct service net_devices_service;   /* CHANNEL_NET_DEVICES */
extern const struct service seccomp_service;       /* CHANNEL_SECCOMP_FD: to linux.seccomp.listenerPath */
extern const struct service runtime_hooks_service; /* CHANNEL_RUN_HOOKS */
extern const struct service open_tree_service; /* CHANNEL_OPEN_TREE: a source that only the runtime can reach or map */
extern const struct service stack_service;     /* CHANNEL_STACK_ROOT: what covers the root's directory is recorded */
extern const struct service own_stdio_service; /* CHANNEL_OWN_STDIO: they go to the process's user */
extern const struct service open_device_service; /* CHANNEL_OPEN_DEVICE: a node of the host */
