/* state.h - what davit remembers of a container (state.json below ROOT/ID), and the state that it shows.
 *
 * The record is written before the thing that it speaks of is done, so that any later davit can undo it. */
#pragma once

#include "spec/schema.h"

#include <stdbool.h>
#include <stdint.h>

struct config;
struct pair;

/* Who a process is, beyond its number: a recycled pid has another start time, an earlier boot another id. */
struct identity {
    const int64_t *pid;
    const uint64_t *start_time; /* clock ticks since boot */
    const char *boot_id;
};

enum container_status {
    STATUS_CREATING,
    STATUS_CREATED,
    STATUS_RUNNING,
    STATUS_PAUSED,
    STATUS_STOPPED
};
extern const struct name status_names[];

/* Where the container's cgroups are; written at create, obeyed by every later command whatever its flags. */
struct cgroup_record {
    const char *manager; /* "cgroupfs", "systemd", "disabled" */
    const char *path;    /* below each hierarchy's mount, absolute; or that of the unit, once it is known */
    const char *unit;    /* NULL, or "docker-abc.scope" */
    const char *slice;
    bool user_bus;       /* the unit belongs to the user's manager */
    const char **places; /* the container's own directories: "2:memory,pids:/sys/fs/cgroup/x", version first */
    const char **made;   /* parents of these that davit made too, deepest last: removed when empty */
};

/* The root of a container that has no mount namespace of its own: what covers its directory, see mount/stack.h. */
struct stacked_root {
    const char *path; /* canonical, in that namespace */
    const int64_t *mount_id;
    const int64_t *namespace_id; /* the namespace's inode */
    const char *namespace_path;  /* of a joined one, as the config has it; NULL */
};

struct record {
    const int64_t *version; /* of this schema: RECORD_VERSION */
    const char *davit_version;
    const char *id, *bundle;        /* bundle: absolute */
    const char *rootfs;             /* absolute */
    const char *created;            /* RFC 3339 */
    const char *owner;              /* user name or number of the creator */
    const int64_t *status;          /* as last written: creating, created, running or stopped */
    const struct identity *creator; /* the davit that is creating it */
    const struct identity *init;
    const char **begun; /* names of aspects whose `before` was begun, in order */
    const struct cgroup_record *cgroup;
    const struct pair **annotations;
    bool rootless;
    bool detached;
    bool started;      /* GO was sent, or is about to be */
    const char *ended; /* RFC 3339; with exit_code known of `run --keep` alone, which sees the end */
    const int64_t *exit_code;
    const char *clos_id; /* NULL, or the resctrl group; made_clos: davit made it */
    bool made_clos, made_mon;
    const struct stacked_root *stacked_root; /* NULL: the container's mounts are its own */
    const struct pair **net_devices;         /* name on the host -> name in the container */
};

#define RECORD_VERSION 1
extern const struct object record_object, identity_object, cgroup_record_object, stacked_root_object;

/* runtime.md#state: what `state` prints (with davit's and the peers' extra members) and what hooks read (without). */
struct oci_state {
    const char *oci_version, *id;
    const int64_t *status;
    const int64_t *pid; /* absent when there is none */
    const char *bundle, *rootfs, *created, *owner;
    const struct pair **annotations;
};
extern const struct object oci_state_object;  /* for `state` */
extern const struct object hook_state_object; /* for hooks: only what the specification names */
