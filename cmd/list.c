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

/* What is shown of a container, all text: the columns of the table, or its state in JSON. */
struct line {
    const char *id, *pid, *status, *bundle, *created, *owner, *json;
};

/* Nothing but these texts is kept, in `a`: there may be very many containers. */
static struct line line_of(struct arena *a, const struct oci_state *s, bool is_json)
{
    if (is_json)
        return (struct line){.json = schema_encode(a, &oci_state_object, s, 0)};
    return (struct line){
        .id = arena_strdup(a, s->id),
        .pid = arena_printf(a, "%lld", s->pid ? (long long)*s->pid : 0),
        .status = name_of(status_names, *s->status),
        .bundle = arena_strdup(a, s->bundle ? s->bundle : ""),
        .created = arena_strdup(a, s->created ? s->created : ""),
        .owner = arena_strdup(a, s->owner ? s->owner : ""),
    };
}

static void widen(size_t *width, const char *text)
{
    size_t length = strlen(text);
    if (length > *width)
        *width = length;
}

/* `lines` begins with the head. */
static int print_table(struct arena *a, const struct line *lines, size_t count, struct error *err)
{
    size_t id = 0, pid = 0, status = 0, bundle = 0, created = 0;
    for (size_t i = 0; i < count; i++) {
        widen(&id, lines[i].id);
        widen(&pid, lines[i].pid);
        widen(&status, lines[i].status);
        widen(&bundle, lines[i].bundle);
        widen(&created, lines[i].created);
    }
    const char **texts = arena_array(a, count + 1, sizeof *texts);
    for (size_t i = 0; i < count; i++) {
        const struct line *l = &lines[i];
        texts[i] = arena_printf(a, "%-*s  %-*s  %-*s  %-*s  %-*s  %s\n", (int)id, l->id, (int)pid, l->pid, (int)status,
                                l->status, (int)bundle, l->bundle, (int)created, l->created, l->owner);
    }
    return print_text(str_join(a, texts, ""), err);
}

/* Of a list in JSON, or of ids alone, without the head. */
static int print_plain(struct arena *a, const struct line *lines, size_t count, bool is_json, struct error *err)
{
    const char **texts = arena_array(a, count, sizeof *texts);
    for (size_t i = 1; i < count; i++)
        texts[i - 1] = is_json ? lines[i].json : arena_printf(a, "%s\n", lines[i].id);
    if (is_json)
        return print_text(arena_printf(a, "[%s]\n", str_join(a, texts, ",")), err);
    return print_text(str_join(a, texts, ""), err);
}

/* A directory that the user named must be there; the default one appears with the first container. */
static int check_root(const struct global_options *global, const char *root, struct error *err)
{
    struct stat st;
    if (global->root && *global->root && stat(root, &st) < 0)
        return fail_errno(err, "cannot open the state root %s", root);
    return 0;
}

/* 1, or 0 when there is nothing to show. */
static int read_line(const char *root, const char *id, bool is_json, struct arena *kept, struct line *out)
{
    struct arena a = {0};
    struct error err;
    struct container_view view;
    const struct oci_state *state = NULL;
    error_init(&err, &a);
    if (container_inspect(root, id, &view, &err) == 0)
        state = container_state(&view, &err);
    if (state)
        *out = line_of(kept, state, is_json);
    else if (err.code != ERR_NOT_FOUND) /* deleted meanwhile */
        log_message(LOG_WARNING_LEVEL, "%s is left out: %s", id, error_line(&err));
    arena_release(&a);
    return state != NULL;
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
    const struct list_options *options = i->options;
    bool is_json = str_equal(options->format, "json");
    struct line *lines = arena_array(err->arena, str_count(ids) + 1, sizeof *lines);
    lines[0] = (struct line){"ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER", NULL};
    size_t count = 1;
    for (const char **id = ids; *id; id++)
        count += (size_t)read_line(root, *id, is_json, err->arena, &lines[count]);
    if (!is_json && !options->quiet)
        return print_table(err->arena, lines, count, err);
    return print_plain(err->arena, lines, count, is_json, err);
}
