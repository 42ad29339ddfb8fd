#include "libcontainer/cgroup/internal.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What a write replaced. */
struct undo {
    const struct place *place;
    const char *file, *text;
};

/* The text that puts the old value back, from the file's content before the write. */
static const char *old_value(struct arena *a, const struct knob_write *w, const char *file, const char *content)
{
    if (str_equal(file, "memory.oom_control")) {
        const char *digit = str_after(content, "oom_kill_disable ");
        return digit ? arena_strndup(a, digit, 1) : NULL;
    }
    if (w->restore == RESTORE_WHOLE)
        return content;
    if (w->restore == RESTORE_NEVER)
        return NULL;
    size_t key = strcspn(w->text, " ");
    for (const char **line = str_split(a, content, '\n'); *line; line++)
        if (strncmp(*line, w->text, key) == 0 && (*line)[key] == ' ')
            return *line;
    return arena_printf(a, "%.*s %s", (int)key, w->text, w->absent);
}

/* EINVAL and EBUSY may only mean that another limit must move first (limit and memsw, quota and burst). */
static bool may_be_order(const struct error *err)
{
    return err->errnum == EINVAL || err->errnum == EBUSY || err->errnum == ERANGE;
}

/* A write may say the same of the device that it names. */
static bool no_such_file(const struct place *p, const char *file, const struct error *err)
{
    return (err->errnum == ENOENT || err->errnum == ENODEV) && !place_has(p, file);
}

/* Which processors or memory nodes there are to choose from: those of the cgroup above. */
static void explain_set(const struct place *p, const struct knob_write *w, struct error *err)
{
    struct error ignored;
    const char *text, *last = strrchr(p->directory, '/');
    const struct place above = {.directory = arena_strndup(err->arena, p->directory, (size_t)(last - p->directory))};
    const char *file = w->version == 2 ? arena_printf(err->arena, "%s.effective", w->file) : w->file;
    error_init(&ignored, err->arena);
    if (str_has_prefix(w->file, "cpuset.") && place_read(&above, file, &text, &ignored) == 0 && text)
        error_hint(err, "the cgroup above has %s", text);
}

/* What the kernel demands of a value, where its answer does not say. */
static void explain_refusal(const struct knob_write *w, struct error *err)
{
    size_t key = strcspn(w->text, " ");
    if (err->errnum == ENODEV)
        error_hint(err, "the host has no device %.*s that can be limited", (int)key, w->text);
    if (err->errnum != EINVAL)
        return;
    if (str_equal(w->file, "memory.limit_in_bytes"))
        error_hint(err, "memory may not exceed memory plus swap: set memory.swap too, to the same or more");
    else if (str_equal(w->file, "memory.memsw.limit_in_bytes"))
        error_hint(err, "swap counts memory and swap together: it must be at least memory.limit, which must be set");
    else if (str_equal(w->file, "cpu.cfs_burst_us") || str_equal(w->file, "cpu.max.burst"))
        error_hint(err, "a burst may not exceed the quota");
    else if (str_equal(w->file, "cpu.max") || str_has_prefix(w->file, "cpu.cfs_"))
        error_hint(err,
                   "a quota has at least 1000 microseconds, a period 1000 to 1000000, and their ratio may not exceed "
                   "that of a cgroup above");
}

static int explain_limit(const struct place *p, const struct knob_write *w, struct error *err)
{
    const char *usage_file = w->version == 2 ? "memory.current" : "memory.usage_in_bytes", *text;
    char limit[48], usage[48];
    uint64_t bytes, used;
    struct error ignored;
    error_init(&ignored, err->arena);
    if (str_has_prefix(w->file, "memory.") && str_to_uint(w->text, UINT64_MAX, &bytes) &&
        place_read(p, usage_file, &text, &ignored) == 0 && text && str_to_uint(text, UINT64_MAX, &used) &&
        used > bytes) {
        error_clear(err);
        errno = EBUSY;
        fail_errno(err, "memory limit %s is below the %s that the container already uses", bytes_text(limit, bytes),
                   bytes_text(usage, used));
        error_hint(err, "set at least %s, or free memory in the container first", bytes_text(usage, used));
    } else if (str_has_prefix(w->file, "cpuset.")) {
        explain_set(p, w, err);
    } else {
        explain_refusal(w, err);
    }
    return error_at(err, "%s", w->path ? w->path : "linux.resources");
}

static int no_file(const struct place *p, const struct knob_write *w, struct error *err)
{
    error_clear(err);
    if (w->vain)
        return 0;
    if (w->lenient) {
        log_warning("%s is ignored: this kernel has no %s", w->path, w->file);
        return 0;
    }
    fail(err, ERR_NOT_SUPPORTED, "this kernel has no %s in %s", w->file, p->directory);
    error_hint(err, "take the limit out of the config");
    return error_at(err, "%s", w->path);
}

/* 0, or -1. With `out` what the write replaced is remembered first. */
static int write_one(const struct place *p, const struct knob_write *w, struct undo *out, struct error *err)
{
    const char *file = w->file, *text = w->text, *content = NULL;
    if (w->other && !place_has(p, file)) {
        file = w->other;
        text = w->other_text ? w->other_text : text;
    }
    if (out) {
        if (place_read(p, file, &content, err) < 0)
            error_clear(err); /* a file that cannot be read is not put back */
        *out = (struct undo){p, file, content ? old_value(err->arena, w, file, content) : NULL};
    }
    log_debug("cgroup: %s/%s = %s", p->directory, file, text);
    if (place_write(p, file, text, err) == 0)
        return 0;
    if (no_such_file(p, file, err)) {
        if (out)
            out->text = NULL;
        return no_file(p, w, err);
    }
    return -1;
}

static void put_back(const struct undo *undo, size_t count, struct error *err)
{
    struct error ignored;
    error_init(&ignored, err->arena);
    for (int pass = 0; pass < 2; pass++) /* twice, for the same reason as below */
        for (size_t i = count; i-- > 0;)
            if (undo[i].text && place_write(undo[i].place, undo[i].file, undo[i].text, &ignored) < 0) {
                log_debug("%s/%s is not put back: %s", undo[i].place->directory, undo[i].file, error_line(&ignored));
                error_clear(&ignored);
            }
}

int cgroup_write_all(struct cgroup *c, const struct knob_write *writes, bool rollback, struct error *err)
{
    size_t count = 0, postponed_count = 0, undo_count = 0;
    while (writes[count].file)
        count++;
    struct undo *undo = arena_array(err->arena, count + 1, sizeof *undo);
    const struct knob_write **postponed = arena_array(err->arena, count + 1, sizeof(const struct knob_write *));
    for (size_t i = 0; i < count; i++) {
        const struct place *p = cgroup_place(c, (enum controller)writes[i].controller);
        if (!p)
            continue; /* rootless, and nothing asked for it: cgroup_create has seen to that */
        if (write_one(p, &writes[i], rollback ? &undo[undo_count] : NULL, err) == 0) {
            undo_count += rollback;
            continue;
        }
        if (!may_be_order(err)) {
            explain_limit(p, &writes[i], err);
            put_back(undo, undo_count, err);
            return -1;
        }
        undo_count += rollback;
        error_clear(err);
        postponed[postponed_count++] = &writes[i];
    }
    for (size_t i = 0; i < postponed_count; i++) {
        const struct place *p = cgroup_place(c, (enum controller)postponed[i]->controller);
        if (write_one(p, postponed[i], NULL, err) < 0) {
            explain_limit(p, postponed[i], err);
            put_back(undo, undo_count, err);
            return -1;
        }
    }
    return 0;
}

struct knob_write *cgroup_present(struct cgroup *c, const struct knob_write *writes, struct arena *a)
{
    size_t count = 0, kept = 0;
    struct error ignored;
    error_init(&ignored, a);
    while (writes[count].file)
        count++;
    struct knob_write *list = arena_array(a, count + 1, sizeof *list);
    for (size_t i = 0; i < count; i++) {
        const struct place *p = cgroup_place(c, (enum controller)writes[i].controller);
        const char *file = writes[i].file, *content;
        if (p && writes[i].other && !place_has(p, file))
            file = writes[i].other;
        if (!p || place_read(p, file, &content, &ignored) < 0 || !content)
            continue;
        const char *text = old_value(a, &writes[i], file, content);
        if (!text)
            continue;
        list[kept] = writes[i];
        list[kept].file = file;
        list[kept].other = NULL;
        list[kept++].text = text;
    }
    return list;
}
