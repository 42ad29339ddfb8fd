#include "spec/config_notes.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "spec/schema.h"

bool config_note_warns(const struct schema_note *note)
{
    bool guards = str_has_prefix(note->path, "process.") || str_has_prefix(note->path, "root.") ||
                  str_has_prefix(note->path, "linux.");
    return guards || note->did_you_mean;
}

const char *config_note_text(struct arena *a, const struct schema_note *note, const char *file)
{
    const char *place = file ? arena_printf(a, "%s:%zu:%zu: ", file, note->line, note->column) : "";
    const char *guess = note->did_you_mean ? arena_printf(a, ", did you mean \"%s\"?", note->did_you_mean) : "";
    return arena_printf(a, "%s%s: %s%s", place, note->path, note->message, guess);
}

static int refuse(const struct schema_note *note, const char *file, struct error *err)
{
    fail_config(err, note->path, "%s", note->message);
    err->file = file;
    err->line = note->line;
    err->column = note->column;
    if (note->did_you_mean)
        return error_hint(err, "did you mean \"%s\"?", note->did_you_mean);
    return error_hint(err, "remove it, or leave out --strict");
}

int config_notes_report(const struct schema_notes *notes, const char *file, bool strict, struct error *err)
{
    for (const struct schema_note **n = notes->items; n && *n; n++) {
        if (strict)
            return refuse(*n, file, err);
        if (config_note_warns(*n))
            log_warning("%s", config_note_text(err->arena, *n, file));
        else
            log_debug("%s", config_note_text(err->arena, *n, file));
    }
    return 0;
}
