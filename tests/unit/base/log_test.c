#include "base/log.h"

#include "base/log_sink.h"
#include "tests/unit/base/fixture.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

/* What was written to the log file, with the time replaced by T. */
static const char *log_text(void)
{
    char *text;
    expect_ok(file_read_at(test_directory(), "log", 1 << 20, &text, NULL, &err));
    const char *found = strstr(text, "2");
    while (found != NULL && !(strlen(found) > 30 && found[4] == '-' && found[10] == 'T' && found[29] == 'Z'))
        found = strstr(found + 1, "2");
    if (found == NULL)
        return text;
    return arena_printf(&arena, "%.*sT%s", (int)(found - text), text, found + 30);
}

static void open_log(enum log_format format, enum log_level level)
{
    log_close();
    test_directory();
    expect_ok(log_open_file(arena_printf(&arena, "%s/log", test_path), &err));
    log_target.format = format;
    log_target.level = level;
}

TEST(text_lines_have_time_level_and_message)
{
    open_log(LOG_TEXT, LOG_WARNING_LEVEL);
    log_warning("swap %s", "ignored\nhere");
    log_info("not shown");
    assert_string_equal(log_text(), "T warning: swap ignored\\nhere\n");
}

TEST(json_lines_have_level_msg_and_time_in_this_order)
{
    open_log(LOG_JSON, LOG_DEBUG_LEVEL);
    log_debug("a \"quoted\" \\ %c \x80 ü", 1);
    assert_string_equal(
        log_text(), "{\"level\":\"debug\",\"msg\":\"a \\\"quoted\\\" \\\\ \\u0001 \xef\xbf\xbd ü\",\"time\":\"T\"}\n");
}

static const char *encode(const struct error *e, const char *level, const char *time)
{
    return arena_printf(e->arena, "{%s %s %s}", level, error_sentence(e), time);
}

/* Stderr goes to a file while an error is written. */
static const char *stderr_of_error(void)
{
    scoped_fd saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    scoped_fd file = openat(test_directory(), "stderr", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    dup2(file, STDERR_FILENO);
    log_write_error(&err);
    dup2(saved, STDERR_FILENO);
    char *text;
    expect_ok(file_read_at(test_directory(), "stderr", 4096, &text, NULL, &err));
    return text;
}

TEST(an_error_goes_to_the_log_and_as_text_to_stderr)
{
    open_log(LOG_JSON, LOG_ERROR_LEVEL);
    errno = EACCES;
    fail_errno(&err, "cannot open x");
    assert_string_equal(stderr_of_error(), "davit: cannot open x: Permission denied (EACCES)\n");
    assert_string_equal(log_text(),
                        "{\"level\":\"error\",\"msg\":\"cannot open x: Permission denied\",\"time\":\"T\"}\n");
}

TEST(an_error_in_json_is_encoded_by_whom_main_named)
{
    open_log(LOG_JSON, LOG_ERROR_LEVEL);
    log_target.encode_error = encode;
    fail(&err, ERR_SYSTEM, "broken");
    stderr_of_error();
    assert_string_equal(log_text(), "{error broken T}\n");
    log_target.encode_error = NULL;
}

static const char *forwarded;

static void forward(void *to, enum log_level level, const char *message)
{
    forwarded = arena_printf(to, "%s %s", log_level_name(level), message);
}

TEST(a_forwarded_line_is_not_written_here)
{
    open_log(LOG_TEXT, LOG_WARNING_LEVEL);
    log_target.forward = forward;
    log_target.forward_to = &arena;
    log_warning("from init");
    log_target.forward = NULL;
    assert_string_equal(forwarded, "warning from init");
    assert_string_equal(log_text(), "");
}

TEST(logging_keeps_errno)
{
    open_log(LOG_TEXT, LOG_DEBUG_LEVEL);
    errno = ENOTTY;
    log_debug("x");
    assert_int_equal(errno, ENOTTY);
}

TEST(time_is_rfc_3339_in_utc)
{
    char now[40];
    log_time(now, sizeof now);
    assert_int_equal(strlen(now), 30);
    assert_int_equal(now[10], 'T');
    assert_int_equal(now[19], '.');
    assert_int_equal(now[29], 'Z');
}

TEST(days_are_counted_as_the_c_library_does)
{
    for (time_t day = 0; day < 366 * 500; day++) {
        struct timespec at = {.tv_sec = day * 86400 + day * 7919 % 86400, .tv_nsec = 5};
        struct tm utc;
        char ours[40], theirs[40];
        gmtime_r(&at.tv_sec, &utc);
        strftime(theirs, sizeof theirs, "%Y-%m-%dT%H:%M:%S.000000005Z", &utc);
        assert_string_equal(log_time_of(&at, ours, sizeof ours), theirs);
    }
}

TEST(levels_have_names)
{
    enum log_level level;
    assert_true(log_level_find("warning", &level));
    assert_int_equal(level, LOG_WARNING_LEVEL);
    assert_false(log_level_find("loud", &level));
}

TEST(journal_and_syslog_get_their_fields)
{
    assert_string_equal(log_sink_journal_text(&arena, "web", LOG_ERROR_LEVEL, "broken"),
                        "PRIORITY=3\nSYSLOG_IDENTIFIER=davit\nID=web\nMESSAGE=broken\n");
    assert_string_equal(log_sink_syslog_text(&arena, "web", LOG_WARNING_LEVEL, "odd"),
                        arena_printf(&arena, "<28>web[%d]: odd", (int)getpid()));
}

static int bind_log_socket(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    test_directory();
    snprintf(address.sun_path, sizeof address.sun_path, "%s/log-socket", test_path);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void expect_datagram(int fd, const char *expected)
{
    char text[256] = "";
    assert_true(recv(fd, text, sizeof text - 1, MSG_DONTWAIT) > 0);
    assert_string_equal(text, expected);
}

TEST(a_sink_gets_each_message_as_a_datagram)
{
    scoped_fd fd = bind_log_socket();
    expect_ok(log_sink_open(arena_printf(&arena, "%s/log-socket", test_path), "web\n1", &err));
    log_target.level = LOG_WARNING_LEVEL;
    log_target.sink = log_sink_write_journal;
    log_warning("two\nlines");
    expect_datagram(fd, "PRIORITY=4\nSYSLOG_IDENTIFIER=davit\nID=web\\n1\nMESSAGE=two\\nlines\n");
    log_target.sink = log_sink_write_syslog;
    fail(&err, ERR_SYSTEM, "broken");
    stderr_of_error();
    expect_datagram(fd, arena_printf(&arena, "<27>web\\n1[%d]: broken", (int)getpid()));
    log_close();
    assert_null(log_target.sink);
    log_message(LOG_ERROR_LEVEL, "to stderr");
    char byte;
    assert_int_equal(recv(fd, &byte, 1, MSG_DONTWAIT), -1);
}

TEST(a_sink_that_is_gone_holds_nobody_up)
{
    scoped_fd fd = bind_log_socket();
    expect_ok(log_sink_open(arena_printf(&arena, "%s/log-socket", test_path), "web", &err));
    fd_close(&fd);
    log_target.sink = log_sink_write_journal;
    log_message(LOG_ERROR_LEVEL, "lost");
    log_close();
    expect_error(log_sink_open("/nowhere/socket", "web", &err),
                 "cannot connect to /nowhere/socket: No such file or directory (ENOENT)");
}

TEST(without_a_log_messages_go_to_stderr_in_either_format)
{
    scoped_fd saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    scoped_fd file = openat(test_directory(), "log", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    log_target.level = LOG_WARNING_LEVEL;
    log_target.format = LOG_TEXT;
    dup2(file, STDERR_FILENO);
    log_warning("plain");
    log_target.format = LOG_JSON;
    log_warning("object");
    log_target.format = LOG_TEXT;
    dup2(saved, STDERR_FILENO);
    assert_string_equal(log_text(), "davit: warning: plain\n"
                                    "{\"level\":\"warning\",\"msg\":\"object\",\"time\":\"T\"}\n");
}

TEST(a_log_that_cannot_be_opened_is_an_error)
{
    expect_error(log_open_file("/nowhere/log", &err),
                 "cannot open the log /nowhere/log: No such file or directory (ENOENT)");
}

TEST(a_log_that_is_a_fifo_without_a_reader_is_an_error_and_no_wait)
{
    test_directory();
    const char *path = arena_printf(&arena, "%s/fifo", test_path);
    assert_int_equal(mkfifoat(test_directory_fd, "fifo", 0600), 0);
    assert_int_equal(log_open_file(path, &err), -1);
    assert_string_equal(err.hint, "it is a fifo that nobody reads: open it for reading first");
    expect_error(-1, arena_printf(&arena, "cannot open the log %s: No such device or address (ENXIO)", path));
}

TEST(a_reader_that_leaves_the_log_ends_nobody)
{
    char buffer[200];
    test_directory();
    const char *path = arena_printf(&arena, "%s/fifo", test_path);
    assert_int_equal(mkfifoat(test_directory_fd, "fifo", 0600), 0);
    scoped_fd reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    expect_ok(log_open_file(path, &err));
    assert_int_equal(fcntl(log_target.fd, F_GETFL) & O_NONBLOCK, 0);
    log_message(LOG_WARNING_LEVEL, "one");
    ssize_t length = read(reader, buffer, sizeof buffer - 1);
    assert_true(length > 0);
    buffer[length] = '\0';
    assert_non_null(strstr(buffer, "warning: one\n"));
    fd_close(&reader);
    log_message(LOG_WARNING_LEVEL, "two"); /* SIGPIPE would end this program */
    sigset_t pending;
    assert_int_equal(sigpending(&pending), 0);
    assert_false(sigismember(&pending, SIGPIPE));
    log_close();
}
