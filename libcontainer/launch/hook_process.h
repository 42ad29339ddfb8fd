/* hook_process.h - one hook: a program with a text on stdin, its output kept for the error, and a time limit. */
#pragma once

struct error;
struct hook;

struct hook_process {
    const struct hook *hook;
    const char *state;                     /* what it reads on stdin */
    const char *bundle;                    /* its directory, where bundle_fd is -1 */
    int bundle_fd;                         /* AT_FDCWD: the current one */
    int program_fd;                        /* O_PATH of the program, or -1: by its path */
    const char *const *environment;        /* when the hook names none; NULL: davit's caller's */
    const char *stdout_path, *stderr_path; /* files to append its output to; NULL: into the error */
};

/* ERR_HOOK_FAILED unless it ends with status 0 in time. A hook that is too slow dies with its process group. */
int hook_process_run(const struct hook_process *p, struct error *err);
