/* kinds.h - one function per kind of mount, in init: makes it detached and attaches it inside l->root_fd. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct error;
struct launch;
struct mount_plan;
struct planned_mount;

int mount_bind(struct launch *l, struct planned_mount *m, struct error *err);
int mount_filesystem(struct launch *l, struct planned_mount *m, struct error *err);
int mount_cgroup(struct launch *l, struct planned_mount *m, struct error *err);
int mount_remount(struct launch *l, struct planned_mount *m, struct error *err);

/* What became read-only only once all was in place. */
int mount_make_late_readonly(struct mount_plan *p, struct error *err);
/* True for a filesystem that the runtime makes, since init may not or shall not reach its source. */
bool filesystem_is_of_host(const struct launch *l, const struct planned_mount *m);
/* In the runtime: such a filesystem, detached. */
int filesystem_of_host(struct launch *l, struct planned_mount *m, int *out_tree_fd, struct error *err);
/* LAUNCH_MOUNT of an ordinary user, who may copy mounts only in the container's user namespace: in the runtime, by a
 * child that enters it. */
int source_of_user(struct launch *l, const struct planned_mount *m, int *out_tree_fd, struct error *err);
/* Attaches a tree to its target; one on "/" becomes the root from then on. Takes neither descriptor. */
int mount_finish(struct launch *l, struct planned_mount *m, int tree_fd, int target_fd, struct error *err);
/* In init: has the runtime open a source that is out of reach here. The index of a mount, or: */
#define SOURCE_OF_ROOT UINT32_MAX
int source_ask(struct launch *l, uint32_t index, int *out_tree_fd, struct error *err);
/* True when the mount shall stay in one peer group with its source on the host: "shared" or "rshared", but never in a
 * user namespace, which must not mount anything on the host. */
bool source_is_peer(const struct launch *l, const struct planned_mount *m);
/* A detached copy of a mount's source; where the host has none, an error that names it and its place in the config. */
int source_of_mount(const struct planned_mount *m, int *out_tree_fd, struct error *err);
/* The same of any directory of the host, as what a user namespace may not make is replaced by. */
int source_open(const char *path, unsigned open_tree_flags, int *out_tree_fd, struct error *err);
/* Copies what is below a directory into another, with owners, modes, times, links and attributes (tmpcopyup).
 * proc_fd is davit's own procfs. */
int copy_up(int proc_fd, int from_fd, int to_fd, struct error *err);
