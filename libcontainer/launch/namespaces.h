/* namespaces.h - which namespaces a process makes, joins or keeps, as a plan: worked out once by a pure function, then
 * carried out step by step in the child.
 *
 * A plan asks for as few calls and forks as the kernel's rules allow. What is made without a user namespace, or
 * together with one, is made by clone3 itself; what is joined beside a new user namespace is joined before it, with
 * the caller's rights, and what was refused then is tried again behind it. Opening of what is joined: join.h. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct arena;
struct error;
struct launch;

enum plan_step_kind {
    PLAN_JOIN,         /* setns with each descriptor of `types` */
    PLAN_TRY_JOIN,     /* the same; what is refused is left for PLAN_JOIN_REST */
    PLAN_JOIN_REST,    /* what PLAN_TRY_JOIN left */
    PLAN_JOIN_PROCESS, /* one setns with the pidfd of the container's init */
    PLAN_UNSHARE,      /* unshare(types) */
    PLAN_MAP_IDS,      /* ask the runtime to write the id maps */
    PLAN_BECOME_ROOT,  /* user and group 0 of the user namespace */
    PLAN_TIME,         /* make a time namespace, have its offsets set, enter it */
    PLAN_FORK,         /* the rest runs in another child of the runtime; this one ends */
};

struct plan_step {
    enum plan_step_kind kind;
    uint64_t types; /* CLONE_NEWx */
};

enum {
    PLAN_STEPS = 12,
    PLAN_TYPES = 8,
};

struct plan_request {
    uint64_t create, join; /* CLONE_NEWx */
    bool time_offsets;     /* the new time namespace has offsets */
    bool exec;             /* all of `join` are one process's, of which there is a pidfd */
    bool born_last;        /* exec: nothing that is done before needs a process in the pid namespace */
    bool stays_in_pid;     /* the runtime could not come back from a pid namespace that it joined: the child joins */
};

struct plan {
    uint64_t create, join;
    uint64_t runtime_join; /* entered by the runtime around clone3: only children are concerned (pid) */
    uint64_t clone_flags;  /* for clone3 */
    bool maps_ids;         /* clone3 makes a user namespace: the runtime writes its maps at once, and the child waits */
    bool forks;            /* a step is PLAN_FORK */
    bool born_last;        /* no step is: the child forks behind exec_order, when it has given up all it had */
    bool lends_memory;     /* up to that fork the child may run in the runtime's memory: spawn.h */
    pid_t born;            /* then: who was forked */
    struct plan_step steps[PLAN_STEPS];
    size_t count;
    int join_fds[PLAN_TYPES]; /* as plan_type_index says, -1: none; owned by the plan */
};

/* Pure: no system call, no descriptor. */
void plan_namespaces(const struct plan_request *request, struct plan *out);
/* "clone mount|pid, join network, unshare cgroup": for tests and traces. In the arena. */
const char *plan_text(struct arena *a, const struct plan *p);
/* Position of a type in join_fds, and "network" for CLONE_NEWNET. */
size_t plan_type_index(uint64_t type);
uint64_t plan_type_at(size_t index);
const char *plan_type_name(uint64_t type);

/* From the config (and the join of an exec) to l->plan, with everything that is joined open: in the runtime. */
int plan_prepare(struct launch *l, struct error *err);
/* Carries the steps out, in the child. After PLAN_FORK only the new child returns. */
int plan_apply(struct launch *l, struct error *err);
/* In the runtime, around clone3. */
int plan_enter_runtime(struct launch *l, int *out_own_fd, struct error *err);
int plan_leave_runtime(int *own_fd, struct error *err);
void plan_free(struct plan *p); /* NULL is fine */
