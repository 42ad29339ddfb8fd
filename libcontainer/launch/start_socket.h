/* start_socket.h - ROOT/ID/start.sock, where init waits for `start`: the same messages as on the channel.
 *
 * Bound and reached as /proc/self/fd/N/start.sock, because a socket's address has room for 108 bytes only. */
#pragma once

struct channel;
struct error;
struct launch;
struct store;

/* In the runtime: l->start_fd listens. */
int start_socket_listen(struct launch *l, struct error *err);
/* In `start`. ERR_WRONG_STATE when nobody listens any more. */
int start_socket_connect(const struct store *s, struct channel *out, struct error *err);
/* In init: waits for GO; l->channel is then the one to `start`. */
int start_socket_wait(struct launch *l, struct error *err);
