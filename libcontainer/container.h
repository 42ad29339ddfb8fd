/* container.h - what one can do with containers: the verbs behind the commands, usable as a library.
 *
 * Each returns 0, or -1 with *err filled. `root` is the state root (store_root). Nothing here prints. */
#pragma once

#include "libcontainer/launch/launch.h"
#include "spec/state.h"

struct config;
struct error;
struct resources;

struct create_request {
    const char *root, *id;
    const char *bundle;      /* as given; made absolute */
    const char *config_file; /* NULL: BUNDLE/config.json */
    struct launch_options options;
    bool rootless;
    bool strict; /* refuse members that the specification does not know */
    bool keep;   /* run: the container stays after its end */
};

/* creating → created. On failure nothing is left, and poststop hooks have run. */
int container_create(const struct create_request *request, struct error *err);
/* created → running. ERR_WRONG_STATE otherwise. */
int container_start(const char *root, const char *id, struct error *err);
/* create and start; in the foreground waits, relays terminal and signals, and deletes. *out_status: exit status. */
int container_run(const struct create_request *request, int *out_status, struct error *err);
/* ERR_WRONG_STATE "container not running" when it has stopped; `all`: every process in it. */
int container_kill(const char *root, const char *id, int signal, bool all, struct error *err);
/* created or stopped → gone; `force` kills first, and an unknown id is fine. */
int container_delete(const char *root, const char *id, bool force, struct error *err);

/* How CRIU goes about it; what is NULL or false is not asked for. */
struct checkpoint_options {
    const char *image_path, *work_path; /* NULL: "checkpoint" in the working directory; the log's, NULL: the same */
    const char *parent_path;            /* of an earlier pre-dump, relative to image_path */
    const char *page_server;            /* "ADDRESS:PORT" */
    const char *manage_cgroups_mode, *network_lock, *lsm_profile, *lsm_mount_context;
    const char *criu; /* the program; NULL: as PATH says */
    const char **empty_ns;
    uint64_t status_fd; /* gets a byte once pages can be fetched; 0: none */
    bool leave_running, pre_dump, lazy_pages, auto_dedup, file_locks, ext_unix_sk, shell_job, link_remap;
    bool tcp_established, tcp_close, tcp_skip_in_flight;
};
struct checkpoint_request {
    const char *root, *id;
    struct checkpoint_options criu;
};
/* running or paused → gone, or as it was with leave_running and pre_dump; after a failure as it was. */
int container_checkpoint(const struct checkpoint_request *request, struct error *err);
struct restore_request {
    struct create_request create;
    struct checkpoint_options criu;
};
/* What a checkpoint has written → running. On failure nothing is left. In the foreground as container_run. */
int container_restore(const struct restore_request *request, int *out_status, struct error *err);

/* A process to start in a container that is there. Inline members are NULL or false when not given. */
struct exec_request {
    const char *root, *id;
    const char *process_file; /* an OCI process object: what the config has is taken only for what it lacks */
    const char **args;        /* inline: the config's process with these changes */
    const char *cwd, *user;
    const char **env, **capabilities, **additional_gids;
    const char *apparmor, *process_label;
    bool tty, no_new_privileges, ignore_paused;
    struct launch_options options;
};
/* In the foreground waits; *out_status: exit status. An error before the program runs leaves no process and no pid
 * file. */
int container_exec(const struct exec_request *request, int *out_status, struct error *err);

/* Members that are absent stay as they are, and so do the device rules. */
struct update_request {
    const char *root, *id;
    const struct resources *resources;           /* NULL: none to change */
    const char *l3_cache_schema, *mem_bw_schema; /* NULL, or lines of its resctrl group */
};
/* created, running or paused. All limits, or after a failure none. */
int container_update(const struct update_request *request, struct error *err);
/* running or created → paused, once every process has stopped; and back. */
int container_pause(const char *root, const char *id, struct error *err);
int container_resume(const char *root, const char *id, struct error *err);
struct mount_list;
struct mounts_request {
    const char *root, *id;
    const struct mount_list *list;
    bool remove; /* what is mounted at the destinations is taken away; else the mounts are made */
};
/* created, running or paused. Added all, or after a failure none. The kept config stays as it is. */
int container_mounts(const struct mounts_request *request, struct error *err);
/* Pids of all processes in it, as the caller sees them, ended by 0. */
int container_processes(const char *root, const char *id, pid_t **out, struct error *err);
struct cgroup_stats;
struct events_request {
    const char *root, *id;
    bool once;            /* statistics, one time */
    unsigned interval_ms; /* between statistics */
    /* NULL for stats: memory ran out. Everything is gone when it returns. */
    int (*report)(void *data, const struct cgroup_stats *stats, struct error *err);
    void *data;
};
/* Returns when the container ends. ERR_WRONG_STATE when it has. */
int container_events(const struct events_request *request, struct error *err);

/* What is known of a container now. All in the error's arena. */
struct container_view {
    struct record *record;
    enum container_status status;
    pid_t pid; /* 0: stopped */
};
int container_inspect(const char *root, const char *id, struct container_view *out, struct error *err);
/* The runtime.md state of it. */
struct oci_state *container_state(const struct container_view *view, struct error *err);
/* Reads and decodes config.json, checks every aspect; the first fault in *err with line and column. */
int container_load_config(const char *file, bool strict, const struct config **out, const char **out_text,
                          size_t *out_length, struct error *err);
/* Adds file, line and column to an error that names a member of that config and has no place yet. */
void container_locate_fault(const char *file, const char *text, size_t length, struct error *err);
