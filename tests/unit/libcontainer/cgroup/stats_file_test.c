#include "libcontainer/cgroup/stats_file.h"

#include "spec/schema.h"
#include "tests/unit/base/fixture.h"

static const char *blkio_text(const struct blkio_entry **list)
{
    const char *text = "";
    for (; *list; list++)
        text =
            arena_printf(&arena, "%s%s%llu:%llu %s %llu", text, *text ? "; " : "", (unsigned long long)*(*list)->major,
                         (unsigned long long)*(*list)->minor, (*list)->op, (unsigned long long)*(*list)->value);
    return text;
}

TEST(numbers_are_read_and_max_is_the_largest)
{
    assert_true(*stats_number(&arena, "5") == 5);
    assert_true(*stats_number(&arena, "max") == UINT64_MAX);
    assert_null(stats_number(&arena, NULL));
    assert_null(stats_number(&arena, "five"));
    assert_true(*stats_field(&arena, "usage_usec 7\nuser_usec 3\n", "user_usec", 1000) == 3000);
    assert_null(stats_field(&arena, "usage_usec 7\n", "usage", 1));
}

TEST(disk_statistics_of_both_versions_have_one_shape)
{
    assert_string_equal(blkio_text(stats_blkio_v1(&arena, "8:0 Read 10\n8:0 Write 20\n8:0 Total 30\nTotal 30\n")),
                        "8:0 Read 10; 8:0 Write 20; 8:0 Total 30");
    assert_string_equal(
        blkio_text(
            stats_blkio_v2(&arena, "8:16 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\n8:0 \n", "rbytes", "wbytes")),
        "8:16 Read 1; 8:16 Write 2");
    assert_string_equal(blkio_text(stats_blkio_v2(&arena, NULL, "rbytes", "wbytes")), "");
}

TEST(statistics_are_printed_with_the_keys_that_engines_read)
{
    const struct cgroup_stats s = {
        .cpu = &(struct cpu_stats){.psi = stats_pressure(&arena, "some avg10=0.10 avg60=0.00 avg300=2.00 total=9\nfull "
                                                                 "avg10=0.00 avg60=0.00 avg300=0.00 total=0")},
        .memory = &(struct memory_stats){.raw = stats_fields(&arena,   "anon 5\nfile 6\n")                                                                                         },
        .pids = &(struct pids_stats){.current = &(uint64_t){3},    .limit = &(uint64_t){UINT64_MAX}                                                                            },
        .network_interfaces = "null",
    };
    assert_string_equal(
        schema_encode(&arena, &cgroup_stats_object, &s, 0),
        "{\"cpu\":{\"psi\":{\"some\":{\"avg10\":0.10,\"avg60\":0.00,\"avg300\":2.00,\"total\":9},\"full\":{"
        "\"avg10\":0.00,\"avg60\":0.00,\"avg300\":0.00,\"total\":0}}},\"memory\":{\"raw\":{\"anon\":5,"
        "\"file\":6}},\"pids\":{\"current\":3,\"limit\":18446744073709551615},\"hugetlb\":{},"
        "\"network_interfaces\":null}");
}
