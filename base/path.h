/* path.h - names become descriptors here, once, inside the root that they belong to (SECURITY R1, R2).
 *
 * A path of the config is resolved with RESOLVE_IN_ROOT and never through magic links; what is made on the way is
 * made inside the root, and each step is a descriptor. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct arena;
struct error;

enum {
    PATH_FOUND = 0,
    PATH_ABSENT = 1, /* no such file or directory, as the kernel sees it inside the root */
};

/* Opens `path` below the directory `root`, which acts as "/" for absolute paths and links. O_CLOEXEC is added.
 * Returns 0, or -1 with the errno kept in err->errnum. */
int path_open_inside(int root, const char *path, int flags, int *out_fd, struct error *err);
/* The same, but a path that does not exist is PATH_ABSENT and no error. */
int path_find_inside(int root, const char *path, int flags, int *out_fd, struct error *err);
/* Like path_open_inside, but no component may be a symbolic link or a mount point: for what only davit made. */
int path_open_beneath(int dir, const char *path, int flags, int *out_fd, struct error *err);
/* The directory `path` below root as O_PATH, each missing component made with `mode`, links followed inside root.
 * A dangling link's target is made too, inside the root. */
int path_make_directory(int root, const char *path, mode_t mode, int *out_fd, struct error *err);
/* The same for a regular file (parents with 0755, file with `mode`); an existing file of any kind but a directory
 * is taken as it is. O_PATH. */
int path_make_file(int root, const char *path, mode_t mode, int *out_fd, struct error *err);
/* Splits "a/b/c" into the directory "a/b" and the last name "c"; "." and "" for "c". In the arena. */
void path_split(struct arena *a, const char *path, const char **out_directory, const char **out_name);
/* Lexically cleaned: no "//", "." or "..", always absolute. In the arena. */
const char *path_clean(struct arena *a, const char *path);
/* `path` itself when absolute, else below `base`, lexically cleaned. */
const char *path_absolute(struct arena *a, const char *base, const char *path);
const char *path_join(struct arena *a, const char *directory, const char *name);
/* True when `path` is `directory` or lies below it, as text. */
bool path_is_below(const char *directory, const char *path);
/* "/proc/self/fd/N", for calls that know no *at form; buffer of at least 32 bytes. */
const char *path_of_fd(char *buffer, size_t size, int fd);
