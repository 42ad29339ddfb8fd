#include "libcontainer/cgroup/resctrl.h"

#include "libcontainer/cgroup/stats.h"
#include "spec/config.h"
#include "tests/unit/base/fixture.h"

/* A directory that looks like resctrl, with a group "gold". */
static const char *fake_root(void)
{
    test_directory();
    write_test_file("schemata", "    MB:0=100\n    L3:0=fff;1=fff\n");
    write_test_file("tasks", "");
    assert_int_equal(mkdirat(test_directory_fd, "gold", 0755), 0);
    write_test_file("gold/schemata", "    MB:0=50\n    L3:0=0f;1=ff\n");
    write_test_file("gold/tasks", "");
    return test_path;
}

static const char *content(const char *name)
{
    char *text;
    expect_ok(file_read_at(test_directory(), name, 4096, &text, NULL, &err));
    return text;
}

TEST(without_resctrl_the_config_cannot_be_followed)
{
    struct resctrl_group g;
    const struct intel_rdt rdt = {.clos_id = "gold"};
    test_directory();
    expect_error(resctrl_plan(test_path, &rdt, "web", &g, &err),
                 arena_printf(&arena, "no resctrl filesystem is mounted at %s", test_path));
}

TEST(a_class_of_its_own_is_made_and_removed)
{
    struct resctrl_group g;
    const struct intel_rdt rdt = {0};
    const char *root = fake_root();
    expect_ok(resctrl_plan(root, &rdt, "web", &g, &err));
    assert_string_equal(g.clos_id, "web");
    assert_true(g.made_clos && !g.made_mon);
    expect_ok(resctrl_make(root, &rdt, "web", &g, &err));
    write_test_file("web/tasks", "");
    expect_ok(resctrl_enter(root, "web", &g, 77, &err));
    assert_string_equal(content("web/tasks"), "77\n");
    assert_int_equal(unlinkat(test_directory_fd, "web/tasks", 0), 0); /* the kernel's files go with the directory */
    expect_ok(resctrl_remove(root, "web", &g, &err));
    assert_int_equal(faccessat(test_directory_fd, "web", F_OK, 0), -1);
    expect_ok(resctrl_remove(root, "web", &g, &err));
}

TEST(a_class_that_is_there_is_used_and_stays)
{
    struct resctrl_group g;
    const struct intel_rdt rdt = {.clos_id = "gold", .l3_cache_schema = "L3:1=ff;0=0f", .mem_bw_schema = "MB:0=50"};
    const char *root = fake_root();
    expect_ok(resctrl_plan(root, &rdt, "web", &g, &err));
    assert_false(g.made_clos);
    expect_ok(resctrl_make(root, &rdt, "web", &g, &err));
    expect_ok(resctrl_remove(root, "web", &g, &err));
    assert_int_equal(faccessat(test_directory_fd, "gold", F_OK, 0), 0);
}

TEST(a_class_with_other_schemata_is_refused)
{
    struct resctrl_group g;
    const struct intel_rdt rdt = {.clos_id = "gold", .l3_cache_schema = "L3:0=f0"};
    const char *root = fake_root();
    expect_ok(resctrl_plan(root, &rdt, "web", &g, &err));
    expect_error(resctrl_make(root, &rdt, "web", &g, &err),
                 arena_printf(&arena, "linux.intelRdt: %s/gold exists, and its schemata are not \"L3:0=f0\"", root));
}

TEST(a_class_that_is_named_alone_must_be_there)
{
    struct resctrl_group g;
    const struct intel_rdt rdt = {.clos_id = "silver"};
    const char *root = fake_root();
    expect_error(resctrl_plan(root, &rdt, "web", &g, &err),
                 arena_printf(&arena, "there is no class of service %s/silver", root));
    const struct intel_rdt above = {.clos_id = "../x", .l3_cache_schema = "L3:0=1"};
    expect_error(resctrl_plan(root, &above, "web", &g, &err),
                 "linux.intelRdt.closID: \"../x\" is not a name below resctrl");
}

TEST(the_root_class_is_the_root_directory)
{
    struct resctrl_group g;
    const struct intel_rdt rdt = {.clos_id = "/"};
    const char *root = fake_root();
    expect_ok(resctrl_plan(root, &rdt, "web", &g, &err));
    expect_ok(resctrl_make(root, &rdt, "web", &g, &err));
    expect_ok(resctrl_enter(root, "web", &g, 5, &err));
    assert_string_equal(content("tasks"), "5\n");
}

TEST(update_writes_the_lines_in_their_order)
{
    const struct intel_rdt rdt = {.l3_cache_schema = "L3:0=1", .mem_bw_schema = "MB:0=20"};
    const char *root = fake_root();
    write_test_file("gold/schemata", "");
    expect_ok(resctrl_set(root, "gold", &rdt, &err));
    assert_non_null(strstr(content("gold/schemata"), "MB:0=20\n")); /* a file is overwritten, resctrl is not */
}

TEST(statistics_show_the_lines_of_the_group_and_of_the_root)
{
    const struct rdt_stats *s = resctrl_stats(fake_root(), "gold", &arena);
    assert_string_equal(s->l3_cache_schema, "L3:0=0f;1=ff");
    assert_string_equal(s->mem_bw_schema, "MB:0=50");
    assert_string_equal(s->l3_cache_schema_root, "L3:0=fff;1=fff");
    assert_null(resctrl_stats(test_path, "none", &arena));
}

TEST(schemata_without_a_colon_are_not_read_beyond_their_end)
{
    assert_true(resctrl_line_has(&arena, "  L3:0=f;1=3", "L3:1=3;0=f"));
    assert_true(resctrl_line_has(&arena, "L3:0=f", "L3:"));
    assert_false(resctrl_line_has(&arena, "L3:0=f", "L3:0=f;1=3"));
    assert_false(resctrl_line_has(&arena, "L3:0=f", arena_strdup(&arena, "L3")));
    assert_false(resctrl_line_has(&arena, "L3:0=f", ""));
    assert_false(resctrl_line_has(&arena, "L3", "L3:0=f"));
}
