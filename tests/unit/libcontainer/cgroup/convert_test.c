#include "libcontainer/cgroup/knobs.h"

#include "tests/unit/base/fixture.h"

TEST(shares_become_the_weight_that_current_peers_give)
{
    // clang-format off
    static const struct {
        uint64_t shares, weight;
    } cases[] = {
        {0, 1}, {1, 1}, {2, 1}, {3, 2}, {4, 2}, {100, 17}, {512, 59}, {1024, 100}, {2048, 174}, {4096, 303}, {10240, 639}, {65536, 3023}, {262143, 10000}, {262144, 10000}, {1000000, 10000},
    };
    // clang-format on
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_int_equal(cpu_weight_of_shares(cases[i].shares), cases[i].weight);
}

TEST(the_weight_never_falls_when_shares_grow)
{
    uint64_t last = 0;
    for (uint64_t shares = 2; shares <= 262144; shares += 7) {
        uint64_t weight = cpu_weight_of_shares(shares);
        assert_true(weight >= last && weight >= 1 && weight <= 10000);
        last = weight;
    }
}

TEST(block_weights_are_stretched_to_their_new_range)
{
    assert_int_equal(io_weight_of_blkio(10), 1);
    assert_int_equal(io_weight_of_blkio(100), 910);
    assert_int_equal(io_weight_of_blkio(1000), 10000);
    assert_int_equal(io_weight_of_blkio(5), 1);
}

TEST(swap_is_what_remains_beside_memory)
{
    int64_t out;
    expect_ok(swap_to_v2(300, &(int64_t){100}, &out, &err));
    assert_int_equal(out, 200);
    expect_ok(swap_to_v2(100, &(int64_t){100}, &out, &err));
    assert_int_equal(out, 0);
    expect_ok(swap_to_v2(-1, NULL, &out, &err));
    assert_int_equal(out, -1);
    expect_error(swap_to_v2(99, &(int64_t){100}, &out, &err),
                 "linux.resources.memory.swap: the limit of memory plus swap is below that of memory");
    expect_error(swap_to_v2(99, NULL, &out, &err),
                 "linux.resources.memory.swap: memory plus swap is limited, but memory alone is not");
    expect_error(swap_to_v2(99, &(int64_t){-1}, &out, &err),
                 "linux.resources.memory.swap: memory plus swap is limited, but memory alone is not");
}

TEST(bytes_are_shown_in_the_unit_that_a_person_would_take)
{
    char buffer[48];
    assert_string_equal(bytes_text(buffer, 0), "0 B");
    assert_string_equal(bytes_text(buffer, 1023), "1023 B");
    assert_string_equal(bytes_text(buffer, 1536), "1.5 KiB");
    assert_string_equal(bytes_text(buffer, 4194304), "4 MiB");
    assert_string_equal(bytes_text(buffer, 6396313), "6.1 MiB");
    assert_string_equal(bytes_text(buffer, UINT64_MAX), "16 EiB");
}
