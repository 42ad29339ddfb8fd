#include "libcontainer/launch/namespaces.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/syscalls.h"
#include "libcontainer/launch/aspect.h"
#include "libcontainer/launch/channel.h"
#include "libcontainer/launch/idmap.h"
#include "libcontainer/launch/join.h"
#include "libcontainer/launch/launch.h"
#include "libcontainer/launch/refused.h"
#include "libcontainer/launch/spawn.h"
#include "spec/config.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A user namespace may not be entered from itself: joining davit's own is no join. */
static int is_own_user_namespace(int fd, bool *out, struct error *err)
{
    struct stat own, asked;
    if (stat("/proc/self/ns/user", &own) < 0 || fstat(fd, &asked) < 0)
        return fail_errno(err, "cannot inspect the user namespace");
    *out = own.st_ino == asked.st_ino && own.st_dev == asked.st_dev;
    return 0;
}

static int open_joined(const struct config *c, struct plan_request *r, int fds[PLAN_TYPES], struct error *err)
{
    for (size_t i = 0; c->linux_ && c->linux_->namespaces[i]; i++) {
        const struct namespace *n = c->linux_->namespaces[i];
        uint64_t type = (uint64_t)*n->type;
        if (!n->path) {
            r->create |= type;
            continue;
        }
        int *fd = &fds[plan_type_index(type)];
        fd_close(fd);
        if (join_open(n->path, type, i, fd, err) < 0)
            return -1;
        bool is_own = false;
        if (type == CLONE_NEWUSER && is_own_user_namespace(*fd, &is_own, err) < 0)
            return -1;
        if (is_own)
            fd_close(fd);
        else
            r->join |= type;
    }
    return 0;
}

/* Coming back from a joined pid namespace takes rights over the one that davit is in. Root of a user namespace that was
 * made without a pid namespace has none: so does podman call davit for an ordinary user. */
static bool can_return_to_pid(void)
{
    scoped_fd own = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
    return own >= 0 && setns(own, CLONE_NEWPID) == 0;
}

int plan_prepare(struct launch *l, struct error *err)
{
    struct plan_request request = {.exec = l->kind != LAUNCH_CREATE, .born_last = l->kind == LAUNCH_EXEC};
    int fds[PLAN_TYPES] = {-1, -1, -1, -1, -1, -1, -1, -1};
    struct plan *p = arena_new(l->arena, struct plan);
    int result = 0;
    if (request.exec)
        request.join = l->join->types;
    else
        result = open_joined(l->config, &request, fds, err);
    /* An ordinary user can make namespaces only inside a user namespace: one comes along unasked. */
    if (!request.exec && geteuid() != 0 && !((request.create | request.join) & CLONE_NEWUSER))
        request.create |= CLONE_NEWUSER;
    request.time_offsets = l->config->linux_ && l->config->linux_->time_offsets && *l->config->linux_->time_offsets;
    request.stays_in_pid =
        !request.exec && (request.join & CLONE_NEWPID) && !(request.join & CLONE_NEWUSER) && !can_return_to_pid();
    plan_namespaces(&request, p);
    p->lends_memory &= SYS_CAN_LEND;
    memcpy(p->join_fds, fds, sizeof fds);
    l->plan = p;
    l->in_new_user_namespace = (request.create | request.join) & CLONE_NEWUSER;
    l->child_waits |= p->maps_ids;
    if (log_is_debug())
        log_debug("namespaces: %s", plan_text(l->arena, p));
    return result;
}

static int join_one(struct launch *l, size_t index, struct error *err)
{
    uint64_t type = plan_type_at(index);
    if (setns(l->plan->join_fds[index], (int)type) == 0)
        return 0;
    return fail_errno(err, "cannot join the %s namespace", plan_type_name(type));
}

/* With `pending`, what is refused stays in it and is no error. */
static int join_types(struct launch *l, uint64_t types, uint64_t *pending, struct error *err)
{
    for (size_t i = 0; i < PLAN_TYPES; i++) {
        if (!(types & plan_type_at(i)))
            continue;
        if (join_one(l, i, err) == 0)
            continue;
        if (!pending || err->errnum != EPERM)
            return -1;
        error_clear(err);
        *pending |= plan_type_at(i);
    }
    return 0;
}

static int become_root(struct launch *l, struct error *err)
{
    /* Not allowed where setgroups is denied, and then there is nothing that could be dropped. */
    if (setgroups(0, NULL) < 0)
        log_debug("supplementary groups are kept: %s", strerror(errno));
    /* EINVAL: the map has no 0. Capabilities are there all the same. */
    if (setresgid(0, 0, 0) < 0 && errno != EINVAL)
        fail_errno(err, "cannot become group 0 of the user namespace");
    else if (setresuid(0, 0, 0) < 0 && errno != EINVAL)
        fail_errno(err, "cannot become user 0 of the user namespace");
    else
        return 0;
    return refused_in_user_namespace(l->caller_is_root, err);
}

static int enter_time(struct launch *l, struct error *err)
{
    const struct linux_config *c = l->config->linux_;
    if (unshare(CLONE_NEWTIME) < 0)
        return refused_namespaces(CLONE_NEWTIME, err);
    if (c && c->time_offsets && *c->time_offsets &&
        channel_ask(l->channel, CHANNEL_TIME_OFFSETS, NULL, 0, NULL, 0, NULL, err) < 0)
        return -1;
    scoped_fd fd = open("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_errno(err, "cannot open the new time namespace");
    return setns(fd, CLONE_NEWTIME) < 0 ? fail_errno(err, "cannot enter the new time namespace") : 0;
}

static int apply_step(struct launch *l, const struct plan_step *s, uint64_t *pending, struct error *err)
{
    switch (s->kind) {
    case PLAN_JOIN:
        return join_types(l, s->types, NULL, err);
    case PLAN_TRY_JOIN:
        return join_types(l, s->types, pending, err);
    case PLAN_JOIN_REST:
        return join_types(l, *pending, NULL, err);
    case PLAN_JOIN_PROCESS:
        return join_namespaces(l, s->types, err);
    case PLAN_UNSHARE:
        return unshare((int)s->types) < 0 ? refused_namespaces(s->types, err) : 0;
    case PLAN_MAP_IDS:
        return channel_ask(l->channel, CHANNEL_MAP_IDS, NULL, 0, NULL, 0, NULL, err);
    case PLAN_BECOME_ROOT:
        return become_root(l, err);
    case PLAN_TIME:
        return enter_time(l, err);
    case PLAN_FORK:
        return spawn_again(l, err);
    }
    return 0;
}

int plan_apply(struct launch *l, struct error *err)
{
    uint64_t pending = 0;
    for (size_t i = 0; i < l->plan->count; i++)
        if (apply_step(l, &l->plan->steps[i], &pending, err) < 0)
            return -1;
    for (size_t i = 0; i < PLAN_TYPES; i++)
        fd_close(&l->plan->join_fds[i]);
    return 0;
}

int plan_enter_runtime(struct launch *l, int *out_own_fd, struct error *err)
{
    const struct plan *p = l->plan;
    *out_own_fd = -1;
    if (!p->runtime_join)
        return 0;
    scoped_fd own = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
    if (own < 0)
        return fail_errno(err, "cannot open davit's own pid namespace");
    if (setns(p->join_fds[plan_type_index(CLONE_NEWPID)], CLONE_NEWPID) < 0)
        return fail_errno(err, "cannot join the pid namespace");
    *out_own_fd = take_fd(&own);
    return 0;
}

/* Before anything is made, and whoever would write them. */
static int check_mappings(const struct linux_config *l, struct error *err)
{
    const char *text;
    const struct id_mapping *const *users = (const struct id_mapping *const *)l->uid_mappings;
    const struct id_mapping *const *groups = (const struct id_mapping *const *)l->gid_mappings;
    if (*users && idmap_text(users, "linux.uidMappings", &text, err) < 0)
        return -1;
    return *groups ? idmap_text(groups, "linux.gidMappings", &text, err) : 0;
}

static int check_namespaces(const struct config *c, struct error *err)
{
    uint64_t seen = 0;
    for (size_t i = 0; c->linux_ && c->linux_->namespaces[i]; i++) {
        const struct namespace *n = c->linux_->namespaces[i];
        uint64_t type = (uint64_t)*n->type;
        if (seen & type)
            return fail_config(err, arena_printf(err->arena, "linux.namespaces[%zu]", i), "type %s is given twice",
                               plan_type_name(type));
        if (n->path && n->path[0] != '/')
            return fail_config(err, arena_printf(err->arena, "linux.namespaces[%zu].path", i),
                               "\"%s\" is not an absolute path", n->path);
        seen |= type;
    }
    if (c->linux_ && config_creates(c, CLONE_NEWUSER) && check_mappings(c->linux_, err) < 0)
        return -1;
    if (c->linux_ && *c->linux_->time_offsets && !config_creates(c, CLONE_NEWTIME))
        return fail_config(err, "linux.timeOffsets", "offsets need a new time namespace in linux.namespaces");
    return 0;
}

extern const struct aspect namespaces;
const struct aspect namespaces = {.name = "namespaces", .check = check_namespaces};

int plan_leave_runtime(int *own_fd, struct error *err)
{
    scoped_fd own = take_fd(own_fd);
    if (own >= 0 && setns(own, CLONE_NEWPID) < 0)
        return fail_errno(err, "cannot return to davit's own pid namespace");
    return 0;
}
