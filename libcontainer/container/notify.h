/* notify.h - sd_notify(3) and socket activation for a davit that a service manager runs itself.
 *
 * The container gets a socket of its own at /run/notify/notify.sock; when its program says READY, davit says so to
 * the service manager and waits until it was understood. A davit that leaves names the program's process as the main
 * one; one that stays in the foreground is that itself, with the program's exit status. */
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

/* Where the directory of the socket is in a container whose davit a service manager waits for. */
#define NOTIFY_INSIDE "/run/notify"

struct error;
struct foreground;
struct launch;
struct sockaddr_un;
struct store;

/* At create and run, once the container's directory exists: with NOTIFY_SOCKET in davit's environment the config in l
 * gets a mount and a variable; with LISTEN_FDS, when LISTEN_PID is davit, the descriptors from 3 on are the
 * container's, in front of those of --preserve-fds. */
int notify_prepare(struct launch *l, struct error *err);
/* Before the program runs, where notify_prepare has made the directory: *out_fd gets its messages; -1: nobody asked. */
int notify_listen(const struct store *s, int *out_fd, struct error *err);
/* Waits until the program is ready or has ended; then tells. Nothing to do without a socket. */
int notify_wait(int fd, pid_t pid, int pidfd, struct error *err);
/* One message that has come (pid 0: davit stays the main process): 1 when it was the one that says READY and all was
 * told, 0 when it was another. */
int notify_serve(int fd, pid_t pid, struct error *err);
/* A restored program has been ready since before its checkpoint, and says nothing again: davit does (pid as above). */
int notify_restored(pid_t pid, struct error *err);
/* The address that NOTIFY_SOCKET names, a path or an abstract one ("@name"); ERR_INVALID_ARGUMENT. */
int notify_address(const char *name, struct sockaddr_un *out, socklen_t *out_size, struct error *err);
