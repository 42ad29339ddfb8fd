/* error.h - what went wrong, as one object from the failing call to the user's terminal.
 *
 * A function that can fail returns 0, or -1 with *err filled once, where the fault was found. Callers add what
 * only they know with error_context() and return; nobody logs an error that it returns. A positive value is a
 * documented condition that the caller must handle. All strings live in the error's arena. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct arena;

enum error_code {
    ERR_NONE,
    ERR_INVALID_CONFIG,
    ERR_INVALID_ARGUMENT,
    ERR_NOT_FOUND,
    ERR_ALREADY_EXISTS,
    ERR_WRONG_STATE,
    ERR_NOT_PERMITTED,
    ERR_NOT_SUPPORTED,
    ERR_BUSY,
    ERR_TIMED_OUT,
    ERR_HOOK_FAILED,
    ERR_PROCESS_DIED,
    ERR_SYSTEM,
};

struct error {
    struct arena *arena; /* set by error_init, owned by the caller; functions that have an error may allocate from it */
    enum error_code code;
    int errnum;          /* 0, or the errno that strerror's text comes from */
    const char *message; /* what could not be done: no errno text, no full stop */
    const char *context; /* NULL, or what the callers know, outermost first: "cannot create web: mounts[4] /data" */
    const char *path;    /* NULL, or the member of the config: "mounts[4].options[1]" */
    const char *file;    /* NULL, or the file that has this member */
    size_t line, column; /* its place, from 1; 0 when not known */
    const char *step;    /* NULL, or "init: mounts" */
    const char *hint;    /* NULL, or a next action */
};

void error_init(struct error *err, struct arena *a);
/* Makes the error empty again, for callers that handled it. */
void error_clear(struct error *err);

/* Each fills *err and returns -1, so that `return fail(…)` reads well. */
int fail(struct error *err, enum error_code code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* From errno; its code follows the errno (ENOENT: not-found, EPERM and EACCES: not-permitted, ENOSYS and
 * EOPNOTSUPP: not-supported, EBUSY: busy, EEXIST: already-exists, else system). */
int fail_errno(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The config's member at `path` is wrong: ERR_INVALID_CONFIG. Line and column are found by schema_locate later. */
int fail_config(struct error *err, const char *path, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Each adds to an error that is already filled and returns -1. A hint, path or step that is there stays. */
int error_context(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int error_hint(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int error_at(struct error *err, const char *path_fmt, ...) __attribute__((format(printf, 2, 3)));
int error_step(struct error *err, const char *step);

/* All seven return -1 always: said in a way that compilers and static analysers see, who then know that a call that
 * returned 0 has set what it returns. */
static inline int minus_one(int returned)
{
    (void)returned;
    return -1;
}
#define fail(...)          minus_one(fail(__VA_ARGS__))
#define fail_errno(...)    minus_one(fail_errno(__VA_ARGS__))
#define fail_config(...)   minus_one(fail_config(__VA_ARGS__))
#define error_context(...) minus_one(error_context(__VA_ARGS__))
#define error_hint(...)    minus_one(error_hint(__VA_ARGS__))
#define error_at(...)      minus_one(error_at(__VA_ARGS__))
#define error_step(...)    minus_one(error_step(__VA_ARGS__))

/* "context: message: Strerror (ENAME)", one line, in the error's arena. A wrong config's message begins with the path
 * of the member, unless it begins with that itself. */
const char *error_line(const struct error *err);
/* The same without "(ENAME)", as engines read it in the JSON log's "msg". */
const char *error_sentence(const struct error *err);
/* What a person sees: "davit: LINE", then "   where  …" and "   hint   …" as far as known; ends with a newline. */
const char *error_text(const struct error *err);
const char *error_code_name(enum error_code code); /* "invalid-config" */
enum error_code error_code_of_errno(int errnum);
const char *errno_name(int errnum); /* "EINVAL" */
