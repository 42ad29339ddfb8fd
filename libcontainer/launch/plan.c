#include "libcontainer/launch/namespaces.h"

#include "base/arena.h"
#include "base/fd.h"
#include "base/str.h"

#include <linux/sched.h>

/* The order of joins: what was opened stays reachable, so only the mount namespace, which changes root and working
 * directory, has to be the last. */
static const struct {
    uint64_t type;
    const char *name;
} types[PLAN_TYPES] = {
    {CLONE_NEWUSER,   "user"   },
    {CLONE_NEWNET,    "network"},
    {CLONE_NEWIPC,    "ipc"    },
    {CLONE_NEWUTS,    "uts"    },
    {CLONE_NEWCGROUP, "cgroup" },
    {CLONE_NEWTIME,   "time"   },
    {CLONE_NEWPID,    "pid"    },
    {CLONE_NEWNS,     "mount"  },
};

size_t plan_type_index(uint64_t type)
{
    for (size_t i = 0; i < PLAN_TYPES; i++)
        if (types[i].type == type)
            return i;
    return 0;
}

uint64_t plan_type_at(size_t index)
{
    return types[index].type;
}

const char *plan_type_name(uint64_t type)
{
    return types[plan_type_index(type)].name;
}

static void add_step(struct plan *p, enum plan_step_kind kind, uint64_t of)
{
    bool takes_types = kind != PLAN_MAP_IDS && kind != PLAN_BECOME_ROOT && kind != PLAN_TIME && kind != PLAN_FORK;
    if (takes_types && of == 0)
        return;
    p->steps[p->count++] = (struct plan_step){kind, of};
    p->forks |= kind == PLAN_FORK;
}

/* A time namespace is joined by its maker's children; with offsets it may not be entered before they are written.
 * A cgroup namespace begins at its maker's cgroup, which clone3 knows only once it is over. */
static void plan_last(struct plan *p, const struct plan_request *r, uint64_t also, bool time_is_left)
{
    add_step(p, PLAN_UNSHARE, r->create & (CLONE_NEWCGROUP | also));
    if (time_is_left)
        add_step(p, PLAN_TIME, CLONE_NEWTIME);
}

/* /dev/mqueue belongs to the ipc namespace's maker, whom a new user namespace knows only when its ids are mapped. */
static uint64_t made_by_clone(const struct plan_request *r)
{
    uint64_t later = CLONE_NEWCGROUP | (r->time_offsets ? CLONE_NEWTIME : 0);
    return r->create & ~(later | (r->create & CLONE_NEWUSER ? CLONE_NEWIPC : 0));
}

/* A process that the container's can see has left the host's root and working directory behind: with CAP_SYS_PTRACE
 * they would be ways out (CVE-2016-9962). So whoever joins is born into the pid namespace by one that has joined all
 * the others; and, since rights that are still to be given up are worth a theft as well, by one that has none left. */
static void plan_exec(struct plan *p, const struct plan_request *r)
{
    add_step(p, PLAN_JOIN_PROCESS, r->join);
    if (r->join & CLONE_NEWUSER)
        add_step(p, PLAN_BECOME_ROOT, 0);
    p->born_last = r->born_last && r->join & CLONE_NEWPID;
    if (r->join & CLONE_NEWPID && !p->born_last)
        add_step(p, PLAN_FORK, 0);
    /* A time namespace changes the memory of who enters it. */
    p->lends_memory = r->join & CLONE_NEWPID && !(r->join & CLONE_NEWTIME);
}

static void plan_without_user(struct plan *p, const struct plan_request *r)
{
    p->runtime_join = r->stays_in_pid ? 0 : r->join & CLONE_NEWPID;
    uint64_t joined = r->join & ~p->runtime_join;
    p->clone_flags = made_by_clone(r);
    add_step(p, PLAN_JOIN, joined);
    if (joined & CLONE_NEWPID)
        add_step(p, PLAN_FORK, 0);
    plan_last(p, r, 0, (r->create & CLONE_NEWTIME) && r->time_offsets);
}

static void plan_new_user(struct plan *p, const struct plan_request *r)
{
    p->runtime_join = r->stays_in_pid ? 0 : r->join & CLONE_NEWPID;
    uint64_t joined = r->join & ~p->runtime_join;
    uint64_t unshared = r->create & ~(uint64_t)(CLONE_NEWUSER | CLONE_NEWCGROUP | CLONE_NEWTIME);
    if (joined == 0) {
        p->clone_flags = made_by_clone(r);
        p->maps_ids = true;
        add_step(p, PLAN_BECOME_ROOT, 0);
        plan_last(p, r, CLONE_NEWIPC, (r->create & CLONE_NEWTIME) && r->time_offsets);
        return;
    }
    add_step(p, PLAN_TRY_JOIN, joined);
    add_step(p, PLAN_UNSHARE, CLONE_NEWUSER);
    add_step(p, PLAN_MAP_IDS, 0);
    add_step(p, PLAN_BECOME_ROOT, 0);
    add_step(p, PLAN_JOIN_REST, joined);
    add_step(p, PLAN_UNSHARE, unshared);
    if ((r->create | joined) & CLONE_NEWPID)
        add_step(p, PLAN_FORK, 0);
    plan_last(p, r, 0, r->create & CLONE_NEWTIME);
}

static void plan_joined_user(struct plan *p, const struct plan_request *r)
{
    uint64_t joined = r->join & ~(uint64_t)CLONE_NEWUSER;
    uint64_t unshared = r->create & ~(uint64_t)(CLONE_NEWCGROUP | CLONE_NEWTIME);
    add_step(p, PLAN_TRY_JOIN, joined);
    add_step(p, PLAN_JOIN, CLONE_NEWUSER);
    add_step(p, PLAN_BECOME_ROOT, 0);
    add_step(p, PLAN_JOIN_REST, joined);
    add_step(p, PLAN_UNSHARE, unshared);
    if ((r->create | r->join) & CLONE_NEWPID)
        add_step(p, PLAN_FORK, 0);
    plan_last(p, r, 0, r->create & CLONE_NEWTIME);
}

void plan_namespaces(const struct plan_request *request, struct plan *out)
{
    *out = (struct plan){.create = request->create, .join = request->join};
    for (size_t i = 0; i < PLAN_TYPES; i++)
        out->join_fds[i] = -1;
    if (request->exec)
        plan_exec(out, request);
    else if (request->create & CLONE_NEWUSER)
        plan_new_user(out, request);
    else if (request->join & CLONE_NEWUSER)
        plan_joined_user(out, request);
    else
        plan_without_user(out, request);
}

static const char *types_text(struct arena *a, uint64_t mask)
{
    const char *text = "";
    for (size_t i = 0; i < PLAN_TYPES; i++)
        if (mask & types[i].type)
            text = arena_printf(a, "%s%s%s", text, *text ? "|" : "", types[i].name);
    return text;
}

const char *plan_text(struct arena *a, const struct plan *p)
{
    static const char *const words[] = {
        [PLAN_JOIN] = "join ",
        [PLAN_TRY_JOIN] = "try to join ",
        [PLAN_JOIN_REST] = "join what is left of ",
        [PLAN_JOIN_PROCESS] = "join the process's ",
        [PLAN_UNSHARE] = "unshare ",
        [PLAN_MAP_IDS] = "map ids",
        [PLAN_BECOME_ROOT] = "become root",
        [PLAN_TIME] = "set the clock",
        [PLAN_FORK] = "fork",
    };
    const char *text = p->runtime_join ? arena_printf(a, "runtime joins %s, ", types_text(a, p->runtime_join)) : "";
    text = arena_printf(a, "%sclone%s%s%s", text, p->clone_flags ? " " : "", types_text(a, p->clone_flags),
                        p->maps_ids ? ", map ids" : "");
    for (size_t i = 0; i < p->count; i++) {
        const struct plan_step *s = &p->steps[i];
        bool has_types = s->kind != PLAN_TIME;
        text = arena_printf(a, "%s, %s%s", text, words[s->kind], has_types ? types_text(a, s->types) : "");
    }
    if (p->born_last)
        text = arena_printf(a, "%s, fork last", text);
    return text;
}

void plan_free(struct plan *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < PLAN_TYPES; i++)
        fd_close(&p->join_fds[i]);
}
