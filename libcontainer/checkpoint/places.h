/* places.h - what criu finds in a mount namespace that nobody else sees: the root as a mount, and the cgroup
 * hierarchies; and what the mounts that it restores go over. */
#pragma once

#include <stdbool.h>

struct cgroup_mount;
struct error;
struct images;
struct mount_plan;
struct store;

struct places {
    const char *directory; /* ROOT/ID/criu: what follows is below it, on a filesystem of its own; NULL: not made */
    const char *rootfs;    /* mounted over itself; NULL: not needed */
    int root_fd;
    const struct mount_plan *plan;      /* sources of its bind mounts and a mask are there; NULL: not needed */
    bool for_everybody;                 /* the root of a user namespace reaches both of these */
    const struct cgroup_mount *cgroups; /* and the hierarchies that cgroup_mounts gives; NULL: criu mounts them */
};

/* Below `directory`: hierarchies by their names, the source of a mount by its index, a null for masks, and a directory
 * of nothing. */
#define PLACES_CGROUPS "cgroups"
#define PLACES_SOURCE  "source"
#define PLACES_MASK    "mask"
#define PLACES_EMPTY   "empty"

/* Makes what mounts of the plan go over, inside the root, for those that lie on the root itself. */
int places_make(const struct mount_plan *plan, int root_fd, struct error *err);
/* Makes the directory, and sets cgroups to the host's mounts where all are mounted: criu's own would change options of
 * the host's (nsdelegate). */
int places_begin(struct places *p, struct store *s, const char *state_root, struct error *err);
void places_end(const struct places *p, struct store *s);
/* In the process that becomes criu: the namespace, all of it there, and the directories of the images by its mounts. */
int places_enter(const struct places *p, struct images *i, struct error *err);
