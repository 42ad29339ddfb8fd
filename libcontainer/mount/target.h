/* target.h - the place of a mount inside the container's root, found or made, as a descriptor. */
#pragma once

#include <stdbool.h>

struct error;
struct launch;
struct planned_mount;

struct mount_target {
    int fd; /* O_PATH; owned by the caller */
    bool existed;
    unsigned mode; /* st_mode of what is there */
};

enum target_kind {
    TARGET_DIRECTORY,
    TARGET_FILE,  /* anything but a directory */
    TARGET_PLAIN, /* a directory reached without any symbolic link (SECURITY 2.6) */
};

/* Found or made below l->root_fd. Something of the other kind there is an error that names both. */
int mount_target_open(struct launch *l, const struct planned_mount *m, enum target_kind kind, struct mount_target *out,
                      struct error *err);
