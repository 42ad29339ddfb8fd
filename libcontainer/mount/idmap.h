/* idmap.h - id-mapped mounts (mount_setattr(2), MOUNT_ATTR_IDMAP). Runs in the runtime, which may map any id. */
#pragma once

struct error;
struct planned_mount;

/* Maps a detached tree as the plan says. `proc_fd`: davit's own procfs. */
int mount_idmap_tree(int tree_fd, int proc_fd, const struct planned_mount *m, struct error *err);
