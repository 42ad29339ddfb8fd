/* user.c - uid, gid, additional groups and umask of the process (config.md#user). */
#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/str.h"
#include "libcontainer/launch/aspect.h"
#include "libcontainer/launch/launch.h"
#include "spec/config.h"

#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_mapped(const struct id_mapping *const *mappings, int64_t id)
{
    for (; *mappings; mappings++)
        if (id >= *(*mappings)->container_id && id - *(*mappings)->container_id < *(*mappings)->size)
            return true;
    return false;
}

/* "0-9, 100-200": the ids that a user namespace knows. */
static const char *ranges_text(struct arena *a, const struct id_mapping *const *mappings)
{
    const char *text = "";
    for (size_t i = 0; mappings[i]; i++) {
        int64_t first = *mappings[i]->container_id;
        text = arena_printf(a, "%s%s%lld-%lld", text, i ? ", " : "", (long long)first,
                            (long long)(first + *mappings[i]->size - 1));
    }
    return text;
}

static int check_mapped(const struct id_mapping *const *mappings, int64_t id, const char *path, struct error *err)
{
    if (is_mapped(mappings, id))
        return 0;
    fail_config(err, path, "%lld is outside the mapped range %s", (long long)id, ranges_text(err->arena, mappings));
    return error_hint(err, "choose an id of that range, or extend linux.%s",
                      mappings && str_has_suffix(path, "uid") ? "uidMappings" : "gidMappings");
}

static int check(const struct config *c, struct error *err)
{
    const struct user *u = c->process ? c->process->user : NULL;
    if (!u || !c->linux_ || !config_creates(c, CLONE_NEWUSER))
        return 0;
    const struct id_mapping *const *uids = (const struct id_mapping *const *)c->linux_->uid_mappings;
    const struct id_mapping *const *gids = (const struct id_mapping *const *)c->linux_->gid_mappings;
    if (!*uids || !*gids) /* made up later, from the caller's ids */
        return 0;
    if (check_mapped(uids, *u->uid, "process.user.uid", err) < 0 ||
        check_mapped(gids, *u->gid, "process.user.gid", err) < 0)
        return -1;
    for (size_t i = 0; u->additional_gids[i]; i++) {
        const char *path = arena_printf(err->arena, "process.user.additionalGids[%zu]", i);
        if (check_mapped(gids, (int64_t)*u->additional_gids[i], path, err) < 0)
            return -1;
    }
    return 0;
}

/* The same from the text of a map: "inside outside size" on each line. */
static const char *map_ranges(struct arena *a, const char *text)
{
    const char *ranges = "";
    for (const char *line = text; line && *line; line = strchr(line, '\n'), line += line != NULL) {
        unsigned inside, outside, size;
        if (sscanf(line, " %u %u %u", &inside, &outside, &size) == 3)
            ranges = arena_printf(a, "%s%s%u-%u", ranges, *ranges ? ", " : "", inside, inside + size - 1);
    }
    return ranges;
}

static int fail_id(struct launch *l, const char *member, const char *map, long long id, struct error *err)
{
    int saved = errno;
    char *text = NULL;
    if (saved == EINVAL && l->in_new_user_namespace) {
        struct error ignored;
        int proc;
        error_init(&ignored, err->arena);
        if (launch_proc(l, &proc, &ignored) < 0 || proc_read(proc, map, &text, &ignored) < 0)
            text = NULL;
    }
    if (text) {
        fail_config(err, arena_printf(err->arena, "process.user.%s", member), "%lld is outside the mapped range %s", id,
                    map_ranges(err->arena, text));
        error_hint(err, l->id_note ? "only your own id is mapped: %s" : "choose an id of that range", l->id_note);
        return -1;
    } else {
        errno = saved;
        fail_errno(err, "cannot become %s %lld", member, id);
    }
    return error_at(err, "process.user.%s", member);
}

static int set_groups(struct launch *l, const struct user *u, struct error *err)
{
    size_t count = 0;
    while (u->additional_gids[count])
        count++;
    const char *keep = config_annotation(l->config, "run.oci.keep_original_groups");
    if (keep && !str_equal(keep, "0")) {
        log_debug("user: the caller's groups are kept, as run.oci.keep_original_groups asks");
        return 0;
    }
    gid_t *gids = arena_array(l->arena, count + 1, sizeof *gids);
    for (size_t i = 0; i < count; i++)
        gids[i] = (gid_t)*u->additional_gids[i];
    if (setgroups(count, gids) == 0)
        return 0;
    /* A user namespace whose group map was written by an unprivileged user does not allow it (CVE-2014-8989). */
    if (errno != EPERM || !(l->rootless || l->in_new_user_namespace)) {
        fail_errno(err, "cannot set %zu additional groups", count);
        return error_at(err, "process.user.additionalGids");
    }
    if (count)
        log_warning("process.user.additionalGids ignored: this user namespace does not allow setgroups");
    return 0;
}

static int apply(struct launch *l, struct error *err)
{
    const struct user *u = l->process ? process_user(l->process) : NULL;
    if (!u)
        return 0;
    const uid_t uid = (uid_t)*u->uid;
    const gid_t gid = (gid_t)*u->gid;
    if (set_groups(l, u, err) < 0)
        return -1;
    if (setresgid(gid, gid, gid) < 0)
        return fail_id(l, "gid", "self/gid_map", (long long)gid, err);
    /* Capabilities are cut to the config's by the aspect that follows; without this they would all go here. */
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
        return fail_errno(err, "cannot keep capabilities");
    if (setresuid(uid, uid, uid) < 0)
        return fail_id(l, "uid", "self/uid_map", (long long)uid, err);
    /* A change of ids makes the process dumpable where the host says so (fs.suid_dumpable). */
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return fail_errno(err, "cannot make the process undumpable");
    if (u->umask)
        umask((mode_t)*u->umask);
    return 0;
}

const struct aspect user = {.name = "user", .check = check, .apply = apply};
