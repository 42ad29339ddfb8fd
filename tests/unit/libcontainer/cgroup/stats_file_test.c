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

/* Member by member what go-runc's Stats decodes. */
TEST(every_statistic_has_its_key)
{
    static const uint64_t one = 1;
    const uint64_t **numbers = arena_array(&arena, 2, sizeof *numbers);
    numbers[0] = &one;
    const struct memory_entry entry = {&one, &one, &one, &one};
    const struct blkio_entry **entries = arena_array(&arena, 2, sizeof *entries);
    entries[0] = &(struct blkio_entry){.major = &one, .minor = &one, .value = &one, .op = "Read"};
    const struct hugetlb_stats **pages = arena_array(&arena, 2, sizeof *pages);
    pages[0] = &(struct hugetlb_stats){.key = "2MB", .usage = &one, .max = &one, .failcnt = &one};
    const struct cgroup_stats s = {
        .cpu = &(struct cpu_stats){.usage = &(struct cpu_usage){&one, &one, &one, numbers, numbers, numbers},
                                   .throttling = &(struct cpu_throttling){&one, &one, &one}},
        .cpuset =
            &(struct cpuset_stats){ numbers, numbers, &one,          &one,                       &one,                                    &one,                                       &one, &one, &one, &one, &(int64_t){-1}},
        .memory = &(struct memory_stats){                                          .cache = &one,
                                   .usage = &entry,
                                   .swap = &entry,
                                   .kernel = &entry,
                                   .kernel_tcp = &entry,
                                   .raw = stats_fields(&arena,                                                                                                                                                                                             "anon 5\n")},
        .pids = &(struct pids_stats){                  &one,    &one   },
        .blkio = &(struct blkio_stats){                                 entries,                                 entries,                                    entries,              entries, entries, entries,entries, entries, NULL},
        .hugetlb = pages,
        .intel_rdt = &(struct rdt_stats){                                            .l3_cache_info = "{}",
                                   .mem_bw_info = "{}",
                                   .l3_cache_schema_root = "a",
                                   .mem_bw_schema_root = "b",
                                   .l3_cache_schema = "c",
                                   .mem_bw_schema = "d",
                                   .schemata = "e",
                                   .mbm_stats = "[]",
                                   .cmt_stats = "[]"},
        .network_interfaces = "null",
    };
#define ENTRY "{\"limit\":1,\"usage\":1,\"max\":1,\"failcnt\":1}"
#define DISK  "[{\"major\":1,\"minor\":1,\"op\":\"Read\",\"value\":1}]"
    assert_string_equal(
        schema_encode(&arena, &cgroup_stats_object, &s, 0),
        "{\"cpu\":{\"usage\":{\"total\":1,\"percpu\":[1],\"percpu_kernel\":[1],\"percpu_user\":[1],\"kernel\":1,"
        "\"user\":1},"
        "\"throttling\":{\"periods\":1,\"throttledPeriods\":1,\"throttledTime\":1}},"
        "\"cpuset\":{\"cpus\":[1],\"cpu_exclusive\":1,\"mems\":[1],\"mem_hardwall\":1,\"mem_exclusive\":1,"
        "\"memory_migrate\":1,\"memory_spread_page\":1,\"memory_spread_slab\":1,\"memory_pressure\":1,"
        "\"sched_load_balance\":1,\"sched_relax_domain_level\":-1},"
        "\"memory\":{\"cache\":1,\"usage\":" ENTRY ",\"swap\":" ENTRY ",\"kernel\":" ENTRY ",\"kernelTCP\":" ENTRY
        ",\"raw\":{\"anon\":5}},\"pids\":{\"current\":1,\"limit\":1},"
        "\"blkio\":{\"ioServiceBytesRecursive\":" DISK ",\"ioServicedRecursive\":" DISK ",\"ioQueueRecursive\":" DISK
        ",\"ioServiceTimeRecursive\":" DISK ",\"ioWaitTimeRecursive\":" DISK ",\"ioMergedRecursive\":" DISK
        ",\"ioTimeRecursive\":" DISK ",\"sectorsRecursive\":" DISK "},"
        "\"hugetlb\":{\"2MB\":{\"usage\":1,\"max\":1,\"failcnt\":1}},"
        "\"intel_rdt\":{\"l3_cache_info\":{},\"l3_cache_schema_root\":\"a\",\"l3_cache_schema\":\"c\",\"mem_bw_info\":{"
        "},"
        "\"mem_bw_schema_root\":\"b\",\"mem_bw_schema\":\"d\",\"schemata\":\"e\",\"mbm_stats\":[],\"cmt_stats\":[]},"
        "\"network_interfaces\":null}");
}
