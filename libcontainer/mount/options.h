/* options.h - what the option words of one mount mean, as flags for the kernel. Pure: no system calls.
 *
 * Options are taken in order, and the last one wins. Words without a row in spec/names.h are the filesystem's own. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct id_mapping;

/* For mount_setattr: MOUNT_ATTR_x. */
struct mount_change {
    uint64_t set, clear;
};

/* A filesystem's own option: "size=64k" or "noswap". */
struct mount_datum {
    const char *key, *value; /* value NULL: a flag */
    size_t option;           /* its index in options[] */
};

struct mount_options {
    uint64_t flags, cleared; /* MS_x: those set, those taken back; superblock flags, MS_BIND, MS_REC, MS_REMOUNT */
    struct mount_change own, below; /* of the mount itself; of it and all mounts below it */
    uint64_t propagation;           /* 0, or MS_SHARED and the like, of the mount itself: after … */
    uint64_t propagation_below;     /* … that of it and all below it */
    const struct mount_datum *data; /* ended by a key of NULL */
    const struct id_mapping **uid_mappings, **gid_mappings; /* of "idmap=uids=…;gids=…"; NULL: none */
    const bool *uids_relative, *gids_relative; /* of each: its host id is one of the container's ("@0-1-10") */
    bool idmap, idmap_recursive;
    bool tmpcopyup, copy_symlink, source_nofollow, target_nofollow;
};

/* `base` is the mount's place in the config, "mounts[4]", for errors. */
int mount_options_parse(const char *const *options, const char *base, struct mount_options *out, struct error *err);
/* True for bind and rbind. */
bool mount_options_bind(const struct mount_options *o);
/* The option that an unknown word stands for, "ro" for "rdonly", or NULL. */
const char *mount_option_meant(const char *key);
/* `"rdonly" is not a known option (did you mean "ro"?)`, for errors about a datum. In the error's arena. */
const char *mount_option_unknown(const struct mount_datum *d, struct error *err);
/* Flags as keys of fsconfig(FSCONFIG_SET_FLAG) for the superblock: those of `keys` that are asked for; returns how
 * many. */
enum {
    MOUNT_SUPERBLOCK_KEYS = 8
};
size_t mount_options_superblock(const struct mount_options *o, const char *keys[MOUNT_SUPERBLOCK_KEYS]);
