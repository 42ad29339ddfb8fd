/* idmap.h - id-mapped mounts (mount_setattr(2), MOUNT_ATTR_IDMAP). Runs in the runtime, which may map any id. */
#pragma once

struct error;
struct launch;
struct planned_mount;

/* Maps a detached tree as the plan says. */
int mount_idmap_tree(struct launch *l, int tree_fd, const struct planned_mount *m, struct error *err);
