/* main.c - options in, one command, one error out. */
#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "build-config.h"
#include "cmd/commands.h"
#include "libcontainer/launch/title.h"
#include "spec/error_json.h"

#include <signal.h>
#include <stdlib.h>

static int run(const char *const *arguments, int *out_status, struct error *err)
{
    *out_status = EXIT_FAILURE;
    if (fd_open_standard(err) < 0)
        return -1;
    struct global_options global = {0};
    struct parse_request request = {.rows = global_rows, .stops_at_argument = true, .arguments = arguments};
    struct parse_result parsed;
    int result = options_parse(&request, &global, &parsed, err);
    /* Also after a fault: an engine looks for the error in the log, and nowhere else. */
    struct error log_err;
    error_init(&log_err, err->arena);
    bool has_log = open_log(&global, &log_err) == 0;
    if (result < 0)
        return -1;
    *out_status = EXIT_SUCCESS;
    if (parsed.wants_help)
        return print_text(help_text(NULL, err), err);
    if (global.version)
        return print_text(version_text(err), err);
    const struct command *command = parsed.count > 0 ? command_find(parsed.arguments[0]) : NULL;
    if (!has_log && !(command && command->works_without_log)) {
        *out_status = command && command->failure_status ? command->failure_status : EXIT_FAILURE;
        *err = log_err;
        return -1;
    }
    return command_run(&global, parsed.arguments, out_status, err);
}

int main(int argc, char **argv)
{
    struct arena arena = {0};
    argv = title_init(&arena, argc, argv);
    signal(SIGCHLD, SIG_DFL); /* of a caller who ignores it one would inherit that nobody can be waited for */
    log_target.encode_error = error_json_log;
    struct error err;
    error_init(&err, &arena);
    int status = EXIT_FAILURE;
    const char *const none[] = {NULL};
    if (run(argc > 0 ? (const char *const *)argv + 1 : none, &status, &err) < 0) {
        log_write_error(&err);
        if (status == EXIT_SUCCESS)
            status = EXIT_FAILURE;
    }
    log_close();
    if (DAVIT_SANITIZERS) /* else the kernel is faster at it */
        arena_release(&arena);
    return status;
}
