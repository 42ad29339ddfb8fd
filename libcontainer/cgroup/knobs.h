/* knobs.h - linux.resources as writes to control files: a pure translation, for v1 and v2 alike.
 *
 * One row per member, in the order in which they are written. Does no system calls: what depends on the present value
 * of a file asks the reader that the caller gives. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct error;
struct resources;

/* How the value that a file had is put back when a later write fails. */
enum knob_restore {
    RESTORE_WHOLE, /* the file's text */
    RESTORE_KEYED, /* the line that begins with the same word, else that word and `absent` */
    RESTORE_NEVER,
};

struct knob_write {
    int controller;         /* enum controller */
    int version;            /* of the hierarchy that it lives in */
    const char *file;       /* "memory.max"; NULL ends a list */
    const char *other;      /* NULL, or the file to take when `file` does not exist */
    const char *other_text; /* NULL: the same text */
    const char *text;
    const char *path;   /* "linux.resources.memory.limit" */
    const char *absent; /* RESTORE_KEYED: the value that stands for none */
    enum knob_restore restore;
    bool lenient; /* a file that does not exist is only worth a warning */
    bool vain;    /* it asks for no limit: there is none where it cannot be written */
    bool late;    /* set once init exists: it would count davit's own processes */
};

struct knob_host {
    /* Version of the hierarchy that a controller lives in; 0: there is none. */
    int (*version)(void *data, int controller);
    /* Present text of a file, or NULL; the callback itself may be NULL: a new cgroup. */
    const char *(*read)(void *data, int controller, const char *file);
    void *data;
    bool has_v2;       /* for `unified` */
    const char *where; /* where a controller is missing (layout_describe_v2); NULL: the host */
};

/* All writes for r, ended by one without a file; in the error's arena. ERR_INVALID_CONFIG, ERR_NOT_SUPPORTED with the
 * member for what cannot be expressed here. */
int knobs_list(const struct resources *r, const struct knob_host *host, struct knob_write **out, struct error *err);

/* convert.c. cpu.shares 2..262144 -> cpu.weight 1..10000 by the curve that meets both ends and 1024 -> 100. */
uint64_t cpu_weight_of_shares(uint64_t shares);
/* blkio weight 10..1000 -> io.weight 1..10000. */
uint64_t io_weight_of_blkio(uint64_t weight);
/* memory.swap.max from OCI's memory plus swap; both in bytes, -1 unlimited; limit NULL when it is not known.
 * ERR_INVALID_CONFIG when the sum is below the limit or the limit is missing. */
int swap_to_v2(int64_t swap, const int64_t *limit, int64_t *out, struct error *err);
/* "6.1 MiB" */
const char *bytes_text(char buffer[48], uint64_t bytes);
