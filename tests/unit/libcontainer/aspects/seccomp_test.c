/* seccomp_test.c - what compiled filters answer, without the kernel. */
#include "tests/unit/base/fixture.h"

#include "libcontainer/aspects/seccomp_filter.h"
#include "spec/config.h"
#include "spec/schema.h"

#define REFUSED(n) (SECCOMP_RET_ERRNO | (n))

static struct seccomp_filter compile(const char *json)
{
    struct seccomp_filter filter = {0};
    const struct seccomp *s = schema_decode(&seccomp_object, "profile", json, strlen(json), NULL, &err);
    if (!s || seccomp_compile(s, &filter, &err) < 0)
        fail_msg("%s", error_text(&err));
    return filter;
}

static uint32_t answer(const struct seccomp_filter *f, const char *name, uint64_t first, uint64_t second)
{
    const struct seccomp_data call = {
        .nr = seccomp_call_number(name), .arch = seccomp_native_arch(), .args = {first, second}
    };
    return seccomp_simulate(f, &call);
}

TEST(every_action_is_compiled)
{
    static const struct {
        const char *action;
        uint32_t expect;
    } cases[] = {
        {"SCMP_ACT_KILL",         SECCOMP_RET_KILL_THREAD  },
        {"SCMP_ACT_KILL_THREAD",  SECCOMP_RET_KILL_THREAD  },
        {"SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS },
        {"SCMP_ACT_TRAP",         SECCOMP_RET_TRAP         },
        {"SCMP_ACT_ERRNO",        REFUSED(EPERM)           },
        {"SCMP_ACT_TRACE",        SECCOMP_RET_TRACE | EPERM},
        {"SCMP_ACT_LOG",          SECCOMP_RET_LOG          },
        {"SCMP_ACT_NOTIFY",       SECCOMP_RET_USER_NOTIF   },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *json = arena_printf(&arena,
                                        "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"mkdir\"],"
                                        "\"action\":\"%s\"}]}",
                                        cases[i].action);
        struct seccomp_filter f = compile(json);
        if (answer(&f, "mkdir", 0, 0) != cases[i].expect)
            fail_msg("%s: 0x%x", cases[i].action, answer(&f, "mkdir", 0, 0));
        assert_int_equal(answer(&f, "rmdir", 0, 0), SECCOMP_RET_ALLOW);
    }
}

TEST(errnos_are_the_profiles)
{
    struct seccomp_filter f = compile(
        "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":28,\"syscalls\":[{\"names\":[\"mkdir\"],"
        "\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":13},{\"names\":[\"clone3\"],\"action\":\"SCMP_ACT_ALLOW\"}]}");
    assert_int_equal(answer(&f, "mkdir", 0, 0), REFUSED(EACCES));
    assert_int_equal(answer(&f, "rmdir", 0, 0), REFUSED(ENOSPC));
}

TEST(operators_compare_64_bits)
{
    static const struct {
        const char *op;
        uint64_t value, second, argument;
        bool holds;
    } cases[] = {
        {"SCMP_CMP_EQ",        5,    0,    5,                     true },
        {"SCMP_CMP_EQ",        5,    0,    UINT64_C(0x100000005), false},
        {"SCMP_CMP_NE",        5,    0,    6,                     true },
        {"SCMP_CMP_NE",        5,    0,    5,                     false},
        {"SCMP_CMP_LT",        5,    0,    4,                     true },
        {"SCMP_CMP_LT",        5,    0,    5,                     false},
        {"SCMP_CMP_LE",        5,    0,    5,                     true },
        {"SCMP_CMP_GE",        5,    0,    5,                     true },
        {"SCMP_CMP_GE",        5,    0,    4,                     false},
        {"SCMP_CMP_GT",        5,    0,    UINT64_C(0x100000000), true },
        {"SCMP_CMP_GT",        5,    0,    5,                     false},
        {"SCMP_CMP_MASKED_EQ", 0xf0, 0x50, 0x5a,                  true },
        {"SCMP_CMP_MASKED_EQ", 0xf0, 0x50, 0x6a,                  false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *json = arena_printf(
            &arena,
            "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"lseek\"],\"action\":\"SCMP_ACT_ERRNO\","
            "\"args\":[{\"index\":1,\"op\":\"%s\",\"value\":%llu,\"valueTwo\":%llu}]}]}",
            cases[i].op, (unsigned long long)cases[i].value, (unsigned long long)cases[i].second);
        struct seccomp_filter f = compile(json);
        uint32_t expect = cases[i].holds ? REFUSED(EPERM) : SECCOMP_RET_ALLOW;
        if (answer(&f, "lseek", 0, cases[i].argument) != expect)
            fail_msg("case %zu: %s", i, cases[i].op);
    }
}

TEST(conditions_on_one_argument_are_alternatives_and_on_two_are_joint)
{
    struct seccomp_filter f = compile(
        "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"lseek\"],\"action\":\"SCMP_ACT_ERRNO\","
        "\"args\":["
        "{\"index\":1,\"op\":\"SCMP_CMP_EQ\",\"value\":1},{\"index\":1,\"op\":\"SCMP_CMP_EQ\",\"value\":2}]}]}");
    assert_int_equal(answer(&f, "lseek", 0, 1), REFUSED(EPERM));
    assert_int_equal(answer(&f, "lseek", 0, 2), REFUSED(EPERM));
    assert_int_equal(answer(&f, "lseek", 0, 3), SECCOMP_RET_ALLOW);
    f = compile(
        "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"lseek\"],\"action\":\"SCMP_ACT_ERRNO\","
        "\"args\":["
        "{\"index\":0,\"op\":\"SCMP_CMP_EQ\",\"value\":1},{\"index\":1,\"op\":\"SCMP_CMP_EQ\",\"value\":2}]}]}");
    assert_int_equal(answer(&f, "lseek", 1, 2), REFUSED(EPERM));
    assert_int_equal(answer(&f, "lseek", 1, 1), SECCOMP_RET_ALLOW);
    assert_int_equal(answer(&f, "lseek", 2, 2), SECCOMP_RET_ALLOW);
}

TEST(calls_newer_than_the_newest_named_one_are_unknown)
{
    struct seccomp_filter f = compile("{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"statx\"],"
                                      "\"action\":\"SCMP_ACT_ALLOW\"}]}");
    assert_int_equal(answer(&f, "statx", 0, 0), SECCOMP_RET_ALLOW);
    assert_int_equal(answer(&f, "ptrace", 0, 0), REFUSED(EPERM));
    assert_int_equal(answer(&f, "clone3", 0, 0), REFUSED(ENOSYS));
    assert_int_equal(answer(&f, "openat2", 0, 0), REFUSED(ENOSYS));
    f = compile(
        "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"statx\"],\"action\":\"SCMP_ACT_ERRNO\"}]}");
    assert_int_equal(answer(&f, "clone3", 0, 0), SECCOMP_RET_ALLOW);
}

TEST(unknown_names_are_collected)
{
    struct seccomp_filter f = compile("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"mkdirr\","
                                      "\"mkdir\",\"rmdirr\"],\"action\":\"SCMP_ACT_ERRNO\"}]}");
    assert_string_equal(f.unknown, "mkdirr, rmdirr");
    assert_int_equal(answer(&f, "mkdir", 0, 0), REFUSED(EPERM));
}

TEST(a_tracing_filter_asks_wherever_the_profile_refuses)
{
    struct seccomp_filter tracing;
    struct seccomp_filter f =
        compile("{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"statx\"],"
                "\"action\":\"SCMP_ACT_ALLOW\"},{\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_KILL\"}]}");
    seccomp_make_tracing(&arena, &f, &tracing);
    assert_int_equal(answer(&tracing, "statx", 0, 0), SECCOMP_RET_ALLOW);
    assert_int_equal(answer(&tracing, "mkdir", 0, 0), SECCOMP_RET_USER_NOTIF);
    assert_int_equal(answer(&tracing, "ptrace", 0, 0), SECCOMP_RET_USER_NOTIF);
    assert_int_equal(answer(&f, "mkdir", 0, 0), SECCOMP_RET_KILL_THREAD);
}

TEST(a_filter_is_loaded_early_only_when_it_permits_what_is_to_come)
{
    struct seccomp_filter usual = compile(
        "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"clone3\"],\"action\":\"SCMP_ACT_ERRNO\"},"
        "{\"names\":[\"clone\"],\"action\":\"SCMP_ACT_ERRNO\",\"args\":[{\"index\":0,\"op\":\"SCMP_CMP_MASKED_EQ\","
        "\"value\":268435456,\"valueTwo\":268435456}]}]}");
    assert_null(seccomp_refused_to_come(&usual));
    struct seccomp_filter no_terminal = compile(
        "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"ioctl\"],\"action\":\"SCMP_ACT_ERRNO\","
        "\"args\":[{\"index\":1,\"op\":\"SCMP_CMP_EQ\",\"value\":21518}]}]}"); /* TIOCSCTTY */
    assert_string_equal(seccomp_refused_to_come(&no_terminal), "ioctl");
    struct seccomp_filter asks = compile(
        "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"close\"],\"action\":\"SCMP_ACT_NOTIFY\"}]}");
    assert_string_equal(seccomp_refused_to_come(&asks), "close");
}

TEST(a_broken_filter_kills)
{
    struct sock_filter bad[] = {
        {0xffff, 0, 0, 0}
    };
    struct seccomp_filter f = {.instructions = bad, .count = 1};
    assert_int_equal(answer(&f, "mkdir", 0, 0), SECCOMP_RET_KILL_PROCESS);
    f.count = 0;
    assert_int_equal(answer(&f, "mkdir", 0, 0), SECCOMP_RET_KILL_PROCESS);
}

TEST(base64_gives_whole_instructions_or_nothing)
{
    struct seccomp_filter f;
    assert_true(seccomp_decode_base64(&arena, "BgAAAAAA/38=", &f));
    assert_int_equal(f.count, 1);
    assert_int_equal(f.instructions[0].code, BPF_RET | BPF_K);
    assert_int_equal(f.instructions[0].k, SECCOMP_RET_ALLOW);
    assert_false(seccomp_decode_base64(&arena, "BgAAAAAA/3", &f));
    assert_false(seccomp_decode_base64(&arena, "Bg AAAAAA/38=", &f));
    assert_false(seccomp_decode_base64(&arena, "", &f));
}

TEST(a_cached_filter_is_found_by_its_whole_key_only)
{
    test_directory();
    const char *root = test_path;
    struct seccomp_filter f =
        compile("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"mkdirr\",\"mkdir\"],"
                "\"action\":\"SCMP_ACT_ERRNO\"}]}");
    struct seccomp_filter found;
    assert_int_equal(seccomp_cache_load(root, "key", &found, &err), SECCOMP_NOT_CACHED);
    assert_int_equal(seccomp_cache_store(root, "key", &f, &err), 0);
    assert_int_equal(seccomp_cache_load(root, "key", &found, &err), SECCOMP_CACHED);
    assert_int_equal(found.count, f.count);
    assert_memory_equal(found.instructions, f.instructions, f.count * sizeof *f.instructions);
    assert_string_equal(found.unknown, "mkdirr");
    assert_int_equal(seccomp_cache_load(root, "kez", &found, &err), SECCOMP_NOT_CACHED);
}
