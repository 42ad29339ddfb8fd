/* check.h - everything that is wrong with a bundle, at once and without running anything: its config, and what the
 * config names on the host and in the root filesystem. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct config;
struct error;

struct finding {
    bool is_fault;       /* create or start would fail; else something is passed over that was probably meant */
    const char *text;    /* one line that begins with the member's path, where there is one */
    const char *hint;    /* NULL, or a next action */
    const char *path;    /* NULL, or the member of the config */
    size_t line, column; /* 0: not known */
};

struct check_request {
    const char *bundle;
    const char *config_file; /* NULL: config.json in the bundle */
    bool strict;             /* members that the specification does not know are faults */
};

/* NULL-terminated, in the order of the config's text, in the error's arena. Fails only when the config cannot be read.
 */
int container_check(const struct check_request *request, const struct finding ***out, struct error *err);

/* What is being found. For check.c and check_*.c. */
struct findings {
    struct arena *arena;
    const struct finding **items;
    size_t count, room;
};
void findings_add(struct findings *f, bool is_fault, const struct error *e);
/* Mounts, hooks and namespaces that name what the host does not have. */
void check_host_paths(struct findings *f, const struct config *c, const char *bundle);
/* The program as it is found in the root filesystem, an O_PATH descriptor; silent where a mount may bring it. */
void check_program(struct findings *f, const struct config *c, int root);
