#include "libcontainer/cgroup/internal.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "libcontainer/cgroup/bus.h"
#include "libcontainer/cgroup/devices.h"
#include "libcontainer/cgroup/unit_properties.h"
#include "spec/annotations.h"
#include "spec/config.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#define PROC_LIMIT  (64 * 1024)
#define MAX_RETRIES 32

static bool is_slice(const struct cgroup *c)
{
    return str_has_suffix(c->unit, ".slice");
}

static void add_text(struct unit_properties *p, struct arena *a, const char *name, const char *text)
{
    unit_property_add(p, a, name, PROPERTY_STRING)->text = text;
}

static void add_flag(struct unit_properties *p, struct arena *a, const char *name, bool value)
{
    unit_property_add(p, a, name, PROPERTY_BOOL)->number = value;
}

static int controller_version(const struct cgroup *c, int controller)
{
    for (size_t i = 0; i < c->layout.count; i++)
        if (c->layout.list[i].controllers & CONTROLLER_BIT(controller))
            return c->layout.list[i].version;
    return 0;
}

static int describe(const struct cgroup *c, pid_t pid, const struct knob_write *writes, struct unit_properties *p,
                    struct error *err)
{
    struct arena *a = err->arena;
    add_text(p, a, "Description", arena_printf(a, "davit container %s", c->id));
    if (is_slice(c)) {
        const char **wanted = arena_array(a, 2, sizeof *wanted);
        wanted[0] = c->slice;
        unit_property_add(p, a, "Wants", PROPERTY_STRINGS)->texts = wanted;
    } else {
        add_text(p, a, "Slice", c->slice);
        add_flag(p, a, "Delegate", true);
        unit_property_add(p, a, "PIDs", PROPERTY_PIDS)->number = (uint64_t)pid;
    }
    add_text(p, a, "CollectMode", "inactive-or-failed");
    add_flag(p, a, "AddRef", true); /* a unit that failed stays until davit has read its Result */
    add_flag(p, a, "MemoryAccounting", true);
    add_flag(p, a, "CPUAccounting", true);
    add_flag(p, a, "IOAccounting", true);
    add_flag(p, a, "TasksAccounting", true);
    add_flag(p, a, "DefaultDependencies", false);
    unit_properties_of_writes(p, a, writes);
    if (!c->rootless && controller_version(c, CONTROLLER_DEVICES) == 1) {
        struct device_access *rules;
        if (device_rules(c->resources, &rules, err) < 0)
            return -1;
        unit_properties_of_devices(p, a, rules);
    }
    return unit_properties_of_annotations(p, (const struct pair *const *)c->config->annotations, err);
}

/* Leftovers of an earlier unit of that name are taken away once; properties that this systemd has not are left out,
 * because cgroupfs gets every limit anyway. */
static int start_unit(struct bus *b, struct cgroup *c, struct unit_properties *p, struct error *err)
{
    bool has_reset = false;
    for (int i = 0; i < MAX_RETRIES; i++) {
        int result = bus_start_unit(b, c->unit, p, err);
        if (result <= 0)
            return result;
        if (result == BUS_EXISTS && !has_reset) {
            if (bus_reset_failed(b, c->unit, err) < 0)
                return -1;
            has_reset = true;
        } else if (result == BUS_EXISTS) {
            fail(err, ERR_ALREADY_EXISTS, "systemd has a unit %s already", c->unit);
            error_at(err, "linux.cgroupsPath");
            error_hint(err, "systemctl status %s shows whose it is", c->unit);
            c->unit = NULL; /* somebody else's: undoing must not stop it */
            return -1;
        } else if (result != BUS_REFUSED || !unit_property_drop(p, bus_refused(b))) {
            break;
        } else {
            log_debug("systemd: %s is not a property of this version", bus_refused(b));
        }
    }
    return fail(err, ERR_SYSTEM, "systemd refuses to start %s", c->unit);
}

/* Where the unit is in systemd's own hierarchy: for a slice by its name, else where the process is now. */
static int unit_path(const struct cgroup *c, const char *proc_cgroup, const char **out, struct error *err)
{
    *out = NULL;
    if (is_slice(c)) {
        *out = slice_path(err->arena, c->unit);
        return 0;
    }
    for (size_t i = 0; i < c->layout.count; i++) {
        const struct hierarchy *h = &c->layout.list[i];
        const char *path = hierarchy_path(err->arena, proc_cgroup, h);
        if (path && strstr(path, c->unit) && (!*out || h->version == 2 || str_equal(h->names, "name=systemd")))
            *out = path;
    }
    if (*out)
        return 0;
    fail(err, ERR_SYSTEM, "systemd started %s, but the container's process is not in it", c->unit);
    return error_hint(err, "does systemd use the cgroups that are mounted here?");
}

/* The subgroups of the annotations, in which the process lives below the unit. */
static int join_subgroup(const struct cgroup *c, struct place *p, pid_t pid, struct error *err)
{
    const char *sub = config_annotation(c->config, ANNOTATION_SYSTEMD_SUBGROUP);
    const char *delegated = config_annotation(c->config, ANNOTATION_DELEGATE_CGROUP);
    struct place below = *p;
    bool has_sub = sub && *sub, has_delegated = delegated && *delegated;
    if (!has_sub && !has_delegated)
        return 0;
    if (has_sub)
        below.directory = arena_printf(err->arena, "%s/%s", below.directory, sub);
    if (has_delegated && p->version == 2)
        below.directory = arena_printf(err->arena, "%s/%s", below.directory, delegated);
    if (place_make(&below, err) < 0 || (p->version == 1 && v1_prepare(&below, err) < 0) ||
        (has_delegated && p->version == 2 && v2_delegate(&below, c->config, err) < 0))
        return -1;
    return place_write(&below, "cgroup.procs", arena_printf(err->arena, "%d", (int)pid), err);
}

/* Turns what systemd has made into places, and makes those of hierarchies that it does not manage. */
static int adopt(struct cgroup *c, pid_t pid, uint32_t wanted, struct error *err)
{
    char *proc_cgroup;
    const char *path;
    if (file_read_at(AT_FDCWD, arena_printf(err->arena, "/proc/%d/cgroup", (int)pid), PROC_LIMIT, &proc_cgroup, NULL,
                     err) < 0 ||
        unit_path(c, proc_cgroup, &path, err) < 0)
        return -1;
    for (size_t i = 0; i < c->layout.count; i++) {
        const struct hierarchy *h = &c->layout.list[i];
        if (!hierarchy_is_used(h))
            continue;
        struct place *p = cgroup_add_place(err->arena, c, h, arena_printf(err->arena, "%s%s", h->mount, path));
        const char *present = hierarchy_path(err->arena, proc_cgroup, h);
        if (h->version == 1 && c->rootless && !place_exists(p)) {
            c->count--; /* a user may make none there */
            continue;
        }
        if (place_make(p, err) < 0 || (h->version == 1 && v1_prepare(p, err) < 0))
            return -1;
        if (h->version == 2 &&
            (v2_enable(p, wanted, err) < 0 || v2_prepare(p, wanted, err) < 0 || v2_delegate(p, c->config, err) < 0))
            return -1;
        if (!str_equal(present, path) &&
            place_write(p, "cgroup.procs", arena_printf(err->arena, "%d", (int)pid), err) < 0)
            return -1;
        p->made = true; /* the unit is new: nobody else's device programs are in it */
    }
    return 0;
}

static int layout_version(void *data, int controller)
{
    return controller_version(data, controller);
}

static bool layout_has_v2(const struct cgroup *c)
{
    for (size_t i = 0; i < c->layout.count; i++)
        if (c->layout.list[i].version == 2)
            return true;
    return false;
}

int systemd_is_built_in(struct error *err)
{
    (void)err;
    return 0;
}

int systemd_create(struct cgroup *c, pid_t pid, struct error *err)
{
    scoped_bus b = NULL;
    struct unit_properties p = {0};
    struct knob_write *writes;
    const struct knob_host host = {
        .version = layout_version,
        .data = c,
        .has_v2 = layout_has_v2(c),
        .where = layout_describe_v2(&c->layout, err->arena),
    };
    if (knobs_list(c->resources, &host, &writes, err) < 0 || describe(c, pid, writes, &p, err) < 0 ||
        bus_open(c->user_bus, &b, err) < 0 || start_unit(b, c, &p, err) < 0)
        return -1;
    if (adopt(c, pid, cgroup_wanted_v2(writes), err) < 0)
        return error_context(err, "using the unit %s", c->unit);
    if (cgroup_write_all(c, writes, false, err) < 0)
        return -1;
    if (!c->rootless && devices_apply(c, c->resources, err) < 0)
        return -1;
    for (size_t i = 0; i < c->count; i++)
        if (join_subgroup(c, &c->places[i], pid, err) < 0)
            return -1;
    return 0;
}

int systemd_set(struct cgroup *c, const struct knob_write *writes, struct error *err)
{
    scoped_bus b = NULL;
    struct unit_properties p = {0};
    unit_properties_of_writes(&p, err->arena, writes);
    if (p.count == 0)
        return 0;
    if (bus_open(c->user_bus, &b, err) < 0)
        return -1;
    for (int i = 0; i < MAX_RETRIES && p.count; i++) {
        int result = bus_set_properties(b, c->unit, &p, err);
        if (result <= 0)
            return result;
        if (result != BUS_REFUSED || !unit_property_drop(&p, bus_refused(b)))
            return fail(err, ERR_NOT_FOUND, "systemd has no unit %s", c->unit);
    }
    return 0;
}

int systemd_attach(struct cgroup *c, pid_t pid, struct error *err)
{
    const struct place *p = cgroup_unified(c);
    scoped_bus b = NULL;
    if (bus_open(c->user_bus, &b, err) < 0)
        return -1;
    int result = bus_attach_process(b, c->unit, p->join + strlen(p->directory), pid, err);
    return result <= 0 ? result : fail(err, ERR_NOT_FOUND, "systemd has no unit %s", c->unit);
}

static bool any_place(const struct cgroup *c)
{
    for (size_t i = 0; i < c->count; i++)
        if (place_exists(&c->places[i]))
            return true;
    /* A davit that died before it wrote them down. A scope goes with its process, whoever started it; and if it is
     * still there, it is somebody else's. */
    return c->count == 0 && is_slice(c);
}

int systemd_destroy(struct cgroup *c, struct error *err)
{
    scoped_bus b = NULL;
    if (!c->unit || !any_place(c))
        return 0;
    if (c->count && cgroup_kill(c, SIGKILL, err) < 0)
        return -1;
    if (bus_open(c->user_bus, &b, err) < 0) {
        /* The directories can be removed all the same, and then systemd forgets the unit by itself. */
        log_debug("%s is not stopped by systemd: %s", c->unit, error_line(err));
        error_clear(err);
        return 0;
    }
    int result = bus_stop_unit(b, c->unit, err);
    if (result < 0 && c->count == 0) { /* whoever may not stop a unit has not started it either */
        log_debug("%s is not stopped by systemd: %s", c->unit, error_line(err));
        error_clear(err);
        return 0;
    }
    if (result < 0)
        return -1;
    if (result == BUS_DONE && bus_reset_failed(b, c->unit, err) < 0)
        error_clear(err);
    return 0;
}
