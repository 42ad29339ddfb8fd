/* seccomp.h - what the commands need of the aspect: why a process died, and the trace of run --seccomp-trace. */
#pragma once

#include <stdbool.h>

struct arena;
struct config;
struct error;
struct launch;

/* NULL, or why a process of that config that died of SIGSYS did so, in the arena. *out_is_certain: every
 * execve is killed. */
const char *seccomp_explain_death(struct arena *a, const struct config *c, bool *out_is_certain);

/* Between the files of the aspect: */
/* The agent of SCMP_ACT_NOTIFY, connected in `before`; its path by config, annotation or environment. */
int seccomp_agent_connect(struct launch *l, struct error *err);
/* In the runtime: a process beside it that reports refused calls until the last process with the filter is gone. */
int seccomp_trace_begin(struct launch *l, struct error *err);
/* In init, with the filter in force: waits, without any system call, until the tracer has the listener. */
void seccomp_trace_await(struct launch *l);
