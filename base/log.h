/* log.h - messages for people and engines: stderr, and the file, journal or syslog of --log.
 *
 * Library code logs decisions at debug level, and as warnings what the user asked for and did not get. Errors are
 * returned, not logged; only cmd/main.c writes one, once. */
#pragma once

#include <stdbool.h>

struct error;

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
};

/* The process's log; changed by options.c, and by init for `forward`. */
extern struct log_target log_target;

void log_message(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool log_is_debug(void);
/* Writes an error to the file, the sink and stderr as --log-format says. Used by cmd/main.c alone. */
void log_write_error(const struct error *err);
void log_close(void);
/* Time as RFC 3339 with nanoseconds and "Z"; buffer of at least 40 bytes. */
const char *log_time(char *buffer, unsigned long size);

#define log_debug(...)   (log_is_debug() ? log_message(LOG_DEBUG_LEVEL, __VA_ARGS__) : (void)0)
#define log_warning(...) log_message(LOG_WARNING_LEVEL, __VA_ARGS__)
#define log_info(...)    log_message(LOG_INFO_LEVEL, __VA_ARGS__)
