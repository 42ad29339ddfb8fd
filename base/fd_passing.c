#include "base/fd_passing.h"

#include "base/error.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The kernel passes at most 253 (SCM_MAX_FD) at once: with room for all, none of a hostile peer's is lost unseen. */
#define KERNEL_MAX 253

static ssize_t send_retrying(int socket_fd, const struct msghdr *message)
{
    ssize_t sent;
    do
        sent = sendmsg(socket_fd, message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent;
}

void fd_passing_attach(struct msghdr *message, void *control, const int *fds, size_t fd_count)
{
    struct cmsghdr *header = control; /* CMSG_FIRSTHDR, which may be NULL for who has no control block */
    memset(control, 0, CMSG_SPACE(fd_count * sizeof(int)));
    message->msg_control = control;
    message->msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
    memcpy(CMSG_DATA(header), fds, fd_count * sizeof(int));
}

int fd_passing_send(int socket_fd, const void *data, size_t length, const int *fds, size_t fd_count, struct error *err)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(FD_PASSING_MAX * sizeof(int))];
    } control;
    struct iovec part = {.iov_base = (void *)(uintptr_t)data, .iov_len = length};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd_count > FD_PASSING_MAX)
        return fail(err, ERR_SYSTEM, "cannot send more than %d descriptors at once", FD_PASSING_MAX);
    if (fd_count > 0)
        fd_passing_attach(&message, &control, fds, fd_count);
    ssize_t sent = send_retrying(socket_fd, &message);
    while (sent >= 0 && (size_t)sent < part.iov_len) { /* a stream took a part: the descriptors went with it */
        part.iov_base = (char *)part.iov_base + sent;
        part.iov_len -= (size_t)sent;
        message.msg_control = NULL;
        message.msg_controllen = 0;
        sent = send_retrying(socket_fd, &message);
    }
    return sent < 0 ? fail_errno(err, "cannot send on a socket") : 0;
}

static void close_all(const int *fds, size_t count)
{
    int saved = errno;
    for (size_t i = 0; i < count; i++)
        close(fds[i]);
    errno = saved;
}

/* Collects what came; returns the number. */
static size_t collect(struct msghdr *message, int fds[KERNEL_MAX])
{
    size_t count = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        size_t here = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        if (here > KERNEL_MAX - count)
            here = KERNEL_MAX - count;
        memcpy(fds + count, CMSG_DATA(c), here * sizeof(int));
        count += here;
    }
    return count;
}

int fd_passing_receive(int socket_fd, void *data, size_t size, size_t *out_length, int *fds, size_t fd_max,
                       size_t *out_fd_count, struct error *err)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(KERNEL_MAX * sizeof(int))];
    } control;
    int received[KERNEL_MAX];
    struct iovec part = {.iov_base = data, .iov_len = size};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    message.msg_control = &control;
    message.msg_controllen = sizeof control;
    for (size_t i = 0; i < fd_max; i++)
        fds[i] = -1;
    *out_length = *out_fd_count = 0;
    ssize_t length;
    do
        length = recvmsg(socket_fd, &message, MSG_CMSG_CLOEXEC);
    while (length < 0 && errno == EINTR);
    if (length < 0)
        return fail_errno(err, "cannot receive on a socket");
    size_t count = collect(&message, received);
    bool is_cut = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
    if (is_cut || count > fd_max) {
        close_all(received, count);
        return is_cut
                   ? fail(err, ERR_SYSTEM, "a message on a socket was longer than %zu bytes, or its control data cut",
                          size)
                   : fail(err, ERR_SYSTEM, "received %zu descriptors where at most %zu were expected", count, fd_max);
    }
    if (count > 0)
        memcpy(fds, received, count * sizeof(int));
    *out_fd_count = count;
    *out_length = (size_t)length;
    return 0;
}
