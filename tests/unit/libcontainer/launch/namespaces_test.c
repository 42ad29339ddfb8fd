#include "libcontainer/launch/namespaces.h"

#include "tests/unit/base/fixture.h"

#include <linux/sched.h>

#define USER    CLONE_NEWUSER
#define NET     CLONE_NEWNET
#define IPC     CLONE_NEWIPC
#define UTS     CLONE_NEWUTS
#define CGROUP  CLONE_NEWCGROUP
#define TIME    CLONE_NEWTIME
#define PID     CLONE_NEWPID
#define MOUNT   CLONE_NEWNS
#define ALL_NEW ((uint64_t)USER | NET | IPC | UTS | CGROUP | TIME | PID | MOUNT)

static const struct {
    const char *sentence;
    struct plan_request request;
    const char *text;
} cases[] = {
    {"nothing asked for is a plain fork",                                     {0},                                       "clone"                          },
    {"the usual container is one call",                                       {.create = PID | NET | IPC | UTS | MOUNT}, "clone network|ipc|uts|pid|mount"},
    {"a cgroup namespace begins at the final cgroup",                         {.create = MOUNT | CGROUP},                "clone mount, unshare cgroup"    },
    {"a time namespace without offsets comes with clone",                     {.create = TIME | MOUNT},                  "clone time|mount"               },
    {"a time namespace with offsets is entered once they are set",
     {.create = TIME | MOUNT, .time_offsets = true},
     "clone mount, set the clock"                                                                                                                         },
    {"a pod's member joins what the pod has",
     {.create = PID | MOUNT, .join = NET | IPC | UTS},
     "clone pid|mount, join network|ipc|uts"                                                                                                              },
    {"a joined pid namespace needs no second fork",                           {.create = MOUNT, .join = PID},            "runtime joins pid, clone mount" },
    {"a joined mount namespace is joined last",                               {.create = PID, .join = MOUNT | NET},      "clone pid, join network|mount"  },
    {"rootless: everything at once, and the child waits for its ids",
     {.create = USER | PID | NET | IPC | UTS | MOUNT | CGROUP},
     "clone user|network|uts|pid|mount, map ids, become root, unshare ipc|cgroup"                                                                         },
    {"a new user namespace beside a joined pid namespace",
     {.create = USER | MOUNT, .join = PID},
     "runtime joins pid, clone user|mount, map ids, become root"                                                                                          },
    {"a new user namespace beside joined ones is made behind them",
     {.create = USER | PID | MOUNT, .join = NET | IPC},
     "clone, try to join network|ipc, unshare user, map ids, become root, join what is left of network|ipc, unshare "
     "pid|mount, fork"                                                                                                                                    },
    {"without a new pid namespace there is no second fork then",
     {.create = USER | MOUNT, .join = NET},
     "clone, try to join network, unshare user, map ids, become root, join what is left of network, unshare mount"                                        },
    {"a pod with a user namespace: it is joined before anything is made",
     {.create = PID | MOUNT | CGROUP, .join = USER | NET},
     "clone, try to join network, join user, become root, join what is left of network, unshare pid|mount, fork, "
     "unshare cgroup"                                                                                                                                     },
    {"the clock is set after the fork, by the process that stays",
     {.create = PID | TIME, .join = USER, .time_offsets = true},
     "clone, join user, become root, unshare pid, fork, set the clock"                                                                                    },
    {"exec joins a process in one call",
     {.join = NET | IPC | UTS | PID | MOUNT, .exec = true},
     "clone, join the process's network|ipc|uts|pid|mount, fork"                                                                                          },
    {"exec joins a process with a user namespace in one call",
     {.join = USER | NET | PID | MOUNT, .exec = true},
     "clone, join the process's user|network|pid|mount, become root, fork"                                                                                },
    {"and forks when it has nothing left to give up",
     {.join = USER | PID | MOUNT, .exec = true, .born_last = true},
     "clone, join the process's user|pid|mount, become root, fork last"                                                                                   },
    {"but not into a pid namespace that it is in already",
     {.join = NET | MOUNT, .exec = true, .born_last = true},
     "clone, join the process's network|mount"                                                                                                            },
    {"a pid namespace is joined in the child by one who could not come back",
     {.create = MOUNT | CGROUP, .join = PID | NET, .stays_in_pid = true},
     "clone mount, join network|pid, fork, unshare cgroup"                                                                                                },
    {"and beside a new user namespace",
     {.create = USER | MOUNT, .join = PID, .stays_in_pid = true},
     "clone, try to join pid, unshare user, map ids, become root, join what is left of pid, unshare mount, fork"                                          },
    {"exec into a container that shares everything joins nothing",            {.exec = true},                            "clone"                          },
};

TEST(plans_are_as_short_as_the_kernel_allows)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct plan p;
        plan_namespaces(&cases[i].request, &p);
        expect_text(cases[i].sentence, plan_text(&arena, &p), cases[i].text);
    }
}

/* What a plan does, counted by a model of the kernel's rules. */
struct effect {
    uint64_t made, joined, tried;
    unsigned forks;
    bool has_user; /* made or joined by now */
};

static void make(struct effect *e, const struct plan *p, uint64_t types, bool has_rights)
{
    const char *text = plan_text(&arena, p);
    expect_text(text, (e->made & types) ? "made twice" : "made once", "made once");
    expect_text(text, has_rights ? "behind the user namespace" : "before it", "behind the user namespace");
    e->made |= types;
}

static void run_step(struct effect *e, const struct plan *p, const struct plan_step *s)
{
    bool wants_user = (p->create | p->join) & USER;
    switch (s->kind) {
    case PLAN_JOIN:
    case PLAN_JOIN_PROCESS:
        assert_int_equal(e->joined & s->types, 0);
        e->joined |= s->types;
        e->has_user |= (s->types & USER) != 0;
        break;
    case PLAN_TRY_JOIN:
        e->tried |= s->types;
        break;
    case PLAN_JOIN_REST:
        assert_true(e->has_user);
        assert_int_equal(e->tried, s->types);
        e->joined |= s->types;
        break;
    case PLAN_UNSHARE:
        make(e, p, s->types, !wants_user || e->has_user || s->types == USER);
        e->has_user |= (s->types & USER) != 0;
        break;
    case PLAN_TIME:
        make(e, p, TIME, !wants_user || e->has_user);
        break;
    case PLAN_MAP_IDS:
    case PLAN_BECOME_ROOT:
        assert_true(e->has_user);
        break;
    case PLAN_FORK:
        e->forks++;
        break;
    }
}

static void check_plan(const struct plan_request *r)
{
    struct plan p;
    plan_namespaces(r, &p);
    struct effect e = {.made = p.clone_flags, .joined = p.runtime_join, .has_user = p.clone_flags & USER};
    assert_true(p.count <= PLAN_STEPS);
    for (size_t i = 0; i < p.count; i++)
        run_step(&e, &p, &p.steps[i]);
    expect_text(plan_text(&arena, &p), e.made == r->create ? "complete" : "something is not made", "complete");
    expect_text(plan_text(&arena, &p), e.joined == r->join ? "complete" : "something is not joined", "complete");
    bool pid_is_for_children = ((r->create & PID) && !(p.clone_flags & PID)) || ((r->join & PID) && !p.runtime_join);
    assert_int_equal(e.forks + p.born_last, pid_is_for_children);
    assert_int_equal(p.forks + p.born_last, pid_is_for_children);
    assert_int_equal(p.maps_ids, (p.clone_flags & USER) != 0);
    assert_int_equal(p.clone_flags & CGROUP, 0);
    if (r->time_offsets)
        assert_int_equal(p.clone_flags & TIME, 0);
}

TEST(every_combination_of_made_joined_and_absent_is_carried_out_once)
{
    for (unsigned number = 0; number < 6561; number++) {
        struct plan_request r = {0};
        unsigned rest = number;
        for (size_t i = 0; i < PLAN_TYPES; i++, rest /= 3) {
            r.create |= rest % 3 == 1 ? plan_type_at(i) : 0;
            r.join |= rest % 3 == 2 ? plan_type_at(i) : 0;
        }
        check_plan(&r);
        r.time_offsets = r.create & TIME;
        check_plan(&r);
        r.stays_in_pid = r.join & PID;
        check_plan(&r);
        arena_release(&arena);
    }
}

TEST(every_subset_can_be_joined_by_exec)
{
    for (unsigned number = 0; number < 256; number++) {
        struct plan_request r = {.exec = true};
        for (size_t i = 0; i < PLAN_TYPES; i++)
            r.join |= number & (1U << i) ? plan_type_at(i) : 0;
        check_plan(&r);
        r.stays_in_pid = r.join & PID;
        check_plan(&r);
        r.born_last = true;
        check_plan(&r);
    }
}

static bool lends_memory(uint64_t join, bool exec)
{
    struct plan p;
    plan_namespaces(&(struct plan_request){.join = join, .exec = exec}, &p);
    return p.lends_memory;
}

TEST(memory_is_lent_to_who_is_born_again_and_does_not_change_it)
{
    assert_true(lends_memory(NET | PID | MOUNT, true));
    assert_true(lends_memory(USER | PID | MOUNT, true));
    assert_false(lends_memory(NET | MOUNT, true));
    assert_false(lends_memory(PID | TIME | MOUNT, true));
    assert_false(lends_memory(USER | PID | MOUNT, false));
}

TEST(types_have_the_names_of_the_config)
{
    uint64_t all = 0;
    for (size_t i = 0; i < PLAN_TYPES; i++) {
        assert_int_equal(plan_type_index(plan_type_at(i)), i);
        all |= plan_type_at(i);
    }
    assert_int_equal(all, ALL_NEW);
    assert_string_equal(plan_type_name(CLONE_NEWNS), "mount");
    assert_string_equal(plan_type_name(CLONE_NEWNET), "network");
}
