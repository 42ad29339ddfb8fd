#include "libcontainer/launch/start_socket.h"

#include "base/error.h"
#include "base/fd.h"
#include "libcontainer/launch/channel.h"
#include "libcontainer/launch/launch.h"
#include "libcontainer/store/store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static struct sockaddr_un address_below(int dir)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/start.sock", dir);
    return address;
}

static int open_socket(int *out_fd, struct error *err)
{
    *out_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    return *out_fd < 0 ? fail_errno(err, "cannot make a socket") : 0;
}

int start_socket_listen(struct launch *l, struct error *err)
{
    struct sockaddr_un address = address_below(store_directory(l->store));
    scoped_fd fd = -1;
    if (open_socket(&fd, err) < 0)
        return -1;
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
        return fail_errno(err, "cannot make start.sock in the container's state directory");
    if (listen(fd, 1) < 0)
        return fail_errno(err, "cannot listen on start.sock");
    l->start_fd = take_fd(&fd);
    return 0;
}

int start_socket_connect(const struct store *s, struct channel *out, struct error *err)
{
    struct sockaddr_un address = address_below(store_directory(s));
    scoped_fd fd = -1;
    if (open_socket(&fd, err) < 0)
        return -1;
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        if (errno == ECONNREFUSED || errno == ENOENT)
            return fail(err, ERR_WRONG_STATE, "cannot start a container that has stopped");
        return fail_errno(err, "cannot reach the container's init");
    }
    out->fd = take_fd(&fd);
    return 0;
}

int start_socket_wait(struct launch *l, struct error *err)
{
    struct channel *from = l->channel;
    channel_close(from);
    for (;;) {
        struct message m;
        /* cppcheck-suppress nullPointer ; nobody asks for the peer's address */
        from->fd = accept4(l->start_fd, NULL, NULL, SOCK_CLOEXEC);
        if (from->fd < 0 && errno != EINTR && errno != ECONNABORTED)
            return fail_errno(err, "cannot wait for start");
        /* A `start` that ended before it said GO has done nothing: the next one is waited for. */
        if (from->fd >= 0 && channel_receive(from, &m, err) == 0) {
            message_close(&m);
            if (m.kind == CHANNEL_GO)
                break;
        }
        channel_close(from);
    }
    fd_close(&l->start_fd);
    return 0;
}
