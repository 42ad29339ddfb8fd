/* images.h - the directories that CRIU's files are in: those of the checkpoint itself, and that of its log. */
#pragma once

#include <stdbool.h>

struct checkpoint_options;
struct config;
struct criu;
struct criu_response;
struct error;

struct images {
    int images_fd, work_fd;              /* -1: not open */
    const char *images_path, *work_path; /* absolute */
    const char *log;                     /* the log's name in work_path: "dump.log" */
};

#define IMAGES_NONE                    \
    {                                  \
        .images_fd = -1, .work_fd = -1 \
    }

/* Opens both, and makes them when `make`. Refused when others than root and the caller may change what is in them:
 * what is restored from there runs as it likes. */
int images_open(const struct checkpoint_options *o, bool make, const char *log, struct images *out, struct error *err);
/* In a mount namespace of its own: the same directories through its mounts. */
int images_reopen(struct images *i, struct error *err);
void images_close(struct images *i);
#define scoped_images __attribute__((cleanup(images_close))) struct images

/* CRIU's own configuration: that of the annotation org.criu.config (none when it is empty), else that of the host for
 * container runtimes; NULL: none. */
const char *images_config_file(const struct config *c);
/* descriptors.json: what stdin, stdout and stderr were. Three texts, "" for a closed one. */
int images_write_descriptors(const struct images *i, const char *const targets[3], struct error *err);
/* A file that is not there is three times "". */
int images_read_descriptors(const struct images *i, const char *out_targets[3], struct error *err);
/* davit.json: when the container was created; NULL when it is not there. */
int images_write_created(const struct images *i, const char *created, struct error *err);
const char *images_read_created(const struct images *i, struct error *err);
/* Whether criu has written a checkpoint or a pre-dump there; if not, errno. */
bool images_are_in(int directory);
/* ERR_NOT_FOUND when there is no checkpoint in it. */
int images_check(const struct images *i, struct error *err);
/* What failed, in CRIU's own words: of its log, its response or its output. Returns -1. `c` may be NULL,
 * and so may `r`: *err then says that it died. */
int images_explain(const struct images *i, const struct criu *c, const struct criu_response *r, struct error *err);
