#include "cmd/commands.h"

#include "base/arena.h"
#include "base/child.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/str.h"
#include "libcontainer/container.h"
#include "libcontainer/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OUTPUT_LIMIT ((size_t)64 * 1024 * 1024)

struct ps_options {
    const char *format;
};

static const char *const formats[] = {"table", "json", NULL};

// clang-format off
COMMAND_ROWS(ps, ps_options) = {
    TEXT_OPTION(ps_options, format, "format", 'f', "FORMAT",
        "table (default): what ps of this host shows of them; json: their numbers.", .words = formats),
    NO_MORE_OPTIONS,
};
// clang-format on

static int print_json(const pid_t *pids, struct error *err)
{
    const char *text = "[";
    for (const pid_t *p = pids; *p; p++)
        text = arena_printf(err->arena, "%s%s%d", text, p == pids ? "" : ",", (int)*p);
    return print_text(arena_printf(err->arena, "%s]\n", text), err);
}

/* Engines give all arguments of ps as one, people give several. */
static char **arguments_of(struct arena *a, const char *const *given)
{
    const char *joined = *given ? str_join(a, given, " ") : "-ef";
    const char **words = str_split(a, joined, ' ');
    char **argv = arena_array(a, str_count(words) + 2, sizeof *argv);
    size_t count = 0;
    argv[count++] = arena_strdup(a, "ps");
    for (; *words; words++)
        if (**words)
            argv[count++] = arena_strdup(a, *words);
    return argv;
}

static int output_of_ps(char *const *argv, char **out, struct error *err)
{
    int ends[2], status;
    scoped_child pid = 0;
    /* What davit's caller has open is nothing to ps. */
    if (fd_cloexec_from(STDERR_FILENO + 1, err) < 0)
        return -1;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return fail_errno(err, "cannot make a pipe");
    scoped_fd in = ends[0], to = ends[1];
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, to, STDOUT_FILENO);
    int result = posix_spawnp(&pid, "ps", &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (result != 0) {
        pid = 0;
        errno = result;
        fail_errno(err, "cannot run ps");
        return error_hint(err, "install procps, or use --format json");
    }
    fd_close(&to);
    if (file_read(in, OUTPUT_LIMIT, out, NULL, err) < 0)
        return error_context(err, "reading from ps");
    pid_t child = pid;
    pid = 0;
    if (child_reap(child, &status, err) < 0)
        return -1;
    return status == 0 ? 0 : fail(err, ERR_INVALID_ARGUMENT, "ps %s", child_status_text(err->arena, status));
}

/* The index of the word "PID" in the header, or -1. */
static int pid_column(struct arena *a, const char *header)
{
    int column = 0;
    for (const char **word = str_split(a, header, ' '); *word; word++) {
        if (str_equal(*word, "PID"))
            return column;
        column += **word != '\0';
    }
    return -1;
}

static bool is_listed(struct arena *a, const char *line, int column, const pid_t *pids)
{
    uint64_t number;
    for (const char **word = str_split(a, line, ' '); *word; word++) {
        if (**word == '\0' || column-- > 0)
            continue;
        if (str_to_uint(*word, INT32_MAX, &number))
            for (; *pids; pids++)
                if ((uint64_t)*pids == number)
                    return true;
        return false;
    }
    return false;
}

static int print_table(const pid_t *pids, const char *const *given, struct error *err)
{
    char *text;
    if (output_of_ps(arguments_of(err->arena, given), &text, err) < 0)
        return -1;
    const char **lines = str_split(err->arena, text, '\n');
    int column = pid_column(err->arena, lines[0]);
    if (column < 0) {
        fail(err, ERR_INVALID_ARGUMENT, "ps printed no column PID to choose the container's processes by");
        return error_hint(err, "give it arguments that show one, such as -ef");
    }
    const char *kept = arena_printf(err->arena, "%s\n", lines[0]);
    for (lines++; *lines; lines++)
        if (is_listed(err->arena, *lines, column, pids))
            kept = arena_printf(err->arena, "%s%s\n", kept, *lines);
    return print_text(kept, err);
}

int run_ps(struct invocation *i, struct error *err)
{
    const struct ps_options *o = i->options;
    const char *root;
    pid_t *pids;
    if (store_root(i->global->root, &root, err) < 0 || container_processes(root, i->arguments[0], &pids, err) < 0)
        return -1;
    if (str_equal(o->format, "json"))
        return print_json(pids, err);
    return print_table(pids, (const char *const *)i->arguments + 1, err);
}
