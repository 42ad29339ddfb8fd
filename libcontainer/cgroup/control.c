#include "libcontainer/cgroup/internal.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"
#include "libcontainer/cgroup/subtree.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static int no_cgroup(struct error *err)
{
    fail(err, ERR_NOT_SUPPORTED, "the container has no cgroup");
    return error_hint(err, "it was created with --cgroup-manager=disabled, or by a user who may make none");
}

/* cgroup2 freezes by itself, and kills what is frozen; v1 needs its controller. */
static struct place *freezer(const struct cgroup *c)
{
    struct place *unified = cgroup_unified(c);
    return unified && place_exists(unified) ? unified : cgroup_place(c, CONTROLLER_FREEZER);
}

const char *cgroup_freezer(const struct cgroup *c)
{
    struct place *p = c ? freezer(c) : NULL;
    return p && place_exists(p) ? p->directory : NULL;
}

int cgroup_freeze(struct cgroup *c, bool frozen, struct error *err)
{
    struct place *p = c ? freezer(c) : NULL;
    if (!p)
        return no_cgroup(err);
    return p->version == 2 ? v2_freeze(p, frozen, err) : v1_freeze(p, frozen, err);
}

int cgroup_is_frozen(struct cgroup *c, bool *out, struct error *err)
{
    struct place *p = c ? freezer(c) : NULL;
    *out = false;
    if (!p)
        return 0;
    return p->version == 2 ? v2_is_frozen(p, out, err) : v1_is_frozen(p, out, err);
}

int cgroup_processes(struct cgroup *c, pid_t **out, struct error *err)
{
    if (!c)
        return no_cgroup(err);
    struct place *p = cgroup_any_place(c);
    *out = arena_array(err->arena, 1, sizeof **out);
    return p ? directory_processes(p->directory, out, NULL, err) : 0;
}

static int signal_all(struct cgroup *c, int signal, struct error *err)
{
    pid_t *pids;
    if (cgroup_processes(c, &pids, err) < 0)
        return -1;
    for (; *pids; pids++)
        if (kill(*pids, signal) < 0 && errno != ESRCH)
            return fail_errno(err, "cannot send signal %d to process %d", signal, *pids);
    return 0;
}

/* Removed meanwhile, and so without processes: systemd removes a scope as soon as it is empty. */
static bool is_gone(const struct error *err)
{
    return err->errnum == ENOENT || err->errnum == ENODEV;
}

/* What is frozen dies when it thaws; the container may have frozen some of its own. */
static void thaw_killed(struct place *p, struct arena *a)
{
    struct error ignored;
    error_init(&ignored, a);
    if (directory_thaw(p->directory, &ignored) < 0)
        log_debug("thawing what was killed: %s", error_line(&ignored));
}

/* v1 has no cgroup.kill: nothing can fork while all are frozen. */
static int kill_frozen(struct cgroup *c, struct place *p, struct error *err)
{
    struct error ignored;
    error_init(&ignored, err->arena);
    if (v1_freeze(p, true, &ignored) < 0)
        log_debug("killing without having frozen: %s", error_line(&ignored));
    int result = signal_all(c, SIGKILL, err);
    error_clear(&ignored);
    thaw_killed(p, err->arena);
    if (v1_freeze(p, false, &ignored) < 0 && result == 0 && !is_gone(&ignored)) {
        *err = ignored;
        return -1;
    }
    return result;
}

int cgroup_kill(struct cgroup *c, int signal, struct error *err)
{
    if (!c)
        return 0;
    struct place *unified = cgroup_unified(c), *v1 = cgroup_place(c, CONTROLLER_FREEZER);
    if (signal != SIGKILL)
        return signal_all(c, signal, err);
    if (v1 && (v1->version != 1 || !place_exists(v1)))
        v1 = NULL;
    if (unified && place_exists(unified) && place_has(unified, "cgroup.kill")) {
        if (place_write(unified, "cgroup.kill", "1", err) < 0 && !is_gone(err))
            return -1;
        error_clear(err);
        if (v1)
            thaw_killed(v1, err->arena);
        return 0;
    }
    if (v1)
        return kill_frozen(c, v1, err);
    return signal_all(c, signal, err);
}

/* Removes the places, fast when nothing is left in them. */
static int remove_places(struct cgroup *c, struct error *err)
{
    bool killed = false;
    for (size_t i = 0; i < c->count; i++) {
        const struct place *p = &c->places[i];
        if (rmdir(p->directory) == 0 || errno == ENOENT || errno == ENODEV)
            continue;
        if (!killed && cgroup_kill(c, SIGKILL, err) < 0)
            return -1;
        killed = true;
        if (directory_remove(p->directory, err) < 0)
            return -1;
    }
    return 0;
}

int cgroup_destroy(struct cgroup *c, struct error *err)
{
    if (!c)
        return 0;
    if (c->manager == MANAGER_SYSTEMD && systemd_destroy(c, err) < 0)
        return -1;
    if (remove_places(c, err) < 0)
        return -1;
    for (size_t i = str_count(c->made); i-- > 0;)
        if (rmdir(c->made[i]) < 0 && errno != ENOENT)
            log_debug("%s stays: %s", c->made[i], strerror(errno)); /* others use it too */
    return 0;
}

/* The number behind "key " at the start of a line. */
static uint64_t counter(const char *text, const char *key, const char **out_line)
{
    size_t length = strlen(key);
    for (const char *at = text; at && *at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL)
        if (strncmp(at, key, length) == 0 && at[length] == ' ') {
            if (out_line)
                *out_line = at;
            return strtoull(at + length, NULL, 10);
        }
    return 0;
}

static const char *memory_file(struct cgroup *c, struct arena *a, const char *v1, const char *v2)
{
    struct place *p = c ? cgroup_place(c, CONTROLLER_MEMORY) : NULL;
    struct error ignored;
    const char *text;
    error_init(&ignored, a);
    if (!p || place_read(p, p->version == 2 ? v2 : v1, &text, &ignored) < 0)
        return NULL;
    return text;
}

uint64_t cgroup_oom_kills(struct cgroup *c)
{
    struct arena arena = {0};
    const char *text = memory_file(c, &arena, "memory.oom_control", "memory.events");
    uint64_t kills = text ? counter(text, "oom_kill", NULL) : 0;
    arena_release(&arena);
    return kills;
}

const char *cgroup_explain_death(struct cgroup *c, struct arena *a)
{
    uint64_t limit, peak;
    char limit_text[48], peak_text[48];
    if (cgroup_oom_kills(c) == 0)
        return NULL;
    const char *text = memory_file(c, a, "memory.limit_in_bytes", "memory.max");
    if (!text || !str_to_uint(text, UINT64_MAX, &limit))
        return "out of memory: the OOM killer of a cgroup above killed it";
    const char *highest = memory_file(c, a, "memory.max_usage_in_bytes", "memory.peak");
    if (!highest || !str_to_uint(highest, UINT64_MAX, &peak))
        return arena_printf(a, "OOM, limit %s", bytes_text(limit_text, limit));
    return arena_printf(a, "OOM, limit %s, peak %s", bytes_text(limit_text, limit), bytes_text(peak_text, peak));
}

/* v1 tells an eventfd that was registered through cgroup.event_control. */
static int watch_v1(struct place *p, int *out_fd, struct error *err)
{
    const char *file = arena_printf(err->arena, "%s/memory.oom_control", p->directory);
    scoped_fd control = open(file, O_RDONLY | O_CLOEXEC);
    scoped_fd event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (control < 0 || event < 0)
        return fail_errno(err, "cannot watch %s", file);
    if (place_write(p, "cgroup.event_control", arena_printf(err->arena, "%d %d", event, control), err) < 0)
        return -1;
    *out_fd = take_fd(&event);
    return 0;
}

int cgroup_watch_oom(struct cgroup *c, int *out_fd, short *out_events, struct error *err)
{
    struct place *p = c ? cgroup_place(c, CONTROLLER_MEMORY) : NULL;
    *out_fd = -1;
    *out_events = p && p->version == 1 ? POLLIN : POLLPRI;
    if (!p)
        return 0;
    if (p->version == 1)
        return watch_v1(p, out_fd, err);
    const char *file = arena_printf(err->arena, "%s/memory.events", p->directory);
    *out_fd = open(file, O_RDONLY | O_CLOEXEC);
    return *out_fd < 0 && errno != ENOENT ? fail_errno(err, "cannot watch %s", file) : 0;
}
