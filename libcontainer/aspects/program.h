/* program.h - what is executed in the end. Called by launch/init.c and, to explain an end, by the runtime. */
#pragma once

struct error;
struct launch;

/* The last act of init and of exec: executes l->executable_path. Returns only with an error, explained (E1-E7). */
int program_execute(struct launch *l, struct error *err);
/* NULL, or why a process that died of SIGSYS did so (E48), in the launch's arena; for foreground run and for start. */
const char *seccomp_explain_death(const struct launch *l);
