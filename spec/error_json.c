#include "spec/error_json.h"

#include "base/arena.h"
#include "base/error.h"
#include "spec/schema.h"
#include <string.h>

enum {
    TEXT_LIMIT = 6 << 10,
    WIRE_LIMIT = 48 << 10,
    LOG_LIMIT = 32 << 10
};

struct wire_error {
    const int64_t *code, *errnum;
    const char *message, *context, *path, *file, *step, *hint;
    const uint64_t *line, *column;
};
struct log_line {
    const char *level, *msg, *time, *code, *errno_, *path, *file, *step, *hint;
    const uint64_t *line, *column;
};

/* As error_code_name() has them; a test compares. */
static const struct name code_names[] = {
    {"none",             ERR_NONE            },
    {"invalid-config",   ERR_INVALID_CONFIG  },
    {"invalid-argument", ERR_INVALID_ARGUMENT},
    {"not-found",        ERR_NOT_FOUND       },
    {"already-exists",   ERR_ALREADY_EXISTS  },
    {"wrong-state",      ERR_WRONG_STATE     },
    {"not-permitted",    ERR_NOT_PERMITTED   },
    {"not-supported",    ERR_NOT_SUPPORTED   },
    {"busy",             ERR_BUSY            },
    {"timed-out",        ERR_TIMED_OUT       },
    {"hook-failed",      ERR_HOOK_FAILED     },
    {"process-died",     ERR_PROCESS_DIED    },
    {"system",           ERR_SYSTEM          },
    {NULL,               0                   },
};

static const struct object wire_error_object, log_line_object;

// clang-format off
#define DEFINE_LOCAL_OBJECT(T, ...)                                  \
    static const struct slot T##_slots[] = {__VA_ARGS__, END};       \
    static const struct object T##_object = {#T, sizeof(struct T), T##_slots}

DEFINE_LOCAL_OBJECT(wire_error,
    ENUM(wire_error, code, "code", code_names, .required = true),
    INT(wire_error, errnum, "errnum", .min = 0, .max = 4095),
    STRING(wire_error, message, "message", .required = true),
    STRING(wire_error, context, "context"),
    STRING(wire_error, path, "path"),
    STRING(wire_error, file, "file"),
    UINT(wire_error, line, "line"),
    UINT(wire_error, column, "column"),
    STRING(wire_error, step, "step"),
    STRING(wire_error, hint, "hint"));

DEFINE_LOCAL_OBJECT(log_line,
    STRING(log_line, level, "level"),
    STRING(log_line, msg, "msg"),
    STRING(log_line, time, "time"),
    STRING(log_line, code, "code"),
    STRING(log_line, errno_, "errno"),
    STRING(log_line, path, "path"),
    STRING(log_line, file, "file"),
    UINT(log_line, line, "line"),
    UINT(log_line, column, "column"),
    STRING(log_line, step, "step"),
    STRING(log_line, hint, "hint"));
// clang-format on

static const uint64_t *place_number(struct arena *a, size_t number)
{
    if (number == 0)
        return NULL;
    uint64_t *copy = arena_new(a, uint64_t);
    *copy = number;
    return copy;
}

static const char *cut(struct arena *a, const char *text, size_t limit)
{
    return text && strlen(text) > limit ? arena_printf(a, "%.*s...", (int)limit, text) : text;
}

const char *error_json_log(const struct error *err, const char *level, const char *time)
{
    struct arena *a = err->arena;
    const struct log_line line = {
        .level = level,
        .msg = cut(a, error_sentence(err), LOG_LIMIT),
        .time = time,
        .code = error_code_name(err->code),
        .errno_ = err->errnum ? errno_name(err->errnum) : NULL,
        .path = err->path,
        .file = err->file,
        .step = err->step,
        .hint = err->hint,
        .line = place_number(a, err->line),
        .column = place_number(a, err->column),
    };
    return schema_encode(a, &log_line_object, &line, 0);
}

static const char *encode_cut(struct arena *a, const struct error *err, size_t limit)
{
    int64_t code = err->code, errnum = err->errnum;
    const struct wire_error wire = {
        .code = &code,
        .errnum = errnum ? &errnum : NULL,
        .message = err->message ? cut(a, err->message, limit) : "no message",
        .context = cut(a, err->context, limit),
        .path = cut(a, err->path, limit),
        .file = cut(a, err->file, limit),
        .step = cut(a, err->step, limit),
        .hint = cut(a, err->hint, limit),
        .line = place_number(a, err->line),
        .column = place_number(a, err->column),
    };
    return schema_encode(a, &wire_error_object, &wire, 0);
}

const char *error_json_encode(struct arena *a, const struct error *err)
{
    const char *text = encode_cut(a, err, TEXT_LIMIT);
    return strlen(text) <= WIRE_LIMIT ? text : encode_cut(a, err, TEXT_LIMIT / 6); /* control characters grow sixfold */
}

int error_json_decode(const char *text, size_t length, struct error *err)
{
    const struct wire_error *wire = schema_decode(&wire_error_object, "report", text, length, NULL, err);
    if (!wire)
        return fail(err, ERR_SYSTEM, "cannot read the error that the container's process reported: %s",
                    error_sentence(err));
    error_clear(err);
    err->code = (enum error_code) * wire->code;
    err->errnum = wire->errnum ? (int)*wire->errnum : 0;
    err->message = wire->message;
    err->context = wire->context;
    err->path = wire->path;
    err->file = wire->file;
    err->line = wire->line ? *wire->line : 0;
    err->column = wire->column ? *wire->column : 0;
    err->step = wire->step;
    err->hint = wire->hint;
    return -1;
}
