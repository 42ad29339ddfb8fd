/* sequence.h - the order of everything, on one screen: see sequence.c. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct aspect;
struct config;
struct error;
struct launch;
struct record;
struct service;

extern const struct aspect *const before_order[];      /* runtime, before the child */
extern const struct aspect *const attach_order[];      /* runtime, the child waits */
extern const struct aspect *const init_order[];        /* the container's init */
extern const struct aspect *const exec_order[];        /* a child that joined a container, seen by nobody in it … */
extern const struct aspect *const born_order[];        /* … and the process that it forks there */
extern const struct aspect *const attach_born_order[]; /* runtime, for that process */
extern const struct aspect *const mount_order[];       /* a child that mounts in a container that is there … */
extern const struct aspect *const unmount_order[];     /* … or unmounts */
extern const struct aspect *const start_order[]; /* both, behind GO and startContainer hooks, just before execve */
extern const struct aspect *const all_aspects[]; /* for check and undo */

/* Each runs its list, names the step in l->step and in errors, logs the time at debug level. */
int sequence_before(struct launch *l, struct error *err); /* names each aspect in record->begun first, and writes it */
int sequence_attach(struct launch *l, struct error *err);
int sequence_attach_born(struct launch *l, struct error *err);
int sequence_apply(struct launch *l, struct error *err); /* the order of its kind */
int sequence_born(struct launch *l, struct error *err);
int sequence_start(struct launch *l, struct error *err); /* start_order; exec runs it too */
/* A step that is no aspect's ("runtime: spawn"): named in errors, and a place for fault injection. */
int sequence_point(struct launch *l, const char *step, struct error *err);
/* What a request of the child is answered by; NULL when nobody serves it. See service.h. */
const struct service *sequence_service(uint32_t kind);
/* Undoes record->begun, last first; goes on after failures and reports the first one. */
int sequence_undo(const struct record *r, struct error *err);
/* Runs every `check`; errors in order, NULL-terminated, in the arena. Returns their number. */
size_t sequence_check(const struct config *c, struct error *errors, size_t max);
