#include "base/log_sink.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/str.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

static int socket_fd = -1;
static char *socket_name;
static struct arena name_arena;

int log_sink_open(const char *socket_path, const char *name, struct error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(socket_path) >= sizeof address.sun_path)
        return fail(err, ERR_INVALID_ARGUMENT, "the path of the log's socket is too long: %s", socket_path);
    memcpy(address.sun_path, socket_path, strlen(socket_path));
    scoped_fd fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail_errno(err, "cannot make a socket for the log");
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) < 0)
        return fail_errno(err, "cannot connect to %s", socket_path);
    log_close();
    socket_name = arena_strdup(&name_arena, str_printable(&name_arena, name));
    socket_fd = take_fd(&fd);
    return 0;
}

static int priority(enum log_level level)
{
    static const int priorities[] = {
        [LOG_ERROR_LEVEL] = LOG_ERR,
        [LOG_WARNING_LEVEL] = LOG_WARNING,
        [LOG_INFO_LEVEL] = LOG_INFO,
        [LOG_DEBUG_LEVEL] = LOG_DEBUG,
    };
    return priorities[level];
}

const char *log_sink_journal_text(struct arena *a, const char *name, enum log_level level, const char *line)
{
    return arena_printf(a, "PRIORITY=%d\nSYSLOG_IDENTIFIER=davit\nID=%s\nMESSAGE=%s\n", priority(level), name, line);
}

const char *log_sink_syslog_text(struct arena *a, const char *name, enum log_level level, const char *line)
{
    return arena_printf(a, "<%d>%s[%d]: %s", LOG_DAEMON | priority(level), name, (int)getpid(), line);
}

/* A log that is full or gone must not hold a container up, nor end it by SIGPIPE. */
static void send_text(const char *text)
{
    ssize_t ignored = send(socket_fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)ignored;
}

void log_sink_write_journal(enum log_level level, const char *line)
{
    struct arena a = {NULL};
    send_text(log_sink_journal_text(&a, socket_name, level, line));
    arena_release(&a);
}

void log_sink_write_syslog(enum log_level level, const char *line)
{
    struct arena a = {NULL};
    send_text(log_sink_syslog_text(&a, socket_name, level, line));
    arena_release(&a);
}

void log_sink_close(void)
{
    fd_close(&socket_fd);
    arena_release(&name_arena);
    socket_name = NULL;
}
