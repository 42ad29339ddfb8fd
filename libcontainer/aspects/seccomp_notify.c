/* seccomp_notify.c - hands the listener of SCMP_ACT_NOTIFY to its agent, with the container process state
 * (config-linux.md#the-container-process-state). */
#include "libcontainer/aspects/seccomp.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/fd_passing.h"
#include "base/unix_socket.h"
#include "libcontainer/launch/aspect.h"
#include "libcontainer/launch/launch.h"
#include "libcontainer/launch/service.h"
#include "spec/config.h"
#include "spec/schema.h"
#include "spec/state.h"

#include <stdlib.h>
#include <string.h>

struct process_state {
    const char *oci_version;
    const char **fds;
    const int64_t *pid;
    const char *metadata;
    const struct oci_state *state;
};

static const struct slot process_state_slots[] = {
    STRING(process_state, oci_version, "ociVersion"),
    STRINGS(process_state, fds, "fds"),
    INT(process_state, pid, "pid"),
    STRING(process_state, metadata, "metadata"),
    {.key = "state", SLOT(process_state, state, SLOT_OBJECT, const struct oci_state *), .element = &hook_state_object},
    END,
};
static const struct object process_state_object = {"process_state", sizeof(struct process_state), process_state_slots};

int seccomp_agent_connect(struct launch *l, struct error *err)
{
    const struct seccomp *s = l->config->linux_->seccomp;
    const char *path = s->listener_path;
    if (!path)
        path = config_annotation(l->config, "run.oci.seccomp.receiver");
    if (!path)
        path = secure_getenv("RUN_OCI_SECCOMP_RECEIVER");
    if (!path) {
        fail_config(err, "linux.seccomp.listenerPath", "is required, since the profile uses SCMP_ACT_NOTIFY");
        return error_hint(err, "name the socket of the seccomp agent, or use another action");
    }
    if (unix_socket_connect(path, &l->seccomp_notify_fd, err) == 0)
        return 0;
    error_context(err, "reaching the seccomp agent");
    return error_at(err, "linux.seccomp.listenerPath");
}

static int serve(struct launch *l, struct message *m, struct service_reply *reply, struct error *err)
{
    (void)reply;
    if (l->options && l->options->seccomp_trace)
        return seccomp_trace_begin(l, err);
    if (m->fd_count != 1 || l->seccomp_notify_fd < 0)
        return fail(err, ERR_SYSTEM, "the container's init sent no seccomp listener");
    const char *fds[] = {"seccompFd", NULL};
    int64_t pid = l->pid, status = l->kind == LAUNCH_EXEC ? STATUS_RUNNING : STATUS_CREATING;
    int64_t init =
        l->kind == LAUNCH_EXEC && l->record && l->record->init && l->record->init->pid ? *l->record->init->pid : pid;
    const struct oci_state state = {
        .oci_version = l->config->oci_version,
        .id = l->id,
        .status = &status,
        .pid = &init,
        .bundle = l->bundle,
        .annotations = l->config->annotations,
    };
    const struct process_state all = {
        .oci_version = l->config->oci_version,
        .fds = fds,
        .pid = &pid,
        .metadata = l->config->linux_->seccomp->listener_metadata,
        .state = &state,
    };
    const char *text = schema_encode(l->arena, &process_state_object, &all, 0);
    if (fd_passing_send(l->seccomp_notify_fd, text, strlen(text), m->fds, 1, err) < 0)
        return error_context(err, "sending the listener to the seccomp agent");
    fd_close(&l->seccomp_notify_fd);
    return 0;
}

const struct service seccomp_service = {CHANNEL_SECCOMP_FD, "runtime: seccomp", serve};
