#include "libcontainer/launch/parent.h"

#include "base/arena.h"
#include "base/child.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/proc.h"
#include "libcontainer/cgroup/cgroup.h"
#include "libcontainer/launch/attached.h"
#include "libcontainer/launch/channel.h"
#include "libcontainer/launch/idmap.h"
#include "libcontainer/launch/launch.h"
#include "libcontainer/launch/namespaces.h"
#include "libcontainer/launch/sealed.h"
#include "libcontainer/launch/sequence.h"
#include "libcontainer/launch/service.h"
#include "libcontainer/launch/spawn.h"
#include "spec/config.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

/* The child is gone without a word: from its status and from where it was, what can be known. */
static int explain_death(struct launch *l, struct error *err)
{
    int status = 0;
    pid_t pid = l->pid;
    const char *step = l->shared && l->shared->step[0] ? arena_strdup(l->arena, l->shared->step) : "init: begin";
    l->pid = 0;
    if (pid <= 0 || child_reap(pid, &status, err) < 0)
        return fail(err, ERR_PROCESS_DIED, "the container's first process is gone");
    const char *how = child_status_text(l->arena, status);
    if (l->kind == LAUNCH_MOUNT || l->kind == LAUNCH_UNMOUNT)
        fail(err, ERR_PROCESS_DIED, "the child that works on the container's mounts %s", how);
    else
        fail(err, ERR_PROCESS_DIED, "%s %s before its program ran",
             l->kind == LAUNCH_EXEC ? "the process" : "the container's init", how);
    error_step(err, step);
    const char *why = cgroup_explain_death(l->cgroup, l->arena);
    return why ? error_hint(err, "%s", why) : -1;
}

static int serve_time_offsets(struct launch *l, struct error *err)
{
    const char *text = "";
    for (const struct time_offset **o = l->config->linux_->time_offsets; *o; o++)
        text = arena_printf(l->arena, "%s%s %" PRId64 " %" PRId64 "\n", text, (*o)->key, (*o)->secs ? *(*o)->secs : 0,
                            (*o)->nanosecs ? *(*o)->nanosecs : 0);
    if (l->proc_fd < 0 && proc_open(false, &l->proc_fd, err) < 0)
        return -1;
    if (proc_write(l->proc_fd, arena_printf(l->arena, "%d/timens_offsets", (int)l->pid), text, err) == 0)
        return 0;
    error_at(err, "linux.timeOffsets");
    return error_context(err, "setting the clocks of the time namespace");
}

/* When davit fails because its child is gone, the child's own error is the one that counts. */
static void prefer_error_of_child(struct launch *l, struct error *err)
{
    struct error other;
    struct message m;
    struct pollfd poll_fd = {.fd = l->channel->fd, .events = POLLIN};
    error_init(&other, err->arena);
    while (poll(&poll_fd, 1, 0) == 1 && channel_receive(l->channel, &m, &other) == 0) {
        message_close(&m);
        if (m.kind == CHANNEL_FAILED) {
            channel_read_error(&m, err);
            return;
        }
    }
}

/* A child in davit's memory has attached itself (launch/init.c), and is born by now. */
static int attach(struct launch *l, struct error *err)
{
    bool is_born = l->kind == LAUNCH_EXEC && l->plan->lends_memory;
    if ((is_born ? sequence_attach_born(l, err) : sequence_attach(l, err)) == 0) {
        attached_tell(l);
        return 0;
    }
    prefer_error_of_child(l, err);
    return -1;
}

static int adopt(struct launch *l, struct message *m, struct error *err)
{
    bool is_attached = l->plan->born_last;
    if (spawn_adopt(l, &m->fds[0], err) < 0)
        return -1;
    return is_attached ? sequence_attach_born(l, err) : attach(l, err);
}

static int serve(struct launch *l, struct message *m, struct service_reply *reply, struct error *err)
{
    switch (m->kind) {
    case CHANNEL_MAP_IDS:
        return idmap_write(l, err);
    case CHANNEL_TIME_OFFSETS:
        return serve_time_offsets(l, err);
    case CHANNEL_INIT_PID:
        return adopt(l, m, err);
    default:
        break;
    }
    const struct service *s = sequence_service(m->kind);
    if (!s)
        return fail(err, ERR_SYSTEM, "the container's init asked for something unknown (%u)", m->kind);
    if (sequence_point(l, s->step, err) < 0)
        return -1;
    if (s->serve(l, m, reply, err) == 0)
        return 0;
    return error_step(err, s->step);
}

static int answer(struct launch *l, struct message *m, struct error *err)
{
    struct service_reply reply = {.fd_count = 0};
    struct error failure;
    error_init(&failure, err->arena);
    int result = serve(l, m, &reply, &failure);
    message_close(m);
    if (result < 0)
        result = channel_send_error(l->channel, &failure, err);
    else
        result = channel_send(l->channel, CHANNEL_DONE, NULL, 0, reply.fds, reply.fd_count, err);
    for (size_t i = 0; i < reply.fd_count; i++)
        fd_close(&reply.fds[i]);
    /* A child that is gone already has said why, or is found dead by the next receive. */
    if (result < 0)
        error_clear(err);
    return 0;
}

static void write_log(const struct message *m)
{
    uint32_t level;
    if (m->length < sizeof level)
        return;
    memcpy(&level, m->payload, sizeof level);
    if (level <= LOG_DEBUG_LEVEL)
        log_message((enum log_level)level, "%s", m->payload + sizeof level);
}

/* One message: 1 go on, 0 READY, -1. */
static int serve_one(struct launch *l, struct error *err)
{
    struct message m;
    int got = channel_receive(l->channel, &m, err);
    if (got < 0)
        return -1;
    if (got == CHANNEL_CLOSED)
        return explain_death(l, err);
    switch (m.kind) {
    case CHANNEL_READY:
        message_close(&m);
        return 0;
    case CHANNEL_LOG:
        write_log(&m);
        message_close(&m);
        return 1;
    case CHANNEL_FAILED:
        message_close(&m);
        return channel_read_error(&m, err);
    default:
        return answer(l, &m, err) < 0 ? -1 : 1;
    }
}

/* As soon as the child goes on by itself, whichever process it is in the end. */
static int work_beside(struct launch *l, struct error *err)
{
    int (*beside)(struct launch *, struct error *) = l->beside;
    if (!attached_is_told(l) || l->plan->born_last)
        return 0;
    l->beside = NULL;
    int result = beside ? beside(l, err) : 0;
    sealed_release();
    return result;
}

static int release(struct launch *l, struct error *err)
{
    if (channel_send(l->channel, CHANNEL_DONE, NULL, 0, NULL, 0, err) == 0)
        return 0;
    error_clear(err);
    return explain_death(l, err);
}

int parent_serve(struct launch *l, struct error *err)
{
    bool attach_first = l->attach_first && !l->plan->forks;
    if (l->plan->maps_ids) {
        if (sequence_point(l, "runtime: map ids", err) < 0)
            return -1;
        if (idmap_write(l, err) < 0)
            return error_step(err, "runtime: map ids");
    }
    if (attach_first && attach(l, err) < 0)
        return -1;
    if (l->child_waits && release(l, err) < 0)
        return -1;
    if (!attach_first && !l->plan->forks && attach(l, err) < 0)
        return -1;
    int more;
    do
        more = work_beside(l, err) < 0 ? -1 : serve_one(l, err);
    while (more > 0);
    return more;
}

int parent_let_wait(struct launch *l, struct error *err)
{
    return channel_send(l->channel, CHANNEL_DONE, NULL, 0, NULL, 0, err) < 0 ? explain_death(l, err) : 0;
}

int parent_await_program(struct launch *l, struct error *err)
{
    struct message m;
    for (;;) {
        int got = channel_receive(l->channel, &m, err);
        if (got != 0)
            return got == CHANNEL_CLOSED ? 0 : -1;
        message_close(&m);
        if (m.kind == CHANNEL_FAILED)
            return channel_read_error(&m, err);
        if (m.kind == CHANNEL_LOG)
            write_log(&m);
    }
}

int parent_let_go(struct launch *l, struct error *err)
{
    if (channel_send(l->channel, CHANNEL_GO, NULL, 0, NULL, 0, err) < 0)
        return explain_death(l, err);
    return parent_await_program(l, err);
}
