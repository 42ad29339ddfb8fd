/* watch.h - a small process that ends a container whose foreground davit was killed.
 *
 * Init also asks for a signal at davit's death, but the kernel forgets that when the program changes its user, as
 * many do. The watch holds two descriptors and nothing else, and has a session of its own. */
#pragma once

struct cgroup_record;
struct launch;

/* Over the launch's process. `cgroup`: NULL, or what is killed with it, when its end leaves others alive. Without a
 * watch the container runs all the same: warned of. */
void watch_begin(struct launch *l, const struct cgroup_record *cgroup);
/* Davit has seen the end itself: from here on the watch does nothing. */
void watch_dismiss(const struct launch *l);
/* The same, and it is reaped. */
void watch_end(struct launch *l);
