#include "spec/schema_private.h"

#include "base/arena.h"
#include "spec/schema_yajl.h"
#include <stdio.h>
#include <string.h>

enum {
    MAX_DEPTH = 64
};

/* One open bracket on the way to the path. */
struct level {
    bool is_array;
    size_t index;   /* of the next element of an array */
    size_t matched; /* bytes of the path that lead here */
};

struct search {
    yajl_handle yajl;
    const char *text, *path;
    struct level stack[MAX_DEPTH];
    size_t depth;
    size_t skip_depth;     /* open brackets that the path does not lead into */
    size_t matched;        /* bytes of the path that lead to the next value; NOWHERE: it is another one */
    size_t best, best_end; /* bytes of the path that were found, and where its token ends */
    bool found;
};

static const size_t NOWHERE = SIZE_MAX;

/* How many bytes of the path are matched when `part` follows the first `matched` ones. */
static size_t step_into(const struct search *s, size_t matched, const char *part, size_t length)
{
    const char *rest = s->path + matched;
    if (strncmp(rest, part, length) != 0)
        return NOWHERE;
    bool ends = rest[length] == '\0' || rest[length] == '.' || rest[length] == '[';
    return ends ? matched + length : NOWHERE;
}

/* A value begins. Returns whether the path leads to or through it. */
static bool meet(struct search *s)
{
    if (s->skip_depth)
        return false;
    size_t matched = 0;
    if (s->depth) {
        struct level *l = &s->stack[s->depth - 1];
        matched = s->matched;
        if (l->is_array) {
            char part[32];
            int length = snprintf(part, sizeof part, "[%zu]", l->index++);
            matched = step_into(s, l->matched, part, (size_t)length);
        }
    }
    s->matched = matched;
    if (matched == NOWHERE)
        return false;
    if (!s->found && (matched > s->best || s->best_end == 0)) {
        s->best = matched;
        s->best_end = yajl_get_bytes_consumed(s->yajl);
        s->found = s->path[matched] == '\0';
    }
    return true;
}

static int on_scalar(struct search *s)
{
    (void)meet(s);
    return !s->found;
}

static int on_null(void *ctx)
{
    return on_scalar(ctx);
}

static int on_boolean(void *ctx, int value)
{
    (void)value;
    return on_scalar(ctx);
}

static int on_number(void *ctx, const char *digits, size_t length)
{
    (void)digits;
    (void)length;
    return on_scalar(ctx);
}

static int on_string(void *ctx, const unsigned char *bytes, size_t length)
{
    (void)bytes;
    (void)length;
    return on_scalar(ctx);
}

static int open_bracket(struct search *s, bool is_array)
{
    if (!meet(s) || s->depth == MAX_DEPTH)
        s->skip_depth++;
    else
        s->stack[s->depth++] = (struct level){.is_array = is_array, .matched = s->matched};
    return !s->found;
}

static int on_start_map(void *ctx)
{
    return open_bracket(ctx, false);
}

static int on_start_array(void *ctx)
{
    return open_bracket(ctx, true);
}

static int on_map_key(void *ctx, const unsigned char *bytes, size_t length)
{
    struct search *s = ctx;
    if (s->skip_depth)
        return 1;
    size_t matched = s->stack[s->depth - 1].matched;
    if (matched > 0 && s->path[matched] != '.')
        s->matched = NOWHERE;
    else
        s->matched = step_into(s, matched + (matched > 0), (const char *)bytes, length);
    return 1;
}

static int on_end(void *ctx)
{
    struct search *s = ctx;
    if (s->skip_depth)
        s->skip_depth--;
    else
        s->depth--;
    return 1;
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_start_map,
    .yajl_map_key = on_map_key,
    .yajl_end_map = on_end,
    .yajl_start_array = on_start_array,
    .yajl_end_array = on_end,
};

bool schema_locate(const char *text, size_t length, const char *path, size_t *out_line, size_t *out_column)
{
    struct arena a = {0};
    struct search s = {.text = text, .path = path};
    yajl_alloc_funcs memory = schema_yajl_memory(&a);
    s.yajl = yajl_alloc(&callbacks, &memory, &s);
    (void)yajl_parse(s.yajl, (const unsigned char *)text, length); /* it was decoded: only the place is wanted */
    yajl_free(s.yajl);
    arena_release(&a);
    if (s.best_end == 0 || s.best_end > length || s.best == 0)
        return false;
    struct place p = {0, 1, 1};
    place_move(&p, text, token_start(text, s.best_end));
    *out_line = p.line;
    *out_column = p.column;
    return true;
}
