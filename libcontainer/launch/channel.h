/* channel.h - one SOCK_SEQPACKET pair between the runtime and its child: the child asks, the parent serves.
 *
 * A message is {u32 kind, u32 length} and payload, at most 64 KiB, with at most CHANNEL_FDS descriptors. Each request
 * gets exactly one reply, DONE or FAILED; notices get none. A FAILED carries the whole struct error, so an
 * error takes one road from the failing system call to the terminal (ARCHITECTURE 2.7). */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;

enum channel_kind {
    /* requests of the child */
    CHANNEL_MAP_IDS = 1,
    CHANNEL_TIME_OFFSETS,
    CHANNEL_INIT_PID,    /* after a second fork: the new child's pidfd comes along */
    CHANNEL_OPEN_TREE,   /* payload: u32 index of the mount; reply has a detached tree */
    CHANNEL_OPEN_DEVICE, /* payload: u32 index of the device; reply has a detached clone of the host's node */
    CHANNEL_RUN_HOOKS,   /* prestart and createRuntime */
    CHANNEL_SECCOMP_FD,  /* a listener comes along */
    CHANNEL_TERMINAL,    /* the pty's master comes along */
    CHANNEL_NET_DEVICES, /* move the host's interfaces in */
    CHANNEL_STACK_ROOT,  /* payload: what is about to cover the root's directory, see mount/stack.c */
    CHANNEL_OWN_STDIO,   /* give stdin, stdout and stderr to the process's user */
    CHANNEL_READY,       /* init waits for start; exec is about to execve */
    /* notices of the child */
    CHANNEL_LOG, /* payload: u32 level, text */
    /* either side */
    CHANNEL_FAILED, /* payload: the error */
    CHANNEL_DONE,   /* reply, perhaps with descriptors */
    CHANNEL_GO,     /* start: execute the program */
};

#define CHANNEL_LIMIT 65536
#define CHANNEL_FDS   4

struct channel {
    int fd; /* -1: closed */
};

struct message {
    uint32_t kind;
    uint32_t length;
    const char *payload;  /* in the error's arena, NUL behind its end */
    int fds[CHANNEL_FDS]; /* owned by the receiver, -1 behind the last */
    size_t fd_count;
};

enum {
    CHANNEL_CLOSED = 1
}; /* the peer is gone */

int channel_pair(struct channel *out_parent, struct channel *out_child, struct error *err);
int channel_send(struct channel *c, uint32_t kind, const void *payload, size_t length, const int *fds, size_t fd_count,
                 struct error *err);
/* 0, CHANNEL_CLOSED, or -1. More descriptors than expected are closed and refused; see message_close. */
int channel_receive(struct channel *c, struct message *out, struct error *err);
/* The child's side of a request: sends, waits for the reply, turns FAILED into *err (context kept). `out` may be NULL.
 */
int channel_ask(struct channel *c, uint32_t kind, const void *payload, size_t length, const int *fds, size_t fd_count,
                struct message *out, struct error *err);
int channel_send_error(struct channel *c, const struct error *what, struct error *err);
int channel_read_error(const struct message *m, struct error *err); /* returns -1 with *err as it was sent */
/* Closes what was not taken out of fds[]. */
void message_close(struct message *m);
void channel_close(struct channel *c);
