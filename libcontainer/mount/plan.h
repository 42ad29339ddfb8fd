/* plan.h - all mounts of a container, read from the config in the runtime, before anything hostile can run.
 *
 * Making the plan is pure; its few descriptors are filled by those who carry it out. */
#pragma once

#include "libcontainer/mount/options.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct config;
struct error;
struct mount;

enum mount_kind {
    MOUNT_KIND_BIND,
    MOUNT_KIND_FILESYSTEM,
    MOUNT_KIND_CGROUP,
    MOUNT_KIND_REMOUNT, /* other attributes for what is mounted at the destination */
};

struct planned_mount {
    size_t index;
    const char *path; /* "mounts[4]" */
    enum mount_kind kind;
    const struct mount *config;
    const char *destination; /* clean and absolute inside the root */
    const char *source;      /* a bind mount's: absolute on the host; else as given, or NULL */
    const char *type;        /* never NULL; "bind" for bind mounts */
    struct mount_options options;
    const struct id_mapping **uid_mappings, **gid_mappings; /* with options.idmap: what maps; NULL: the namespace's */
    const char *user_namespace; /* with options.idmap and no mappings: path of the joined user namespace */
    const char *link;           /* with options.copy_symlink: what the source, a link, says; NULL: it is none */
    bool holds_paths;           /* linux.maskedPaths or readonlyPaths has an entry below it */
    int mounted_fd;             /* what was attached: in LAUNCH_MOUNT's child, to be taken away should another fail; in
                                   init, a procfs or sysfs with holds_paths, for these; -1 */
    int late_fd;                /* init: a tmpfs that becomes read-only once all is in place; -1: none */
};

struct mount_plan {
    struct planned_mount *items;
    size_t count;
    bool binds_dev;     /* the whole of /dev comes from the host: nothing is made in it */
    bool own_namespace; /* the config makes a mount namespace */
    bool is_mounting;   /* it does, or asks for mounts in the host's or a joined one: see stack.h */
    const char *label;  /* linux.mountLabel as an option, "context=system_u:…"; NULL: none */
    int null_fd;        /* init: a detached mount of the host's null device, for masks; -1 */
    int root_top_fd;    /* init: what a mount on "/" put in place of root_fd; -1 */
};

/* `bundle`: sources are relative to it; NULL for checks. Returns the first fault. */
int mount_plan_make(const struct config *c, const char *bundle, struct mount_plan **out, struct error *err);
/* The attached mount that a clean path lies in by its name, as a descriptor, and what remains of the path; -1: none.
 * The name of its place may lead elsewhere by now: whoever shares the image or a volume may have moved it. */
int mount_plan_holder(const struct mount_plan *p, const char *path, const char **out_rest);
/* True when the config mounts something on this very path (or makes a link there), and no later mount hides it. */
bool mount_plan_covers(const struct mount_plan *p, const char *path);
/* Closes the descriptors. NULL is fine. */
void mount_plan_close(struct mount_plan *p);
/* "mounts[4] /data on /srv", for contexts of errors. In the arena. */
const char *mount_plan_name(struct arena *a, const struct planned_mount *m);
