#include "cmd/commands.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "libcontainer/container.h"
#include "libcontainer/store/store.h"
#include "spec/state.h"

#include <string.h>
#include <sys/stat.h>

struct list_options {
    const char *format;
    bool quiet;
};

static const char *const formats[] = {"table", "json", NULL};

// clang-format off
COMMAND_ROWS(list, list_options) = {
    TEXT_OPTION(list_options, format, "format", 'f', "FORMAT", "table (default), or json.", .words = formats),
    FLAG_OPTION(list_options, quiet, "quiet", 'q', "Prints the ids alone."),
    NO_MORE_OPTIONS,
};
// clang-format on

/* One line of the table; all text. */
struct line {
    const char *id, *pid, *status, *bundle, *created, *owner;
};

static struct line line_of(struct arena *a, const struct oci_state *s)
{
    return (struct line){
        .id = s->id,
        .pid = arena_printf(a, "%lld", s->pid ? (long long)*s->pid : 0),
        .status = name_of(status_names, *s->status),
        .bundle = s->bundle ? s->bundle : "",
        .created = s->created ? s->created : "",
        .owner = s->owner ? s->owner : "",
    };
}

static void widen(size_t *width, const char *text)
{
    size_t length = strlen(text);
    if (length > *width)
        *width = length;
}

static int print_table(struct arena *a, const struct oci_state **states, size_t count, struct error *err)
{
    struct line *lines = arena_array(a, count + 1, sizeof *lines);
    lines[0] = (struct line){"ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"};
    size_t id = 0, pid = 0, status = 0, bundle = 0, created = 0;
    for (size_t i = 0; i <= count; i++) {
        if (i > 0)
            lines[i] = line_of(a, states[i - 1]);
        widen(&id, lines[i].id);
        widen(&pid, lines[i].pid);
        widen(&status, lines[i].status);
        widen(&bundle, lines[i].bundle);
        widen(&created, lines[i].created);
    }
    const char **texts = arena_array(a, count + 2, sizeof *texts);
    for (size_t i = 0; i <= count; i++) {
        const struct line *l = &lines[i];
        texts[i] = arena_printf(a, "%-*s  %-*s  %-*s  %-*s  %-*s  %s\n", (int)id, l->id, (int)pid, l->pid, (int)status,
                                l->status, (int)bundle, l->bundle, (int)created, l->created, l->owner);
    }
    return print_text(str_join(a, texts, ""), err);
}

static int print_json(struct arena *a, const struct oci_state **states, size_t count, struct error *err)
{
    const char **texts = arena_array(a, count + 1, sizeof *texts);
    for (size_t i = 0; i < count; i++)
        texts[i] = schema_encode(a, &oci_state_object, states[i], 0);
    return print_text(arena_printf(a, "[%s]\n", str_join(a, texts, ",")), err);
}

static int print_states(const struct list_options *o, struct arena *a, const struct oci_state **states, size_t count,
                        struct error *err)
{
    if (str_equal(o->format, "json"))
        return print_json(a, states, count, err);
    if (!o->quiet)
        return print_table(a, states, count, err);
    const char **ids = arena_array(a, count + 1, sizeof *ids);
    for (size_t i = 0; i < count; i++)
        ids[i] = arena_printf(a, "%s\n", states[i]->id);
    return print_text(str_join(a, ids, ""), err);
}

/* A directory that the user named must be there; the default one appears with the first container. */
static int check_root(const struct global_options *global, const char *root, struct error *err)
{
    struct stat st;
    if (global->root && *global->root && stat(root, &st) < 0)
        return fail_errno(err, "cannot open the state root %s", root);
    return 0;
}

int run_list(struct invocation *i, struct error *err)
{
    const char *root, **ids;
    /* Here stderr is davit's own: what is left out is told also where nobody asked for warnings. */
    if (!i->global->log && !i->global->log_level && log_target.level < LOG_WARNING_LEVEL)
        log_target.level = LOG_WARNING_LEVEL;
    if (store_root(i->global->root, &root, err) < 0 || check_root(i->global, root, err) < 0)
        return -1;
    if (store_list(root, &ids, err) < 0)
        return -1;
    const struct oci_state **states = arena_array(err->arena, str_count(ids) + 1, sizeof *states);
    size_t count = 0;
    for (const char **id = ids; *id; id++) {
        struct error entry_err;
        error_init(&entry_err, err->arena);
        struct container_view view;
        const struct oci_state *state = NULL;
        if (container_inspect(root, *id, &view, &entry_err) == 0)
            state = container_state(&view, &entry_err);
        if (state)
            states[count++] = state;
        else if (entry_err.code != ERR_NOT_FOUND) /* deleted meanwhile */
            log_message(LOG_WARNING_LEVEL, "%s is left out: %s", *id, error_line(&entry_err));
    }
    return print_states(i->options, err->arena, states, count, err);
}
