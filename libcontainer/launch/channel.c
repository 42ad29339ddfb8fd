#include "libcontainer/launch/channel.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/fd_passing.h"
#include "spec/error_json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

struct header {
    uint32_t kind, length;
};

/* Room for the descriptors that a message may have and for some more, so that surplus ones arrive and are closed. */
enum {
    RECEIVED_FDS = CHANNEL_FDS + 4
};

int channel_pair(struct channel *out_parent, struct channel *out_child, struct error *err)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return fail_errno(err, "cannot make the channel between davit and the container's init");
    out_parent->fd = pair[0];
    out_child->fd = pair[1];
    return 0;
}

int channel_send(struct channel *c, uint32_t kind, const void *payload, size_t length, const int *fds, size_t fd_count,
                 struct error *err)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(CHANNEL_FDS * sizeof(int))];
    } control;
    struct header header = {kind, (uint32_t)length};
    struct iovec parts[] = {
        {&header,         sizeof header},
        {(void *)payload, length       },
    };
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = length > 0 ? 2 : 1};
    if (length > CHANNEL_LIMIT || fd_count > CHANNEL_FDS)
        return fail(err, ERR_SYSTEM, "a message of %zu bytes and %zu descriptors is too large", length, fd_count);
    if (fd_count > 0)
        fd_passing_attach(&message, &control, fds, fd_count);
    ssize_t sent;
    do
        sent = sendmsg(c->fd, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? fail_errno(err, "cannot send to the other side of a start") : 0;
}

static void collect_descriptors(struct msghdr *from, struct message *out, size_t *surplus)
{
    for (struct cmsghdr *part = CMSG_FIRSTHDR(from); part; part = CMSG_NXTHDR(from, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
            if (out->fd_count < CHANNEL_FDS) {
                out->fds[out->fd_count++] = fd;
            } else {
                fd_close(&fd);
                *surplus += 1;
            }
        }
    }
}

int channel_receive(struct channel *c, struct message *out, struct error *err)
{
    static char buffer[CHANNEL_LIMIT];
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(RECEIVED_FDS * sizeof(int))];
    } control;
    struct header header;
    struct iovec parts[] = {
        {&header, sizeof header},
        {buffer,  sizeof buffer},
    };
    struct msghdr message = {
        .msg_iov = parts, .msg_iovlen = 2, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < CHANNEL_FDS; i++)
        out->fds[i] = -1;

    ssize_t got;
    do
        got = recvmsg(c->fd, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got == 0 || (got < 0 && errno == ECONNRESET))
        return CHANNEL_CLOSED;
    if (got < 0)
        return fail_errno(err, "cannot receive from the other side of a start");
    size_t surplus = 0;
    collect_descriptors(&message, out, &surplus);
    if (surplus > 0 || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) || (size_t)got < sizeof header ||
        header.length != (size_t)got - sizeof header) {
        message_close(out);
        return fail(err, ERR_SYSTEM, "a message between davit and init is malformed");
    }
    out->kind = header.kind;
    out->length = header.length;
    out->payload = arena_strndup(err->arena, "", 0);
    if (header.length > 0) {
        char *copy = arena_alloc(err->arena, header.length + 1);
        memcpy(copy, buffer, header.length);
        out->payload = copy;
    }
    return 0;
}

int channel_ask(struct channel *c, uint32_t kind, const void *payload, size_t length, const int *fds, size_t fd_count,
                struct message *out, struct error *err)
{
    struct message reply;
    if (channel_send(c, kind, payload, length, fds, fd_count, err) < 0)
        return -1;
    int got = channel_receive(c, &reply, err);
    if (got < 0)
        return -1;
    if (got == CHANNEL_CLOSED)
        return fail(err, ERR_PROCESS_DIED, "davit ended while its child waited for an answer");
    if (reply.kind == CHANNEL_FAILED) {
        message_close(&reply);
        return channel_read_error(&reply, err);
    }
    if (reply.kind != CHANNEL_DONE && reply.kind != CHANNEL_GO) {
        message_close(&reply);
        return fail(err, ERR_SYSTEM, "an answer of an unknown kind (%u) came", reply.kind);
    }
    if (out)
        *out = reply;
    else
        message_close(&reply);
    return 0;
}

int channel_send_error(struct channel *c, const struct error *what, struct error *err)
{
    const char *text = error_json_encode(err->arena, what);
    return channel_send(c, CHANNEL_FAILED, text, strlen(text), NULL, 0, err);
}

int channel_read_error(const struct message *m, struct error *err)
{
    return error_json_decode(m->payload, m->length, err);
}

void message_close(struct message *m)
{
    for (size_t i = 0; i < CHANNEL_FDS; i++)
        fd_close(&m->fds[i]);
    m->fd_count = 0;
}

void channel_close(struct channel *c)
{
    if (c)
        fd_close(&c->fd);
}
