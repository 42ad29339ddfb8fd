/* service.h - a criu of davit's own (`criu swrk`), which does what it is asked over a socket: started, asked, ended. */
#pragma once

#include "libcontainer/checkpoint/rpc.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct error;

struct criu {
    const char *program;
    pid_t pid;     /* 0: has ended */
    int fd;        /* -1: closed */
    int output_fd; /* what it prints before it has a log */
};

#define CRIU_NONE                 \
    {                             \
        .fd = -1, .output_fd = -1 \
    }

struct criu_start {
    const char *program;
    const int *inherited; /* read behind prepare; become its descriptors CRIU_FIRST_INHERITED and on */
    size_t inherited_count;
    bool keeps_session;                                         /* and the caller's stdin: for --shell-job */
    int (*prepare)(void *context, struct error *err);           /* in the child, before it is executed, or NULL */
    int (*attach)(void *context, pid_t pid, struct error *err); /* in davit, the child waits; or NULL */
    void *context;
};

enum {
    CRIU_FIRST_INHERITED = 4,
    CRIU_IMAGES = CRIU_FIRST_INHERITED, /* the first two are its directories */
    CRIU_WORK,
    CRIU_DIRECTORIES = 2,
};

/* Where criu is: `option` (--criu), else the first in the caller's PATH or in the system's directories. */
int criu_find(const char *option, const char **out, struct error *err);
int criu_begin(const struct criu_start *s, struct criu *out, struct error *err);
/* At a notification; `fd` is -1, or came along and is closed afterwards unless it is taken. */
typedef int (*criu_notified)(void *context, const struct criu_response *event, int *fd, struct error *err);
/* One request, and all notifications up to its response; what fails in `notified` makes criu fail and is the error.
 * A response that says no is returned with success == false. */
int criu_call(struct criu *c, const struct criu_request *q, criu_notified notified, void *context,
              struct criu_response *out, struct error *err);
/* Its version, and those features that are needed: before anything is stopped. */
int criu_check(const char *program, bool mem_track, bool lazy_pages, struct error *err);
/* What it has printed; "" when nothing. */
const char *criu_output(const struct criu *c, struct error *err);
/* No more requests: waits for its end. Idempotent. */
void criu_end(struct criu *c);
#define scoped_criu __attribute__((cleanup(criu_end))) struct criu
