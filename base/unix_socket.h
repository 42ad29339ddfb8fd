/* unix_socket.h - stream sockets that the caller listens on: consoles, seccomp agents, pidfd receivers. */
#pragma once

struct error;

/* Connects to the socket at `path`, of any length (a sun_path holds 108 bytes). CLOEXEC. */
int unix_socket_connect(const char *path, int *out_fd, struct error *err);
