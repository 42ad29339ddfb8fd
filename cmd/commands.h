/* commands.h - the table of davit's commands, one row each. A command is one file that reads its options, calls one
 * verb of libcontainer, and prints. */
#pragma once

#include "cmd/options.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct launch_options;

/* What stands before the command. */
struct global_options {
    const char *root, *log, *log_format, *log_level, *cgroup_manager, *rootless, *criu;
    bool debug, systemd_cgroup, version;
};
extern const struct option_row global_rows[];

struct invocation {
    const struct global_options *global;
    void *options;          /* the command's struct, filled from its rows */
    const char **arguments; /* as many as the row allows, NULL-terminated */
    int exit_status;        /* set by the command: davit's own when it succeeds */
};

#define ANY_NUMBER 1000000

struct command {
    const char *name;
    const char *summary;   /* "start the program of a created container" */
    const char *arguments; /* "ID [SIGNAL]" */
    unsigned min_arguments, max_arguments;
    const struct option_row *rows;
    const size_t *options_size; /* of the command's struct */
    int (*run)(struct invocation *i, struct error *err);
    const char *description; /* for the manual page: paragraphs, separated by empty lines */
    int failure_status;      /* 0: 1 */
    bool stops_at_argument;  /* see options.h */
    bool takes_dashes;       /* the same */
    bool runs_sealed;        /* starts processes in containers: davit runs from a protected copy (sealed.h) */
    bool works_without_log;  /* a log that cannot be opened is no reason to fail */
};

/* Ends with a row whose name is NULL. */
extern const struct command commands[];
const struct command *command_find(const char *name);
/* The command nearest to a name that there is not, or NULL. */
const char *command_nearest(const char *name);
/* Finds the command, parses what follows it, and runs it. *out_status: davit's exit status, in failure too. */
int command_run(const struct global_options *global, const char *const *arguments, int *out_status, struct error *err);

/* What the global options say about a process that is to start. */
void apply_global(const struct global_options *global, struct launch_options *out);
/* Opens the log that they name. Does so as far as they were parsed when `parsed_err` tells of a fault in them. */
int open_log(const struct global_options *global, struct error *err);

/* Text to stdout, whole. */
int print_text(const char *text, struct error *err);
/* Text of --help: of one command, or of davit itself for NULL. In the error's arena. */
const char *help_text(const struct command *c, struct error *err);
/* What --version prints. In the error's arena. */
const char *version_text(struct error *err);

#define DECLARE_COMMAND(name)                     \
    extern const struct option_row name##_rows[]; \
    extern const size_t name##_options_size;      \
    int run_##name(struct invocation *i, struct error *err)
DECLARE_COMMAND(check);
DECLARE_COMMAND(checkpoint);
DECLARE_COMMAND(create);
DECLARE_COMMAND(delete);
DECLARE_COMMAND(events);
DECLARE_COMMAND(exec);
DECLARE_COMMAND(features);
DECLARE_COMMAND(kill);
DECLARE_COMMAND(list);
DECLARE_COMMAND(mounts);
DECLARE_COMMAND(pause);
DECLARE_COMMAND(ps);
DECLARE_COMMAND(restore);
DECLARE_COMMAND(resume);
DECLARE_COMMAND(run);
DECLARE_COMMAND(spec);
DECLARE_COMMAND(start);
DECLARE_COMMAND(state);
DECLARE_COMMAND(update);
DECLARE_COMMAND(version);

/* In the file of a command: the size of its struct beside its rows. */
#define COMMAND_ROWS(name, T)                            \
    const size_t name##_options_size = sizeof(struct T); \
    const struct option_row name##_rows[]
