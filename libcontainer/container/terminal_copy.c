#include "libcontainer/container/terminal_copy.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void copy_init(struct copy_direction *d, int from_fd, int to_fd)
{
    d->from_fd = from_fd;
    d->to_fd = to_fd;
    d->from_ended = from_fd < 0;
    d->to_ended = to_fd < 0;
    d->begin = d->end = 0;
}

bool copy_wants_input(const struct copy_direction *d)
{
    return !d->from_ended && (d->to_ended || d->end - d->begin < COPY_BUFFER);
}

bool copy_wants_room(const struct copy_direction *d)
{
    return !d->to_ended && d->end > d->begin;
}

/* Makes the free bytes one piece behind the waiting ones. */
static void compact(struct copy_direction *d)
{
    if (d->begin == 0)
        return;
    memmove(d->buffer, d->buffer + d->begin, d->end - d->begin);
    d->end -= d->begin;
    d->begin = 0;
}

bool copy_read(struct copy_direction *d)
{
    if (!copy_wants_input(d))
        return false;
    if (d->to_ended)
        d->begin = d->end = 0;
    if (d->end == COPY_BUFFER)
        compact(d);
    ssize_t n = read(d->from_fd, d->buffer + d->end, COPY_BUFFER - d->end);
    if (n > 0) {
        d->end += (size_t)n;
        return true;
    }
    if (n == 0 || (errno != EAGAIN && errno != EINTR))
        d->from_ended = true;
    return false;
}

/* A socket takes its flag with the call; the mode of a description that others share is not ours to change. */
static ssize_t write_now(int fd, const char *data, size_t length)
{
    ssize_t n = send(fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    return n < 0 && errno == ENOTSOCK ? write(fd, data, length) : n;
}

bool copy_write(struct copy_direction *d)
{
    if (!copy_wants_room(d))
        return false;
    ssize_t n = write_now(d->to_fd, d->buffer + d->begin, d->end - d->begin);
    if (n > 0) {
        d->begin += (size_t)n;
        if (d->begin == d->end)
            d->begin = d->end = 0;
        return true;
    }
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        d->to_ended = true;
    return false;
}
