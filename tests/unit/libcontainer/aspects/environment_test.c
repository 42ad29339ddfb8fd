/* environment_test.c - the environment that a process gets. */
#include "tests/unit/base/fixture.h"

#include "libcontainer/aspects/environment.h"

static const char *built(const char *const *env, const char *home)
{
    return str_join(&arena, environment_build(&arena, env, home), " ");
}

TEST(the_last_of_equal_names_wins_and_the_order_stays)
{
    const char *env[] = {"A=1", "B=2", "A=3", "AB=4", NULL};
    expect_text("last wins", built(env, NULL), "B=2 A=3 AB=4");
}

TEST(home_is_added_where_it_is_missing_or_empty)
{
    const char *missing[] = {"A=1", NULL}, *empty[] = {"HOME=", "A=1", NULL}, *there[] = {"HOME=/x", NULL};
    expect_text("missing", built(missing, "/home/u"), "A=1 HOME=/home/u");
    expect_text("empty", built(empty, "/home/u"), "A=1 HOME=/home/u");
    expect_text("there", built(there, "/home/u"), "HOME=/x");
    expect_text("not asked for", built(empty, NULL), "HOME= A=1");
}

TEST(a_value_is_found_by_its_whole_name)
{
    const char *env[] = {"PATHS=/a", "PATH=/b=c", NULL};
    expect_text("PATH", environment_value(env, "PATH"), "/b=c");
    expect_text("PAT", environment_value(env, "PAT"), NULL);
}

/* A hundred thousand fit into the arguments of a program. */
TEST(as_many_variables_as_a_program_can_have_are_looked_through_at_once)
{
    enum {
        COUNT = 100000
    };
    const char **env = arena_array(&arena, COUNT + 1, sizeof *env);
    for (int i = 0; i < COUNT; i++)
        env[i] = arena_printf(&arena, "V%d=%d", i / 2, i);
    const char **out = environment_build(&arena, env, NULL);
    assert_int_equal(str_count(out), COUNT / 2);
    expect_text("the first is the later of its name", out[0], "V0=1");
    expect_text("the last as well", out[COUNT / 2 - 1], "V49999=99999");
}
