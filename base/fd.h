/* fd.h - file descriptors have one owner, and close on exec. */
#pragma once

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

struct error;

/* Closes *fd unless it is -1, keeps errno, leaves -1. */
void fd_close(int *fd);
void file_close(FILE **file);
void dir_close(DIR **dir);
#define scoped_fd   __attribute__((cleanup(fd_close))) int
#define scoped_file __attribute__((cleanup(file_close))) FILE *
#define scoped_dir  __attribute__((cleanup(dir_close))) DIR *

/* Moves the descriptor out: returns *fd and leaves -1. */
int take_fd(int *fd);
/* A copy with FD_CLOEXEC and a number of at least 3. */
int fd_copy(int fd, int *out_fd, struct error *err);
/* Opens what an O_PATH descriptor stands for: by its handle, so that no name is looked up and no procfs is needed.
 * `beside` is open, not by O_PATH, on the same file system. -1 and errno, often for want of rights or of a file system
 * that has handles: proc_reopen is the other way. */
int fd_open_handle(int fd, int beside, int flags);
/* Marks every descriptor from `first` on close-on-exec. */
int fd_cloexec_from(unsigned first, struct error *err);
/* Closes every descriptor from `first` on, but those of keep[count]. */
int fd_close_from(unsigned first, const int *keep, size_t count, struct error *err);
/* Closes every descriptor from 3 on, but those of keep[count], and of the first `given` those that their caller handed
 * over: davit's own, which fill the gaps, have FD_CLOEXEC. */
int fd_close_own(uint64_t given, const int *keep, size_t count, struct error *err);
/* Opens /dev/null on whichever of 0, 1, 2 is closed, so that no later file takes a standard number. */
int fd_open_standard(struct error *err);
