/* stack.h - a root in a mount namespace that is not the container's own: the host's, or one that it joins.
 *
 * There a mount of its own lies over the root's directory, private, and all of the container's mounts above it. The
 * record names that mount, so that any later davit takes away what is above it and itself, and nothing else. */
#pragma once

struct error;
struct launch;
struct stacked_root;

/* In init: covers the directory at *fd, which is replaced by a descriptor of the new mount. It is recorded first. */
int stack_cover(struct launch *l, int *fd, struct error *err);
/* In any davit, from whatever mount namespace; what is gone already is no error. */
int stack_remove(const struct stacked_root *root, struct error *err);
