/* foreground.h - what davit does while the process that it started runs in the foreground: hands on signals, copies
 * between the caller's terminal and the process's pty byte for byte, keeps their sizes equal, and reaps. Used by run,
 * exec and restore; it knows nothing of containers. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct error;
struct foreground;

/* Before the process is made: blocks the signals that will be handed on, so that none is lost, and (subreaper) adopts
 * what the process leaves behind. The child of the fork takes the mask back with foreground_child. In err's arena. */
int foreground_prepare(bool subreaper, struct foreground **out, struct error *err);
/* In the child, before it executes anything: the signal mask as davit's caller had it. Async-signal-safe. */
void foreground_child(const struct foreground *f);
/* Before the program runs: the caller's terminal passes every byte on, and the pty has its size. master_fd stays the
 * caller's; -1: there is no pty. */
int foreground_attach(struct foreground *f, int master_fd, struct error *err);
/* A further descriptor to look after while waiting: `serve` is called when it is readable, until it returns true. The
 * descriptor stays the caller's. */
void foreground_watch(struct foreground *f, int fd, bool (*serve)(void *context), void *context);
/* Waits for the end of a child: pid and pidfd of the process. *out_status as waitpid gives it. */
int foreground_wait(struct foreground *f, pid_t pid, int pidfd, int *out_status, struct error *err);
/* Restores the terminal and the signal mask, on every way out; NULL is fine. */
void foreground_end(struct foreground *f);
