/* reach.h - what the root of a user namespace, who is nobody on the host, must reach by a path for criu's sake. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct config;
struct error;
struct lent;

/* The group that such a root has on the host; false when the config makes no user namespace. */
bool reach_group(const struct config *c, gid_t *out);

/* In a mount namespace of davit's own: the directory can be reached by everybody, and is empty when that took to cover
 * a closed directory above it, with all that is in that. */
int reach_make(const char *path, struct error *err);

/* The group may open what is in the directory of a checkpoint, and in those of its pre-dumps, until it is returned:
 * where a link to a parent leads, and there is no pre-dump, nothing is lent. */
int reach_lend(int images_fd, gid_t group, struct lent **out, struct error *err);
void reach_return(struct lent *l);
