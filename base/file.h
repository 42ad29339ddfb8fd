/* file.h - whole small files: read, write, replace, list, remove. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct arena;
struct error;

/* Kind of file, as people say it: "directory", "symbolic link". */
const char *file_kind(unsigned mode);
/* Reads at most `limit` bytes; a longer file is an error. NUL-terminated; *out_length may be NULL. */
int file_read(int fd, size_t limit, char **out_text, size_t *out_length, struct error *err);
/* Opens name below dir (AT_FDCWD works) and reads it. err->errnum tells ENOENT from others. */
int file_read_at(int dir, const char *name, size_t limit, char **out_text, size_t *out_length, struct error *err);
/* Writes all of it, in one write where the kernel takes it. */
int file_write_all(int fd, const void *data, size_t length, struct error *err);
/* Opens what davit's caller named to be written (`what`: "the log"), and does not wait: a fifo that nobody reads is an
 * error. Flags: O_APPEND, O_CREAT with mode 0644, O_NOFOLLOW. Writing to it waits as usual. */
int file_open_sink(const char *what, const char *path, int flags, int *out_fd, struct error *err);
/* One write() to an existing file, as control files of the kernel want it. Never creates, never truncates. */
int file_write_control(int dir, const char *name, const char *text, struct error *err);
/* A file that is not there yet, and that nobody looks for before it is whole. */
int file_create(int dir, const char *name, mode_t mode, const void *data, size_t length, struct error *err);
/* Makes a temporary file beside it, writes, and renames it over `name`: readers see the old or the new, whole. */
int file_replace(int dir, const char *name, mode_t mode, const void *data, size_t length, struct error *err);
/* The same, and the content reaches the disk first. */
int file_replace_synced(int dir, const char *name, mode_t mode, const void *data, size_t length, struct error *err);
/* Removes a tree below dir without following links and without leaving the mount; goes 256 directories deep. Absent is
 * fine. On success *err is empty. */
int file_remove_tree(int dir, const char *name, struct error *err);
/* The names in a directory but "." and "..", sorted, NULL-terminated, in the error's arena. */
int file_list_directory(int dir, const char ***out_names, struct error *err);
