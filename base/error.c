#include "base/error.h"

#include "base/arena.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>

void error_init(struct error *err, struct arena *a)
{
    *err = (struct error){.arena = a};
}

void error_clear(struct error *err)
{
    error_init(err, err->arena);
}

enum error_code error_code_of_errno(int errnum)
{
    switch (errnum) {
    case ENOENT:
        return ERR_NOT_FOUND;
    case EPERM:
    case EACCES:
        return ERR_NOT_PERMITTED;
    case ENOSYS:
    case EOPNOTSUPP:
        return ERR_NOT_SUPPORTED;
    case EBUSY:
        return ERR_BUSY;
    case EEXIST:
        return ERR_ALREADY_EXISTS;
    case ETIMEDOUT:
        return ERR_TIMED_OUT;
    default:
        return ERR_SYSTEM;
    }
}

/* A new error takes the place of what was there. */
__attribute__((format(printf, 4, 0))) static void fill(struct error *err, enum error_code code, int errnum,
                                                       const char *fmt, va_list args)
{
    error_clear(err);
    err->code = code;
    err->errnum = errnum;
    err->message = arena_vprintf(err->arena, fmt, args);
}

int(fail)(struct error *err, enum error_code code, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fill(err, code, 0, fmt, args);
    va_end(args);
    return -1;
}

int(fail_errno)(struct error *err, const char *fmt, ...)
{
    int errnum = errno;
    va_list args;
    va_start(args, fmt);
    fill(err, error_code_of_errno(errnum), errnum, fmt, args);
    va_end(args);
    return -1;
}

int(fail_config)(struct error *err, const char *path, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fill(err, ERR_INVALID_CONFIG, 0, fmt, args);
    va_end(args);
    err->path = arena_strdup(err->arena, path);
    return -1;
}

int(error_context)(struct error *err, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const char *outer = arena_vprintf(err->arena, fmt, args);
    va_end(args);
    err->context = err->context == NULL ? outer : arena_printf(err->arena, "%s: %s", outer, err->context);
    return -1;
}

int(error_hint)(struct error *err, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    if (err->hint == NULL)
        err->hint = arena_vprintf(err->arena, fmt, args);
    va_end(args);
    return -1;
}

int(error_at)(struct error *err, const char *path_fmt, ...)
{
    va_list args;
    va_start(args, path_fmt);
    if (err->path == NULL)
        err->path = arena_vprintf(err->arena, path_fmt, args);
    va_end(args);
    return -1;
}

int(error_step)(struct error *err, const char *step)
{
    if (err->step == NULL)
        err->step = arena_strdup(err->arena, step);
    return -1;
}

const char *errno_name(int errnum)
{
    const char *name = strerrorname_np(errnum);
    return name == NULL ? "unknown" : name;
}

static const char *errno_text(const struct error *err)
{
    const char *text = strerrordesc_np(err->errnum);
    return text == NULL ? arena_printf(err->arena, "error %d", err->errnum) : text;
}

const char *error_sentence(const struct error *err)
{
    const char *message = err->message == NULL ? "no message" : err->message;
    bool names_member = err->path == NULL || str_has_prefix(message, err->path);
    if (err->code == ERR_INVALID_CONFIG && !names_member) /* an engine shows this line alone */
        message = arena_printf(err->arena, "%s: %s", err->path, message);
    const char *text = err->context == NULL ? message : arena_printf(err->arena, "%s: %s", err->context, message);
    if (err->errnum != 0)
        text = arena_printf(err->arena, "%s: %s", text, errno_text(err));
    return str_printable(err->arena, text);
}

const char *error_line(const struct error *err)
{
    const char *sentence = error_sentence(err);
    return err->errnum == 0 ? sentence : arena_printf(err->arena, "%s (%s)", sentence, errno_name(err->errnum));
}

static const char *place(const struct error *err)
{
    if (err->file == NULL || err->line == 0)
        return err->file;
    if (err->column == 0)
        return arena_printf(err->arena, "%s:%zu", err->file, err->line);
    return arena_printf(err->arena, "%s:%zu:%zu", err->file, err->line, err->column);
}

/* "mounts[4].options[1], config.json:88:30 — runtime: mounts", or NULL when nothing is known. */
static const char *where(const struct error *err)
{
    const char *parts[3] = {NULL};
    size_t count = 0;
    if (err->path != NULL)
        parts[count++] = err->path;
    if (err->file != NULL)
        parts[count++] = place(err);
    const char *text = count == 0 ? NULL : str_join(err->arena, parts, ", ");
    if (err->step == NULL)
        return text;
    return text == NULL ? err->step : arena_printf(err->arena, "%s — %s", text, err->step);
}

const char *error_text(const struct error *err)
{
    const char *text = arena_printf(err->arena, "davit: %s\n", error_line(err));
    const char *known = where(err);
    if (known != NULL)
        text = arena_printf(err->arena, "%s   where  %s\n", text, str_printable(err->arena, known));
    if (err->hint != NULL)
        text = arena_printf(err->arena, "%s   hint   %s\n", text, str_printable(err->arena, err->hint));
    return text;
}

const char *error_code_name(enum error_code code)
{
    static const char *const names[] = {
        [ERR_NONE] = "none",
        [ERR_INVALID_CONFIG] = "invalid-config",
        [ERR_INVALID_ARGUMENT] = "invalid-argument",
        [ERR_NOT_FOUND] = "not-found",
        [ERR_ALREADY_EXISTS] = "already-exists",
        [ERR_WRONG_STATE] = "wrong-state",
        [ERR_NOT_PERMITTED] = "not-permitted",
        [ERR_NOT_SUPPORTED] = "not-supported",
        [ERR_BUSY] = "busy",
        [ERR_TIMED_OUT] = "timed-out",
        [ERR_HOOK_FAILED] = "hook-failed",
        [ERR_PROCESS_DIED] = "process-died",
        [ERR_SYSTEM] = "system",
    };
    return (size_t)code < ARRAY_SIZE(names) ? names[code] : "system";
}
