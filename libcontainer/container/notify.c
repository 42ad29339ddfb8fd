#include "libcontainer/container/notify.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/fd_passing.h"
#include "base/log.h"
#include "base/str.h"
#include "libcontainer/launch/launch.h"
#include "libcontainer/store/store.h"
#include "spec/config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define DIRECTORY       "notify"
#define SOCKET          "notify.sock"
#define MESSAGE_LIMIT   4096
#define BARRIER_SECONDS 30

static const char *service_manager(void)
{
    const char *address = secure_getenv("NOTIFY_SOCKET");
    return address && *address ? address : NULL;
}

int notify_address(const char *name, struct sockaddr_un *out, socklen_t *out_size, struct error *err)
{
    size_t length = strlen(name);
    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    if ((name[0] != '/' && name[0] != '@') || length < 2)
        return fail(err, ERR_INVALID_ARGUMENT, "NOTIFY_SOCKET is \"%s\": neither an absolute path nor \"@name\"", name);
    if (length >= sizeof out->sun_path)
        return fail(err, ERR_INVALID_ARGUMENT, "NOTIFY_SOCKET is longer than a socket's address");
    memcpy(out->sun_path, name, length);
    if (name[0] == '@')
        out->sun_path[0] = '\0';
    *out_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    return 0;
}

/* Descriptors that were meant for another process are nobody's here. */
static uint64_t activated_sockets(void)
{
    const char *count = secure_getenv("LISTEN_FDS"), *owner = secure_getenv("LISTEN_PID");
    uint64_t number, pid;
    if (!count || !owner || !str_to_uint(owner, INT_MAX, &pid) || pid != (uint64_t)getpid() ||
        !str_to_uint(count, INT_MAX / 2, &number))
        return 0;
    return number;
}

static const char **with_variables(struct arena *a, const char **env, const char *const *more)
{
    size_t count = str_count(env), extra = str_count(more);
    const char **all = arena_array(a, count + extra + 1, sizeof *all);
    memcpy(all, env, count * sizeof *all);
    memcpy(all + count, more, extra * sizeof *all);
    return all;
}

static void add_variables(struct launch *l, const char *const *more)
{
    struct config *c = arena_new(l->arena, struct config);
    struct process *p = arena_new(l->arena, struct process);
    *c = *l->config;
    if (!c->process)
        return;
    *p = *c->process;
    p->env = with_variables(l->arena, p->env, more);
    c->process = p;
    l->config = c;
    l->process = p;
}

static void add_mount(struct launch *l)
{
    static const char *options[] = {"bind", "ro", "nosuid", "noexec", "nodev", NULL};
    static const struct id_mapping *none[] = {NULL};
    struct config *c = arena_new(l->arena, struct config);
    struct mount *m = arena_new(l->arena, struct mount);
    size_t count = 0;
    *c = *l->config;
    *m = (struct mount){
        .destination = NOTIFY_INSIDE,
        .type = "bind",
        .source = arena_printf(l->arena, "%s/%s/%s", l->state_root, l->id, DIRECTORY),
        .options = options,
        .uid_mappings = none,
        .gid_mappings = none,
    };
    while (c->mounts[count])
        count++;
    const struct mount **mounts = arena_array(l->arena, count + 2, sizeof *mounts);
    memcpy(mounts, c->mounts, count * sizeof *mounts);
    mounts[count] = m;
    c->mounts = mounts;
    l->config = c;
}

int notify_prepare(struct launch *l, struct error *err)
{
    uint64_t sockets = activated_sockets();
    if (sockets) {
        const char *names = secure_getenv("LISTEN_FDNAMES");
        const char *more[] = {arena_printf(l->arena, "LISTEN_FDS=%llu", (unsigned long long)sockets), "LISTEN_PID=1",
                              names ? arena_printf(l->arena, "LISTEN_FDNAMES=%s", names) : NULL, NULL};
        struct launch_options *options = arena_new(l->arena, struct launch_options);
        *options = *l->options;
        options->preserve_fds += sockets;
        l->options = options;
        add_variables(l, more);
    }
    const char *manager = service_manager();
    if (!manager)
        return 0;
    struct sockaddr_un ignored;
    socklen_t size;
    /* Found now, before there is a container whose readiness nobody would learn of. */
    if (notify_address(manager, &ignored, &size, err) < 0)
        return -1;
    static const char *const variable[] = {"NOTIFY_SOCKET=" NOTIFY_INSIDE "/" SOCKET, NULL};
    if (mkdirat(store_directory(l->store), DIRECTORY, 0755) < 0)
        return fail_errno(err, "cannot make the directory of the notify socket");
    add_variables(l, variable);
    add_mount(l);
    return 0;
}

int notify_listen(const struct store *s, int *out_fd, struct error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    *out_fd = -1;
    if (!service_manager())
        return 0;
    scoped_fd directory = openat(store_directory(s), DIRECTORY, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (directory < 0 && errno == ENOENT)
        return 0;
    if (directory < 0)
        return fail_errno(err, "cannot open the directory of the notify socket");
    scoped_fd fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail_errno(err, "cannot make a notify socket");
    snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/" SOCKET, directory);
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) < 0 || fchmodat(directory, SOCKET, 0777, 0) < 0)
        return fail_errno(err, "cannot bind the notify socket");
    *out_fd = take_fd(&fd);
    return 0;
}

static int connect_to_manager(int *out_fd, struct error *err)
{
    const char *name = service_manager();
    if (!name)
        return fail(err, ERR_SYSTEM, "NOTIFY_SOCKET is no longer set");
    struct sockaddr_un address;
    socklen_t size;
    if (notify_address(name, &address, &size, err) < 0)
        return -1;
    scoped_fd fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, size) < 0)
        return fail_errno(err, "cannot reach the service manager at %s", name);
    *out_fd = take_fd(&fd);
    return 0;
}

/* The pipe's end comes with the message; the manager closes it once everything before was taken in. */
static int wait_at_barrier(int manager, struct error *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return fail_errno(err, "cannot make a pipe");
    scoped_fd read_end = ends[0], write_end = ends[1];
    if (fd_passing_send(manager, "BARRIER=1", strlen("BARRIER=1"), &write_end, 1, err) < 0)
        return -1;
    fd_close(&write_end);
    struct pollfd watch = {read_end, 0, 0};
    if (poll(&watch, 1, BARRIER_SECONDS * 1000) == 0)
        log_warning("the service manager has not answered for %d seconds", BARRIER_SECONDS);
    return 0;
}

static int tell(const char *ready, pid_t pid, struct error *err)
{
    scoped_fd manager = -1;
    const char *main_pid = arena_printf(err->arena, "MAINPID=%d", (int)pid);
    if (connect_to_manager(&manager, err) < 0)
        return -1;
    if (fd_passing_send(manager, ready, strlen(ready), NULL, 0, err) < 0 ||
        (pid > 0 && fd_passing_send(manager, main_pid, strlen(main_pid), NULL, 0, err) < 0))
        return error_context(err, "telling the service manager");
    return wait_at_barrier(manager, err);
}

int notify_serve(int fd, pid_t pid, struct error *err)
{
    /* No memory that stays: a container may send as many messages as it likes. */
    char message[MESSAGE_LIMIT + 1], *rest = message, *line;
    /* Descriptors that a container sends along are dropped by the kernel: no room is given for them. */
    ssize_t length = recv(fd, message, MESSAGE_LIMIT, MSG_DONTWAIT);
    if (length < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : fail_errno(err, "cannot read the notify socket");
    message[length] = '\0';
    while ((line = strsep(&rest, "\n")))
        if (str_has_prefix(line, "READY="))
            return tell(line, pid, err) < 0 ? -1 : 1;
    return 0;
}

int notify_wait(int fd, pid_t pid, int pidfd, struct error *err)
{
    struct pollfd watch[] = {
        {fd,    POLLIN, 0},
        {pidfd, POLLIN, 0}
    };
    int told = 0;
    while (fd >= 0 && told == 0) {
        if (poll(watch, ARRAY_SIZE(watch), -1) < 0)
            continue;
        if (watch[0].revents)
            told = notify_serve(fd, pid, err);
        else if (watch[1].revents)
            return 0;
    }
    return told < 0 ? -1 : 0;
}

int notify_restored(pid_t pid, struct error *err)
{
    return service_manager() ? tell("READY=1", pid, err) : 0;
}
