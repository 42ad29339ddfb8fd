#include "libcontainer/container/exec_process.h"

#include "libcontainer/container.h"
#include "spec/config.h"
#include "spec/schema.h"

#include "tests/unit/base/fixture.h"

#include <linux/capability.h>

static const char config_text[] =
    "{\"ociVersion\":\"1.3.0\",\"process\":{\"cwd\":\"/srv\",\"args\":[\"main\"],\"terminal\":true,"
    "\"env\":[\"PATH=/bin\",\"A=1\"],\"user\":{\"uid\":5,\"gid\":6,\"additionalGids\":[7]},"
    "\"capabilities\":{\"bounding\":[\"CAP_KILL\"],\"inheritable\":[\"CAP_SYS_TIME\"]},"
    "\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"soft\":10,\"hard\":20}],\"apparmorProfile\":\"own\","
    "\"noNewPrivileges\":true}}";

static const struct config *decode_config(void)
{
    const struct config *c = schema_decode(&config_object, "config.json", config_text, strlen(config_text), NULL, &err);
    assert_non_null(c);
    return c;
}

static const struct process *compose(const struct exec_request *request)
{
    static const struct exec_accounts accounts = {"app:x:9:10::/:/bin/sh\n", "wheel:x:11:app\n"};
    struct process *given;
    const struct process *p;
    expect_ok(exec_read_process(request, &given, &err));
    expect_ok(exec_compose(request, given, decode_config(), &accounts, &p, &err));
    return p;
}

static const char *args[] = {"ls", "-l", NULL};

TEST(inline_options_change_the_containers_own_process)
{
    const char *env[] = {"B=2", NULL};
    const struct process *p = compose(&(struct exec_request){.args = args, .env = env, .cwd = "/tmp"});
    assert_string_equal(p->args[1], "-l");
    assert_string_equal(p->cwd, "/tmp");
    assert_string_equal(p->env[0], "PATH=/bin");
    assert_string_equal(p->env[2], "B=2");
    assert_null(p->env[3]);
    assert_false(p->terminal);
    assert_int_equal(*p->user->uid, 5);
    assert_int_equal(*p->user->additional_gids[0], 7);
    assert_string_equal(p->apparmor_profile, "own");
    assert_true(p->no_new_privileges);
    assert_non_null(p->rlimits[0]);
}

TEST(a_user_by_name_has_that_names_groups)
{
    const char *gids[] = {"40", NULL};
    const struct process *p = compose(&(struct exec_request){.args = args, .user = "app", .additional_gids = gids});
    assert_int_equal(*p->user->uid, 9);
    assert_int_equal(*p->user->gid, 10);
    assert_int_equal(*p->user->additional_gids[0], 11);
    assert_int_equal(*p->user->additional_gids[1], 40);
    assert_null(p->user->additional_gids[2]);
}

TEST(a_capability_is_added_and_ambient_only_when_inheritable)
{
    const char *caps[] = {"cap_net_raw", "SYS_TIME", NULL};
    const struct process *p = compose(&(struct exec_request){.args = args, .capabilities = caps});
    uint64_t raw = 1ULL << CAP_NET_RAW, time = 1ULL << CAP_SYS_TIME, own = 1ULL << CAP_KILL;
    assert_true(p->capabilities->bounding == (raw | time | own));
    assert_true(p->capabilities->effective == (raw | time));
    assert_true(p->capabilities->ambient == time);
}

TEST(wrong_options_are_named)
{
    static const struct exec_accounts none = {NULL, NULL};
    const char *caps[] = {"CAP_FOO", NULL}, *gids[] = {"wheel", NULL};
    const struct process *p;
    const struct config *c = decode_config();
    expect_error(exec_compose(&(struct exec_request){.args = args, .capabilities = caps}, NULL, c, &none, &p, &err),
                 "--cap CAP_FOO: there is no such capability");
    expect_error(exec_compose(&(struct exec_request){.args = args, .additional_gids = gids}, NULL, c, &none, &p, &err),
                 "--additional-gids wheel is not a number from 0 to 4294967294");
    expect_error(exec_compose(&(struct exec_request){.args = args, .user = "-1"}, NULL, c, &none, &p, &err),
                 "--user -1: user \"-1\" is not a number from 0 to 4294967294");
    expect_error(exec_compose(&(struct exec_request){.args = args, .cwd = "tmp"}, NULL, c, &none, &p, &err),
                 "cwd \"tmp\" is not an absolute path");
}

TEST(a_process_file_is_completed_with_what_it_lacks)
{
    write_test_file("p.json", "{\"cwd\":\"/\",\"args\":[\"id\"],\"terminal\":true,\"user\":{\"uid\":0,\"gid\":0},"
                              "\"env\":[\"X=y\"]}");
    char file[96];
    snprintf(file, sizeof file, "%s/p.json", test_path);
    const struct process *p = compose(&(struct exec_request){.process_file = file});
    assert_true(p->terminal);
    assert_string_equal(p->env[0], "X=y");
    assert_null(p->env[1]);
    assert_int_equal(*p->user->uid, 0);
    assert_string_equal(p->apparmor_profile, "own");
    assert_non_null(p->capabilities);
    assert_non_null(p->rlimits[0]);
    assert_false(p->no_new_privileges);
}

TEST(a_process_file_says_where_it_is_wrong)
{
    write_test_file("p.json", "{\"cwd\":\"/\",\n\"args\":\"id\"}");
    char file[96];
    snprintf(file, sizeof file, "%s/p.json", test_path);
    struct process *given;
    assert_int_equal(exec_read_process(&(struct exec_request){.process_file = file}, &given, &err), -1);
    assert_int_equal(err.line, 2);
    assert_string_equal(err.path, "args");
}
