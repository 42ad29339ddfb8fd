/* aspect.h - one part of a container, with the moments at which it acts. Each is one file below aspects/, and aspects
 * never include each other; the order in which they run is in sequence.c. */
#pragma once

struct config;
struct error;
struct launch;
struct record;

/* Every entry may be NULL; each returns 0, or -1 with *err filled. */
struct aspect {
    const char *name;                                        /* "memory_policy": in errors, traces, tests, docs */
    int (*check)(const struct config *c, struct error *err); /* pure; all run, all faults are reported */
    int (*before)(struct launch *l, struct error *err);      /* runtime, host namespaces, no child yet */
    int (*attach)(struct launch *l, struct error *err);      /* runtime, the child waits; acts on l->pid */
    int (*apply)(struct launch *l, struct error *err);       /* init, inside its namespaces */
    int (*undo)(const struct record *r, struct error *err);  /* any later runtime; idempotent; from the record */
};
