/* schema_decoder.h - the state of one decoding, shared by schema_decode.c, which takes the parser's events, and
 * schema_parse.c, which runs the parser and explains what it refuses. Nobody else includes it. */
#pragma once

#include "spec/schema_keys.h"
#include "spec/schema_private.h"
#include "spec/schema_yajl.h"

enum {
    MAX_DEPTH = 64
};

/* One open `{` or `[`. */
struct frame {
    const struct object *object; /* its members are being filled; NULL inside a list or a map */
    const struct slot *slot;     /* the member whose value comes next; inside a list or a map, the row of that */
    char *target;                /* the object's struct */
    void **home;                 /* where a list or a map goes when it ends */
    uint64_t seen, present;      /* bit i: slots[i] was met; and was not null */
    struct growing items;        /* of a list or a map */
    size_t count;                /* elements so far: a SET keeps no items */
    const char *key;             /* inside a map: that of the next value */
    char *element;               /* inside a map: the struct of the next value */
    struct key_set keys;         /* inside a map: those that were met */
    size_t start;                /* offset of the bracket */
};

struct decoder {
    struct arena *arena;
    struct error *err;
    const struct object *root;
    const char *file, *text;
    size_t length;
    yajl_handle yajl;
    struct frame stack[MAX_DEPTH];
    size_t depth;      /* frames in use */
    size_t nesting;    /* open brackets, skipped ones too */
    bool skipping;     /* inside the value of an unknown member, or of one that is kept as text */
    size_t skip_depth; /* open brackets of that value */
    size_t skip_start; /* offset of that value */
    const char **raw;  /* where its text goes, or NULL */
    void *result;
    struct growing notes;
    struct place note_place;
    bool wants_notes;
    struct growing *faults; /* not NULL: struct error of every fault, instead of the first one alone */
};

extern const yajl_callbacks decoder_callbacks;

/* Bytes that the parser has taken. */
size_t decoder_offset(const struct decoder *d);
/* The member that is being decoded; `last` replaces the last key when it is not NULL. */
const char *decoder_path(struct decoder *d, const char *last);
/* Fills the error; returns 0, which tells yajl to stop. */
int decoder_refuse(struct decoder *d, size_t offset, const char *path, const char *message, const char *hint);
