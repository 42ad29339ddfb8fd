/* schema.h - describe a C struct once; decode, encode, check, change and list it from that description.
 *
 * A slot is one member of a struct. Absent means NULL (or false for BOOL, 0 for SET). A list is a NULL-terminated
 * array of pointers, never NULL itself after decoding, so `for (T **p = s->list; *p; p++)` needs no guard.
 * A map is a list whose element structs begin with `const char *key`. Where the values of a map are not objects
 * ("annotations"), the element has one row, whose key is "": STRING(pair, value, ""). JSON null is treated as absent.
 * Paths read "mounts[4].options[1]"; a map's key stands as it is: "linux.sysctl.net.ipv4.ip_forward".
 * Only schema*.c may include yajl. The macros for rows are in schema_rows.h. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
struct arena;
struct error;

enum slot_kind {
    SLOT_BOOL,    /* bool */
    SLOT_FLAG,    /* const bool *: a boolean whose absence means something else than false */
    SLOT_INT,     /* const int64_t *, inside [min, max] */
    SLOT_UINT,    /* const uint64_t *, at most (uint64_t)max, or any when max is 0 */
    SLOT_STRING,  /* const char * */
    SLOT_ENUM,    /* const int64_t *, the value of one name in names */
    SLOT_OBJECT,  /* const struct element * */
    SLOT_STRINGS, /* const char ** */
    SLOT_SET,     /* uint64_t mask, OR of 1 << value of each name in names */
    SLOT_LIST,    /* const struct element ** */
    SLOT_MAP,     /* const struct element **, key first */
    SLOT_UINTS,   /* const uint64_t **: list of numbers */
    SLOT_RAW,     /* const char *: any JSON value, kept as compact text */
};

struct name {
    const char *text;
    int64_t value;
};

struct slot {
    const char *key;
    enum slot_kind kind;
    uint16_t offset;
    bool required;
    bool lenient;     /* SET and ENUM: an unknown name is collected and not refused */
    bool keep_empty;  /* STRINGS, LIST, MAP: encoded as [] or {} when empty; otherwise left out */
    uint16_t given;   /* SET: offset of a bool that tells an empty set from an absent one; 0: none */
    int64_t min, max; /* both 0: the whole range of the kind; max 0: no upper limit */
    const struct object *element;
    const struct name *names;
    const char *(*check)(const char *text); /* NULL when text is fine, else what is wrong with it */
    const char *hint;
    const char *doc;   /* meaning, unit, default; one sentence or two */
    const char *since; /* NULL, or the kernel that it needs: "5.12" */
};

struct object {
    const char *name;
    uint16_t size;
    const struct slot *slots; /* ends with a row whose key is NULL; at most 64 rows */
};

struct schema_note {            /* what decoding met and did not refuse */
    const char *path, *message; /* "linux.namespace": "unknown member" */
    const char *did_you_mean;   /* NULL, or the known key it may have meant */
    size_t line, column;
    bool is_unknown_member;
};

struct schema_notes {
    const struct schema_note **items; /* NULL-terminated, in the arena; NULL: none */
};

/* Returns a zeroed-then-filled struct of type `root` in err->arena, or NULL with *err set: ERR_INVALID_CONFIG, path,
 * file (as given, for messages), line and column. `notes` may be NULL. Input of more than 16 MiB, deeper than 64
 * levels, with NUL, invalid UTF-8, a duplicate member or text behind the document is refused. */
void *schema_decode(const struct object *root, const char *file, const char *text, size_t length,
                    struct schema_notes *notes, struct error *err);
/* The struct as JSON, in the arena; `indent` 0: one line. */
const char *schema_encode(struct arena *a, const struct object *root, const void *value, int indent);
/* Sets the member at a path such as "memory.limit" from command-line text, making objects on the way; numbers and
 * names are checked as in decoding. */
int schema_set(const struct object *root, void *value, const char *path, const char *text, struct error *err);
/* Line and column of the member at `path`, or of the nearest one above it. False when the text has no such place. */
bool schema_locate(const char *text, size_t length, const char *path, size_t *out_line, size_t *out_column);
/* The row at a path ("linux.resources.memory.limit", indices and map keys are skipped over), or NULL. */
const struct slot *schema_find(const struct object *root, const char *path);

const char *name_of(const struct name *names, int64_t value); /* NULL when there is none */
bool name_find(const struct name *names, const char *text, int64_t *out_value);
/* The known text nearest to `text` (case, one or two letters), or NULL. */
const char *name_nearest(const struct name *names, const char *text);

#include "spec/schema_rows.h"
