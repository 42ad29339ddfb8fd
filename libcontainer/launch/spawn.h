/* spawn.h - makes the child: one clone3, into its cgroup and its new namespaces, with a pidfd.
 *
 * A process that joins is born inside by one that has joined and left the host behind (plan.c). That first child
 * borrows the runtime's memory, which waits for it, in place of a copy: it asks nothing of the runtime, and what it
 * changes there is the runtime's, too; it has its own descriptors, root and credentials. */
#pragma once

#include <sys/types.h>

struct error;
struct launch;

/* Forks. In the runtime: l->pid, l->pidfd and l->channel are its own. In the child: init_main, which does not return.
 * Whatever fails, no child is left. */
int spawn(struct launch *l, struct error *err);
/* In the child, PLAN_FORK, or plan.born_last: the rest runs in a second child, which is the runtime's own as well
 * (CLONE_PARENT), so that nothing stands between it and the caller's subreaper. Only that child returns. */
int spawn_again(struct launch *l, struct error *err);
/* In the runtime, when a second child whose parent had a memory of its own has announced itself: takes its pidfd, reaps
 * the first one. */
int spawn_adopt(struct launch *l, int *pidfd, struct error *err);
/* Kills and reaps the child, if there is one. */
void spawn_end(struct launch *l);
