#include "cmd/options.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

/* What is being read. */
struct parser {
    const struct parse_request *request;
    char *target;
    struct parse_result *result;
    struct error *err;
    size_t next; /* index of the argument after the present one */
};

bool option_takes_value(const struct option_row *row)
{
    return row->kind != OPTION_FLAG && row->kind != OPTION_IGNORED;
}

static const struct option_row *row_of_name(const struct option_row *rows, const char *name, size_t length)
{
    for (const struct option_row *r = rows; r->name; r++)
        if (strlen(r->name) == length && strncmp(r->name, name, length) == 0)
            return r;
    return NULL;
}

static const struct option_row *row_of_letter(const struct option_row *rows, char letter)
{
    for (const struct option_row *r = rows; r->name; r++)
        if (r->letter && r->letter == letter)
            return r;
    return NULL;
}

static const char *nearest_name(const struct option_row *rows, const char *name)
{
    const char *best = NULL;
    unsigned least = 3;
    for (const struct option_row *r = rows; r->name; r++) {
        unsigned distance = str_distance(name, r->name, 2);
        if (r->help && distance < least) {
            best = r->name;
            least = distance;
        }
    }
    return best;
}

static int fail_unknown(struct parser *p, const char *dashes, const char *name, size_t length)
{
    const char *command = p->request->command;
    const char *text = arena_strndup(p->err->arena, name, length);
    fail(p->err, ERR_INVALID_ARGUMENT, "unknown option %s%s", dashes, str_printable(p->err->arena, text));
    const char *nearest = nearest_name(p->request->rows, text);
    if (nearest)
        return error_hint(p->err, "did you mean --%s?", nearest);
    return error_hint(p->err, "davit %s%s--help lists the options", command ? command : "", command ? " " : "");
}

/* podman and CRI-O look for either of the two phrases, to learn which options there are. */
static int fail_no_value(struct parser *p, const struct option_row *row)
{
    return fail(p->err, ERR_INVALID_ARGUMENT, "option --%s requires an argument (flag needs an argument: --%s)",
                row->name, row->name);
}

static int fail_value(struct parser *p, const struct option_row *row, const char *value, const char *wanted)
{
    return fail(p->err, ERR_INVALID_ARGUMENT, "option --%s: \"%s\" is not %s", row->name,
                str_printable(p->err->arena, value), wanted);
}

static int set_flag(struct parser *p, const struct option_row *row, const char *value)
{
    static const char *const yes[] = {"true", "1", "t", "T", "TRUE", "True", NULL};
    static const char *const no[] = {"false", "0", "f", "F", "FALSE", "False", NULL};
    bool is_set = !value || str_in(value, yes);
    if (!is_set && !str_in(value, no))
        return fail_value(p, row, value, "true or false");
    if (row->kind == OPTION_FLAG)
        memcpy(p->target + row->offset, &is_set, sizeof is_set);
    return 0;
}

static void append_text(struct parser *p, const struct option_row *row, const char *value)
{
    const char **old;
    memcpy(&old, p->target + row->offset, sizeof old);
    size_t count = str_count(old);
    const char **list = arena_array(p->err->arena, count + 2, sizeof *list);
    if (count > 0)
        memcpy(list, old, count * sizeof *list);
    list[count] = value;
    memcpy(p->target + row->offset, &list, sizeof list);
}

static int set_text(struct parser *p, const struct option_row *row, const char *value)
{
    if (row->words && !str_in(value, row->words))
        return fail_value(p, row, value,
                          arena_printf(p->err->arena, "one of %s", str_join(p->err->arena, row->words, ", ")));
    if (str_equal(value, "") && !row->keeps_empty)
        value = NULL;
    memcpy(p->target + row->offset, &value, sizeof value);
    return 0;
}

static int set_number(struct parser *p, const struct option_row *row, const char *value)
{
    uint64_t number;
    if (!str_to_uint(value, INT_MAX, &number))
        return fail_value(p, row, value, "a number");
    memcpy(p->target + row->offset, &number, sizeof number);
    return 0;
}

static int set_member(struct parser *p, const struct option_row *row, const char *value)
{
    void *object;
    memcpy(&object, p->target + row->offset, sizeof object);
    if (!object) {
        /* Decoding an empty object makes its lists empty ones, not NULL. */
        object = schema_decode(row->object, "--", "{}", 2, NULL, p->err);
        if (!object)
            return -1;
        memcpy(p->target + row->offset, &object, sizeof object);
    }
    int64_t bytes;
    if (row->is_size && str_to_bytes(value, &bytes))
        value = arena_printf(p->err->arena, "%" PRId64, bytes);
    if (schema_set(row->object, object, row->member, value, p->err) == 0)
        return 0;
    p->err->code = ERR_INVALID_ARGUMENT;
    p->err->path = NULL; /* nobody wrote a config here */
    return error_context(p->err, "option --%s", row->name);
}

static int set_value(struct parser *p, const struct option_row *row, const char *value)
{
    switch (row->kind) {
    case OPTION_FLAG:
    case OPTION_IGNORED:
        return set_flag(p, row, value);
    case OPTION_TEXT:
        return set_text(p, row, value);
    case OPTION_TEXTS:
        append_text(p, row, value);
        return 0;
    case OPTION_NUMBER:
        return set_number(p, row, value);
    case OPTION_MEMBER:
        return set_member(p, row, value);
    case OPTION_IGNORED_VALUE:
        return 0;
    }
    return 0;
}

/* `value` is what follows '=', or NULL. */
static int take_option(struct parser *p, const struct option_row *row, const char *value)
{
    if (!value && option_takes_value(row)) {
        value = p->request->arguments[p->next];
        if (!value)
            return fail_no_value(p, row);
        p->next++;
    }
    return set_value(p, row, value);
}

static bool is_help(const char *name, size_t length)
{
    return (length == 4 && strncmp(name, "help", length) == 0) || (length == 5 && strncmp(name, "usage", length) == 0);
}

/* One or more letters behind one dash. */
static int take_letters(struct parser *p, const char *letters)
{
    for (const char *l = letters; *l; l++) {
        const struct option_row *row = row_of_letter(p->request->rows, *l);
        if (!row && (*l == 'h' || *l == '?')) {
            p->result->wants_help = true;
            continue;
        }
        if (!row)
            return fail_unknown(p, "-", letters, strcspn(letters, "="));
        if (l[1] == '=')
            return take_option(p, row, l + 2);
        if (option_takes_value(row))
            return take_option(p, row, l[1] ? l + 1 : NULL);
        if (take_option(p, row, NULL) < 0)
            return -1;
    }
    return 0;
}

static int take_argument(struct parser *p, const char *text)
{
    const char *name = text + (text[1] == '-' ? 2 : 1);
    size_t length = strcspn(name, "=");
    const char *value = name[length] == '=' ? name + length + 1 : NULL;
    const struct option_row *row = length > 1 ? row_of_name(p->request->rows, name, length) : NULL;
    if (row)
        return take_option(p, row, value);
    if (is_help(name, length)) {
        p->result->wants_help = true;
        return 0;
    }
    if (text[1] == '-')
        return fail_unknown(p, "--", name, length);
    return take_letters(p, name);
}

int options_parse(const struct parse_request *request, void *target, struct parse_result *out, struct error *err)
{
    struct parser p = {.request = request, .target = target, .result = out, .err = err};
    size_t count = str_count((const char *const *)request->arguments);
    *out = (struct parse_result){.arguments = arena_array(err->arena, count + 1, sizeof(char *))};
    bool takes_options = true;
    while (request->arguments[p.next]) {
        const char *text = request->arguments[p.next++];
        if (takes_options && str_equal(text, "--")) {
            takes_options = false;
        } else if (takes_options && text[0] == '-' && text[1]) {
            if (take_argument(&p, text) < 0)
                return -1;
        } else {
            out->arguments[out->count++] = text;
            if (takes_options && request->takes_dashes && str_equal(request->arguments[p.next], "--"))
                p.next++;
            takes_options = takes_options && !request->stops_at_argument;
        }
    }
    return 0;
}
