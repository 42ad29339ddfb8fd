#include "cmd/commands.h"

#include "base/arena.h"
#include "base/child.h"
#include "base/error.h"
#include "base/file.h"
#include "base/str.h"
#include "libcontainer/launch/sealed.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COMMAND(n) .name = #n, .rows = n##_rows, .options_size = &n##_options_size, .run = run_##n

// clang-format off
const struct command commands[] = {
    {COMMAND(check), .arguments = "[BUNDLE]", .max_arguments = 1,
     .summary = "look for faults in a bundle",
     .description =
        "Reads the bundle's configuration as create does and reports every fault at once, each with its place in the "
        "file, and what it names that is not there: the root, the program in it, sources of mounts, hooks; nothing is "
        "made.\n\n"
        "Members that look misspelt, or that davit does not know in process, root and linux, are warnings; with "
        "--strict every unknown member is a fault. The exit status is 1 when there is a fault."},
    {COMMAND(checkpoint), .arguments = "ID", .min_arguments = 1, .max_arguments = 1,
     .summary = "write a running container's processes to files",
     .description =
        "Writes the processes of a container, with their memory and open files, to a directory, from which restore "
        "makes them again, on this host or on another one. The container is then gone, unless --leave-running or "
        "--pre-dump is given. Files of its root are not copied.\n\n"
        "The work is done by the program criu. When it fails the container runs on as before; the error names what criu "
        "says, and dump.log in the work directory has all of it."},
    {COMMAND(create), .runs_sealed = true, .arguments = "ID", .min_arguments = 1, .max_arguments = 1,
     .summary = "make a container; its program waits for start",
     .description =
        "Makes a container from a bundle: its namespaces, cgroup, root and mounts, and its first process, which waits "
        "for start before it executes the program.\n\n"
        "A program that is missing or may not be executed is reported here already."},
    {COMMAND(delete), .arguments = "ID", .min_arguments = 1, .max_arguments = 1, .works_without_log = true,
     .summary = "remove a container that is created or stopped",
     .description =
        "Kills what is left of a container, removes what davit has made for it, and runs its poststop hooks.\n\n"
        "A container that runs is left alone without --force, which also removes what a davit that was killed has "
        "left half done.\n\n"
        "With --regex one container that it fails for keeps no other from being deleted, and the exit status is 1."},
    {COMMAND(events), .arguments = "ID", .min_arguments = 1, .max_arguments = 1,
     .summary = "print what a container uses, and when it runs out of memory",
     .description =
        "Prints one JSON object a line: statistics at once and then at each interval, and an event of type oom when the "
        "kernel has killed a process for want of memory. Ends with the container."},
    {COMMAND(exec), .runs_sealed = true, .arguments = "ID [PROGRAM [ARGUMENT...]]", .min_arguments = 1, .max_arguments = ANY_NUMBER,
     .failure_status = 255, .stops_at_argument = true,
     .summary = "run a further program in a container",
     .description =
        "Runs a program in the namespaces and cgroup of a container, under the same restrictions as its own.\n\n"
        "The exit status is the program's, or 255 when it could not be started."},
    {COMMAND(features), .arguments = "", .max_arguments = 0,
     .summary = "print what this davit can do, as JSON",
     .description =
        "Prints the features structure of the OCI runtime specification: versions, hooks, mount options, namespaces, "
        "capabilities and so on that davit recognises, whatever this host's kernel has.\n\n"
        "With --probe it tries what this host's kernel and set-up allow, and tells the reason for each no."},
    {COMMAND(kill), .arguments = "ID [SIGNAL]", .min_arguments = 1, .max_arguments = 2, .stops_at_argument = true, .takes_dashes = true,
     .summary = "send a signal to a container",
     .description =
        "Sends a signal, TERM when none is named, to a container's first process, or with --all to every process of "
        "it. A signal is a number or a name: 9, KILL, SIGKILL, RTMIN+3.\n\n"
        "KILL reaches every process of a container without a pid namespace of its own.\n\n"
        "With --regex one container that it fails for keeps no other from its signal, and the exit status is 1."},
    {COMMAND(list), .arguments = "", .max_arguments = 0,
     .summary = "show the containers",
     .description =
        "Shows the containers below the state root, one a line."},
    {COMMAND(mounts), .runs_sealed = true, .arguments = "add|remove ID FILE", .min_arguments = 3, .max_arguments = 3,
     .summary = "add mounts to a container that is there, or remove them",
     .description =
        "Reads a JSON array of mounts, as in config.json, from a file or with - from standard input. add makes them in a "
        "container that is created, running or paused, all of them or, when one fails, none; remove takes away what "
        "is mounted at their destinations, the last first, and looks at nothing else of them.\n\n"
        "A source is a path on the host, absolute or below the bundle. Sources, devices and the layers of an overlay "
        "are opened on the host, destinations inside the container, as at create. What is added is recorded nowhere: "
        "it ends with the container."},
    {COMMAND(pause), .arguments = "ID", .min_arguments = 1, .max_arguments = 1,
     .summary = "stop all processes of a container where they are",
     .description =
        "Freezes the container's cgroup, and returns once every process in it has stopped. They go on after resume."},
    {COMMAND(ps), .arguments = "ID [ARGUMENT...]", .min_arguments = 1, .max_arguments = ANY_NUMBER, .stops_at_argument = true,
     .summary = "show the processes of a container",
     .description =
        "Runs the host's ps with the arguments (-ef when there are none) and shows what it says of the container's "
        "processes, those in cgroups below the container's included."},
    {COMMAND(restore), .runs_sealed = true, .arguments = "ID", .min_arguments = 1, .max_arguments = 1,
     .summary = "make a container from what checkpoint has written",
     .description =
        "Makes a container from a bundle, and in it the processes that checkpoint has written, which go on where they "
        "were. The bundle's root and the sources of its mounts must hold the same files as then. In the foreground it "
        "then does what run does.\n\n"
        "The work is done by the program criu; restore.log in the work directory has all that it says. Prestart and "
        "createRuntime hooks run."},
    {COMMAND(resume), .arguments = "ID", .min_arguments = 1, .max_arguments = 1,
     .summary = "let the processes of a paused container go on",
     .description =
        "Thaws the container's cgroup."},
    {COMMAND(run), .runs_sealed = true, .arguments = "ID", .min_arguments = 1, .max_arguments = 1,
     .summary = "create and start a container, and wait for its end",
     .description =
        "Does what create and start do, hands on signals and the terminal while the program runs, and deletes the "
        "container at its end. The exit status is the program's, or 128 plus the number of the signal that killed "
        "it.\n\n"
        "The container does not outlive davit, unless --detach is given."},
    {COMMAND(spec), .arguments = "", .max_arguments = 0,
     .summary = "write an example config.json",
     .description =
        "Writes a configuration to begin with: a shell on a terminal, in namespaces of its own, with few "
        "capabilities. An existing file is left alone.\n\n"
        "The directory rootfs beside it must hold the container's files."},
    {COMMAND(start), .arguments = "ID", .min_arguments = 1, .max_arguments = 1,
     .summary = "start the program of a created container",
     .description =
        "Lets the first process of a created container execute its program. Returns once it has done so, or says why "
        "it could not."},
    {COMMAND(state), .arguments = "ID", .min_arguments = 1, .max_arguments = 1,
     .summary = "print a container's state, as JSON",
     .description =
        "Prints the state of the OCI runtime specification, with the members rootfs, created and owner. The pid of a "
        "container that has stopped is 0."},
    {COMMAND(update), .arguments = "ID", .min_arguments = 1, .max_arguments = 1,
     .summary = "change the limits of a container",
     .description =
        "Changes what is given and leaves the rest as it is; device rules are never touched. When a limit cannot be "
        "set, those that were set before it are put back."},
    {COMMAND(version), .arguments = "", .max_arguments = 0,
     .summary = "print davit's version",
     .description =
        "Prints the versions of davit and of the specification that it follows."},
    {.name = NULL},
};
// clang-format on

const struct command *command_find(const char *name)
{
    for (const struct command *c = commands; c->name; c++)
        if (str_equal(c->name, name))
            return c;
    return NULL;
}

const char *command_nearest(const char *name)
{
    const char *best = NULL;
    unsigned least = 3;
    for (const struct command *c = commands; c->name; c++) {
        unsigned distance = str_distance(name, c->name, 2);
        /* Half of a short name is no likeness. */
        if (distance < least && distance * 2 < strlen(c->name)) {
            best = c->name;
            least = distance;
        }
    }
    return best;
}

static int fail_unknown_command(const char *name, struct error *err)
{
    fail(err, ERR_INVALID_ARGUMENT, "unknown command \"%s\"", str_printable(err->arena, name));
    const char *nearest = command_nearest(name);
    if (nearest)
        return error_hint(err, "did you mean %s?", nearest);
    return error_hint(err, "davit --help lists the commands");
}

static int check_count(const struct command *c, const struct parse_result *parsed, struct error *err)
{
    if (parsed->count < c->min_arguments)
        fail(err, ERR_INVALID_ARGUMENT, "%s: %s is missing", c->name,
             parsed->count == 0 ? "an argument" : "a further argument");
    else if (parsed->count > c->max_arguments)
        fail(err, ERR_INVALID_ARGUMENT, "%s: unexpected argument \"%s\"", c->name,
             str_printable(err->arena, parsed->arguments[c->max_arguments]));
    else
        return 0;
    return error_hint(err, "usage: davit %s [OPTION...]%s%s", c->name, *c->arguments ? " " : "", c->arguments);
}

/* Of a command that there is not: `help NAME`, or `NAME --help`. */
static int fail_unknown_topic(const char *name, struct error *err)
{
    fail_unknown_command(name, err);
    return error_context(err, "No help topic for '%s'", str_printable(err->arena, name));
}

/* davit help, davit help COMMAND. */
static int run_help(const char *name, struct error *err)
{
    const struct command *c = name ? command_find(name) : NULL;
    if (name && !c)
        return fail_unknown_topic(name, err);
    return print_text(help_text(c, err), err);
}

int command_run(const struct global_options *global, const char *const *arguments, int *out_status, struct error *err)
{
    static const char *const help_options[] = {"-h", "--help", NULL};
    *out_status = EXIT_FAILURE;
    const char *name = arguments[0];
    if (!name) {
        fail(err, ERR_INVALID_ARGUMENT, "no command is given");
        return error_hint(err, "davit --help lists the commands");
    }
    if (str_equal(name, "help") || str_equal(name, "h")) {
        *out_status = EXIT_SUCCESS;
        return run_help(arguments[1], err);
    }
    const struct command *c = command_find(name);
    if (!c)
        return arguments[1] && str_in(arguments[1], help_options) ? fail_unknown_topic(name, err)
                                                                  : fail_unknown_command(name, err);
    *out_status = c->failure_status ? c->failure_status : EXIT_FAILURE;
    struct parse_request request = {
        .rows = c->rows,
        .command = c->name,
        .stops_at_argument = c->stops_at_argument,
        .takes_dashes = c->takes_dashes,
        .arguments = arguments + 1,
    };
    struct invocation i = {.global = global, .options = arena_alloc(err->arena, *c->options_size)};
    struct parse_result parsed;
    if (options_parse(&request, i.options, &parsed, err) < 0)
        return -1;
    if (parsed.wants_help) {
        *out_status = EXIT_SUCCESS;
        return print_text(help_text(c, err), err);
    }
    if (check_count(c, &parsed, err) < 0)
        return -1;
    i.arguments = parsed.arguments;
    if (c->runs_sealed) {
        if (sealed_enter(err) < 0)
            return -1;
        child_reset_signals();
    }
    if (c->run(&i, err) < 0)
        return -1;
    *out_status = i.exit_status;
    return 0;
}

int print_text(const char *text, struct error *err)
{
    if (file_write_all(STDOUT_FILENO, text, strlen(text), err) < 0)
        return error_context(err, "cannot print");
    return 0;
}
