/* rpc.h - CRIU's requests and responses (its images/rpc.proto) as structs, and as bytes. Pure. */
#pragma once

#include "libcontainer/checkpoint/protobuf.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;

enum criu_type {
    CRIU_DUMP = 1,
    CRIU_RESTORE = 2,
    CRIU_PRE_DUMP = 4,
    CRIU_NOTIFY = 6,
    CRIU_FEATURE_CHECK = 9,
    CRIU_VERSION = 10,
};

enum criu_cgroups_mode {
    CRIU_CGROUPS_IGNORE = 0,
    CRIU_CGROUPS_SOFT = 3,
    CRIU_CGROUPS_FULL = 4,
    CRIU_CGROUPS_STRICT = 5,
};

enum criu_network_lock {
    CRIU_LOCK_IPTABLES = 1,
    CRIU_LOCK_NFTABLES = 2,
    CRIU_LOCK_SKIP = 3,
};

/* A key with a text, or with a descriptor of criu's own process. */
struct criu_entry {
    const char *key;
    const char *text; /* cgroup_roots: the path, join_ns: the file */
    int fd;           /* inherit_fd */
};

/* criu_opts; what is NULL or false is left out. Lists end with NULL. */
struct criu_options {
    const int64_t *images_dir_fd, *work_dir_fd; /* descriptors of criu's own process */
    const int64_t *pid, *log_level, *manage_cgroups_mode, *network_lock;
    const int64_t *empty_ns; /* CLONE_NEWNET */
    const char *log_file, *root, *parent_img, *freeze_cgroup, *cgroup_yard, *config_file, *lsm_profile,
        *lsm_mount_context;
    const char *page_server_address; /* with the port */
    const int64_t *page_server_port;
    bool leave_running, ext_unix_sk, tcp_established, tcp_skip_in_flight, tcp_close, shell_job, file_locks;
    bool track_mem, auto_dedup, link_remap, lazy_pages, rst_sibling, ext_sharing, ext_masters;
    bool orphan_pts_master, notify_scripts;
    const char **external;             /* "mnt[/data]:/data", "net[4026531840]:extRootNetNS" */
    const struct criu_entry **inherit; /* key: "pipe:[1234]" */
    const struct criu_entry **join_ns; /* key: "ipc" */
    const struct criu_entry **cgroup_roots;
};

struct criu_request {
    enum criu_type type;
    const struct criu_options *options;
    bool notify_success; /* CRIU_NOTIFY: the answer */
    bool keep_open;
    bool check_mem_track, check_lazy_pages; /* CRIU_FEATURE_CHECK: what to ask for */
};

void criu_encode(const struct criu_request *q, struct protobuf *out);

struct criu_response {
    int64_t type;
    bool success;
    int64_t errnum;      /* cr_errno, 0: none */
    const char *message; /* cr_errmsg, NULL: none */
    const char *script;  /* CRIU_NOTIFY: "post-restore" */
    int64_t pid;         /* of a notification or a restore; 0: none */
    unsigned version;    /* 31701 for 3.17.1 */
    bool mem_track, lazy_pages;
};

/* False when the bytes are no response. Texts are in the arena. */
bool criu_decode(struct arena *a, const void *bytes, size_t length, struct criu_response *out);
