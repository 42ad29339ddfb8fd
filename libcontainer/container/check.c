#include "libcontainer/container/check.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/path.h"
#include "base/str.h"
#include "libcontainer/launch/sequence.h"
#include "spec/annotations.h"
#include "spec/config.h"
#include "spec/config_notes.h"
#include "spec/schema.h"
#include "spec/schema_faults.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
    CONFIG_LIMIT = 16 << 20,
    ASPECT_FAULTS = 64
};

static void append(struct findings *f, const struct finding *finding)
{
    if (f->count + 2 > f->room) {
        f->room = f->room ? f->room * 2 : 16;
        const struct finding **larger = arena_array(f->arena, f->room, sizeof *larger);
        if (f->count)
            memcpy(larger, f->items, f->count * sizeof *larger);
        f->items = larger;
    }
    f->items[f->count++] = finding;
}

void findings_add(struct findings *f, bool is_fault, const struct error *e)
{
    struct finding *finding = arena_new(f->arena, struct finding);
    const char *text = error_line(e);
    const char *rest = e->file ? str_after(text, arena_printf(f->arena, "%s: ", e->file)) : NULL;
    if (rest)
        text = rest; /* every finding is about this file */
    bool names_member = !e->path || str_has_prefix(text, e->path);
    finding->is_fault = is_fault;
    finding->text = names_member ? text : arena_printf(f->arena, "%s: %s", e->path, text);
    finding->hint = e->hint;
    finding->path = e->path;
    finding->line = e->line;
    finding->column = e->column;
    append(f, finding);
}

static void add_notes(struct findings *f, const struct schema_notes *notes, bool strict)
{
    for (const struct schema_note **n = notes->items; n && *n; n++) {
        if (!strict && !config_note_warns(*n))
            continue;
        struct error e;
        error_init(&e, f->arena);
        fail_config(&e, (*n)->path, "%s", (*n)->message);
        if ((*n)->did_you_mean)
            error_hint(&e, "did you mean \"%s\"?", (*n)->did_you_mean);
        e.line = (*n)->line;
        e.column = (*n)->column;
        findings_add(f, strict, &e);
    }
}

static void check_aspects(struct findings *f, const struct config *c)
{
    struct error *errors = arena_array(f->arena, ASPECT_FAULTS, sizeof *errors);
    for (size_t i = 0; i < ASPECT_FAULTS; i++)
        error_init(&errors[i], f->arena);
    size_t count = sequence_check(c, errors, ASPECT_FAULTS);
    for (size_t i = 0; i < count; i++)
        findings_add(f, true, &errors[i]);
    if (c->process)
        return;
    error_init(&errors[0], f->arena);
    config_check_process(NULL, "process", "run", &errors[0]);
    findings_add(f, true, &errors[0]);
}

static void check_annotations(struct findings *f, const struct config *c)
{
    struct error e;
    for (const struct pair *const *p = (const struct pair *const *)c->annotations; p && *p; p++) {
        const char *text = annotation_ignored(f->arena, (*p)->key, (*p)->value);
        if (!text)
            continue;
        error_init(&e, f->arena);
        fail(&e, ERR_INVALID_CONFIG, "%s", text);
        error_at(&e, "annotations.%s", str_printable(f->arena, (*p)->key));
        findings_add(f, false, &e);
    }
}

/* The root filesystem, and what is looked for in it. */
static void check_root(struct findings *f, const struct config *c, const char *bundle)
{
    struct error e;
    error_init(&e, f->arena);
    if (!c->root || !c->root->path || !*c->root->path)
        return; /* the aspect has said so */
    const char *path = c->root->path;
    scoped_fd root = open(path_absolute(f->arena, bundle, path), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root >= 0) {
        check_program(f, c, root);
        return;
    }
    if (errno == ENOENT)
        fail(&e, ERR_NOT_FOUND, "root.path \"%s\": no such directory (bundle %s)", path, bundle);
    else if (errno == ENOTDIR)
        fail(&e, ERR_INVALID_CONFIG, "root.path \"%s\" is not a directory (bundle %s)", path, bundle);
    else
        fail_errno(&e, "root.path \"%s\": cannot be opened", path);
    error_at(&e, "root.path");
    findings_add(f, true, &e);
}

static void locate_all(struct findings *f, const char *text, size_t length)
{
    for (size_t i = 0; i < f->count; i++) {
        struct finding found = *f->items[i];
        if (found.line || !found.path || !schema_locate(text, length, found.path, &found.line, &found.column))
            continue;
        struct finding *copy = arena_new(f->arena, struct finding);
        *copy = found;
        f->items[i] = copy;
    }
}

/* Those without a place come last. Findings are few, and equal ones keep their order. */
static void sort_by_place(struct findings *f)
{
    for (size_t i = 1; i < f->count; i++) {
        const struct finding *moved = f->items[i];
        size_t to = i;
        for (; to > 0; to--) {
            const struct finding *before = f->items[to - 1];
            bool is_behind = before->line == moved->line ? before->column > moved->column
                                                         : moved->line && (!before->line || before->line > moved->line);
            if (!is_behind)
                break;
            f->items[to] = before;
        }
        f->items[to] = moved;
    }
}

static int read_config(const struct check_request *request, const char *file, char **out_text, size_t *out_length,
                       struct error *err)
{
    if (file_read_at(AT_FDCWD, file, CONFIG_LIMIT, out_text, out_length, err) == 0)
        return 0;
    if (err->errnum == ENOENT && !request->config_file)
        error_hint(err, "a bundle is a directory with a config.json in it; \"davit spec\" writes one to begin with");
    return -1;
}

int container_check(const struct check_request *request, const struct finding ***out, struct error *err)
{
    static const struct finding *nothing[] = {NULL};
    char bundle[PATH_MAX];
    if (!realpath(request->bundle, bundle))
        return fail_errno(err, "cannot open the bundle %s", request->bundle);
    const char *file = request->config_file ? request->config_file : path_join(err->arena, bundle, "config.json");
    char *text;
    size_t length;
    if (read_config(request, file, &text, &length, err) < 0)
        return -1;

    struct findings found = {.arena = err->arena};
    struct schema_notes notes = {0};
    const struct error **faults;
    const struct config *c = schema_decode_all(&config_object, file, text, length, &notes, &faults, err);
    for (; *faults; faults++)
        findings_add(&found, true, *faults);
    add_notes(&found, &notes, request->strict);
    if (c) { /* where members are missing or wrong, checks that need them would find nothing but that again */
        check_aspects(&found, c);
        check_annotations(&found, c);
        check_root(&found, c, bundle);
        check_host_paths(&found, c, bundle);
    }
    locate_all(&found, text, length);
    sort_by_place(&found);
    *out = found.count ? found.items : nothing;
    return 0;
}
