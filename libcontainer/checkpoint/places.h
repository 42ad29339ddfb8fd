/* places.h - what CRIU needs of the root before it restores mounts in it: the root as a mount, in a mount namespace
 * that nobody else sees, and the directories and files that mounts go over. */
#pragma once

struct config;
struct error;
struct mount_plan;

/* Makes what mounts of the plan go over, inside the root, for those that lie on the root itself. */
int places_make(const struct mount_plan *plan, int root_fd, struct error *err);
/* In the process that becomes criu: its own mount namespace, and the root mounted over itself there. */
int places_enter(const char *rootfs, int root_fd, struct error *err);
