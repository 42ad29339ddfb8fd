#include "libcontainer/launch/sequence.h"

#include "libcontainer/launch/aspect.h"
#include "libcontainer/launch/service.h"
#include "tests/unit/base/fixture.h"

enum {
    NOWHERE = -1
};

static int position(const struct aspect *const *list, const char *name)
{
    for (int i = 0; list[i]; i++)
        if (str_equal(list[i]->name, name))
            return i;
    return NOWHERE;
}

static void expect_order(const struct aspect *const *list, const char *first, const char *second)
{
    int a = position(list, first), b = position(list, second);
    if (a == NOWHERE || b == NOWHERE || a >= b)
        fail_msg("%s (place %d) must come before %s (place %d)\n", first, a, second, b);
}

static const struct aspect *const *const lists[] = {before_order, attach_order,      init_order, exec_order,
                                                    born_order,   attach_born_order, start_order};

TEST(no_aspect_is_twice_in_a_list)
{
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        for (size_t a = 0; lists[i][a]; a++)
            for (size_t b = a + 1; lists[i][b]; b++)
                assert_ptr_not_equal(lists[i][a], lists[i][b]);
}

TEST(names_are_unique)
{
    for (size_t a = 0; all_aspects[a]; a++)
        for (size_t b = a + 1; all_aspects[b]; b++)
            assert_string_not_equal(all_aspects[a]->name, all_aspects[b]->name);
}

/* Built without its library it only checks, and refuses. */
static bool acts(const struct aspect *a)
{
    return a->before || a->attach || a->apply;
}

TEST(each_list_holds_aspects_that_act_at_that_moment)
{
    for (size_t i = 0; before_order[i]; i++)
        if (!before_order[i]->before && acts(before_order[i]))
            fail_msg("%s has no before\n", before_order[i]->name);
    for (size_t i = 0; attach_order[i]; i++)
        if (!attach_order[i]->attach && acts(attach_order[i]))
            fail_msg("%s has no attach\n", attach_order[i]->name);
    for (size_t i = 0; init_order[i]; i++)
        if (!init_order[i]->apply && acts(init_order[i]))
            fail_msg("%s has no apply\n", init_order[i]->name);
}

static bool is_anywhere(const struct aspect *a)
{
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        for (size_t n = 0; lists[i][n]; n++)
            if (lists[i][n] == a)
                return true;
    return false;
}

TEST(what_is_checked_or_undone_is_known)
{
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        for (size_t n = 0; lists[i][n]; n++) {
            const struct aspect *a = lists[i][n];
            if ((a->check || a->undo) && position(all_aspects, a->name) == NOWHERE)
                fail_msg("%s has a check or an undo, and is missing in all_aspects\n", a->name);
        }
    for (size_t i = 0; all_aspects[i]; i++)
        if (!is_anywhere(all_aspects[i]) && (all_aspects[i]->apply || all_aspects[i]->before))
            fail_msg("%s is in no list\n", all_aspects[i]->name);
}

TEST(only_what_is_begun_by_the_runtime_can_be_undone)
{
    for (size_t i = 0; all_aspects[i]; i++)
        if (all_aspects[i]->undo && position(before_order, all_aspects[i]->name) == NOWHERE)
            fail_msg("%s has an undo, and is missing in before_order: it would never be recorded\n",
                     all_aspects[i]->name);
}

static void check_rights(const struct aspect *const *list)
{
    expect_order(list, "keyring", "user");
    expect_order(list, "terminal", "user");
    expect_order(list, "stdio", "user");
    expect_order(list, "capability_bounds", "user");
    expect_order(list, "attached", "user");
    expect_order(list, "user", "capabilities");
    expect_order(list, "environment", "program");
    expect_order(list, "user", "program");
    expect_order(list, "capabilities", "no_new_privileges");
    expect_order(list, "program", "fds");
}

TEST(init_gives_up_its_rights_in_order)
{
    check_rights(init_order);
}

TEST(exec_gives_up_its_rights_as_init_does)
{
    static const char *const own[] = {"exec_cpu_affinity", "seccomp_early", "held_capabilities", NULL};
    check_rights(exec_order);
    for (size_t i = 0; exec_order[i]; i++) {
        int place = position(init_order, exec_order[i]->name);
        if (exec_order[i]->apply && place == NOWHERE && !str_in(exec_order[i]->name, own))
            fail_msg("exec applies %s, and init does not\n", exec_order[i]->name);
    }
}

TEST(exec_is_born_when_it_has_given_up_what_init_gives_up)
{
    for (size_t i = 0; init_order[i]; i++) {
        const char *name = init_order[i]->name;
        if (position(exec_order, name) != NOWHERE && position(born_order, name) != NOWHERE)
            fail_msg("exec applies %s twice\n", name);
    }
    expect_order(exec_order, "capabilities", "seccomp_early");
    expect_order(exec_order, "no_new_privileges", "seccomp_early");
    expect_order(exec_order, "fds", "seccomp_early");
    expect_order(exec_order, "seccomp_early", "held_capabilities");
    assert_null(exec_order[position(exec_order, "held_capabilities") + 1]);
    assert_int_not_equal(position(born_order, "session"), NOWHERE);
}

TEST(the_root_is_whole_before_it_is_switched_to)
{
    expect_order(init_order, "rootfs", "mounts");
    expect_order(init_order, "mounts", "devices");
    expect_order(init_order, "mounts", "create_container_hooks");
    expect_order(init_order, "runtime_hooks", "create_container_hooks");
    expect_order(init_order, "create_container_hooks", "switch_root");
    expect_order(init_order, "create_container_hooks", "working_directory");
    expect_order(init_order, "working_directory", "switch_root");
    expect_order(init_order, "switch_root", "paths");
    expect_order(init_order, "paths", "user");
    expect_order(init_order, "switch_root", "program");
}

TEST(limits_that_would_starve_init_come_last)
{
    expect_order(start_order, "rlimits_last", "seccomp_last");
    assert_int_equal(position(init_order, "rlimits_last"), NOWHERE);
}

TEST(requests_of_the_child_are_served)
{
    static const uint32_t kinds[] = {CHANNEL_TERMINAL,   CHANNEL_RUN_HOOKS,   CHANNEL_OPEN_TREE, CHANNEL_OPEN_DEVICE,
                                     CHANNEL_SECCOMP_FD, CHANNEL_NET_DEVICES, CHANNEL_OWN_STDIO};
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        const struct service *s = sequence_service(kinds[i]);
        if (!s || s->kind != kinds[i] || !s->serve || !s->step)
            fail_msg("request %u is not served\n", kinds[i]);
    }
    assert_null(sequence_service(CHANNEL_READY));
    assert_null(sequence_service(4711));
}
