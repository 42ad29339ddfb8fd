/* cgroup.h - a container's place in the cgroup hierarchies, v1, v2, hybrid or by systemd, behind one set of calls.
 *
 * Controllers are placed where they live: each hierarchy that is mounted gets a directory. What was made is written
 * to the record, and later commands open it from there (CLI-CONTRACT 1.7). */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct arena;
struct cgroup;
struct cgroup_record;
struct config;
struct error;
struct resources;

struct cgroup_request {
    const char *id;
    const char *manager;     /* "cgroupfs", "systemd" or "disabled" */
    const struct config *config; /* cgroupsPath, resources, annotations */
    bool rootless;           /* a cgroup that may not be made is no error unless limits were asked for */
    const char *state_root;  /* for the cache of the layout; NULL: none */
};

/* Works out the place; makes nothing. NULL in *out for "disabled". */
int cgroup_plan(const struct cgroup_request *request, struct cgroup **out, struct error *err);
/* What to write to the record before cgroup_create. In the arena. */
struct cgroup_record *cgroup_describe(const struct cgroup *c, struct arena *a);
/* Opens a container's cgroups from its record. */
int cgroup_open(const struct cgroup_record *r, struct cgroup **out, struct error *err);
/* Makes the directories and sets linux.resources. An existing one must be empty and not frozen. */
int cgroup_create(struct cgroup *c, struct error *err);
/* A descriptor of the cgroup2 directory for CLONE_INTO_CGROUP, owned by c; -1 when there is none. */
int cgroup_clone_fd(const struct cgroup *c);
/* In the single-threaded child itself: enters the v1 hierarchies by writing "0" to tasks, without the RCU wait. */
int cgroup_enter(struct cgroup *c, struct error *err);
/* In the runtime, for a systemd unit and for drivers that need a pid. */
int cgroup_attach(struct cgroup *c, pid_t pid, struct error *err);
/* Limits of a living container, for update: all or, after a failure, none. */
int cgroup_set(struct cgroup *c, const struct resources *r, struct error *err);
int cgroup_freeze(struct cgroup *c, bool frozen, struct error *err); /* waits until it is so */
int cgroup_is_frozen(struct cgroup *c, bool *out, struct error *err);
/* Every process of the cgroup and those below gets the signal; SIGKILL also reaches new ones. */
int cgroup_kill(struct cgroup *c, int signal, struct error *err);
/* Pids in the cgroup and below it, ended by 0, in the error's arena. */
int cgroup_processes(struct cgroup *c, pid_t **out, struct error *err);
/* Kills what is left and removes all directories that davit made, and those below them. Idempotent. */
int cgroup_destroy(struct cgroup *c, struct error *err);
/* Number of OOM kills so far; 0 when it cannot be known. */
uint64_t cgroup_oom_kills(struct cgroup *c);
/* NULL, or a sentence on a memory limit that was too low (E19), for the error of a child that died. */
const char *cgroup_explain_death(struct cgroup *c, struct arena *a);
void cgroup_close(struct cgroup *c); /* NULL is fine */
