/* child.h - short-lived children of davit, and other programs. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct arena;
struct error;

/* The standard signals as a new session has them: neither ignored nor blocked, which every program that is executed
 * would inherit. */
void child_reset_signals(void);
/* Waits for a child; the status as waitpid gives it. EINTR is retried. */
int child_reap(pid_t pid, int *out_status, struct error *err);
/* "exited with status 3", "was killed by SIGKILL". */
const char *child_status_text(struct arena *a, int status);
/* Kills (SIGKILL) and reaps; 0 and -1 are no child. */
void child_end(pid_t *pid);
/* Moves the child out: returns *pid and leaves 0, for who reaps it himself. */
pid_t take_child(pid_t *pid);
#define scoped_child __attribute__((cleanup(child_end))) pid_t

/* The same status of any process that has ended, whoever its parent is: as long as that has not reaped it, and since
 * Linux 6.15 also later. False: not ended yet, or not known any more. */
bool child_ended_status(int pidfd, pid_t pid, int *out_status);

/* The exit status that a shell would give: the process's, or 128 + signal. */
int child_exit_code(int status);
