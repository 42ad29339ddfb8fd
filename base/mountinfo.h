/* mountinfo.h - /proc/PID/mountinfo as a list (proc_pid_mountinfo(5)). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct error;

struct mount_entry {
    uint64_t id, parent;
    unsigned major, minor;
    const char *root;          /* the part of the file system that is mounted */
    const char *target;        /* below the reader's root; octal escapes are resolved in all texts */
    const char *options;       /* of the mount: "rw,nosuid" */
    const char *tags;          /* "shared:1 master:2", or "" */
    const char *type;          /* "cgroup2" */
    const char *source;        /* "none" for an empty one */
    const char *super_options; /* of the file system: "rw,cpu,cpuacct" */
};

/* Pure. NULL-terminated, in the error's arena, in the file's order: a later mount covers an earlier one. */
int mountinfo_parse(const char *text, struct mount_entry ***out, struct error *err);
/* Reads a file of that format; NULL: /proc/self/mountinfo. */
int mountinfo_read(const char *path, struct mount_entry ***out, struct error *err);
/* Is `word` one of a comma-separated list? */
bool mountinfo_has_option(const char *options, const char *word);
/* The last mount at exactly this path, or NULL. */
const struct mount_entry *mountinfo_find(struct mount_entry *const *entries, const char *target);
