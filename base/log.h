/* log.h - messages for people and engines: stderr, and the file, journal or syslog of --log.
 *
 * Library code logs decisions at debug level, and as warnings what the user asked for and did not get. Errors are
 * returned, not logged; only cmd/main.c writes one, once. An error goes to stderr and to the log; all else goes to the
 * log alone where there is one, since davit's stderr may be the container's. */
#pragma once

#include <stdbool.h>

struct arena;
struct error;
struct timespec;

enum log_level {
    LOG_ERROR_LEVEL,
    LOG_WARNING_LEVEL,
    LOG_INFO_LEVEL,
    LOG_DEBUG_LEVEL,
};

enum log_format {
    LOG_TEXT,
    LOG_JSON,
};

struct log_target {
    enum log_format format;
    enum log_level level; /* the least important that is written */
    int fd;               /* the log file; -1: stderr alone. Owned by the log until log_close. */
    void (*sink)(enum log_level level, const char *line); /* NULL, or a journal or syslog instead of a file */
    /* In init: sends the line to the parent instead of writing it; NULL elsewhere. */
    void (*forward)(void *to, enum log_level level, const char *message);
    void *forward_to;
    /* The error as one line of JSON without newline, in err->arena (spec/error_json.h); set by main, since base knows
     * no JSON schema. NULL: level, msg and time alone. */
    const char *(*encode_error)(const struct error *err, const char *level, const char *time);
};

/* The process's log; changed by options.c, and by init for `forward`. */
extern struct log_target log_target;

/* Opens the file to append to it (0644), the journal, or syslog, with `name` as the field ID or as syslog's ident. */
int log_open_file(const char *path, struct error *err);
int log_open_journal(const char *name, struct error *err);
int log_open_syslog(const char *name, struct error *err);
void log_message(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool log_is_debug(void);
/* Writes an error to the file or sink as --log-format says, and as text to stderr. Used in cmd/ alone. */
void log_write_error(const struct error *err);
void log_close(void);
/* Time as RFC 3339 with nanoseconds and "Z"; buffer of at least 40 bytes. */
const char *log_time(char *buffer, unsigned long size);
const char *log_time_of(const struct timespec *time, char *buffer, unsigned long size);
const char *log_level_name(enum log_level level); /* "warning" */
bool log_level_find(const char *name, enum log_level *out);
/* Text as a JSON string with its quotes; bytes that are not UTF-8 become U+FFFD. */
const char *log_json_string(struct arena *a, const char *text);

#define log_debug(...)   (log_is_debug() ? log_message(LOG_DEBUG_LEVEL, __VA_ARGS__) : (void)0)
#define log_warning(...) log_message(LOG_WARNING_LEVEL, __VA_ARGS__)
#define log_info(...)    log_message(LOG_INFO_LEVEL, __VA_ARGS__)
