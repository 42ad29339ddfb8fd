/* pid_file.h - how a caller learns who the process is: the pid file that engines read while it is being written,
 * and the socket that gets a pidfd. */
#pragma once

#include <sys/types.h>

struct error;

/* Digits only. A regular file is replaced by rename; a device or fifo is written in place, and so is what the caller
 * has open: /dev/stdout, /dev/fd/3. NULL: nothing to do. */
int pid_file_write(const char *path, pid_t pid, struct error *err);
/* After a failure behind pid_file_write: takes away what that has made. */
void pid_file_remove(const char *path);
/* One message that carries the pidfd: `word` is "standard" for a container's init, "setns" for exec. `what` names the
 * option or annotation in errors. NULL for path: nothing to do. */
int pidfd_socket_send(const char *path, const char *what, const char *word, int pidfd, struct error *err);
