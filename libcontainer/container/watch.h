/* watch.h - a small process that ends a container whose foreground davit was killed.
 *
 * Init also asks for a signal at davit's death, but the kernel forgets that when the program changes its user, as
 * many do. The watch holds two descriptors and nothing else, and has a session of its own. */
#pragma once

#include <sys/types.h>

struct cgroup_record;
struct error;

/* `pidfd`: the process to end. `cgroup`: NULL, or what is killed with it, when its end leaves others alive. */
int watch_begin(int pidfd, const struct cgroup_record *cgroup, pid_t *out_watch, struct error *err);
/* Davit has seen the end itself: the watch is ended and reaped. 0 and -1 are none. */
void watch_end(pid_t *watch);
