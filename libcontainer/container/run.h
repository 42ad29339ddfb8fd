/* run.h - what run and restore do in the foreground, from the moment that the container runs. */
#pragma once

struct create_request;
struct error;
struct launch;

/* Releases the lock, relays until the container's first process ends, and deletes the container, or with q->keep
 * records its end. notify_fd: of notify_listen, or -1. *out_status: exit status. Ends the launch. */
int container_stay(struct launch *l, const struct create_request *q, int notify_fd, int *out_status, struct error *err);
