/* pid_file.h - the pid file that engines read while it is being written (CLI-CONTRACT 3.9). */
#pragma once

#include <sys/types.h>

struct error;

/* Digits only. A regular file is replaced by rename; a device or fifo is written in place. NULL: nothing to do. */
int pid_file_write(const char *path, pid_t pid, struct error *err);
