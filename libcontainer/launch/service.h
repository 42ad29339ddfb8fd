/* service.h - what the runtime does for its child on request: rows of a table in sequence.c, written by aspects.
 *
 * The child calls channel_ask(l->channel, KIND, …); parent.c finds the row, runs it in the runtime (host namespaces,
 * all privileges) and sends DONE with the reply's descriptors, or FAILED with the error. */
#pragma once

#include "libcontainer/launch/channel.h"

struct error;
struct launch;

/* Closed by the caller once sent. */
struct service_reply {
    int fds[CHANNEL_FDS];
    size_t fd_count;
};

struct service {
    uint32_t kind;    /* CHANNEL_OPEN_TREE, … */
    const char *step; /* "runtime: open tree", for errors */
    /* Descriptors that came along are in m->fds; take_fd what is kept. The payload is data of a child that may be
     * hostile: check its length, and indices against the config. */
    int (*serve)(struct launch *l, struct message *m, struct service_reply *reply, struct error *err);
};
