#include "libcontainer/cgroup/internal.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "spec/config.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FREEZE_LIMIT_MS 10000
/* What a cgroup with threads of another's processes can control. */
#define THREADED                                                                                            \
    (CONTROLLER_BIT(CONTROLLER_CPU) | CONTROLLER_BIT(CONTROLLER_CPUSET) | CONTROLLER_BIT(CONTROLLER_PIDS) | \
     CONTROLLER_BIT(CONTROLLER_PERF_EVENT))

static int read_mask(const char *directory, const char *file, uint32_t *out, const char **out_text, struct error *err)
{
    const struct place p = {.version = 2, .directory = directory};
    const char *text;
    if (place_read(&p, file, &text, err) < 0)
        return -1;
    *out = text ? controllers_parse(text, ' ') : 0;
    if (out_text)
        *out_text = text ? text : "";
    return 0;
}

/* The no-internal-process rule of cgroup-v2.rst: a cgroup has processes or gives controllers to those below, not both.
 */
static int explain_busy(const char *directory, enum controller controller, struct error *err)
{
    error_clear(err);
    errno = EBUSY;
    fail_errno(err, "cannot enable the cgroup controller \"%s\" in %s, which has processes of its own",
               controller_name(controller, 2), directory);
    return error_hint(err, "move processes of %s to a leaf (e.g. %s/init) first", directory, directory);
}

static int explain_absent(const char *directory, enum controller controller, const char *there, struct error *err)
{
    error_clear(err);
    fail(err, ERR_NOT_SUPPORTED, "the requested cgroup controller \"%s\" is not available in %s, which has \"%s\"",
         controller_name(controller, 2), directory, there);
    return error_hint(err, "who owns the cgroup above must delegate it: cgroup.subtree_control, or Delegate=yes of the "
                           "systemd unit");
}

static int enable_one(const char *directory, enum controller controller, bool wanted, struct error *err)
{
    const struct place p = {.version = 2, .directory = directory};
    const char *text = arena_printf(err->arena, "+%s", controller_name(controller, 2));
    if (place_write(&p, "cgroup.subtree_control", text, err) == 0)
        return 0;
    if (wanted && (err->errnum == EBUSY || err->errnum == EOPNOTSUPP))
        return explain_busy(directory, controller, err);
    if (wanted)
        return error_context(err, "enabling the cgroup controller \"%s\"", controller_name(controller, 2));
    log_debug("%s: %s is not enabled: %s", directory, controller_name(controller, 2), error_line(err));
    error_clear(err);
    return 0;
}

static int enable_in(const char *directory, uint32_t wanted, struct error *err)
{
    uint32_t available, enabled;
    const char *text;
    if (read_mask(directory, "cgroup.controllers", &available, &text, err) < 0 ||
        read_mask(directory, "cgroup.subtree_control", &enabled, NULL, err) < 0)
        return -1;
    uint32_t missing = available & ~enabled;
    const char *all = "";
    for (unsigned i = 0; i < CONTROLLERS; i++) {
        if (wanted & ~available & CONTROLLER_BIT(i))
            return explain_absent(directory, (enum controller)i, text, err);
        if (missing & CONTROLLER_BIT(i))
            all = arena_printf(err->arena, "%s+%s ", all, controller_name((enum controller)i, 2));
    }
    const struct place p = {.version = 2, .directory = directory};
    if (!missing || place_write(&p, "cgroup.subtree_control", all, err) == 0)
        return 0;
    error_clear(err);
    for (unsigned i = 0; i < CONTROLLERS; i++)
        if ((missing & CONTROLLER_BIT(i)) &&
            enable_one(directory, (enum controller)i, (wanted & CONTROLLER_BIT(i)) != 0, err) < 0)
            return -1;
    return 0;
}

int v2_enable(const struct place *p, uint32_t wanted, struct error *err)
{
    size_t mount_length = strlen(p->mount);
    const char *last = strrchr(p->directory, '/');
    const char *parent = arena_strndup(err->arena, p->directory, (size_t)(last - p->directory));
    uint32_t enabled;
    if (read_mask(parent, "cgroup.subtree_control", &enabled, NULL, err) < 0)
        return -1;
    if ((p->controllers & ~enabled) == 0)
        return 0;
    for (const char *at = p->directory + mount_length; at && at <= last; at = strchr(at + 1, '/'))
        if (enable_in(arena_strndup(err->arena, p->directory, (size_t)(at - p->directory)), wanted, err) < 0)
            return -1;
    return 0;
}

int v2_prepare(struct place *p, uint32_t wanted, struct error *err)
{
    const char *type = NULL, *there;
    uint32_t available;
    /* Below the root nothing can be invalid: it may have threads, processes and controllers at once. */
    bool is_below_root = strchr(p->directory + strlen(p->mount) + 1, '/') == NULL;
    if (!is_below_root && place_read(p, "cgroup.type", &type, err) < 0)
        return -1;
    if (str_equal(type, "domain invalid")) {
        if (wanted & ~THREADED) {
            fail(err, ERR_NOT_SUPPORTED,
                 "%s lies below a threaded cgroup, where only cpu, cpuset, perf_event and pids can be limited",
                 p->directory);
            return error_hint(err, "choose another linux.cgroupsPath");
        }
        if (place_write(p, "cgroup.type", "threaded", err) < 0)
            return -1;
    }
    if (!wanted)
        return 0;
    if (read_mask(p->directory, "cgroup.controllers", &available, &there, err) < 0)
        return -1;
    for (unsigned i = 0; i < CONTROLLERS; i++)
        if (wanted & ~available & CONTROLLER_BIT(i))
            return explain_absent(p->directory, (enum controller)i, there, err);
    return 0;
}

int v2_explain_enter(const struct place *p, int errnum, struct error *err)
{
    const char *type = NULL;
    if (place_read(p, "cgroup.type", &type, err) < 0)
        error_clear(err);
    errno = errnum;
    fail_errno(err, "cannot enter the cgroup %s%s%s", p->join, type ? " of type " : "", type ? type : "");
    if (errnum == EOPNOTSUPP)
        error_hint(err, "it is in an invalid state: a cgroup above is threaded or has processes of its own; move these "
                        "to a leaf (e.g. /init) first");
    else if (errnum == EBUSY)
        error_hint(err, "it gives controllers to cgroups below it and so can hold no process: enter one of these");
    else if (errnum == EACCES || errnum == EPERM)
        error_hint(err, "the caller must own the cgroup above both, where it is now and %s", p->join);
    return -1;
}

int v2_is_frozen(struct place *p, bool *out, struct error *err)
{
    const char *text;
    *out = false;
    if (place_read(p, "cgroup.freeze", &text, err) < 0)
        return -1;
    *out = text && str_equal(text, "1");
    return 0;
}

int v2_freeze(struct place *p, bool frozen, struct error *err)
{
    const char *wanted = frozen ? "frozen 1" : "frozen 0", *text;
    if (place_write(p, "cgroup.freeze", frozen ? "1" : "0", err) < 0)
        return -1;
    for (unsigned waited_ms = 0; waited_ms < FREEZE_LIMIT_MS; waited_ms += 10) {
        scoped_fd events = open(arena_printf(err->arena, "%s/cgroup.events", p->directory), O_RDONLY | O_CLOEXEC);
        char buffer[256];
        ssize_t n = events < 0 ? -1 : read(events, buffer, sizeof buffer - 1);
        if (n < 0)
            return errno == ENODEV || errno == ENOENT ? 0
                                                      : fail_errno(err, "cannot read %s/cgroup.events", p->directory);
        buffer[n] = '\0';
        text = strstr(buffer, wanted);
        if (text)
            return 0;
        poll(&(struct pollfd){.fd = events, .events = POLLPRI}, 1, 10);
    }
    if (frozen && place_write(p, "cgroup.freeze", "0", err) < 0)
        return -1;
    fail(err, ERR_TIMED_OUT, "%s did not become %s within 10 seconds", p->directory, frozen ? "frozen" : "thawed");
    return error_hint(err, "a process in it sits in an uninterruptible call (state D), or a cgroup above is frozen");
}

/* True when the config mounts cgroups writable into a cgroup namespace of the container's own (config-linux.md). */
static bool wants_ownership(const struct config *c)
{
    if (!config_creates(c, CLONE_NEWCGROUP))
        return false;
    for (const struct mount *const *m = (const struct mount *const *)c->mounts; m && *m; m++)
        if ((str_equal((*m)->source, "cgroup") || str_equal((*m)->type, "cgroup") ||
             str_equal((*m)->type, "cgroup2")) &&
            str_equal((*m)->destination, "/sys/fs/cgroup"))
            return !((*m)->options && str_in("ro", (*m)->options));
    return false;
}

/* The host uid of the container's process. */
static bool host_uid(const struct config *c, uid_t *out)
{
    int64_t uid = c->process ? *process_user(c->process)->uid : 0;
    if (!config_creates(c, CLONE_NEWUSER)) {
        *out = (uid_t)uid;
        return true;
    }
    for (const struct id_mapping *const *m = (const struct id_mapping *const *)c->linux_->uid_mappings; m && *m; m++)
        if (uid >= *(*m)->container_id && uid - *(*m)->container_id < *(*m)->size) {
            *out = (uid_t)(*(*m)->host_id + uid - *(*m)->container_id);
            return true;
        }
    return false;
}

int v2_delegate(const struct place *p, const struct config *c, struct error *err)
{
    uid_t uid;
    if (!wants_ownership(c) || !host_uid(c, &uid) || uid == geteuid())
        return 0;
    char *list;
    if (file_read_at(AT_FDCWD, "/sys/kernel/cgroup/delegate", 64 * 1024, &list, NULL, err) < 0) {
        error_clear(err);
        list = (char[]){"cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n"};
    }
    scoped_fd dir = open(p->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0 || fchown(dir, uid, (gid_t)-1) < 0)
        return fail_errno(err, "cannot give %s to uid %u", p->directory, uid);
    for (const char **file = str_split(err->arena, list, '\n'); *file; file++)
        if (**file && fchownat(dir, *file, uid, (gid_t)-1, AT_SYMLINK_NOFOLLOW) < 0 && errno != ENOENT)
            return fail_errno(err, "cannot give %s/%s to uid %u", p->directory, *file, uid);
    return 0;
}
