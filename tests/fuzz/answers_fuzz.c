/* answers_fuzz.c - any bytes as what another program, the kernel or a container's process answers: criu's messages,
 * /proc/PID/stat with its free name, an environment, what a program tells its service manager; as what a service
 * manager gives davit; and as a line of /etc/subuid. */
#include "base/arena.h"
#include "base/error.h"
#include "base/proc.h"
#include "base/str.h"
#include "libcontainer/aspects/environment.h"
#include "libcontainer/checkpoint/rpc.h"
#include "libcontainer/container/notify.h"
#include "libcontainer/launch/idmap.h"
#include "libcontainer/launch/launch.h"
#include "spec/config.h"
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void decode(struct arena *a, const uint8_t *data, size_t size)
{
    struct criu_response response = {0};
    if (!criu_decode(a, data, size, &response))
        return;
    require(!response.message || strlen(response.message) <= size);
    require(!response.script || strlen(response.script) <= size);
}

/* The name may be anything, the state is a letter all the same. */
static void parse_stat(const char *text)
{
    uint64_t ticks;
    char state = '\0';
    if (proc_parse_stat(text, &ticks, &state) == 0)
        require(state != '\0' && strchr(text, state) && strchr(text, ')'));
}

/* No name twice, nothing that was not there. */
static void build(struct arena *a, const char *text)
{
    const char *const *env = (const char *const *)str_split(a, text, '\n');
    const char **out = environment_build(a, env, NULL);
    size_t count = str_count(out);
    require(count <= str_count((const char **)env));
    for (size_t i = 0; i < count && count < 64; i++) {
        size_t length = strcspn(out[i], "=");
        for (size_t j = 0; j < i; j++)
            require(strcspn(out[j], "=") != length || memcmp(out[i], out[j], length) != 0);
    }
}

/* One range behind the other in the container, and none outside of what an id can be. */
static void find_ranges(struct arena *a, const char *text)
{
    int64_t next = 0;
    for (const struct id_mapping **m = idmap_subordinate(a, text, "alice", 1000); *m; m++) {
        require(*(*m)->container_id == next && *(*m)->size > 0 && *(*m)->host_id >= 0);
        require(*(*m)->host_id + *(*m)->size <= UINT32_MAX);
        next += *(*m)->size;
    }
}

/* A message is READY and is told on, for which there is no manager here, or it is another and costs nothing. */
static void notify(struct arena *a, const uint8_t *data, size_t size, struct error *err)
{
    static int ends[2] = {-1, -1};
    if (ends[0] < 0)
        require(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) == 0 && unsetenv("NOTIFY_SOCKET") == 0);
    if (send(ends[1], data, size, MSG_DONTWAIT) < 0)
        return; /* longer than a socket carries */
    const void *before = a->head;
    int told = notify_serve(ends[0], 0, err);
    require(told == 0 || (told < 0 && str_equal(err->message, "NOTIFY_SOCKET is no longer set")));
    require(told < 0 || a->head == before);
}

static void find_manager(const char *name, struct error *err)
{
    struct sockaddr_un address;
    socklen_t length;
    error_clear(err);
    if (notify_address(name, &address, &length, err) < 0)
        require(err->message != NULL);
    else
        require(length <= sizeof address && length > offsetof(struct sockaddr_un, sun_path) + 1);
}

/* Sockets are as many as the text says, or none; whatever they are called, they make no variable more. */
static void activate(struct arena *a, const char *text, struct error *err)
{
    static const char *const none[] = {NULL};
    struct process p = {.env = (const char **)none};
    struct config c = {.process = &p};
    struct launch_options options = {.preserve_fds = 2};
    struct launch l = {.arena = a, .config = &c, .process = &p, .options = &options};
    uint64_t count;
    require(setenv("LISTEN_PID", arena_printf(a, "%d", (int)getpid()), 1) == 0);
    require(setenv("LISTEN_FDS", text, 1) == 0 && setenv("LISTEN_FDNAMES", text, 1) == 0);
    error_clear(err);
    require(notify_prepare(&l, err) == 0);
    bool taken = str_to_uint(text, INT32_MAX / 2, &count) && count > 0;
    require(l.options->preserve_fds == (taken ? count + 2 : 2) && str_count(l.process->env) == (taken ? 3 : 0));
    require(setenv("LISTEN_FDS", "1", 1) == 0 && notify_prepare(&l, err) == 0);
    require(str_equal(l.process->env[str_count(l.process->env) - 1], arena_printf(a, "LISTEN_FDNAMES=%s", text)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err;
    struct arena a = {0};
    const char *text = arena_strndup(&a, (const char *)data, size);
    decode(&a, data, size);
    parse_stat(text);
    build(&a, text);
    find_ranges(&a, text);
    error_init(&err, &a);
    notify(&a, data, size, &err);
    find_manager(text, &err);
    activate(&a, text, &err);
    arena_release(&a);
    return 0;
}
