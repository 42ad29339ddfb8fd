/* options.h - the command line, parsed by rows: "--o V", "--o=V", "-o V", "-oV", "-abc", "-long-option", and
 * booleans with or without "=true|false". Help, manual pages and completions read the same rows. */
#pragma once

#include "spec/schema.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

enum option_kind {
    OPTION_FLAG,          /* bool */
    OPTION_TEXT,          /* const char *; an empty value is as none at all: scripts write --pid-file "$file" */
    OPTION_TEXTS,         /* const char **, NULL-terminated; one for each time it is given */
    OPTION_NUMBER,        /* uint64_t */
    OPTION_MEMBER,        /* const struct T *: one member of it, set by schema_set */
    OPTION_IGNORED,       /* taken for the sake of callers, without effect */
    OPTION_IGNORED_VALUE, /* the same, with a value */
};

struct option_row {
    const char *name; /* "bundle"; NULL ends the rows */
    char letter;      /* 0: none */
    enum option_kind kind;
    uint16_t offset;             /* in the command's struct */
    const char *value;           /* what help calls its value: "DIR" */
    const char *help;            /* one sentence; NULL: not shown */
    const char *const *words;    /* NULL, or the values that there are */
    const struct object *object; /* OPTION_MEMBER */
    const char *member;          /* "memory.limit" */
    bool is_size;                /* its value may have a unit: "512m" */
    bool keeps_empty;            /* an empty value is one, too */
};

struct parse_request {
    const struct option_row *rows;
    const char *command;          /* for messages; NULL: davit itself */
    bool stops_at_argument;       /* what follows the first argument belongs to it: "exec ID ls -l" */
    bool takes_dashes;            /* but for a "--" right behind that: "kill ID -- 9" */
    const char *const *arguments; /* NULL-terminated */
};

struct parse_result {
    const char **arguments; /* what is no option, NULL-terminated, in the error's arena */
    size_t count;
    bool wants_help; /* -h, --help, -?, --usage */
};

/* Fills `target`, the command's struct, zeroed by the caller. What came before a fault is in it after failure too. */
int options_parse(const struct parse_request *request, void *target, struct parse_result *out, struct error *err);
bool option_takes_value(const struct option_row *row);

// clang-format off
#define OPTION_SLOT(T, m, k, type) .kind = (k), .offset = offsetof(struct T, m) + MEMBER_IS(T, m, type)
#define FLAG_OPTION(T, m, n, l, h) \
    {.name = (n), .letter = (l), .help = (h), OPTION_SLOT(T, m, OPTION_FLAG, bool)}
#define TEXT_OPTION(T, m, n, l, v, h, ...) \
    {.name = (n), .letter = (l), .value = (v), .help = (h), OPTION_SLOT(T, m, OPTION_TEXT, const char *), __VA_ARGS__}
#define TEXTS_OPTION(T, m, n, l, v, h) \
    {.name = (n), .letter = (l), .value = (v), .help = (h), OPTION_SLOT(T, m, OPTION_TEXTS, const char **)}
#define NUMBER_OPTION(T, m, n, l, v, h) \
    {.name = (n), .letter = (l), .value = (v), .help = (h), OPTION_SLOT(T, m, OPTION_NUMBER, uint64_t)}
#define MEMBER_OPTION(T, m, O, n, l, v, path, h, ...) \
    {.name = (n), .letter = (l), .value = (v), .help = (h), .object = &O##_object, .member = (path), \
     OPTION_SLOT(T, m, OPTION_MEMBER, const struct O *), __VA_ARGS__}
#define IGNORED_OPTION(n)       {.name = (n), .kind = OPTION_IGNORED}
#define IGNORED_VALUE_OPTION(n) {.name = (n), .kind = OPTION_IGNORED_VALUE}
#define NO_MORE_OPTIONS         {.name = NULL}
// clang-format on
