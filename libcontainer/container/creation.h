/* creation.h - what create and run have in common: from the request to an init that is ready. */
#pragma once

#include <stdbool.h>

struct create_request;
struct error;
struct foreground;
struct launch;

/* Up to the point where a process is made: the container is reserved and recorded, its namespaces and cgroup are
 * planned, and what comes before the process is done. On failure nothing is left, and *out is NULL. */
int creation_prepare(const struct create_request *q, bool at_once, struct foreground *f, struct launch **out,
                     struct error *err);
/* On failure nothing is left, poststop hooks have run, and *out is NULL. Otherwise init waits for an answer to READY
 * (parent.h), the record says "creating" and is locked. `at_once`: run; there is no start.sock. */
int creation_begin(const struct create_request *q, bool at_once, struct foreground *f, struct launch **out,
                   struct error *err);
/* The record says that init is there: created, or running, before it is let go. */
int creation_record(struct launch *l, bool is_running, struct error *err);
/* Kills init, undoes everything, keeps *err as it is; returns -1. */
int creation_undo(struct launch *l, struct error *err);
/* Releases what davit holds: the container stays. */
void creation_end(struct launch *l);
