#include "tests/unit/base/fixture.h"

#include "libcontainer/container/probe.h"

TEST(a_kernel_below_the_floor_is_refused_by_what_it_lacks)
{
    static const struct {
        const char *release, *expected;
    } cases[] = {
        {"4.15.0-213-generic", "this kernel (4.15) lacks clone3 (needs 5.3)"        },
        {"5.4.0",              "this kernel (5.4) lacks openat2 (needs 5.6)"        },
        {"5.10.0-30-amd64",    "this kernel (5.10) lacks mount_setattr (needs 5.12)"},
        {"5.13.19",            "this kernel (5.13) lacks cgroup.kill (needs 5.14)"  },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_int_equal(probe_check_kernel(cases[i].release, &err), -1);
        expect_text(cases[i].release, err.hint, "davit needs Linux 5.14");
        assert_int_equal(err.code, ERR_NOT_SUPPORTED);
        expect_text(cases[i].release, error_line(&err), cases[i].expected);
    }
    expect_ok(probe_check_kernel("5.14.0-427.el9.x86_64", &err));
    expect_ok(probe_check_kernel("6.1", &err));
    expect_ok(probe_check_kernel("10.0-rc1", &err));
    expect_ok(probe_check_kernel("custom", &err));
}

TEST(every_no_has_a_reason)
{
    const struct probe_result **results;
    expect_ok(probe_host(&results, &err));
    assert_non_null(results[0]);
    for (size_t i = 0; results[i]; i++) {
        if (!results[i]->available && !results[i]->reason)
            fail_msg("%s has no reason", results[i]->name);
        if (results[i]->available)
            assert_null(results[i]->hint);
    }
}

TEST(the_results_are_one_document)
{
    static const struct probe_result yes = {"a", true, NULL, NULL}, no = {"b", false, "because", "do this"};
    const struct probe_result *results[] = {&yes, &no, NULL};
    const char *text = strstr(probe_text(&arena, results), "\"probes\"");
    expect_text("rows", text,
                "\"probes\": [\n        {\n            \"name\": \"a\",\n            \"available\": true\n        },\n"
                "        {\n            \"name\": \"b\",\n            \"available\": false,\n"
                "            \"reason\": \"because\",\n            \"hint\": \"do this\"\n        }\n    ]\n}\n");
}
