/* checkpoint and restore. */
#include "cmd/create_options.h"

#include "base/error.h"
#include "libcontainer/container.h"
#include "libcontainer/store/store.h"

static const char *const cgroups_modes[] = {"soft", "full", "strict", "ignore", NULL};
static const char *const network_locks[] = {"iptables", "nftables", "skip", NULL};

// clang-format off
/* What checkpoint and restore have in common. */
#define CRIU_ROWS(T) \
    TEXT_OPTION(T, criu.image_path, "image-path", 0, "DIR", \
        "The directory of the checkpoint. Default: checkpoint in this directory."), \
    TEXT_OPTION(T, criu.work_path, "work-path", 0, "DIR", \
        "Where criu writes its log and works. Default: the directory of the checkpoint."), \
    TEXT_OPTION(T, criu.parent_path, "parent-path", 0, "DIR", \
        "The directory of an earlier pre-dump, relative to --image-path."), \
    FLAG_OPTION(T, criu.tcp_established, "tcp-established", 0, "Keeps TCP connections."), \
    FLAG_OPTION(T, criu.tcp_close, "tcp-close", 0, "Closes TCP connections."), \
    FLAG_OPTION(T, criu.ext_unix_sk, "ext-unix-sk", 0, "Lets unix sockets have their other end outside."), \
    FLAG_OPTION(T, criu.shell_job, "shell-job", 0, "Lets processes share davit's own terminal."), \
    FLAG_OPTION(T, criu.file_locks, "file-locks", 0, "Keeps locks on files."), \
    FLAG_OPTION(T, criu.link_remap, "link-remap", 0, "Keeps files that are open but have no name any more, by linking them."), \
    FLAG_OPTION(T, criu.auto_dedup, "auto-dedup", 0, "Frees memory pages of the parent that are written again, or were read."), \
    FLAG_OPTION(T, criu.lazy_pages, "lazy-pages", 0, "Leaves memory to be fetched when it is used."), \
    TEXT_OPTION(T, criu.manage_cgroups_mode, "manage-cgroups-mode", 0, "MODE", \
        "What becomes of cgroups: soft (default), full, strict or ignore.", .words = cgroups_modes), \
    TEXT_OPTION(T, criu.network_lock, "network-lock", 0, "METHOD", \
        "How connections are held meanwhile: iptables, nftables or skip.", .words = network_locks), \
    TEXTS_OPTION(T, criu.empty_ns, "empty-ns", 0, "NAMESPACE", \
        "Leaves the network namespace empty: whoever restores sets it up. Only network is possible.")

COMMAND_ROWS(checkpoint, checkpoint_request) = {
    CRIU_ROWS(checkpoint_request),
    FLAG_OPTION(checkpoint_request, criu.leave_running, "leave-running", 'R', "Lets the container run on."),
    FLAG_OPTION(checkpoint_request, criu.pre_dump, "pre-dump", 'P',
        "Writes memory alone, to make a later checkpoint short; the container runs on."),
    TEXT_OPTION(checkpoint_request, criu.page_server, "page-server", 0, "ADDRESS:PORT",
        "Sends memory to a page server of criu."),
    NUMBER_OPTION(checkpoint_request, criu.status_fd, "status-fd", 0, "FD",
        "Writes a byte there once memory can be fetched."),
    FLAG_OPTION(checkpoint_request, criu.tcp_skip_in_flight, "tcp-skip-in-flight", 0,
        "Leaves out TCP connections that are being made."),
    NO_MORE_OPTIONS,
};

/* CREATE_ROWS speak of its first member. */
_Static_assert(offsetof(struct restore_request, create) == 0, "create is first");
COMMAND_ROWS(restore, restore_request) = {
    CREATE_ROWS,
    FLAG_OPTION(restore_request, create.options.detach, "detach", 'd', "Returns as soon as the processes run."),
    FLAG_OPTION(restore_request, create.keep, "keep", 0, "Leaves the container after its end, for state and delete."),
    CRIU_ROWS(restore_request),
    TEXT_OPTION(restore_request, criu.lsm_profile, "lsm-profile", 0, "TYPE:NAME",
        "The profile to run under instead of the checkpoint's, such as selinux:LABEL or apparmor:NAME."),
    TEXT_OPTION(restore_request, criu.lsm_mount_context, "lsm-mount-context", 0, "CONTEXT",
        "The SELinux context of mounts instead of the checkpoint's."),
    NO_MORE_OPTIONS,
};
// clang-format on

int run_checkpoint(struct invocation *i, struct error *err)
{
    struct checkpoint_request *request = i->options;
    request->id = i->arguments[0];
    request->criu.criu = i->global->criu;
    if (store_root(i->global->root, &request->root, err) < 0)
        return -1;
    return container_checkpoint(request, err);
}

int run_restore(struct invocation *i, struct error *err)
{
    struct restore_request *request = i->options;
    request->criu.criu = i->global->criu;
    if (complete_create(i, &request->create, err) < 0)
        return -1;
    return container_restore(request, &i->exit_status, err);
}
