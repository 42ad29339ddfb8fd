#include "libcontainer/cgroup/cgroup.h"
#include "libcontainer/cgroup/internal.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "libcontainer/cgroup/devices.h"
#include "libcontainer/cgroup/subtree.h"
#include "spec/config.h"
#include "spec/state.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static int version_of(void *data, int controller)
{
    const struct place *p = cgroup_place(data, (enum controller)controller);
    return p ? p->version : 0;
}

/* knobs_list has no error for a file that cannot be read: it is as if it were not there. */
struct reader {
    const struct cgroup *cgroup;
    struct arena *arena;
};

static int reader_version(void *data, int controller)
{
    const struct reader *r = data;
    const struct place *p = cgroup_place(r->cgroup, (enum controller)controller);
    return p ? p->version : 0;
}

static const char *reader_read(void *data, int controller, const char *file)
{
    const struct reader *r = data;
    const struct place *p = cgroup_place(r->cgroup, (enum controller)controller);
    struct error ignored;
    const char *text;
    error_init(&ignored, r->arena);
    return p && place_read(p, file, &text, &ignored) == 0 ? text : NULL;
}

static bool lacks_permission(const struct error *err)
{
    return err->errnum == EACCES || err->errnum == EPERM || err->errnum == EROFS;
}

uint32_t cgroup_wanted_v2(const struct knob_write *writes)
{
    uint32_t mask = 0;
    for (; writes->file; writes++)
        if (writes->version == 2 && writes->controller < CONTROLLERS && !writes->vain)
            mask |= CONTROLLER_BIT(writes->controller);
    return mask;
}

static uint32_t wanted_v1(const struct knob_write *writes)
{
    uint32_t mask = 0;
    for (; writes->file; writes++)
        if (writes->version == 1 && !writes->vain)
            mask |= CONTROLLER_BIT(writes->controller);
    return mask;
}

/* Two lists from one: what is written before the child exists, and what after. */
static struct knob_write *select_writes(struct arena *a, const struct knob_write *writes, bool late)
{
    size_t count = 0, kept = 0;
    while (writes[count].file)
        count++;
    struct knob_write *list = arena_array(a, count + 1, sizeof *list);
    for (size_t i = 0; i < count; i++)
        if (writes[i].late == late)
            list[kept++] = writes[i];
    return list;
}

static int busy(const struct place *p, const char *why, struct error *err)
{
    errno = EBUSY;
    fail_errno(err, "the cgroup %s %s", p->directory, why);
    error_at(err, "linux.cgroupsPath");
    return error_hint(err, "choose another linux.cgroupsPath, or remove what is in this one");
}

/* A container in a cgroup that others use would kill them with it, or never start. */
static int check_unused(struct place *p, struct error *err)
{
    size_t count;
    pid_t *pids;
    bool frozen = false;
    if (directory_processes(p->directory, &pids, &count, err) < 0)
        return -1;
    if (count)
        return busy(p, "is not empty: it has processes already", err);
    if (p->version == 2 ? v2_is_frozen(p, &frozen, err) < 0
                        : (p->controllers & CONTROLLER_BIT(CONTROLLER_FREEZER)) && v1_is_frozen(p, &frozen, err) < 0)
        return -1;
    return frozen ? busy(p, "is frozen", err) : 0;
}

/* The container's name belongs to somebody else: what was made so far goes, and nothing is left to be undone, for
 * undoing would kill what lives there. */
static void abandon(struct cgroup *c)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->places[i].made && rmdir(c->places[i].directory) < 0)
            log_debug("%s stays: %s", c->places[i].directory, strerror(errno));
    for (size_t i = str_count(c->made); i-- > 0;)
        rmdir(c->made[i]);
    c->count = 0;
}

static int make_place(struct cgroup *c, struct place *p, uint32_t wanted, struct error *err)
{
    if (place_make(p, err) < 0)
        return -1;
    if (!p->made && check_unused(p, err) < 0) {
        abandon(c);
        return -1;
    }
    if (p->version == 1)
        return v1_prepare(p, err);
    if (v2_enable(p, wanted, err) < 0 || v2_prepare(p, wanted, err) < 0)
        return -1;
    return c->optional ? 0 : v2_delegate(p, c->config, err);
}

static void forget_place(struct cgroup *c, size_t index)
{
    memmove(&c->places[index], &c->places[index + 1], (c->count - index - 1) * sizeof *c->places);
    c->count--;
}

/* Makes every place. A hierarchy that the caller may not use is left out, as long as no limit needs it. */
static int make_places(struct cgroup *c, bool rootless, const struct knob_write *writes, struct error *err)
{
    uint32_t v2 = cgroup_wanted_v2(writes), v1 = wanted_v1(writes);
    for (size_t i = 0; i < c->count;) {
        struct place *p = &c->places[i];
        if (make_place(c, p, v2, err) == 0) {
            i++;
            continue;
        }
        bool needed = p->version == 2 ? v2 != 0 : (p->controllers & v1) != 0;
        if (c->count == 0 || !rootless || needed || !lacks_permission(err))
            return -1;
        if (c->count == 1 && c->explicit_path)
            return error_at(err, "linux.cgroupsPath");
        log_debug("no cgroup in %s: %s", p->directory, error_line(err));
        error_clear(err);
        forget_place(c, i);
    }
    return 0;
}

/* Opened here, where the rights are, for the child to write to (the kernel looks at who opened the file). */
static int open_enter(struct place *p, struct error *err)
{
    const char *file = arena_printf(err->arena, "%s/%s", p->join, p->version == 2 ? "cgroup.procs" : "tasks");
    fd_close(&p->enter_fd);
    p->enter_fd = open(file, O_WRONLY | O_CLOEXEC);
    return p->enter_fd < 0 ? fail_errno(err, "cannot open %s", file) : 0;
}

static int open_v1(struct cgroup *c, struct error *err)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->places[i].version == 1 && open_enter(&c->places[i], err) < 0)
            return -1;
    return 0;
}

int cgroup_create(struct cgroup *c, struct error *err)
{
    if (!c)
        return 0;
    if (c->manager == MANAGER_SYSTEMD)
        return 0; /* a scope needs a process: cgroup_attach makes it */
    const struct knob_host host = {
        .version = version_of,
        .data = c,
        .has_v2 = cgroup_unified(c) != NULL,
        .where = layout_describe_v2(&c->layout, err->arena),
    };
    struct knob_write *writes;
    if (knobs_list(c->resources, &host, &writes, err) < 0 || make_places(c, c->rootless, writes, err) < 0)
        return -1;
    if (cgroup_write_all(c, select_writes(err->arena, writes, false), false, err) < 0)
        return -1;
    if (!c->rootless && devices_apply(c, c->resources, err) < 0)
        return -1;
    c->late = select_writes(err->arena, writes, true);
    return open_v1(c, err);
}

int cgroup_clone_fd(struct cgroup *c)
{
    struct place *p = c && (c->manager == MANAGER_CGROUPFS || c->from_record) ? cgroup_unified(c) : NULL;
    if (!p)
        return -1;
    if (p->clone_fd < 0)
        p->clone_fd = open(p->join, O_PATH | O_DIRECTORY | O_CLOEXEC);
    c->cloned = p->clone_fd >= 0;
    return p->clone_fd;
}

int cgroup_clone_refused(struct cgroup *c, int errnum, struct error *err)
{
    struct place *p = c ? cgroup_unified(c) : NULL;
    if (!p)
        return 0;
    /* A user's session and his manager's units have no cgroup above both that is his: his manager moves the process. */
    if (errnum == EACCES && c->from_record && c->user_bus) {
        c->by_bus = true;
        c->cloned = false;
        return 0;
    }
    /* ENOSYS, E2BIG, EINVAL: a sandbox or an old kernel; the file still works. The rest are the cgroup's own answer. */
    if (errnum == EBUSY || errnum == EOPNOTSUPP || errnum == EACCES || errnum == ENODEV)
        return v2_explain_enter(p, errnum, err);
    c->cloned = false;
    return open_enter(p, err);
}

int cgroup_enter(struct cgroup *c, struct error *err)
{
    if (!c || (c->manager == MANAGER_SYSTEMD && !c->from_record))
        return 0;
    for (size_t i = 0; i < c->count; i++) {
        struct place *p = &c->places[i];
        if (p->version == 2 && (c->cloned || c->by_bus))
            continue;
        if (p->enter_fd < 0 && open_enter(p, err) < 0)
            return -1;
        if (write(p->enter_fd, "0", 1) < 0)
            return p->version == 2 ? v2_explain_enter(p, errno, err) : fail_errno(err, "cannot enter %s", p->join);
        close(p->enter_fd); /* the number stays: the runtime may be in the same memory, and closes its own */
    }
    return 0;
}

int cgroup_attach(struct cgroup *c, pid_t pid, struct error *err)
{
    if (!c || c->from_record)
        return c && c->by_bus ? systemd_attach(c, pid, err) : 0;
    if (c->manager == MANAGER_SYSTEMD && systemd_create(c, pid, err) < 0)
        return -1;
    return c->late ? cgroup_write_all(c, c->late, false, err) : 0;
}

int cgroup_set(struct cgroup *c, const struct resources *r, struct error *err)
{
    if (!c)
        return fail(err, ERR_NOT_SUPPORTED, "the container has no cgroup: nothing can be limited");
    struct reader reader = {c, err->arena};
    const struct knob_host host = {
        .version = reader_version,
        .read = reader_read,
        .data = &reader,
        .has_v2 = cgroup_unified(c) != NULL,
    };
    struct knob_write *writes;
    if (knobs_list(r, &host, &writes, err) < 0)
        return -1;
    if (c->manager != MANAGER_SYSTEMD)
        return cgroup_write_all(c, writes, true, err);
    /* The kernel is asked first, for systemd takes anything; then systemd, who rounds; then what was asked for holds.
     */
    struct knob_write *present = cgroup_present(c, writes, err->arena);
    if (cgroup_write_all(c, writes, true, err) < 0)
        return -1;
    if (systemd_set(c, writes, err) == 0)
        return cgroup_write_all(c, writes, false, err);
    struct error ignored;
    error_init(&ignored, err->arena);
    cgroup_write_all(c, present, false, &ignored);
    return -1;
}

/* init's path in the hierarchy of p, from /proc/PID/cgroup, as a host path. */
static int join_init(struct cgroup *c, struct place *p, pid_t init, struct error *err)
{
    char *text;
    if (layout_read(NULL, &c->layout, err) < 0 ||
        file_read_at(AT_FDCWD, arena_printf(err->arena, "/proc/%d/cgroup", init), 64 * 1024, &text, NULL, err) < 0)
        return -1;
    for (size_t i = 0; i < c->layout.count; i++) {
        const struct hierarchy *h = &c->layout.list[i];
        const char *path = h->version == 2 ? hierarchy_path(err->arena, text, h) : NULL;
        const char *directory = path ? hierarchy_directory(err->arena, h, path) : NULL;
        if (directory)
            p->join = directory;
    }
    return 0;
}

/* The cgroup below the unit that init lives in (run.oci.systemd.subgroup, run.oci.delegate-cgroup), in each hierarchy.
 * The unit's name says where in init's paths the unit ends. */
static int join_subgroup(struct cgroup *c, pid_t init, struct error *err)
{
    char *text;
    const char *file = arena_printf(err->arena, "/proc/%d/cgroup", init);
    if (file_read_at(AT_FDCWD, file, 64 * 1024, &text, NULL, err) < 0)
        return -1;
    for (size_t i = 0; i < c->count; i++) {
        struct place *p = &c->places[i];
        const struct hierarchy h = {.version = p->version, .controllers = p->controllers, .names = p->names};
        const char *path = hierarchy_path(err->arena, text, &h);
        const char *unit = path ? strstr(path, c->unit) : NULL;
        const char *below = unit ? unit + strlen(c->unit) : "";
        if (*below == '/')
            p->join = arena_printf(err->arena, "%s%s", p->directory, below);
    }
    return 0;
}

static int join_sub(struct cgroup *c, const char *sub, struct error *err)
{
    const char *colon = strrchr(sub, ':'), *name = colon ? colon + 1 : sub;
    uint32_t only = colon ? controllers_parse(arena_strndup(err->arena, sub, (size_t)(colon - sub)), ',') : 0;
    for (const char **part = str_split(err->arena, name, '/'); *part; part++)
        if (str_equal(*part, ".."))
            return fail(err, ERR_INVALID_ARGUMENT, "--cgroup %s leaves the container's cgroup", sub);
    if (colon && !only)
        return fail(err, ERR_INVALID_ARGUMENT, "--cgroup %s names no known controller", sub);
    while (*name == '/')
        name++;
    bool is_one = false;
    for (size_t i = 0; i < c->count; i++) {
        struct place *p = &c->places[i];
        if (only && !(p->version == 1 && (p->controllers & only)))
            continue;
        is_one = true;
        p->join = *name ? arena_printf(err->arena, "%s/%s", p->directory, name) : p->directory;
        if (access(p->join, F_OK) < 0)
            return fail_errno(err, "the container has no cgroup %s", p->join);
    }
    if (!is_one)
        return fail(err, ERR_INVALID_ARGUMENT, "--cgroup %s: its controllers have no cgroup v1 here", sub);
    return 0;
}

int cgroup_select(struct cgroup *c, const char *const *subs, pid_t init, struct error *err)
{
    if (!c)
        return subs ? fail(err, ERR_NOT_SUPPORTED, "the container has no cgroup: --cgroup cannot be used") : 0;
    struct place *unified = cgroup_unified(c);
    const char *enabled = NULL;
    for (size_t i = 0; i < str_count(subs); i++)
        if (join_sub(c, subs[i], err) < 0)
            return -1;
    if (subs)
        return open_v1(c, err);
    if (unified && place_read(unified, "cgroup.subtree_control", &enabled, err) < 0)
        return -1;
    if (enabled && *enabled && join_init(c, unified, init, err) < 0)
        return -1;
    if (c->manager == MANAGER_SYSTEMD && c->unit && join_subgroup(c, init, err) < 0)
        return -1;
    return open_v1(c, err);
}

size_t cgroup_count(const struct cgroup *c)
{
    return c ? c->count : 0;
}

bool cgroup_needs_process(const struct cgroup *c)
{
    return c && c->manager == MANAGER_SYSTEMD && !c->from_record;
}

bool cgroup_attaches_by_bus(const struct cgroup *c)
{
    return c && c->by_bus;
}

void cgroup_close(struct cgroup *c)
{
    for (size_t i = 0; c && i < c->count; i++) {
        fd_close(&c->places[i].enter_fd);
        fd_close(&c->places[i].clone_fd);
    }
}
