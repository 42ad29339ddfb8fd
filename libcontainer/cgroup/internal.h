/* internal.h - what the files of cgroup/ share: the host's layout, a container's places in it, and the two kinds of
 * hierarchy. Nobody outside this directory includes it. */
#pragma once

#include "libcontainer/cgroup/cgroup.h"
#include "libcontainer/cgroup/knobs.h"
#include <stddef.h>

enum controller {
    CONTROLLER_CPU,
    CONTROLLER_CPUACCT,
    CONTROLLER_CPUSET,
    CONTROLLER_MEMORY,
    CONTROLLER_IO,
    CONTROLLER_PIDS,
    CONTROLLER_DEVICES,
    CONTROLLER_FREEZER,
    CONTROLLER_HUGETLB,
    CONTROLLER_NET_CLS,
    CONTROLLER_NET_PRIO,
    CONTROLLER_RDMA,
    CONTROLLER_MISC,
    CONTROLLER_PERF_EVENT,
    CONTROLLER_DMEM,
    CONTROLLERS,
    CONTROLLER_CORE = CONTROLLERS, /* files that every cgroup2 directory has */
};

#define CONTROLLER_BIT(c) (UINT32_C(1) << (c))

/* One mounted hierarchy. */
struct hierarchy {
    int version;
    uint32_t controllers;
    const char *names; /* "cpu,cpuacct", "name=systemd"; "" for v2 */
    const char *mount; /* host path */
    const char *root;  /* what of the hierarchy is mounted there, as /proc/PID/cgroup names it: "/", or "/a" */
    const char *own;   /* the calling process's cgroup as a path below the mount: "/" or "/a/b" */
};
struct layout {
    struct hierarchy *list;
    size_t count;
};

/* detect.c: parses /proc/self/mountinfo and /proc/self/cgroup; v2 gets no controllers yet. */
void layout_parse(struct arena *a, const char *mountinfo, const char *self_cgroup, struct layout *out);
/* The layout of this host, from the cache below state_root where it still holds. */
int layout_read(const char *state_root, struct layout *out, struct error *err);
uint32_t controllers_parse(const char *text, char separator);
const char *controller_name(enum controller controller, int version);
/* "/sys/fs/cgroup, which has "cpu pids"", for what is missing there; NULL unless cgroup2 is all there is. */
const char *layout_describe_v2(const struct layout *l, struct arena *a);

/* The container's directory in one hierarchy. */
struct place {
    int version;
    uint32_t controllers; /* of the hierarchy */
    const char *names;
    const char *directory; /* on the host */
    const char *mount;     /* NULL when opened from a record */
    const char *join;      /* what a process enters: directory, or another one for exec */
    int enter_fd;          /* tasks or cgroup.procs of it, opened by the runtime; -1 */
    int clone_fd;          /* v2: the directory, for CLONE_INTO_CGROUP; -1 */
    bool made;             /* by this davit, just now */
};

enum manager {
    MANAGER_CGROUPFS,
    MANAGER_SYSTEMD
};

struct cgroup {
    enum manager manager;
    const char *id;
    const char *path; /* below each mount; NULL: the unit decides */
    const char *unit, *slice;
    bool user_bus;
    bool optional; /* rootless without cgroupsPath and limits: no permission means no cgroup */
    bool explicit_path;
    bool rootless;
    bool cloned; /* the child is born in the v2 cgroup */
    bool by_bus; /* exec: systemd puts the child there, for the caller may not */
    bool from_record;
    const struct config *config;
    const struct resources *resources; /* NULL: none */
    const char *const *made;           /* parents to be removed with it */
    struct place *places;
    size_t count;
    struct layout layout;
    const struct knob_write *late; /* what cgroup_attach writes */
};

/* plan.c */
struct cgroup_name {
    const char *path;         /* cgroupfs: absolute below the mounts, or NULL when relative is set */
    const char *relative;     /* cgroupfs: may also be placed beside the caller */
    const char *slice, *unit; /* systemd */
};
int cgroup_name_of(const char *cgroups_path, const char *id, bool systemd, bool user, struct cgroup_name *out,
                   struct error *err);
/* "a-b.slice" -> "/a.slice/a-b.slice"; "-.slice" -> "". NULL for what is no slice. */
const char *slice_path(struct arena *a, const char *slice);

/* The path of "N:NAMES:PATH" of /proc/PID/cgroup for this hierarchy; NULL when the process is not told of it. */
const char *hierarchy_path(struct arena *a, const char *proc_cgroup, const struct hierarchy *h);
/* Where that path is on the host; NULL when the mount does not show it. */
const char *hierarchy_directory(struct arena *a, const struct hierarchy *h, const char *path);

/* place.c: directories of either version. */
int place_make(struct place *p, struct error *err);
/* Marks the parents that davit makes: whichever container is the last below one removes it. */
#define PLACE_MADE_XATTR "trusted.davit"
bool place_is_parent_of_davit(const char *directory);
/* A control file without its last newline; *out is NULL when it does not exist. */
int place_read(const struct place *p, const char *file, const char **out, struct error *err);
int place_write(const struct place *p, const char *file, const char *text, struct error *err);
bool place_has(const struct place *p, const char *file);
bool place_exists(const struct place *p);
struct place *cgroup_add_place(struct arena *a, struct cgroup *c, const struct hierarchy *h, const char *directory);
bool hierarchy_is_used(const struct hierarchy *h);
/* The place of a controller, or NULL. */
struct place *cgroup_place(const struct cgroup *c, enum controller controller);
struct place *cgroup_unified(const struct cgroup *c);
/* Where all processes of the container can be found: v2, else a v1 hierarchy. NULL: none exists. */
struct place *cgroup_any_place(const struct cgroup *c);

/* v1.c, v2.c */
int v1_prepare(struct place *p, struct error *err);
int v1_freeze(struct place *p, bool frozen, struct error *err);
int v1_is_frozen(struct place *p, bool *out, struct error *err);
/* Enables controllers from the mount down to the parent of `directory`; those in `wanted` or it is an error. */
int v2_enable(const struct place *p, uint32_t wanted, struct error *err);
int v2_prepare(struct place *p, uint32_t wanted, struct error *err);
int v2_explain_enter(const struct place *p, int errnum, struct error *err);
int v2_freeze(struct place *p, bool frozen, struct error *err);
int v2_is_frozen(struct place *p, bool *out, struct error *err);
int v2_delegate(const struct place *p, const struct config *c, struct error *err);

/* knobs_write.c: after a failure puts the old values back when `rollback`. */
int cgroup_write_all(struct cgroup *c, const struct knob_write *writes, bool rollback, struct error *err);
/* Controllers of v2 that these writes are for. */
uint32_t cgroup_wanted_v2(const struct knob_write *writes);
/* The same writes with the values that the files have now. */
struct knob_write *cgroup_present(struct cgroup *c, const struct knob_write *writes, struct arena *a);

int systemd_is_built_in(struct error *err); /* asked before anything is made */
int systemd_create(struct cgroup *c, pid_t pid, struct error *err);
int systemd_set(struct cgroup *c, const struct knob_write *writes, struct error *err);
int systemd_attach(struct cgroup *c, pid_t pid, struct error *err); /* into what the unified place joins */
int systemd_destroy(struct cgroup *c, struct error *err);
