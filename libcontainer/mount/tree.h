/* tree.h - detached mounts: made, changed, and attached by descriptor (SECURITY R3). Knows nothing of the config. */
#pragma once

#include "libcontainer/mount/options.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct error;

/* A detached copy of the mount at the descriptor; `recursive`: with all below it. */
int tree_clone(int fd, bool recursive, int *out_fd, struct error *err);
/* Puts a detached mount over what target_fd is. */
int tree_attach(int tree_fd, int target_fd, struct error *err);
/* Over `name` in a directory, which is one name, and is not followed if it is a link. */
int tree_attach_at(int tree_fd, int dir, const char *name, struct error *err);
/* Takes what is mounted away, with all below it; lazily, as it may be in use. `proc_fd`: davit's own procfs. Changes
 * the working directory. */
int tree_detach(int proc_fd, int fd, struct error *err);
/* True when the descriptor is the root of a mount. */
bool tree_is_mounted(int fd);
int tree_change(int fd, const struct mount_change *change, bool recursive, struct error *err);
/* What stays because the host has it on the source: for the debug log. */
void tree_log_locked(struct arena *a, uint64_t attributes);
/* In a user namespace flags that came with the mount may be locked: what may not be cleared stays as it is. */
int tree_change_unlocked(int fd, const struct mount_change *change, bool recursive, struct error *err);
/* MOUNT_ATTR_x that a mount has now, but for access times. */
uint64_t tree_attributes(int fd);
/* Private, and with these MOUNT_ATTR_x besides what it has. */
int tree_close_off(int fd, uint64_t attributes, bool recursive, struct error *err);
int tree_propagation(int fd, uint64_t propagation, bool recursive, struct error *err);
/* Everything that the options say of attributes and propagation. `inherit`: without a word on propagation the mount
 * keeps its source's, otherwise it is private. */
int tree_apply_options(int fd, const struct mount_options *o, bool inherit, struct error *err);

/* A new filesystem: open, set, make. */
int filesystem_open(const char *type, int *out_fs_fd, struct error *err);
/* value NULL: a flag. Errors carry the kernel's own words. */
int filesystem_set(int fs_fd, const char *key, const char *value, struct error *err);
/* Makes the superblock and a detached mount of it; attributes as MOUNT_ATTR_x. */
int filesystem_make(int fs_fd, uint64_t attributes, int *out_fd, struct error *err);
/* All of it, for filesystems of davit's own: options as {"mode", "755", NULL}. */
int filesystem_simple(const char *type, const char *const *options, uint64_t attributes, int *out_fd,
                      struct error *err);
/* What the kernel says of the last failure ("tmpfs: Unknown parameter 'x'"), or NULL. */
const char *filesystem_message(int fs_fd, struct error *err);
/* "ext4", "fuse", "0x1234": the filesystem that a descriptor is on, for messages. In the error's arena. */
const char *filesystem_name(int fd, struct error *err);

/* A detached mount of the host's null device, verified (SECURITY R10, R12). */
int tree_of_null(int *out_fd, struct error *err);
