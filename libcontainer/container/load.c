/* load.c - config.json as a bundle has it, or as it was kept at create. */
#include "libcontainer/container.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "libcontainer/launch/sequence.h"
#include "spec/config.h"
#include "spec/schema.h"

#include <fcntl.h>

enum {
    CONFIG_LIMIT = 16 << 20
};

static int note_all(const struct schema_notes *notes, const char *file, bool strict, struct error *err)
{
    for (const struct schema_note *const *n = (const struct schema_note *const *)notes->items; n && *n; n++) {
        if (strict && (*n)->is_unknown_member) {
            fail_config(err, (*n)->path, "%s", (*n)->message);
            err->file = file;
            err->line = (*n)->line;
            err->column = (*n)->column;
            return (*n)->did_you_mean ? error_hint(err, "did you mean \"%s\"?", (*n)->did_you_mean) : -1;
        }
        if ((*n)->did_you_mean)
            log_warning("%s:%zu:%zu: %s: %s, ignored; did you mean \"%s\"?", file, (*n)->line, (*n)->column, (*n)->path,
                        (*n)->message, (*n)->did_you_mean);
        else
            log_debug("%s:%zu:%zu: %s: %s, ignored", file, (*n)->line, (*n)->column, (*n)->path, (*n)->message);
    }
    return 0;
}

int container_load_config(const char *file, bool strict, const struct config **out, const char **out_text,
                          size_t *out_length, struct error *err)
{
    char *text;
    size_t length;
    struct schema_notes notes = {0};
    struct error first;
    if (file_read_at(AT_FDCWD, file, CONFIG_LIMIT, &text, &length, err) < 0)
        return -1;
    const struct config *c = schema_decode(&config_object, file, text, length, &notes, err);
    if (!c || note_all(&notes, file, strict, err) < 0)
        return -1;
    error_init(&first, err->arena);
    if (sequence_check(c, &first, 1) > 0) {
        *err = first;
        err->file = file;
        if (err->path)
            schema_locate(text, length, err->path, &err->line, &err->column);
        return -1;
    }
    *out = c;
    *out_text = text;
    *out_length = length;
    return 0;
}
