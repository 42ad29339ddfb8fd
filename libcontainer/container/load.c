/* load.c - config.json as a bundle has it, or as it was kept at create. */
#include "libcontainer/container.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "libcontainer/launch/sequence.h"
#include "spec/config.h"
#include "spec/config_notes.h"
#include "spec/schema.h"

#include <fcntl.h>

enum {
    CONFIG_LIMIT = 16 << 20
};

void container_locate_fault(const char *file, const char *text, size_t length, struct error *err)
{
    if (!err->path || err->file)
        return;
    err->file = file;
    schema_locate(text, length, err->path, &err->line, &err->column);
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
    if (!c || config_notes_report(&notes, file, strict, err) < 0)
        return -1;
    error_init(&first, err->arena);
    if (sequence_check(c, &first, 1) > 0) {
        *err = first;
        container_locate_fault(file, text, length, err);
        return -1;
    }
    *out = c;
    *out_text = text;
    *out_length = length;
    return 0;
}
