#include "libcontainer/launch/init.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "libcontainer/cgroup/cgroup.h"
#include "libcontainer/container/foreground.h"
#include "libcontainer/launch/attached.h"
#include "libcontainer/launch/channel.h"
#include "libcontainer/launch/hooks.h"
#include "libcontainer/launch/join.h"
#include "libcontainer/launch/launch.h"
#include "libcontainer/launch/namespaces.h"
#include "libcontainer/launch/program.h"
#include "libcontainer/launch/sealed.h"
#include "libcontainer/launch/sequence.h"
#include "libcontainer/launch/spawn.h"
#include "libcontainer/launch/start_socket.h"
#include "libcontainer/launch/title.h"
#include "libcontainer/store/store.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum {
    STATUS_NOT_EXECUTED = 255
};

/* A davit that died before the signal was asked for has closed its end of the channel. */
void init_bind(const struct launch *l)
{
    struct pollfd end = {.fd = l->channel->fd};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (poll(&end, 1, 0) == 1 && end.revents & POLLHUP)
        _exit(STATUS_NOT_EXECUTED);
}

static void forward_log(void *to, enum log_level level, const char *message)
{
    struct launch *l = to;
    struct error ignored;
    uint32_t number = level;
    size_t length = strnlen(message, CHANNEL_LIMIT - sizeof number - 1);
    char *payload = arena_alloc(l->arena, sizeof number + length + 1);
    memcpy(payload, &number, sizeof number);
    memcpy(payload + sizeof number, message, length);
    error_init(&ignored, l->arena);
    /* A runtime that stands still reads nothing: rather lose a line than wait for it. */
    struct pollfd room = {.fd = l->channel->fd, .events = POLLOUT};
    if (l->plan->lends_memory && poll(&room, 1, 0) != 1)
        return;
    channel_send(l->channel, CHANNEL_LOG, payload, sizeof number + length, NULL, 0, &ignored);
}

static void stop_logging(void)
{
    log_target.forward = NULL;
    log_target.level = LOG_ERROR_LEVEL;
}

/* While init waits for start it is process 1, for which the kernel drops signals that nobody handles. */
static void leave_on_signal(int signal)
{
    _exit(128 + signal);
}

static void mind_signals(void)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};
    struct sigaction action = {.sa_handler = leave_on_signal};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaction(signals[i], &action, NULL);
}

/* Nothing of the host stays open in a process that waits in a container, nor while a hook or another process of the
 * container runs beside it that may look into /proc/PID/fd (SECURITY R7). */
static int close_host(struct launch *l, struct error *err)
{
    const int kept[] = {l->channel->fd, l->start_fd, l->executable_fd, l->root_fd, l->init_proc_fd};
    return fd_close_own(l->options->preserve_fds, kept, sizeof kept / sizeof *kept, err);
}

/* In a memory of its own only: the arguments there are what others see as the process's name. */
static void set_title(const struct launch *l)
{
    static const char *const titles[] = {
        [LAUNCH_CREATE] = "init", [LAUNCH_EXEC] = "exec", [LAUNCH_MOUNT] = "mount", [LAUNCH_UNMOUNT] = "unmount"};
    title_set(l->arena, titles[l->kind], l->id);
}

static int await_release(struct launch *l, struct error *err)
{
    struct message m;
    if (!l->child_waits)
        return 0;
    /* Whatever else comes, or nothing: davit has failed and says so itself. */
    if (channel_receive(l->channel, &m, err) != 0 || m.kind != CHANNEL_DONE)
        _exit(STATUS_NOT_EXECUTED);
    message_close(&m);
    return 0;
}

/* In place of the runtime, which stands still, and with its rights. */
static int attach_itself(struct launch *l, struct error *err)
{
    l->pid = getpid();
    if (sequence_attach(l, err) < 0)
        return -1;
    attached_tell(l);
    return 0;
}

static int enter(struct launch *l, struct error *err)
{
    if (sequence_point(l, "init: cgroup", err) < 0 || cgroup_enter(l->cgroup, err) < 0)
        return -1;
    attached_say_entered(l);
    if (await_release(l, err) < 0)
        return -1;
    if (l->kind == LAUNCH_EXEC && l->plan->lends_memory && attach_itself(l, err) < 0)
        return -1;
    if (sequence_point(l, "init: namespaces", err) < 0)
        return -1;
    if ((l->kind == LAUNCH_EXEC && join_leave_host(l, err) < 0) || plan_apply(l, err) < 0)
        return error_step(err, "init: namespaces");
    if (l->plan->lends_memory && !l->plan->born_last)
        set_title(l);
    if (l->kind != LAUNCH_CREATE && join_enter_root(l, err) < 0)
        return error_step(err, "exec: root");
    /* New credentials clear both. */
    init_bind(l);
    prctl(PR_SET_DUMPABLE, 0);
    return l->kind == LAUNCH_EXEC ? close_host(l, err) : 0;
}

/* From here on the container's processes can see the one that executes the program: it has nothing of the host, and no
 * right that the program has not. */
static int be_born(struct launch *l, struct error *err)
{
    if (l->plan->born_last) {
        fd_close(&l->init_proc_fd);
        if (sequence_point(l, "exec: birth", err) < 0 || spawn_again(l, err) < 0)
            return error_step(err, "exec: birth");
        if (l->plan->lends_memory)
            set_title(l);
    }
    return sequence_born(l, err);
}

/* Bound to davit's life until everything is recorded: by signal first, then, in READY, by the end of the channel. */
static int become_ready(struct launch *l, struct error *err)
{
    struct message reply;
    if (sequence_point(l, "init: ready", err) < 0 || close_host(l, err) < 0)
        return -1;
    if (!l->options->foreground)
        prctl(PR_SET_PDEATHSIG, 0);
    if (channel_ask(l->channel, CHANNEL_READY, NULL, 0, NULL, 0, &reply, err) < 0)
        _exit(STATUS_NOT_EXECUTED);
    message_close(&reply);
    if (reply.kind == CHANNEL_GO)
        return 0;
    stop_logging();
    mind_signals();
    return start_socket_wait(l, err);
}

static int execute(struct launch *l, struct error *err)
{
    if (l->kind != LAUNCH_EXEC && hooks_run_start_container(l, err) < 0)
        return -1;
    /* Again, because becoming the process's user has cleared it. */
    if (l->options->foreground)
        init_bind(l);
    if (sequence_point(l, "init: execute", err) < 0 || sequence_start(l, err) < 0)
        return -1;
    return program_execute(l, err);
}

/* A child that was to mount something has done all it was there for. */
static int end_work(struct launch *l, struct error *err)
{
    if (channel_send(l->channel, CHANNEL_READY, NULL, 0, NULL, 0, err) < 0)
        return -1;
    _exit(0);
}

_Noreturn void init_main(struct launch *l)
{
    struct error err, ignored;
    error_init(&err, l->arena);
    error_init(&ignored, l->arena);
    init_bind(l);
    /* An ordinary user's davit can write the id maps only while the child is its own to inspect. */
    if (l->caller_is_root)
        prctl(PR_SET_DUMPABLE, 0);
    if (l->foreground)
        foreground_child(l->foreground);
    log_target.forward = forward_log;
    log_target.forward_to = l;
    /* The lock goes with the open file: held here it would outlive davit. */
    if (l->store)
        close(store_directory(l->store));
    if (!l->plan->lends_memory) {
        sealed_release();
        set_title(l);
    }

    int result = enter(l, &err);
    if (result == 0)
        result = sequence_apply(l, &err);
    if (result == 0 && l->kind == LAUNCH_EXEC)
        result = be_born(l, &err);
    if (result == 0 && (l->kind == LAUNCH_MOUNT || l->kind == LAUNCH_UNMOUNT))
        result = end_work(l, &err);
    if (result == 0)
        result = become_ready(l, &err);
    if (result == 0)
        execute(l, &err);
    if (!err.step)
        error_step(&err, l->step ? l->step : "init: begin");
    channel_send_error(l->channel, &err, &ignored);
    _exit(STATUS_NOT_EXECUTED);
}
