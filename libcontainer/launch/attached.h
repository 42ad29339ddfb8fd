/* attached.h - the child sets up its namespaces while the runtime attaches it (limits, priorities, cgroup), and waits
 * for it only where it must: before it becomes the process's user, over whom davit may have less power. */
#pragma once

#include "libcontainer/launch/aspect.h"

struct launch;

/* In the child: returns once the runtime has called attached_tell. No system call, unless it is early. */
extern const struct aspect attached;
void attached_tell(struct launch *l);
