#include "cmd/commands.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "base/path.h"
#include "libcontainer/launch/sequence.h"
#include "spec/config.h"
#include "spec/config_notes.h"
#include "spec/schema.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define CONFIG_LIMIT (16 << 20)
#define MANY         64 /* faults of aspects that are reported at once */

struct check_options {
    const char *bundle, *config;
    bool strict;
};

// clang-format off
COMMAND_ROWS(check, check_options) = {
    TEXT_OPTION(check_options, bundle, "bundle", 'b', "DIR", "The bundle. Default: this directory."),
    TEXT_OPTION(check_options, config, "config", 'f', "FILE", "The configuration. Default: config.json in the bundle."),
    FLAG_OPTION(check_options, strict, "strict", 0, "Members that the specification does not know are faults."),
    NO_MORE_OPTIONS,
};
// clang-format on

/* What is found goes to stdout, one line each, as compilers write it. */
struct report {
    const char *file;
    const char *text; /* the whole config */
    size_t length;
    unsigned faults, warnings;
};

static void say(struct report *r, bool is_fault, size_t line, size_t column, const char *path, const char *message,
                const char *hint)
{
    if (is_fault)
        r->faults++;
    else
        r->warnings++;
    printf("%s:", r->file);
    if (line > 0)
        printf("%zu:%zu:", line, column);
    printf(" %s: %s%s%s", is_fault ? "error" : "warning", path ? path : "", path && *path ? ": " : "", message);
    printf(hint ? " (%s)\n" : "\n", hint);
}

static void say_error(struct report *r, const struct error *e)
{
    size_t line = e->line, column = e->column;
    if (line == 0 && e->path)
        schema_locate(r->text, r->length, e->path, &line, &column);
    struct error bare = *e;
    bare.path = NULL;
    say(r, true, line, column, e->path, error_sentence(&bare), e->hint);
}

static void say_notes(struct report *r, const struct schema_notes *notes, bool strict, struct arena *a)
{
    for (const struct schema_note **n = notes->items; n && *n; n++) {
        const char *hint = NULL;
        if ((*n)->did_you_mean)
            hint = arena_printf(a, "did you mean \"%s\"?", (*n)->did_you_mean);
        if (strict || config_note_warns(*n))
            say(r, strict, (*n)->line, (*n)->column, (*n)->path, (*n)->message, hint);
    }
}

static void check_root(struct report *r, const struct config *c, const char *bundle, struct arena *a)
{
    struct error e;
    error_init(&e, a);
    struct stat st;
    if (!c->root) {
        fail_config(&e, "root", "missing: there is nothing to run in");
    } else {
        const char *path = path_absolute(a, bundle, c->root->path);
        if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
            fail_config(&e, "root.path", "\"%s\": no such directory (bundle %s)", c->root->path, bundle);
    }
    if (e.code != ERR_NONE)
        say_error(r, &e);
}

static void check_config(struct report *r, const struct config *c, const char *bundle, struct arena *a)
{
    struct error e;
    error_init(&e, a);
    if (config_check_process(c->process, "process", "run", &e) < 0)
        say_error(r, &e);
    check_root(r, c, bundle, a);
    struct error *errors = arena_array(a, MANY, sizeof *errors);
    for (size_t i = 0; i < MANY; i++)
        error_init(&errors[i], a);
    size_t count = sequence_check(c, errors, MANY);
    for (size_t i = 0; i < count && i < MANY; i++)
        say_error(r, &errors[i]);
}

int run_check(struct invocation *i, struct error *err)
{
    const struct check_options *o = i->options;
    char bundle[PATH_MAX];
    if (!realpath(o->bundle ? o->bundle : ".", bundle))
        return fail_errno(err, "cannot open the bundle %s", o->bundle ? o->bundle : ".");
    const char *file = o->config ? o->config : path_join(err->arena, o->bundle ? o->bundle : ".", "config.json");
    struct report r = {.file = file};
    char *text;
    if (file_read_at(AT_FDCWD, file, CONFIG_LIMIT, &text, &r.length, err) < 0)
        return -1;
    r.text = text;
    struct error decode_err;
    error_init(&decode_err, err->arena);
    struct schema_notes notes = {0};
    const struct config *c = schema_decode(&config_object, file, text, r.length, &notes, &decode_err);
    say_notes(&r, &notes, o->strict, err->arena);
    if (c)
        check_config(&r, c, bundle, err->arena);
    else
        say_error(&r, &decode_err);
    if (r.faults + r.warnings == 0)
        printf("%s: no faults\n", file);
    if (fflush(stdout) != 0)
        return fail_errno(err, "cannot print");
    i->exit_status = r.faults > 0;
    return 0;
}
