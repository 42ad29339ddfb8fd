/* store_private.h - what store.c and store_record.c share. */
#pragma once

#include <sys/types.h>

struct store {
    const char *root, *id;
    int root_fd, dir_fd; /* dir_fd carries the lock */
    pid_t owner;         /* the process that opened it */
};

/* Those that are always there; what is left of the directory is removed as a tree. */
void store_remove_files(struct store *s);
