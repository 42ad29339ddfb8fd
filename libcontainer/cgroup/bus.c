#include "libcontainer/cgroup/bus.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "libcontainer/cgroup/bus_journal.h"
#include "libcontainer/cgroup/unit_properties.h"
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <time.h>
#include <unistd.h>

#define SYSTEMD       "org.freedesktop.systemd1"
#define MANAGER_PATH  "/org/freedesktop/systemd1"
#define MANAGER       "org.freedesktop.systemd1.Manager"
#define JOB_LIMIT_SEC 30
#define MAP_LIMIT     (64 * 1024)

/* clang-format off */
#define FUNCTIONS(X)                                                                                      \
    X(sd_bus_new) X(sd_bus_set_address) X(sd_bus_set_bus_client) X(sd_bus_start) X(sd_bus_open_system)    \
    X(sd_bus_flush_close_unref) X(sd_bus_message_new_method_call) X(sd_bus_message_append)                \
    X(sd_bus_message_append_array) X(sd_bus_message_append_strv) X(sd_bus_message_open_container)         \
    X(sd_bus_message_close_container) X(sd_bus_message_read) X(sd_bus_message_unref) X(sd_bus_call)       \
    X(sd_bus_match_signal) X(sd_bus_process) X(sd_bus_wait) X(sd_bus_error_free) X(sd_bus_path_encode)    \
    X(sd_bus_get_property_string) X(sd_bus_slot_unref)
/* clang-format on */

static struct {
    void *handle;
#define MEMBER(name) __typeof__(&name) name;
    FUNCTIONS(MEMBER)
#undef MEMBER
} lib;

struct bus {
    sd_bus *bus;
    sd_bus_slot *slot;
    struct arena *arena;
    const char *job;    /* whose end is waited for */
    const char *result; /* "done", "failed", …; NULL: not yet */
    const char *refused;
    uint64_t since_usec; /* CLOCK_REALTIME of the call whose job is waited for */
    bool is_user;
};

static int load(struct error *err)
{
    if (lib.handle)
        return 0;
    void *library = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        fail(err, ERR_NOT_SUPPORTED, "cannot load libsystemd: %s", dlerror());
        return error_hint(err, "install libsystemd0, or use --cgroup-manager=cgroupfs");
    }
#define FIND(name)                                              \
    if (!(*(void **)(void *)&lib.name = dlsym(library, #name))) \
        return fail(err, ERR_NOT_SUPPORTED, "libsystemd has no " #name ": it is too old");
    FUNCTIONS(FIND)
#undef FIND
    lib.handle = library; /* stays until the end of the command */
    return 0;
}

static int fail_bus(struct error *err, int result, const char *what)
{
    errno = -result;
    return fail_errno(err, "%s", what);
}

/* Whose session it is: root of a user namespace is somebody else outside. */
static unsigned owner(struct arena *a)
{
    struct error ignored;
    char *map, *at;
    unsigned long uid = getuid();
    error_init(&ignored, a);
    if (file_read_at(AT_FDCWD, "/proc/self/uid_map", MAP_LIMIT, &map, NULL, &ignored) < 0)
        return (unsigned)uid;
    for (at = map; *at; at += strspn(at, " \n")) {
        unsigned long inside = strtoul(at, &at, 10), outside = strtoul(at, &at, 10), count = strtoul(at, &at, 10);
        if (count == 0)
            break;
        if (uid >= inside && uid - inside < count)
            return (unsigned)(uid - inside + outside);
    }
    return (unsigned)uid;
}

static int open_user(sd_bus **out, struct error *err)
{
    const char *address = secure_getenv("DBUS_SESSION_BUS_ADDRESS"), *directory = secure_getenv("XDG_RUNTIME_DIR");
    if (!address || !*address) {
        if (!directory || !*directory) {
            fail(err, ERR_NOT_FOUND,
                 "no systemd user session for uid %u: neither DBUS_SESSION_BUS_ADDRESS nor "
                 "XDG_RUNTIME_DIR is set",
                 owner(err->arena));
            return error_hint(err, "install dbus-user-session, loginctl enable-linger, and log in again");
        }
        address = arena_printf(err->arena, "unix:path=%s/bus", directory);
    }
    int result = lib.sd_bus_new(out);
    if (result >= 0)
        result = lib.sd_bus_set_address(*out, address);
    if (result >= 0)
        result = lib.sd_bus_set_bus_client(*out, 1);
    if (result >= 0)
        result = lib.sd_bus_start(*out);
    if (result >= 0)
        return 0;
    errno = -result;
    fail_errno(err, "no systemd user session for uid %u: cannot connect to %s", owner(err->arena), address);
    return error_hint(err, "install dbus-user-session, loginctl enable-linger");
}

int bus_open(bool user, struct bus **out, struct error *err)
{
    struct bus *b = arena_new(err->arena, struct bus);
    if (load(err) < 0)
        return -1;
    *b = (struct bus){.arena = err->arena, .is_user = user};
    if (user) {
        if (open_user(&b->bus, err) < 0)
            return -1;
    } else {
        int result = lib.sd_bus_open_system(&b->bus);
        if (result < 0) {
            fail_bus(err, result, "cannot connect to the system bus");
            return error_hint(err, "is systemd the init of this host, and dbus running? --cgroup-manager=cgroupfs "
                                   "needs neither");
        }
    }
    *out = b;
    return 0;
}

void bus_close(struct bus *b)
{
    if (!b || !b->bus)
        return;
    if (b->slot)
        lib.sd_bus_slot_unref(b->slot);
    lib.sd_bus_flush_close_unref(b->bus);
    b->bus = NULL;
}

void bus_close_p(struct bus **b)
{
    bus_close(*b);
}

const char *bus_refused(const struct bus *b)
{
    return b->refused;
}

/* "Cannot set property X, or unknown property." */
static const char *property_in(struct arena *a, const char *message)
{
    static const char *const beginnings[] = {"Cannot set property ", "Unknown property "};
    for (size_t i = 0; message && i < ARRAY_SIZE(beginnings); i++) {
        const char *name = str_after(message, beginnings[i]);
        if (name)
            return arena_strndup(a, name, strcspn(name, ",. "));
    }
    return NULL;
}

/* What systemd says, as one of davit's conditions or as the error. */
static int answer(struct bus *b, const sd_bus_error *e, int result, const char *what, const char *unit,
                  struct error *err)
{
    static const struct {
        const char *name;
        int condition;
    } conditions[] = {
        {"org.freedesktop.systemd1.UnitExists",         BUS_EXISTS },
        {"org.freedesktop.systemd1.NoSuchUnit",         BUS_ABSENT },
        {"org.freedesktop.DBus.Error.PropertyReadOnly", BUS_REFUSED},
        {"org.freedesktop.DBus.Error.UnknownProperty",  BUS_REFUSED},
    };
    if (result >= 0)
        return BUS_DONE;
    for (size_t i = 0; e->name && i < ARRAY_SIZE(conditions); i++)
        if (str_equal(e->name, conditions[i].name)) {
            b->refused = property_in(b->arena, e->message);
            if (conditions[i].condition != BUS_REFUSED || b->refused)
                return conditions[i].condition;
        }
    errno = -result;
    fail_errno(err, "systemd refuses to %s %s%s%s", what, unit, e->message ? ": " : "", e->message ? e->message : "");
    if (result == -EACCES || result == -EPERM)
        return error_hint(err,
                          "no systemd user session for uid %u (install dbus-user-session, loginctl enable-linger), "
                          "or polkit forbids it",
                          owner(err->arena));
    return -1;
}

static int append_value(sd_bus_message *m, const struct unit_property *p)
{
    static const char *const signatures[] = {
        [PROPERTY_BOOL] = "b",   [PROPERTY_STRING] = "s",      [PROPERTY_INT32] = "i",    [PROPERTY_INT64] = "x",
        [PROPERTY_UINT32] = "u", [PROPERTY_UINT64] = "t",      [PROPERTY_STRINGS] = "as", [PROPERTY_PIDS] = "au",
        [PROPERTY_BYTES] = "ay", [PROPERTY_DEVICES] = "a(ss)",
    };
    int r = lib.sd_bus_message_open_container(m, 'v', signatures[p->type]);
    if (r < 0)
        return r;
    switch (p->type) {
    case PROPERTY_BOOL:
    case PROPERTY_INT32:
    case PROPERTY_UINT32:
        r = lib.sd_bus_message_append(m, signatures[p->type], (uint32_t)p->number);
        break;
    case PROPERTY_INT64:
    case PROPERTY_UINT64:
        r = lib.sd_bus_message_append(m, signatures[p->type], p->number);
        break;
    case PROPERTY_STRING:
        r = lib.sd_bus_message_append(m, "s", p->text);
        break;
    case PROPERTY_STRINGS:
        r = lib.sd_bus_message_append_strv(m, (char **)(uintptr_t)p->texts);
        break;
    case PROPERTY_PIDS:
        r = lib.sd_bus_message_append(m, "au", 1, (uint32_t)p->number);
        break;
    case PROPERTY_BYTES:
        r = lib.sd_bus_message_append_array(m, 'y', p->bytes, (size_t)p->number);
        break;
    case PROPERTY_DEVICES:
        r = lib.sd_bus_message_open_container(m, 'a', "(ss)");
        for (const char **t = p->texts; r >= 0 && t[0]; t += 2)
            r = lib.sd_bus_message_append(m, "(ss)", t[0], t[1]);
        if (r >= 0)
            r = lib.sd_bus_message_close_container(m);
        break;
    }
    return r < 0 ? r : lib.sd_bus_message_close_container(m);
}

static int append_properties(sd_bus_message *m, const struct unit_properties *p)
{
    int r = lib.sd_bus_message_open_container(m, 'a', "(sv)");
    for (size_t i = 0; r >= 0 && i < p->count; i++) {
        r = lib.sd_bus_message_open_container(m, 'r', "sv");
        if (r >= 0)
            r = lib.sd_bus_message_append(m, "s", p->list[i].name);
        if (r >= 0)
            r = append_value(m, &p->list[i]);
        if (r >= 0)
            r = lib.sd_bus_message_close_container(m);
    }
    return r < 0 ? r : lib.sd_bus_message_close_container(m);
}

static int new_call(struct bus *b, const char *method, sd_bus_message **out, struct error *err)
{
    int r = lib.sd_bus_message_new_method_call(b->bus, out, SYSTEMD, MANAGER_PATH, MANAGER, method);
    return r < 0 ? fail_bus(err, r, "cannot make a message for systemd") : 0;
}

/* Sends m, which it takes, and gives *out_job when the reply carries one. */
static int call(struct bus *b, sd_bus_message *m, const char *what, const char *unit, const char **out_job,
                struct error *err)
{
    sd_bus_error e = SD_BUS_ERROR_NULL;
    sd_bus_message *reply = NULL;
    const char *job;
    int r = lib.sd_bus_call(b->bus, m, (uint64_t)JOB_LIMIT_SEC * 1000000, &e, &reply);
    lib.sd_bus_message_unref(m);
    int condition = answer(b, &e, r, what, unit, err);
    if (condition == BUS_DONE && out_job && lib.sd_bus_message_read(reply, "o", &job) >= 0)
        *out_job = arena_strdup(b->arena, job);
    lib.sd_bus_error_free(&e);
    if (reply)
        lib.sd_bus_message_unref(reply);
    return condition;
}

static int on_job_removed(sd_bus_message *m, void *data, sd_bus_error *e)
{
    struct bus *b = data;
    const char *path, *unit, *result;
    uint32_t id;
    (void)e;
    if (lib.sd_bus_message_read(m, "uoss", &id, &path, &unit, &result) >= 0 && str_equal(path, b->job))
        b->result = arena_strdup(b->arena, result);
    return 0;
}

/* The signal may come before the reply that names the job: it is asked for first, and looked at afterwards. */
static int expect_jobs(struct bus *b, struct error *err)
{
    sd_bus_message *m = NULL;
    sd_bus_error e = SD_BUS_ERROR_NULL;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    b->since_usec = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
    b->result = b->job = NULL;
    if (b->slot)
        return 0;
    int r = lib.sd_bus_match_signal(b->bus, &b->slot, SYSTEMD, MANAGER_PATH, MANAGER, "JobRemoved", on_job_removed, b);
    if (r < 0)
        return fail_bus(err, r, "cannot listen to systemd");
    if (new_call(b, "Subscribe", &m, err) < 0)
        return -1;
    r = lib.sd_bus_call(b->bus, m, 0, &e, NULL);
    log_debug("systemd: subscribed: %d", r);
    lib.sd_bus_message_unref(m);
    lib.sd_bus_error_free(&e);
    return 0;
}

/* "Result" of the unit: exit-code, oom-kill, resources, … */
static const char *unit_result(struct bus *b, const char *unit)
{
    char *path = NULL, *text = NULL;
    sd_bus_error e = SD_BUS_ERROR_NULL;
    const char *result = NULL;
    const char *interface = str_has_suffix(unit, ".slice") ? SYSTEMD ".Slice" : SYSTEMD ".Scope";
    if (lib.sd_bus_path_encode(MANAGER_PATH "/unit", unit, &path) >= 0 &&
        lib.sd_bus_get_property_string(b->bus, SYSTEMD, path, interface, "Result", &e, &text) >= 0)
        result = arena_strdup(b->arena, text);
    lib.sd_bus_error_free(&e);
    free(path);
    free(text);
    return result;
}

static int fail_job(struct bus *b, const char *what, const char *unit, struct error *err)
{
    const char *result = unit_result(b, unit);
    if (!b->result)
        fail(err, ERR_TIMED_OUT, "systemd did not %s %s within %d seconds", what, unit, JOB_LIMIT_SEC);
    else
        fail(err, ERR_SYSTEM, "systemd could not %s %s: the job's result is %s%s%s", what, unit, b->result,
             result ? ", Result=" : "", result ? result : "");
    const char *line = bus_journal_last_line(b->arena, unit, b->is_user, b->since_usec);
    if (line)
        return error_hint(err, "systemd says in its journal: %s", line);
    return error_hint(err, "journalctl %s-u %s says why", b->is_user ? "--user " : "", unit);
}

static int wait_for_job(struct bus *b, const char *what, const char *unit, struct error *err)
{
    int64_t end = clock_us() + JOB_LIMIT_SEC * INT64_C(1000000);
    for (int64_t now = clock_us(); !b->result && now < end; now = clock_us()) {
        int r = lib.sd_bus_process(b->bus, NULL);
        if (r == 0)
            r = lib.sd_bus_wait(b->bus, (uint64_t)(end - now));
        if (r < 0 && r != -EINTR)
            return fail_bus(err, r, "lost the connection to systemd");
    }
    return str_equal(b->result, "done") ? 0 : fail_job(b, what, unit, err);
}

int bus_start_unit(struct bus *b, const char *unit, const struct unit_properties *p, struct error *err)
{
    sd_bus_message *m = NULL;
    if (expect_jobs(b, err) < 0 || new_call(b, "StartTransientUnit", &m, err) < 0)
        return -1;
    int r = lib.sd_bus_message_append(m, "ss", unit, "fail");
    if (r >= 0)
        r = append_properties(m, p);
    if (r >= 0)
        r = lib.sd_bus_message_append(m, "a(sa(sv))", 0);
    if (r < 0) {
        lib.sd_bus_message_unref(m);
        return fail_bus(err, r, "cannot describe the unit to systemd");
    }
    int condition = call(b, m, "start", unit, &b->job, err);
    return condition == BUS_DONE ? wait_for_job(b, "start", unit, err) : condition;
}

int bus_stop_unit(struct bus *b, const char *unit, struct error *err)
{
    sd_bus_message *m = NULL;
    if (expect_jobs(b, err) < 0 || new_call(b, "StopUnit", &m, err) < 0)
        return -1;
    lib.sd_bus_message_append(m, "ss", unit, "replace");
    int condition = call(b, m, "stop", unit, &b->job, err);
    return condition == BUS_DONE ? wait_for_job(b, "stop", unit, err) : condition;
}

int bus_reset_failed(struct bus *b, const char *unit, struct error *err)
{
    sd_bus_message *m = NULL;
    if (new_call(b, "ResetFailedUnit", &m, err) < 0)
        return -1;
    lib.sd_bus_message_append(m, "s", unit);
    return call(b, m, "reset", unit, NULL, err);
}

int bus_attach_process(struct bus *b, const char *unit, const char *below, pid_t pid, struct error *err)
{
    sd_bus_message *m = NULL;
    if (new_call(b, "AttachProcessesToUnit", &m, err) < 0)
        return -1;
    lib.sd_bus_message_append(m, "ssau", unit, below, 1, (uint32_t)pid);
    return call(b, m, "move a process into", unit, NULL, err);
}

int bus_set_properties(struct bus *b, const char *unit, const struct unit_properties *p, struct error *err)
{
    sd_bus_message *m = NULL;
    if (new_call(b, "SetUnitProperties", &m, err) < 0)
        return -1;
    int r = lib.sd_bus_message_append(m, "sb", unit, 1);
    if (r >= 0)
        r = append_properties(m, p);
    if (r < 0) {
        lib.sd_bus_message_unref(m);
        return fail_bus(err, r, "cannot describe the limits to systemd");
    }
    return call(b, m, "change", unit, NULL, err);
}
