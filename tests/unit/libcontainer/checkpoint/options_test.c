#include "libcontainer/checkpoint/options.h"

#include "libcontainer/checkpoint/rpc.h"
#include "libcontainer/container.h"
#include "tests/unit/base/fixture.h"

#include <sched.h>

static int apply(struct checkpoint_options o, struct criu_options *out)
{
    *out = (struct criu_options){0};
    return checkpoint_options_apply(&o, out, &err);
}

TEST(cgroups_are_soft_unless_said_otherwise)
{
    struct criu_options o;
    expect_ok(apply((struct checkpoint_options){0}, &o));
    assert_int_equal(*o.manage_cgroups_mode, CRIU_CGROUPS_SOFT);
    expect_ok(apply((struct checkpoint_options){.manage_cgroups_mode = "ignore"}, &o));
    assert_int_equal(*o.manage_cgroups_mode, CRIU_CGROUPS_IGNORE);
    expect_error(apply((struct checkpoint_options){.manage_cgroups_mode = "hard"}, &o),
                 "--manage-cgroups-mode: \"hard\" is not known");
}

TEST(a_page_server_is_an_address_and_a_port)
{
    struct criu_options o;
    expect_ok(apply((struct checkpoint_options){.page_server = "[2001:db8::1]:9876"}, &o));
    expect_text("address", o.page_server_address, "[2001:db8::1]");
    assert_int_equal(*o.page_server_port, 9876);
    expect_ok(apply((struct checkpoint_options){.page_server = ":1"}, &o));
    expect_text("no address", o.page_server_address, NULL);
    static const char *const bad[] = {"host", "host:", "host:0", "host:65536", "host:+1"};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        expect_error(apply((struct checkpoint_options){.page_server = bad[i]}, &o),
                     arena_printf(&arena, "--page-server: \"%s\" is not ADDRESS:PORT", bad[i]));
}

TEST(only_the_network_can_be_left_empty)
{
    struct criu_options o;
    static const char *network[] = {"network", NULL}, *pid[] = {"network", "pid", NULL};
    expect_ok(apply((struct checkpoint_options){.empty_ns = network}, &o));
    assert_int_equal(*o.empty_ns, CLONE_NEWNET);
    expect_error(apply((struct checkpoint_options){.empty_ns = pid}, &o), "--empty-ns: \"pid\" cannot be left empty");
}

TEST(paths_and_profiles_have_their_form)
{
    struct criu_options o;
    expect_error(apply((struct checkpoint_options){.parent_path = "/tmp/pre"}, &o),
                 "--parent-path: /tmp/pre is absolute");
    expect_error(apply((struct checkpoint_options){.lsm_profile = "container_t"}, &o),
                 "--lsm-profile: \"container_t\" is not TYPE:NAME");
    expect_ok(apply((struct checkpoint_options){.lsm_profile = "selinux:a:b:c:s0", .parent_path = "../pre"}, &o));
    expect_text("profile", o.lsm_profile, "selinux:a:b:c:s0");
    expect_text("parent", o.parent_img, "../pre");
}
