#include "cmd/commands.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/path.h"
#include "libcontainer/container/check.h"

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

/* One line each, as compilers write it. */
static const char *line_of(struct arena *a, const char *file, const struct finding *f)
{
    const char *place = f->line ? arena_printf(a, "%s:%zu:%zu", file, f->line, f->column) : file;
    const char *hint = f->hint ? arena_printf(a, " (%s)", f->hint) : "";
    return arena_printf(a, "%s: %s: %s%s\n", place, f->is_fault ? "error" : "warning", f->text, hint);
}

int run_check(struct invocation *i, struct error *err)
{
    const struct check_options *o = i->options;
    const char *bundle = i->arguments[0] ? i->arguments[0] : o->bundle ? o->bundle : ".";
    const struct check_request request = {.bundle = bundle, .config_file = o->config, .strict = o->strict};
    const char *file = o->config ? o->config : path_join(err->arena, bundle, "config.json");
    const struct finding **found;
    if (container_check(&request, &found, err) < 0)
        return -1;
    if (!*found)
        return print_text(arena_printf(err->arena, "%s: no faults\n", file), err);
    for (; *found; found++) {
        if (print_text(line_of(err->arena, file, *found), err) < 0)
            return -1;
        i->exit_status |= (*found)->is_fault;
    }
    return 0;
}
