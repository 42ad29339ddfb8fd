/* proc.h - a procfs of davit's own (SECURITY R5), and questions to it.
 *
 * Per-process files are read and written through a detached procfs that no container can cover or link away. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct arena;
struct error;

/* A detached instance of procfs for the caller's pid namespace; the real /proc, verified, where the host refuses
 * one. `full` also shows sysctls. */
int proc_open(bool full, int *out_fd, struct error *err);
/* Opens a file below it ("self/attr/exec"), never through magic links or other mounts. */
int proc_open_file(int proc_fd, const char *path, int flags, int *out_fd, struct error *err);
/* The namespace of a process: kind as in /proc/PID/ns, "net" or "pid_for_children". */
int proc_open_namespace(int proc_fd, pid_t pid, const char *kind, int *out_fd, struct error *err);
/* The file of an O_PATH descriptor, opened with `flags`: what was checked is what is opened, no name is looked up
 * anew. */
int proc_reopen(int proc_fd, int fd, int flags, int *out_fd, struct error *err);
/* The same for nothing but a regular file: the opening of a device or a fifo already does something. */
int proc_reopen_regular(int proc_fd, int fd, int flags, int *out_fd, struct error *err);
int proc_read(int proc_fd, const char *path, char **out_text, struct error *err);
int proc_write(int proc_fd, const char *path, const char *text, struct error *err);
enum {
    PROC_FOUND = 0,
    PROC_ABSENT = 1,
};
/* Start time (clock ticks since boot, field 22 of /proc/PID/stat) and state letter; PROC_ABSENT without a process. */
int proc_start_time(pid_t pid, uint64_t *out_ticks, char *out_state, struct error *err);
/* The pure part of it: 0, or -1 when the text is no such line. */
int proc_parse_stat(const char *text, uint64_t *out_ticks, char *out_state);
/* The kernel's boot id, 36 characters. */
int proc_boot_id(char out_id[37], struct error *err);
/* True for uid 0 of the initial user namespace: everybody else may do less than 0 suggests. The namespace is known by
 * its inode, since an identity map proves nothing. */
bool proc_is_real_root(void);
