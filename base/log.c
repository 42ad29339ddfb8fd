#include "base/log.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log_sink.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct log_target log_target = {.format = LOG_TEXT, .level = LOG_WARNING_LEVEL, .fd = -1};

static const char *const level_names[] = {
    [LOG_ERROR_LEVEL] = "error",
    [LOG_WARNING_LEVEL] = "warning",
    [LOG_INFO_LEVEL] = "info",
    [LOG_DEBUG_LEVEL] = "debug",
};

const char *log_level_name(enum log_level level)
{
    return level_names[level];
}

bool log_level_find(const char *name, enum log_level *out)
{
    for (size_t i = 0; i < ARRAY_SIZE(level_names); i++)
        if (str_equal(name, level_names[i])) {
            *out = (enum log_level)i;
            return true;
        }
    return false;
}

bool log_is_debug(void)
{
    return log_target.level >= LOG_DEBUG_LEVEL;
}

static unsigned days_of_month(int year, int month)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && is_leap);
}

/* Not by gmtime_r, which looks for the host's time zone in /etc even so. */
const char *log_time_of(const struct timespec *time, char *buffer, unsigned long size)
{
    int year = 1970, month = 1;
    unsigned long day = (unsigned long)time->tv_sec / 86400, second = (unsigned long)time->tv_sec % 86400;
    while (day >= days_of_month(year, month)) {
        day -= days_of_month(year, month);
        year += month == 12;
        month = month % 12 + 1;
    }
    snprintf(buffer, size, "%04d-%02d-%02luT%02lu:%02lu:%02lu.%09ldZ", year, month, day + 1, second / 3600,
             second / 60 % 60, second % 60, time->tv_nsec);
    return buffer;
}

const char *log_time(char *buffer, unsigned long size)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return log_time_of(&now, buffer, size);
}

/* Length of the UTF-8 sequence at s, or 0 when it is none (overlong forms and surrogates are none). */
static size_t sequence_length(const unsigned char *s)
{
    if (s[0] < 0x80)
        return 1;
    size_t length = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    bool is_bad = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) ||
                  (s[0] == 0xf4 && s[1] > 0x8f);
    return is_bad ? 0 : length;
}

static char *put_escape(char *end, unsigned char c)
{
    static const char hex[] = "0123456789abcdef", plain[] = "\"\\\n\t\r", letters[] = "\"\\ntr";
    *end++ = '\\';
    const char *found = strchr(plain, c);
    if (found != NULL) {
        *end++ = letters[found - plain];
        return end;
    }
    end = mempcpy(end, "u00", 3);
    *end++ = hex[c >> 4];
    *end++ = hex[c & 15];
    return end;
}

const char *log_json_string(struct arena *a, const char *text)
{
    char *json = arena_alloc(a, 6 * strlen(text) + 3), *end = json;
    *end++ = '"';
    for (const unsigned char *s = (const unsigned char *)text; *s != '\0';) {
        size_t length = sequence_length(s);
        if (length == 0)
            end = mempcpy(end, "\xef\xbf\xbd", 3);
        else if (length == 1 && (*s < 0x20 || *s == '"' || *s == '\\' || *s == 0x7f))
            end = put_escape(end, *s);
        else
            end = mempcpy(end, s, length);
        s += length == 0 ? 1 : length;
    }
    *end = '"';
    return json;
}

/* One write, so that lines of several davits do not mix in one file. What cannot be logged has nowhere to go: a reader
 * that has left ends nobody by SIGPIPE. */
static void write_line(int fd, const char *line)
{
    sigset_t broken, before;
    ssize_t written;
    sigemptyset(&broken);
    sigaddset(&broken, SIGPIPE);
    sigprocmask(SIG_BLOCK, &broken, &before);
    do
        written = write(fd, line, strlen(line));
    while (written < 0 && errno == EINTR);
    if (written < 0 && errno == EPIPE && !sigismember(&before, SIGPIPE))
        sigtimedwait(&broken, NULL, &(struct timespec){0});
    sigprocmask(SIG_SETMASK, &before, NULL);
}

static const char *json_line(struct arena *a, enum log_level level, const char *message)
{
    char now[40];
    return arena_printf(a, "{\"level\":\"%s\",\"msg\":%s,\"time\":\"%s\"}", log_level_name(level),
                        log_json_string(a, message), log_time(now, sizeof now));
}

static const char *text_line(struct arena *a, enum log_level level, const char *message)
{
    char now[40];
    return arena_printf(a, "%s %s: %s", log_time(now, sizeof now), log_level_name(level), str_printable(a, message));
}

static bool has_log(void)
{
    return log_target.fd >= 0 || log_target.sink != NULL;
}

static void write_to_log(struct arena *a, enum log_level level, const char *line)
{
    if (log_target.sink != NULL)
        log_target.sink(level, line);
    else if (log_target.fd >= 0)
        write_line(log_target.fd, arena_printf(a, "%s\n", line));
}

void log_message(enum log_level level, const char *fmt, ...)
{
    if (level > log_target.level)
        return;
    int saved = errno;
    struct arena a = {NULL};
    va_list args;
    va_start(args, fmt);
    const char *message = arena_vprintf(&a, fmt, args);
    va_end(args);
    if (log_target.forward != NULL)
        log_target.forward(log_target.forward_to, level, message);
    else if (!has_log() && log_target.format == LOG_TEXT)
        write_line(STDERR_FILENO,
                   arena_printf(&a, "davit: %s: %s\n", log_level_name(level), str_printable(&a, message)));
    else if (!has_log())
        write_line(STDERR_FILENO, arena_printf(&a, "%s\n", json_line(&a, level, message)));
    else if (log_target.sink != NULL) /* the journal and syslog have fields of their own for level and time */
        write_to_log(&a, level, str_printable(&a, message));
    else
        write_to_log(&a, level,
                     log_target.format == LOG_JSON ? json_line(&a, level, message) : text_line(&a, level, message));
    arena_release(&a);
    errno = saved;
}

static const char *error_json_line(struct arena *a, const struct error *err)
{
    char now[40];
    if (log_target.encode_error == NULL)
        return json_line(a, LOG_ERROR_LEVEL, error_sentence(err));
    return log_target.encode_error(err, log_level_name(LOG_ERROR_LEVEL), log_time(now, sizeof now));
}

void log_write_error(const struct error *err)
{
    struct arena *a = err->arena;
    if (log_target.sink != NULL)
        write_to_log(a, LOG_ERROR_LEVEL, error_line(err));
    else if (log_target.fd >= 0 && log_target.format == LOG_JSON)
        write_to_log(a, LOG_ERROR_LEVEL, error_json_line(a, err));
    else if (log_target.fd >= 0)
        write_to_log(a, LOG_ERROR_LEVEL, text_line(a, LOG_ERROR_LEVEL, error_line(err)));
    if (!has_log() && log_target.format == LOG_JSON)
        write_line(STDERR_FILENO, arena_printf(a, "%s\n", error_json_line(a, err)));
    else
        write_line(STDERR_FILENO, error_text(err));
}

int log_open_file(const char *path, struct error *err)
{
    scoped_fd fd = -1;
    if (file_open_sink("the log", path, O_APPEND | O_CREAT, &fd, err) < 0)
        return -1;
    log_close();
    log_target.fd = take_fd(&fd);
    return 0;
}

int log_open_journal(const char *name, struct error *err)
{
    if (log_sink_open(LOG_SINK_JOURNAL, name, err) < 0)
        return -1;
    log_target.sink = log_sink_write_journal;
    return 0;
}

int log_open_syslog(const char *name, struct error *err)
{
    if (log_sink_open(LOG_SINK_SYSLOG, name, err) < 0)
        return -1;
    log_target.sink = log_sink_write_syslog;
    return 0;
}

void log_close(void)
{
    fd_close(&log_target.fd);
    if (log_target.sink != NULL)
        log_sink_close();
    log_target.sink = NULL;
}
