/* launch.h - one start of one process, init of a container or exec into one: what the runtime and the child share.
 *
 * The child is a fork: it inherits everything here. Members that one side alone fills say so. Descriptors belong to
 * the launch and are closed by launch_free; -1 is none. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct arena;
struct aspect;
struct cgroup;
struct channel;
struct config;
struct error;
struct foreground;
struct mount_plan;
struct plan;
struct process;
struct record;
struct store;

enum launch_kind {
    LAUNCH_CREATE,
    LAUNCH_EXEC,
    LAUNCH_MOUNT,   /* no process: a child that joins a container, mounts l->config->mounts in it, and ends */
    LAUNCH_UNMOUNT, /* the same, and takes away what is mounted at their destinations */
};

/* What the command line says, whatever the config. Paths are absolute or as the caller gave them. */
struct launch_options {
    const char *console_socket, *pidfd_socket, *pid_file;
    uint64_t preserve_fds; /* descriptors from 3 on that the process keeps */
    bool no_pivot, no_new_keyring, systemd_cgroup;
    const char *cgroup_manager; /* NULL, "cgroupfs", "systemd", "disabled" */
    bool detach;
    bool foreground; /* the runtime stays; the process dies with it */
    bool seccomp_trace;
    const char **exec_cgroups; /* exec --cgroup, or NULL */
    bool inline_process;       /* exec: the process was composed from options: errors name them, not its members */
    bool cwd_option;           /* process->cwd came from exec --cwd: errors name that */
};

/* One page that both sides see, even after the child was killed. */
struct launch_shared {
    char step[64];
    uint32_t attached; /* see attached.c */
    uint32_t entered;  /* 1: the child is in its cgroup */
    uint32_t traced;   /* 1: the tracer has the seccomp listener, see seccomp_trace.c */
};

struct launch {
    enum launch_kind kind;
    struct arena *arena;
    const char *id;
    const char *state_root, *bundle; /* ROOT, with the cache below it; both absolute */
    const char *rootfs;              /* absolute host path, for messages and the record */
    const struct config *config;
    const struct process *process; /* config->process, or exec's; NULL for a config without process */
    const struct launch_options *options;
    struct store *store;        /* locked exclusively at create */
    struct record *record;      /* what store_write writes */
    struct cgroup *cgroup;      /* NULL: cgroups are disabled */
    struct plan *plan;          /* namespaces: which are made, joined, in what order */
    struct mount_plan *mounts;  /* parsed mounts, before any hostile code can run */
    const char *id_note;        /* why an ordinary user has one id alone in the container; NULL: it does not */
    bool rootless;              /* euid is not 0, or not in the initial user namespace with full rights */
    bool in_new_user_namespace; /* the plan makes or joins one */

    /* Both sides */
    struct channel *channel; /* this side's end */
    const char *step;        /* "init: mounts": what runs now; of the side that runs it */
    bool is_runtime;         /* false in the child */
    struct launch_shared *shared;
    struct foreground *foreground; /* NULL unless davit stays and waits for the process */
    bool child_waits;    /* the child does nothing before the runtime says so: its id maps are to be written */
    bool attach_first;   /* or because it must be attached before: systemd moves it, or an ordinary user's davit */
    bool caller_is_root; /* davit's effective uid is 0, whatever the child has become */
    bool starts_at_once; /* run, exec: GO comes by the channel, and there is no start.sock */

    /* Runtime */
    pid_t pid; /* init in the caller's pid namespace, once it exists */
    int pidfd;
    pid_t watch;                                        /* container/watch.h; 0: none */
    int (*beside)(struct launch *l, struct error *err); /* once, while the child sets itself up; NULL: nothing */
    int proc_fd;                                        /* davit's own procfs of the host (base/proc.h) */
    int bundle_fd, console_socket_fd;                   /* the latter connected before any namespace is entered */
    int start_fd;                                       /* listening start.sock, inherited by init */
    int seccomp_notify_fd;                              /* connected to linux.seccomp.listenerPath */
    int terminal_fd;                                    /* the pty's master, when the runtime relays it itself */
    struct exec_join *join;                             /* exec: what is joined, opened by the runtime */

    /* Opened by the runtime in `before`, used by init */
    int root_source_fd, hooks_bundle_fd; /* O_PATH of rootfs, and of the bundle, on the host */
    int *hook_fds;                       /* programs of the createContainer hooks, in order, ended by -1; NULL: none */

    /* Init */
    int root_fd;                               /* O_PATH of the new root mount */
    int init_proc_fd;                          /* davit's own procfs of the pid namespace that the child is in */
    int terminal_sent_fd, seccomp_listener_fd; /* the pty's master and the filter's listener, yet to be sent */
    int executable_fd;                         /* O_PATH of the program found at create; also its path: */
    const char *executable_path;               /* what execve gets, absolute inside the root or as given with a slash */
    const char **environment;                  /* for execve */
    bool in_working_directory;                 /* chdir has succeeded */
    bool asks_own_stdio;        /* only the runtime can give stdin, stdout and stderr to the process's user */
    uint64_t held_capabilities; /* beyond the process's own: needed once more before execve, which drops them */

    /* seccomp: compiled in `before` by the runtime */
    const void *seccomp_program;            /* struct sock_filter[] */
    uint32_t seccomp_length, seccomp_flags; /* the former in instructions */
    bool seccomp_has_notify; /* it answers some calls with SCMP_ACT_NOTIFY: loaded at create, else just before execve */
    bool seccomp_is_loaded;
};

/* An empty launch in the arena, every descriptor -1. */
struct launch *launch_new(struct arena *a, enum launch_kind kind);
void launch_free(struct launch *l);
/* davit's own procfs of this side's pid namespace: l->proc_fd or l->init_proc_fd, opened on first use. */
int launch_proc(struct launch *l, int *out_fd, struct error *err);
