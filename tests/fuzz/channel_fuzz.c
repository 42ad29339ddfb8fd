/* channel_fuzz.c - any bytes as a message of the container's process: it is received or refused, and nothing leaks. */
#include "base/arena.h"
#include "base/error.h"
#include "libcontainer/launch/channel.h"
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = {0};
    struct error err;
    struct channel parent, child;
    struct message m = {0};
    error_init(&err, &a);
    if (channel_pair(&parent, &child, &err) < 0)
        abort();
    bool is_sent = size > 0 && send(child.fd, data, size, MSG_DONTWAIT) == (ssize_t)size;
    channel_close(&child);
    int result = channel_receive(&parent, &m, &err);
    if (is_sent && result == 0) {
        if (m.length > CHANNEL_LIMIT || m.length + 8 != size || m.payload[m.length] != '\0')
            abort();
        if (channel_read_error(&m, &err) != -1 || !err.message)
            abort();
        message_close(&m);
    } else if (result == 0 || (result < 0 && !err.message)) {
        abort();
    }
    channel_close(&parent);
    arena_release(&a);
    return 0;
}
