/* attached.h - the child sets up its namespaces while the runtime attaches it (limits, priorities, cgroup), and waits
 * for it only where it must: before it becomes the process's user, over whom davit may have less power. */
#pragma once

#include "libcontainer/launch/aspect.h"

#include <stdbool.h>

struct launch;

/* In the child: returns once the runtime has called attached_tell. No system call, unless it is early. */
extern const struct aspect attached;
void attached_tell(struct launch *l);
bool attached_is_told(const struct launch *l);

/* The other way round: a real-time policy would keep the child out of its cgroup (cgroup v1), so the runtime waits
 * until it is in. Returns at once when the child has died, which others will notice. */
void attached_say_entered(struct launch *l);
void attached_await_entry(struct launch *l);
