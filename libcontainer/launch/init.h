/* init.h - the child's side of a start: from the fork to execve. */
#pragma once

struct error;
struct launch;

/* The child dies when davit does, or has done. */
void init_bind(const struct launch *l);

/* Enters the plan's namespaces, runs init_order or exec_order, says READY, waits for GO, executes the program. An
 * error is sent to whoever waits for it: the runtime, or `start`. */
_Noreturn void init_main(struct launch *l);
