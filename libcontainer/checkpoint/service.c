#include "libcontainer/checkpoint/service.h"

#include "base/arena.h"
#include "base/child.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/fd_passing.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/str.h"
#include "libcontainer/launch/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define SYSTEM_PATH    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define ABOVE_ALL      64 /* descriptors wait here for their places */
#define RESPONSE_LIMIT 65536
#define OUTPUT_LIMIT   ((size_t)1 << 20)
#define OLDEST_VERSION 30000
#define END_TIMEOUT_MS 30000

/* ---- start ----------------------------------------------------------------------------------------- */

int criu_find(const char *option, const char **out, struct error *err)
{
    const char *path = secure_getenv("PATH");
    if (option && *option) {
        *out = option;
        if (access(option, X_OK) == 0)
            return 0;
        return fail_errno(err, "cannot execute --criu %s", option);
    }
    /* Engines run with little in their PATH; a relative entry would be whatever lies in this directory. */
    const char **places = str_split(err->arena, arena_printf(err->arena, "%s:%s", path ? path : "", SYSTEM_PATH), ':');
    for (; *places; places++) {
        *out = path_join(err->arena, *places, "criu");
        if (**places == '/' && access(*out, X_OK) == 0)
            return 0;
    }
    fail(err, ERR_NOT_FOUND, "the program criu is not installed");
    return error_hint(err, "checkpoint and restore need it: apt-get install criu, or name it with --criu PATH");
}

/* Its own directories and no others of the caller's environment (SECURITY R19). */
static const char *const environment[] = {"PATH=" SYSTEM_PATH, "LC_ALL=C", NULL};

static void reset_signals(void)
{
    sigset_t none;
    for (int i = 1; i < NSIG; i++)
        signal(i, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static int place(const struct criu_start *s, int socket_fd, int output_fd, struct error *err)
{
    scoped_fd null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int from[] = {s->keeps_session ? STDIN_FILENO : null, output_fd, output_fd, socket_fd};
    size_t count = ARRAY_SIZE(from) + s->inherited_count;
    int *copies = arena_array(err->arena, count, sizeof *copies);
    for (size_t i = 0; i < count; i++) {
        int fd = i < ARRAY_SIZE(from) ? from[i] : s->inherited[i - ARRAY_SIZE(from)];
        copies[i] = fcntl(fd, F_DUPFD_CLOEXEC, ABOVE_ALL);
        if (copies[i] < 0)
            return fail_errno(err, "cannot hand descriptor %d to criu", fd);
    }
    for (size_t i = 0; i < count; i++)
        if (dup2(copies[i], (int)i) < 0)
            return fail_errno(err, "cannot place a descriptor for criu");
    return close_range((unsigned)count, ~0U, CLOSE_RANGE_CLOEXEC) < 0 ? fail_errno(err, "cannot close descriptors") : 0;
}

/* criu opens the directories that it works in by the number that they have in the process which has made its socket:
 * made here, they may be of a mount namespace that davit is not in. */
static int make_socket(struct channel *channel, int *out_fd, struct error *err)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return fail_errno(err, "cannot make a socket for criu");
    scoped_fd other = ends[1];
    *out_fd = ends[0];
    return channel_send(channel, CHANNEL_READY, NULL, 0, &other, 1, err);
}

static int become_criu(const struct criu_start *s, struct channel *channel, int output_fd, struct error *err)
{
    const char *const argv[] = {s->program, "swrk", "3", NULL};
    struct message m;
    int socket_fd = -1;
    scoped_fd program = open(s->program, O_PATH | O_CLOEXEC);
    if (channel_receive(channel, &m, err) != 0)
        return -1;
    message_close(&m);
    if (!s->keeps_session)
        setsid();
    if ((s->prepare && s->prepare(s->context, err) < 0) || make_socket(channel, &socket_fd, err) < 0)
        return -1;
    channel->fd = fcntl(channel->fd, F_DUPFD_CLOEXEC, 2 * ABOVE_ALL);
    int kept = fcntl(program, F_DUPFD_CLOEXEC, 2 * ABOVE_ALL);
    if (place(s, socket_fd, output_fd, err) < 0)
        return -1;
    execve(s->program, (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)environment);
    /* Its directory may be covered by now. */
    if (errno == ENOENT && kept >= 0)
        execveat(kept, "", (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)environment, AT_EMPTY_PATH);
    return fail_errno(err, "cannot execute %s", s->program);
}

/* davit says when; the channel ends with execve, or carries why there was none. */
_Noreturn static void run_child(const struct criu_start *s, struct channel *channel, int output_fd, struct arena *a)
{
    struct error err, ignored;
    error_init(&err, a);
    error_init(&ignored, a);
    reset_signals();
    become_criu(s, channel, output_fd, &err);
    channel_send_error(channel, &err, &ignored);
    _exit(EXIT_FAILURE);
}

/* READY with the socket, then the end of the channel. */
static int await_execution(struct channel *channel, int *out_fd, struct error *err)
{
    struct message m;
    int got;
    while ((got = channel_receive(channel, &m, err)) == 0) {
        if (m.kind == CHANNEL_FAILED) {
            message_close(&m);
            return channel_read_error(&m, err);
        }
        if (m.kind == CHANNEL_READY && m.fd_count == 1 && *out_fd < 0)
            *out_fd = take_fd(&m.fds[0]);
        message_close(&m);
    }
    if (got == CHANNEL_CLOSED && *out_fd >= 0)
        return 0;
    return got < 0 ? -1 : fail(err, ERR_PROCESS_DIED, "criu was killed before it began");
}

static int let_go(const struct criu_start *s, struct channel *channel, struct criu *c, struct error *err)
{
    if ((s->attach && s->attach(s->context, c->pid, err) < 0) ||
        channel_send(channel, CHANNEL_DONE, NULL, 0, NULL, 0, err) < 0)
        return -1;
    return await_execution(channel, &c->fd, err);
}

int criu_begin(const struct criu_start *s, struct criu *out, struct error *err)
{
    struct channel own, its;
    *out = (struct criu)CRIU_NONE;
    out->program = s->program;
    out->output_fd = memfd_create("davit-criu", MFD_CLOEXEC);
    if (out->output_fd < 0)
        return fail_errno(err, "cannot make a file for what criu prints");
    if (channel_pair(&own, &its, err) < 0)
        return -1;
    out->pid = fork();
    if (out->pid == 0) {
        channel_close(&own);
        run_child(s, &its, out->output_fd, err->arena);
    }
    channel_close(&its);
    int result = out->pid < 0 ? fail_errno(err, "cannot fork") : let_go(s, &own, out, err);
    channel_close(&own);
    if (result < 0)
        child_end(&out->pid);
    return result;
}

/* ---- requests -------------------------------------------------------------------------------------- */

static int ended(struct criu *c, struct error *err)
{
    int status = 0;
    pid_t pid = c->pid;
    c->pid = 0;
    fd_close(&c->fd);
    if (pid <= 0 || child_reap(pid, &status, err) < 0)
        return fail(err, ERR_PROCESS_DIED, "criu has ended");
    return fail(err, ERR_PROCESS_DIED, "criu %s", child_status_text(err->arena, status));
}

static int receive(struct criu *c, struct criu_response *out, int *out_fd, struct error *err)
{
    char *bytes = arena_alloc(err->arena, RESPONSE_LIMIT);
    size_t length, count;
    if (fd_passing_receive(c->fd, bytes, RESPONSE_LIMIT, &length, out_fd, 1, &count, err) < 0) {
        if (err->errnum != ECONNRESET)
            return error_context(err, "criu");
        length = 0;
    }
    if (length == 0)
        return ended(c, err);
    if (!criu_decode(err->arena, bytes, length, out)) {
        fd_close(out_fd);
        return fail(err, ERR_SYSTEM, "criu has sent what is no response");
    }
    return 0;
}

static int send_request(struct criu *c, const struct criu_request *q, struct error *err)
{
    struct protobuf bytes = {.arena = err->arena};
    criu_encode(q, &bytes);
    ssize_t sent;
    do
        sent = send(c->fd, bytes.bytes, bytes.length, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent >= 0)
        return 0;
    return errno == EPIPE || errno == ECONNRESET ? ended(c, err) : fail_errno(err, "cannot send a request to criu");
}

int criu_call(struct criu *c, const struct criu_request *q, criu_notified notified, void *context,
              struct criu_response *out, struct error *err)
{
    struct error first;
    error_init(&first, err->arena);
    if (send_request(c, q, err) < 0)
        return -1;
    for (;;) {
        scoped_fd fd = -1;
        if (receive(c, out, &fd, err) < 0)
            break;
        if (out->type != CRIU_NOTIFY) {
            if (first.code == ERR_NONE)
                return 0;
            break;
        }
        log_debug("criu: %s", out->script ? out->script : "?");
        struct criu_request answer = {.type = CRIU_NOTIFY, .notify_success = true};
        if (notified && first.code == ERR_NONE)
            answer.notify_success = notified(context, out, &fd, &first) == 0;
        if (send_request(c, &answer, err) < 0)
            break;
    }
    if (first.code != ERR_NONE)
        *err = first;
    return -1;
}

static int check_features(struct criu *c, bool mem_track, bool lazy_pages, struct error *err)
{
    struct criu_response r;
    const struct criu_request q = {
        .type = CRIU_FEATURE_CHECK, .check_mem_track = mem_track, .check_lazy_pages = lazy_pages};
    if (!mem_track && !lazy_pages)
        return 0;
    if (criu_call(c, &q, NULL, NULL, &r, err) < 0)
        return -1;
    if (r.success && r.mem_track >= mem_track && r.lazy_pages >= lazy_pages)
        return 0;
    bool lacks_lazy = lazy_pages && !(r.success && r.lazy_pages);
    return fail(err, ERR_NOT_SUPPORTED, "%s: this kernel has no %s for criu",
                lacks_lazy ? "--lazy-pages" : "--pre-dump", lacks_lazy ? "userfaultfd" : "tracking of changed memory");
}

int criu_check(const char *program, bool mem_track, bool lazy_pages, struct error *err)
{
    scoped_criu c = CRIU_NONE;
    struct criu_response r;
    const struct criu_start start = {.program = program};
    const struct criu_request q = {.type = CRIU_VERSION, .keep_open = mem_track || lazy_pages};
    if (criu_begin(&start, &c, err) < 0)
        return -1;
    if (criu_call(&c, &q, NULL, NULL, &r, err) < 0) {
        const char *output = criu_output(&c, err);
        return *output ? error_hint(err, "%s", output) : error_hint(err, "see: %s check", program);
    }
    if (!r.success || r.version < OLDEST_VERSION) {
        fail(err, ERR_NOT_SUPPORTED, "%s is too old: version %u.%u, and 3.0 is needed", program, r.version / 10000,
             r.version / 100 % 100);
        return -1;
    }
    log_debug("%s has version %u.%u.%u", program, r.version / 10000, r.version / 100 % 100, r.version % 100);
    return check_features(&c, mem_track, lazy_pages, err);
}

const char *criu_output(const struct criu *c, struct error *err)
{
    struct error ignored;
    char *text;
    error_init(&ignored, err->arena);
    if (c->output_fd < 0 || lseek(c->output_fd, 0, SEEK_SET) < 0 ||
        file_read(c->output_fd, OUTPUT_LIMIT, &text, NULL, &ignored) < 0)
        return "";
    return text;
}

/* ---- end ------------------------------------------------------------------------------------------- */

/* criu ends by itself when nobody speaks to it; killed in the middle it would leave processes stopped. */
void criu_end(struct criu *c)
{
    fd_close(&c->fd);
    fd_close(&c->output_fd);
    if (c->pid <= 0)
        return;
    scoped_fd pidfd = pidfd_open(c->pid, 0);
    struct pollfd end = {.fd = pidfd, .events = POLLIN};
    int ready;
    do
        ready = pidfd < 0 ? 1 : poll(&end, 1, END_TIMEOUT_MS);
    while (ready < 0 && errno == EINTR);
    if (ready == 0)
        log_warning("criu does not end: killed");
    child_end(&c->pid);
    c->pid = 0;
}
