/* schema_private.h - what the files of the schema engine share; nobody else includes it. */
#pragma once

#include "spec/schema.h"

/* A NULL-terminated array that grows in an arena. `items` is never NULL once list_init or list_append ran. */
struct growing {
    void **items;
    size_t count, room;
};
void growing_append(struct arena *a, struct growing *g, void *item);

/* A zeroed struct of that type, whose lists are empty rather than NULL. */
void *value_new(struct arena *a, const struct object *object);
/* Whether a map's values stand alone, without an object around them. */
bool value_is_plain(const struct object *element);

/* Each makes the value of a row from text, and returns NULL, or what is wrong with the text. */
const char *value_from_number(struct arena *a, const struct slot *slot, const char *text, const void **out);
const char *value_from_name(struct arena *a, const struct slot *slot, const char *text, const int64_t **out);
const char *value_from_text(struct arena *a, const struct slot *slot, const char *text, const char **out);
/* "one of pid, network, mount, …" */
const char *value_choices(struct arena *a, const struct name *names);
/* The text in double quotes, control characters made visible, a long one cut. */
const char *value_quoted(struct arena *a, const char *text);

enum integer_kind {
    INTEGER_FITS,
    INTEGER_HAS_FRACTION,
    INTEGER_TOO_LARGE
};
/* The exact value of a JSON number: magnitude and sign. "1e3" and "10.0" are integers, "1.5" is not. */
enum integer_kind integer_parse(const char *text, bool *out_negative, uint64_t *out_magnitude);

/* A place in a text; moved forward only, so that many places of one text cost one pass. */
struct place {
    size_t offset, line, column; /* from 0, 1, 1; columns count characters, not bytes */
};
void place_move(struct place *p, const char *text, size_t offset);
/* Where the JSON token begins that ends just before `end`. */
size_t token_start(const char *text, size_t end);
/* The number of bytes of the UTF-8 character at text, or 0 when it is not one. */
size_t utf8_length(const unsigned char *text, size_t left);
/* The first byte that is no UTF-8, or an escape that is half of a surrogate pair. False: there is none. */
bool text_find_invalid(const char *text, size_t length, size_t *out_offset, const char **out_what);
/* A JSON value's text without the blanks between its tokens. */
const char *text_compact(struct arena *a, const char *text, size_t length);
/* Whether `wrong` may stand for `known`: the same but for case, or one or two letters apart. Less is nearer. */
bool text_is_near(const char *wrong, const char *known, unsigned *out_distance);
