/* cgroup.h - a container's place in the cgroup hierarchies, v1, v2, hybrid or by systemd, behind one set of calls.
 *
 * Controllers are placed where they live: each hierarchy that is mounted gets a directory. What was made is written
 * to the record, and later commands open it from there. Every call takes a NULL cgroup ("disabled")
 * and then does nothing, unless its comment says otherwise. Memory comes from the error's arena. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct arena;
struct cgroup;
struct cgroup_record;
struct cgroup_stats;
struct config;
struct error;
struct resources;

struct cgroup_request {
    const char *id;
    const char *manager;         /* NULL or "cgroupfs", "systemd", "disabled" */
    const struct config *config; /* cgroupsPath, resources, annotations */
    bool rootless;               /* a cgroup that may not be made is no error unless limits were asked for */
    const char *state_root;      /* for the cache of the layout; NULL: none */
};

/* Works out the place; makes nothing. NULL in *out for "disabled". */
int cgroup_plan(const struct cgroup_request *request, struct cgroup **out, struct error *err);
/* What to write to the record before cgroup_create, and again after cgroup_attach, when systemd has chosen a place.
 * For NULL: a record that says "disabled". */
struct cgroup_record *cgroup_describe(const struct cgroup *c, struct arena *a);
/* How many hierarchies it has a place in: fewer after cgroup_create when some are not the caller's to use, more after
 * cgroup_attach with systemd. */
size_t cgroup_count(const struct cgroup *c);
/* True for systemd: the child must wait for cgroup_attach before it makes a cgroup namespace. */
bool cgroup_needs_process(const struct cgroup *c);
/* For exec, behind cgroup_select: the service manager moves the process, by cgroup_attach. */
bool cgroup_attaches_by_bus(const struct cgroup *c);
/* Opens a container's cgroups from its record; NULL in *out when there are none. What is no cgroup, or a whole
 * hierarchy, is an error: the record is damaged. */
int cgroup_open(const struct cgroup_record *r, struct cgroup **out, struct error *err);
/* The same for the end of a container, where a damaged record's other cgroups go all the same. NULL: there are none. */
struct cgroup *cgroup_open_remains(const struct cgroup_record *r, struct arena *a);
/* For exec, before the child: chooses what cgroup_clone_fd and cgroup_enter enter. `subs` is NULL or exec's --cgroup
 * ("name" or "controller,…:name"); the process joins init's own cgroup where the container's can hold none. */
int cgroup_select(struct cgroup *c, const char *const *subs, pid_t init, struct error *err);
/* Makes the directories and sets linux.resources. An existing one must be empty and not frozen. */
int cgroup_create(struct cgroup *c, struct error *err);
/* A descriptor of the cgroup2 directory for CLONE_INTO_CGROUP, owned by c; -1 when there is none. cgroup_enter then
 * takes the v2 half as done; after a clone3 that failed and is tried without it, call cgroup_clone_refused, which
 * returns 0 when another way is left, or -1 with what is wrong with the cgroup. */
int cgroup_clone_fd(struct cgroup *c);
int cgroup_clone_refused(struct cgroup *c, int errnum, struct error *err);
/* In the single-threaded child itself, first of all, before it enters or makes any namespace: enters the hierarchies
 * by writing "0" to tasks through descriptors that the runtime opened, without the RCU wait of cgroup.procs. */
int cgroup_enter(struct cgroup *c, struct error *err);
/* In the runtime, once the process that stays exists: makes the systemd unit with it, and sets the limits that must
 * not count davit's own short-lived processes (pids). Needed for every manager. */
int cgroup_attach(struct cgroup *c, pid_t pid, struct error *err);
/* Limits of a living container, for update: all or, after a failure, none. Devices are left as they are. ERR for NULL.
 */
int cgroup_set(struct cgroup *c, const struct resources *r, struct error *err);
int cgroup_freeze(struct cgroup *c, bool frozen, struct error *err); /* waits until it is so; ERR for NULL */
/* The directory whose processes it freezes; NULL: there is none. */
const char *cgroup_freezer(const struct cgroup *c);
int cgroup_is_frozen(struct cgroup *c, bool *out, struct error *err);
/* Every process of the cgroup and those below gets the signal; SIGKILL also reaches new ones, and thaws. */
int cgroup_kill(struct cgroup *c, int signal, struct error *err);
/* Pids in the cgroup and below it, ended by 0. ERR for NULL. */
int cgroup_processes(struct cgroup *c, pid_t **out, struct error *err);
/* Kills what is left and removes all directories that davit made, and those below them. Idempotent. */
int cgroup_destroy(struct cgroup *c, struct error *err);
/* Number of OOM kills so far; 0 when it cannot be known. */
uint64_t cgroup_oom_kills(struct cgroup *c);
/* A descriptor that polls when memory ran out, or when the container's cgroup went; owned by the caller. *out_events
 * is POLLPRI for v2, a file whose counter is to be looked at, or POLLIN for v1, an eventfd. -1 in *out_fd when the
 * memory controller is not there. */
int cgroup_watch_oom(struct cgroup *c, int *out_fd, short *out_events, struct error *err);
/* What `events --stats` shows (stats.h); empty for NULL. */
int cgroup_stats(struct cgroup *c, struct cgroup_stats **out, struct error *err);
/* NULL, or a sentence on a memory limit that was too low, for the error of a child that died. */
const char *cgroup_explain_death(struct cgroup *c, struct arena *a);
void cgroup_close(struct cgroup *c); /* NULL is fine */

/* One mounted hierarchy of the host, for the mount type "cgroup". */
struct cgroup_mount {
    int version;       /* 1 or 2 */
    const char *name;  /* as the directory is called: "memory", "cpu,cpuacct", "systemd"; "unified", "" when alone */
    const char *mount; /* where it is mounted on the host */
    const char *directory;   /* the container's directory on the host; for NULL the calling process's own */
    const char *controllers; /* v1: "cpu,cpuacct" or "name=systemd", as mount(2) takes it */
};
/* Where the host has a path that /proc/PID/cgroup names; `controllers` as there. NULL when it is not known: the mount
 * that `c` was planned with does not show it, or c is NULL. */
const char *cgroup_host_directory(const struct cgroup *c, struct arena *a, const char *controllers, const char *path);
/* All hierarchies, ended by one whose mount is NULL. */
int cgroup_mounts(const struct cgroup *c, const char *state_root, struct cgroup_mount **out, struct error *err);
