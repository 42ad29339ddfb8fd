/* hooks.c - runs the config's hooks (config.md#posix-platform-hooks). */
#include "libcontainer/launch/hooks.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"
#include "libcontainer/launch/aspect.h"
#include "libcontainer/launch/hook_process.h"
#include "libcontainer/launch/launch.h"
#include "libcontainer/launch/service.h"
#include "spec/config.h"
#include "spec/schema.h"
#include "spec/state.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static const struct {
    const char *name;
    enum container_status status;
} kinds[] = {
    [HOOK_PRESTART] = {"prestart",        STATUS_CREATING},
    [HOOK_CREATE_RUNTIME] = {"createRuntime",   STATUS_CREATING},
    [HOOK_CREATE_CONTAINER] = {"createContainer", STATUS_CREATING},
    [HOOK_START_CONTAINER] = {"startContainer",  STATUS_CREATED },
    [HOOK_POSTSTART] = {"poststart",       STATUS_RUNNING },
    [HOOK_POSTSTOP] = {"poststop",        STATUS_STOPPED },
};

static const struct hook **list_of(const struct config *c, enum hook_kind kind)
{
    static const struct hook *none[] = {NULL};
    const struct hooks *h = c->hooks;
    if (!h)
        return none;
    switch (kind) {
    case HOOK_PRESTART:
        return h->prestart;
    case HOOK_CREATE_RUNTIME:
        return h->create_runtime;
    case HOOK_CREATE_CONTAINER:
        return h->create_container;
    case HOOK_START_CONTAINER:
        return h->start_container;
    case HOOK_POSTSTART:
        return h->poststart;
    case HOOK_POSTSTOP:
        return h->poststop;
    }
    return none;
}

static const char *state_text(const struct hook_call *call, struct arena *a)
{
    int64_t status = (int64_t)kinds[call->kind].status, pid = call->pid;
    const struct oci_state state = {
        .oci_version = call->config->oci_version,
        .id = call->id,
        .status = &status,
        .pid = call->pid > 0 ? &pid : NULL,
        .bundle = call->bundle,
        .annotations = call->config->annotations,
    };
    return schema_encode(a, &hook_state_object, &state, 0);
}

int hooks_run(const struct hook_call *call, struct error *err)
{
    const struct hook **list = list_of(call->config, call->kind);
    if (!list[0])
        return 0;
    struct hook_process process = {
        .state = state_text(call, err->arena),
        .bundle = call->bundle,
        .bundle_fd = call->bundle_fd,
        .environment = call->environment,
    };
    if (call->kind != HOOK_START_CONTAINER) { /* whose files would be the container's */
        process.stdout_path = config_annotation(call->config, "run.oci.hooks.stdout");
        process.stderr_path = config_annotation(call->config, "run.oci.hooks.stderr");
    }
    for (size_t i = 0; list[i]; i++) {
        process.hook = list[i];
        process.program_fd = call->programs ? call->programs[i] : -1;
        log_debug("hooks.%s[%zu]: %s", kinds[call->kind].name, i, list[i]->path);
        if (hook_process_run(&process, err) == 0)
            continue;
        error_context(err, "error running %s hook #%zu: %s", kinds[call->kind].name, i, list[i]->path);
        error_at(err, "hooks.%s[%zu]", kinds[call->kind].name, i);
        if (call->kind != HOOK_POSTSTOP)
            return -1;
        log_warning("%s", error_sentence(err));
        error_clear(err);
    }
    return 0;
}

int hooks_run_start_container(struct launch *l, struct error *err)
{
    const struct hook_call call = {
        .kind = HOOK_START_CONTAINER,
        .config = l->config,
        .id = l->id,
        .bundle = l->bundle,
        .pid = getpid(),
        .bundle_fd = AT_FDCWD,
        .environment = (const char *const *)l->environment,
    };
    return hooks_run(&call, err);
}

static int check_list(const struct config *c, enum hook_kind kind, struct error *err)
{
    const struct hook **list = list_of(c, kind);
    for (size_t i = 0; list[i]; i++) {
        const char *path = arena_printf(err->arena, "hooks.%s[%zu]", kinds[kind].name, i);
        if (list[i]->path[0] != '/') {
            fail_config(err, arena_printf(err->arena, "%s.path", path), "\"%s\" is not an absolute path",
                        str_printable(err->arena, list[i]->path));
            return error_hint(err, "hooks are executed directly: no shell, no search in PATH");
        }
        if (list[i]->timeout && *list[i]->timeout <= 0) {
            fail_config(err, arena_printf(err->arena, "%s.timeout", path), "must be greater than zero");
            return error_hint(err, "seconds; leave it out to wait without a limit");
        }
    }
    return 0;
}

static int check(const struct config *c, struct error *err)
{
    for (enum hook_kind kind = HOOK_PRESTART; kind <= HOOK_POSTSTOP; kind++)
        if (check_list(c, kind, err) < 0)
            return -1;
    return 0;
}

static int serve(struct launch *l, struct message *m, struct service_reply *reply, struct error *err)
{
    (void)m;
    (void)reply;
    struct hook_call call = {
        .config = l->config, .id = l->id, .bundle = l->bundle, .pid = l->pid, .bundle_fd = l->bundle_fd};
    call.kind = HOOK_PRESTART;
    if (hooks_run(&call, err) < 0)
        return -1;
    call.kind = HOOK_CREATE_RUNTIME;
    return hooks_run(&call, err);
}

static int ask_runtime(struct launch *l, struct error *err)
{
    if (!list_of(l->config, HOOK_PRESTART)[0] && !list_of(l->config, HOOK_CREATE_RUNTIME)[0])
        return 0;
    return channel_ask(l->channel, CHANNEL_RUN_HOOKS, NULL, 0, NULL, 0, NULL, err);
}

/* These run inside the container's namespaces but are the host's programs: opened while no container is there. */
static int open_programs(struct launch *l, struct error *err)
{
    const struct hook **list = list_of(l->config, HOOK_CREATE_CONTAINER);
    size_t count = 0;
    while (list[count])
        count++;
    if (!count)
        return 0;
    l->hook_fds = arena_array(l->arena, count + 1, sizeof *l->hook_fds);
    for (size_t i = 0; i <= count; i++)
        l->hook_fds[i] = -1;
    for (size_t i = 0; i < count; i++) {
        l->hook_fds[i] = open(list[i]->path, O_PATH | O_CLOEXEC);
        if (l->hook_fds[i] < 0) {
            fail_errno(err, "cannot open the hook %s", list[i]->path);
            return error_at(err, "hooks.createContainer[%zu].path", i);
        }
    }
    l->hooks_bundle_fd = open(l->bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return l->hooks_bundle_fd < 0 ? fail_errno(err, "cannot open the bundle %s", l->bundle) : 0;
}

static int run_in_container(struct launch *l, struct error *err)
{
    if (!l->hook_fds)
        return 0;
    const struct hook_call call = {
        .kind = HOOK_CREATE_CONTAINER,
        .config = l->config,
        .id = l->id,
        .bundle = l->bundle,
        .pid = getpid(),
        .bundle_fd = l->hooks_bundle_fd,
        .programs = l->hook_fds,
    };
    if (hooks_run(&call, err) < 0)
        return -1;
    for (int *fd = l->hook_fds; *fd >= 0; fd++)
        fd_close(fd);
    fd_close(&l->hooks_bundle_fd);
    return 0;
}

const struct aspect runtime_hooks = {.name = "runtime_hooks", .check = check, .apply = ask_runtime};
const struct service runtime_hooks_service = {CHANNEL_RUN_HOOKS, "runtime: hooks", serve};
const struct aspect create_container_hooks = {
    .name = "create_container_hooks", .before = open_programs, .apply = run_in_container};
