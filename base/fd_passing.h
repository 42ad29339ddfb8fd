/* fd_passing.h - bytes together with descriptors over a unix socket. */
#pragma once

#include <stddef.h>

struct error;

#define FD_PASSING_MAX 64

struct msghdr;

/* Puts `fd_count` descriptors into the message's one control block: `control` has CMSG_SPACE of them, is aligned for a
 * struct cmsghdr, and lives as long as the message. */
void fd_passing_attach(struct msghdr *message, void *control, const int *fds, size_t fd_count);
/* One message with exactly one control block of `fd_count` descriptors (none when 0), as receivers of console sockets
 * check it. On a stream socket the rest of long data follows. At least one byte is needed to carry descriptors. */
int fd_passing_send(int socket_fd, const void *data, size_t length, const int *fds, size_t fd_count, struct error *err);
/* One message of at most `size` bytes; *out_length 0: the peer has closed. Every received descriptor is CLOEXEC, goes
 * to fds[fd_max] and belongs to the caller; the rest is -1. When more come than fd_max, when data or control was cut,
 * or on any other error, none is left open. */
int fd_passing_receive(int socket_fd, void *data, size_t size, size_t *out_length, int *fds, size_t fd_max,
                       size_t *out_fd_count, struct error *err);
