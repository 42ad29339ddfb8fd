#include "spec/schema_decoder.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "spec/schema_faults.h"
#include <string.h>

enum {
    MAX_BYTES = 16 << 20
};

static bool is_blank(const struct decoder *d)
{
    for (size_t i = 0; i < d->length; i++)
        if (!strchr(" \t\r\n", d->text[i]))
            return false;
    return true;
}

/* What yajl complains of: "parse error: premature EOF\n". */
static int refuse_syntax(struct decoder *d, size_t offset)
{
    unsigned char *why = yajl_get_error(d->yajl, 0, NULL, 0);
    size_t length = strcspn((const char *)why, "\n");
    length -= length > 0 && why[length - 1] == '.';
    const char *text = arena_strndup(d->arena, (const char *)why, length);
    yajl_free_error(d->yajl, why);
    const char *behind = str_after(text, "parse error: ");
    if (!behind)
        behind = str_after(text, "lexical error: ");
    const char *message = arena_printf(d->arena, "not valid JSON: %s", behind ? behind : text);
    if (strstr(text, "premature EOF"))
        message = is_blank(d) ? "is empty" : "not valid JSON: ends in the middle";
    if (strstr(text, "trailing garbage")) {
        message = "not valid JSON: text behind the end of the document";
        offset = token_start(d->text, offset);
    }
    return decoder_refuse(d, offset, decoder_path(d, NULL), message, NULL);
}

static void parse(struct decoder *d)
{
    yajl_status status = yajl_parse(d->yajl, (const unsigned char *)d->text, d->length);
    size_t offset = decoder_offset(d);
    if (status == yajl_status_ok) {
        status = yajl_complete_parse(d->yajl); /* which counts from the end */
        offset = d->length;
    }
    if (status == yajl_status_error)
        refuse_syntax(d, offset);
    if (status != yajl_status_ok)
        d->result = NULL;
}

/* What is wrong with the text as a whole, before any of it is parsed. */
static bool is_refused(struct decoder *d)
{
    size_t offset;
    const char *what;
    if (d->length > MAX_BYTES)
        return !decoder_refuse(d, 0, "", "is larger than 16 MiB", NULL);
    if (d->length >= 3 && memcmp(d->text, "\xef\xbb\xbf", 3) == 0)
        return !decoder_refuse(d, 0, "", "begins with a byte order mark", "save it as UTF-8 without one");
    if (text_find_invalid(d->text, d->length, &offset, &what))
        return !decoder_refuse(d, offset, "", what, NULL);
    return false;
}

static void *decode(struct decoder *d, const struct object *root, const char *file, struct schema_notes *notes)
{
    d->root = root;
    d->file = file;
    d->note_place = (struct place){0, 1, 1};
    d->wants_notes = notes != NULL;
    if (is_refused(d))
        return NULL;
    yajl_alloc_funcs memory = schema_yajl_memory(d->arena);
    d->yajl = yajl_alloc(&decoder_callbacks, &memory, d);
    parse(d);
    yajl_free(d->yajl);
    if (notes)
        notes->items = (const struct schema_note **)(void *)d->notes.items;
    return d->result;
}

void *schema_decode(const struct object *root, const char *file, const char *text, size_t length,
                    struct schema_notes *notes, struct error *err)
{
    struct decoder *d = arena_new(err->arena, struct decoder);
    *d = (struct decoder){.arena = err->arena, .err = err, .text = text, .length = length};
    return decode(d, root, file, notes);
}

void *schema_decode_all(const struct object *root, const char *file, const char *text, size_t length,
                        struct schema_notes *notes, const struct error ***out_faults, struct error *err)
{
    struct growing faults = {0};
    struct decoder *d = arena_new(err->arena, struct decoder);
    error_clear(err);
    *d = (struct decoder){.arena = err->arena, .err = err, .text = text, .length = length, .faults = &faults};
    void *result = decode(d, root, file, notes);
    if (err->code != ERR_NONE) {
        struct error *last = arena_new(err->arena, struct error);
        *last = *err;
        growing_append(err->arena, &faults, last);
        error_clear(err);
    }
    *out_faults =
        faults.items ? (const struct error **)(void *)faults.items : arena_alloc(err->arena, sizeof **out_faults);
    return faults.count ? NULL : result;
}
