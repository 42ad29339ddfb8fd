/* terminal_copy.h - one direction of a copy between two descriptors, without ever blocking: what the one side does not
 * take yet waits in a buffer, and while that is full the other side is not read. No byte is lost, doubled or changed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define COPY_BUFFER 65536

struct copy_direction {
    int from_fd, to_fd;
    bool from_ended;   /* end of file, or EIO: the other end of a pty is gone */
    bool to_ended;     /* nobody takes any more: what is read is thrown away */
    size_t begin, end; /* buffer[begin, end) waits */
    char buffer[COPY_BUFFER];
};

void copy_init(struct copy_direction *d, int from_fd, int to_fd);
/* Whether to wait for input, or for room. */
bool copy_wants_input(const struct copy_direction *d);
bool copy_wants_room(const struct copy_direction *d);
/* Reads what is there, writes what is taken; both descriptors are non-blocking. True when anything moved. */
bool copy_read(struct copy_direction *d);
bool copy_write(struct copy_direction *d);
