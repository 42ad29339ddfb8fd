#include "libcontainer/cgroup/internal.h"

#include "base/log.h"
#include "spec/config.h"
#include "spec/schema.h"
#include "tests/unit/base/fixture.h"

struct fake_host {
    int versions; /* 1 or 2: where all controllers are; 3: hugetlb and misc on v2, the rest on v1 */
    const char *memory_max, *memory_current, *cpu_max;
};

static int fake_version(void *data, int controller)
{
    const struct fake_host *h = data;
    if (h->versions == 3)
        return controller == CONTROLLER_HUGETLB || controller == CONTROLLER_MISC ? 2
               : controller == CONTROLLER_RDMA                                   ? 0
                                                                                 : 1;
    return h->versions == 2 && (controller == CONTROLLER_NET_CLS || controller == CONTROLLER_NET_PRIO) ? 0
                                                                                                       : h->versions;
}

static const char *fake_read(void *data, int controller, const char *file)
{
    const struct fake_host *h = data;
    (void)controller;
    if (str_equal(file, "memory.max"))
        return h->memory_max;
    if (str_equal(file, "memory.current"))
        return h->memory_current;
    return str_equal(file, "cpu.max") ? h->cpu_max : NULL;
}

static const char *list_text(const char *json, struct fake_host host)
{
    const struct resources *r = schema_decode(&resources_object, "t", json, strlen(json), NULL, &err);
    const struct knob_host h = {
        .version = fake_version,
        .read = host.memory_max || host.memory_current || host.cpu_max ? fake_read : NULL,
        .data = &host,
        .has_v2 = host.versions != 1,
    };
    struct knob_write *list;
    const char *text = "";
    if (!r || knobs_list(r, &h, &list, &err) < 0) {
        const char *line = error_line(&err);
        error_clear(&err);
        return line;
    }
    for (; list->file; list++) {
        text = arena_printf(&arena, "%s%s%s=%s", text, *text ? "; " : "", list->file, list->text);
        if (list->other)
            text =
                arena_printf(&arena, "%s|%s=%s", text, list->other, list->other_text ? list->other_text : list->text);
        if (list->late)
            text = arena_printf(&arena, "%s late", text);
    }
    return text;
}

TEST(every_member_has_its_file_on_v1_and_on_v2)
{
    // clang-format off
    static const struct {
        const char *sentence, *json, *v1, *v2;
    } cases[] = {
        {"nothing", "{}", "", ""},
        {"memory", "{\"memory\":{\"limit\":100,\"swap\":300,\"reservation\":50}}",
         "memory.limit_in_bytes=100; memory.memsw.limit_in_bytes=300; memory.soft_limit_in_bytes=50",
         "memory.max=100; memory.swap.max=200; memory.low=50"},
        {"no limit of memory is none of swap either", "{\"memory\":{\"limit\":-1}}",
         "memory.memsw.limit_in_bytes=-1; memory.limit_in_bytes=-1", "memory.swap.max=max; memory.max=max"},
        {"unlimited swap", "{\"memory\":{\"limit\":100,\"swap\":-1}}",
         "memory.limit_in_bytes=100; memory.memsw.limit_in_bytes=-1", "memory.max=100; memory.swap.max=max"},
        {"no swap at all", "{\"memory\":{\"limit\":100,\"swap\":100}}",
         "memory.limit_in_bytes=100; memory.memsw.limit_in_bytes=100", "memory.max=100; memory.swap.max=0"},
        {"zeros ask for nothing", "{\"memory\":{\"limit\":0,\"swap\":0,\"reservation\":0},\"cpu\":{\"shares\":0,\"quota\":0,\"period\":0}}", "", ""},
        {"swappiness", "{\"memory\":{\"swappiness\":0}}", "memory.swappiness=0",
         "memory.swappiness cannot be set on cgroup v2: it has no swappiness for each cgroup"},
        {"the OOM killer off", "{\"memory\":{\"disableOOMKiller\":true}}", "memory.oom_control=1",
         "memory.disableOOMKiller cannot be set on cgroup v2: its OOM killer cannot be switched off"},
        {"the OOM killer on", "{\"memory\":{\"disableOOMKiller\":false}}", "", ""},
        {"kernel memory has no limit any more", "{\"memory\":{\"kernel\":-1,\"useHierarchy\":true}}", "memory.use_hierarchy=1", ""},
        {"TCP memory", "{\"memory\":{\"kernelTCP\":5}}", "memory.kmem.tcp.limit_in_bytes=5", ""},
        {"cpu", "{\"cpu\":{\"shares\":1024,\"quota\":5000,\"period\":10000,\"burst\":7,\"cpus\":\"0-1\",\"mems\":\"0\"}}",
         "cpu.shares=1024; cpu.cfs_period_us=10000; cpu.cfs_quota_us=5000; cpu.cfs_burst_us=7; cpuset.cpus=0-1; cpuset.mems=0",
         "cpu.weight=100; cpu.max=5000 10000; cpu.max.burst=7; cpuset.cpus=0-1; cpuset.mems=0"},
        {"a quota alone", "{\"cpu\":{\"quota\":5000}}", "cpu.cfs_quota_us=5000", "cpu.max=5000"},
        {"a period alone", "{\"cpu\":{\"period\":5000}}", "cpu.cfs_period_us=5000", "cpu.max=max 5000"},
        {"no quota", "{\"cpu\":{\"quota\":-1}}", "cpu.cfs_quota_us=-1", "cpu.max=max"},
        {"idle leaves no weight", "{\"cpu\":{\"idle\":1,\"shares\":5}}", "cpu.idle=1", "cpu.idle=1"},
        {"not idle", "{\"cpu\":{\"idle\":0,\"shares\":1024}}", "cpu.idle=0; cpu.shares=1024", "cpu.idle=0; cpu.weight=100"},
        {"realtime", "{\"cpu\":{\"realtimeRuntime\":5,\"realtimePeriod\":9}}", "cpu.rt_period_us=9; cpu.rt_runtime_us=5",
         "cpu.realtimePeriod cannot be set on cgroup v2: it has no limits for realtime tasks"},
        {"pids", "{\"pids\":{\"limit\":7}}", "pids.max=7 late", "pids.max=7 late"},
        {"no process at all is a limit", "{\"pids\":{\"limit\":0}}", "pids.max=0 late", "pids.max=0 late"},
        {"any number of processes", "{\"pids\":{\"limit\":-1}}", "pids.max=max late", "pids.max=max late"},
        {"weights of devices", "{\"blockIO\":{\"weight\":10,\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":1000}]}}",
         "blkio.bfq.weight=10|blkio.weight=10; blkio.bfq.weight_device=8:0 1000|blkio.weight_device=8:0 1000",
         "io.bfq.weight=default 10|io.weight=default 1; io.bfq.weight=8:0 1000|io.weight=8:0 10000"},
        {"leaf weights", "{\"blockIO\":{\"leafWeight\":10}}", "blkio.leaf_weight=10",
         "blockIO.leafWeight cannot be set on cgroup v2: its scheduler knows no leaf weights"},
        {"throttles", "{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":1,\"rate\":9}],\"throttleWriteBpsDevice\":[{\"major\":8,\"minor\":1,\"rate\":8}],"
         "\"throttleReadIOPSDevice\":[{\"major\":8,\"minor\":1,\"rate\":7}],\"throttleWriteIOPSDevice\":[{\"major\":8,\"minor\":1,\"rate\":0}]}}",
         "blkio.throttle.read_bps_device=8:1 9; blkio.throttle.write_bps_device=8:1 8; blkio.throttle.read_iops_device=8:1 7; blkio.throttle.write_iops_device=8:1 0",
         "io.max=8:1 rbps=9; io.max=8:1 wbps=8; io.max=8:1 riops=7; io.max=8:1 wiops=max"},
        {"huge pages", "{\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":4194304}]}",
         "hugetlb.2MB.limit_in_bytes=4194304; hugetlb.2MB.rsvd.limit_in_bytes=4194304|hugetlb.2MB.limit_in_bytes=4194304",
         "hugetlb.2MB.max=4194304; hugetlb.2MB.rsvd.max=4194304|hugetlb.2MB.max=4194304"},
        {"network", "{\"network\":{\"classID\":5,\"priorities\":[{\"name\":\"eth0\",\"priority\":9}]}}", "net_cls.classid=5; net_prio.ifpriomap=eth0 9", ""},
        {"rdma", "{\"rdma\":{\"mlx5_1\":{\"hcaHandles\":3,\"hcaObjects\":10}}}", "rdma.max=mlx5_1 hca_handle=3 hca_object=10", "rdma.max=mlx5_1 hca_handle=3 hca_object=10"},
        {"unified", "{\"unified\":{\"memory.high\":\"5\",\"io.max\":\"8:0 rbps=1\\n8:1 rbps=2\",\"cgroup.max.depth\":\"3\"}}",
         "unified needs cgroup v2, which is not mounted on this host",
         "memory.high=5; io.max=8:0 rbps=1; io.max=8:1 rbps=2; cgroup.max.depth=3"},
        {"what the kernel alone knows is written too", "{\"unified\":{\"memory.oom.group\":\"1\",\"cpu.new_thing\":\"x\"}}",
         "unified needs cgroup v2, which is not mounted on this host",
         "memory.oom.group=1; cpu.new_thing=x"},
    };
    // clang-format on
    log_target.level = LOG_ERROR_LEVEL;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        expect_text(cases[i].sentence, list_text(cases[i].json, (struct fake_host){.versions = 1}), cases[i].v1);
        expect_text(cases[i].sentence, list_text(cases[i].json, (struct fake_host){.versions = 2}), cases[i].v2);
    }
}

TEST(update_completes_what_is_left_out_from_the_present_values)
{
    // clang-format off
    static const struct {
        const char *sentence, *json;
        struct fake_host host;
        const char *expected;
    } cases[] = {
        {"a period keeps the quota", "{\"cpu\":{\"period\":5000}}", {2, NULL, NULL, "7000 100000"}, "cpu.max=7000 5000"},
        {"swap alone is counted from the present limit", "{\"memory\":{\"swap\":300}}", {2, "100", NULL, NULL}, "memory.swap.max=200"},
        {"swap alone below the present limit", "{\"memory\":{\"swap\":50}}", {2, "100", NULL, NULL},
         "linux.resources.memory.swap: the limit of memory plus swap is below that of memory"},
        {"swap alone without a limit", "{\"memory\":{\"swap\":50}}", {2, "max", NULL, NULL},
         "linux.resources.memory.swap: memory plus swap is limited, but memory alone is not"},
        {"less than is in use, checked", "{\"memory\":{\"limit\":5242880,\"checkBeforeUpdate\":true}}", {2, "max", "6396313", NULL},
         "linux.resources.memory.limit: memory limit 5 MiB is below the 6.1 MiB that the container already uses"},
        {"less than is in use, not checked", "{\"memory\":{\"limit\":5242880}}", {2, "max", "6396313", NULL}, "memory.max=5242880"},
    };
    // clang-format on
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        expect_text(cases[i].sentence, list_text(cases[i].json, cases[i].host), cases[i].expected);
}

TEST(on_a_hybrid_host_each_controller_is_used_where_it_lives)
{
    const struct fake_host hybrid = {.versions = 3};
    expect_text("both",
                list_text("{\"memory\":{\"limit\":5},\"hugepageLimits\":[{\"pageSize\":\"1GB\",\"limit\":0}]}", hybrid),
                "memory.limit_in_bytes=5; hugetlb.1GB.max=0; hugetlb.1GB.rsvd.max=0|hugetlb.1GB.max=0");
    expect_text("unified on v2", list_text("{\"unified\":{\"misc.max\":\"sev 1\"}}", hybrid), "misc.max=sev 1");
    expect_text("unified of a controller on v1", list_text("{\"unified\":{\"memory.max\":\"5\"}}", hybrid),
                "the requested cgroup controller \"memory\" is not available on this host's "
                "cgroup v2");
    expect_text("a controller that is nowhere", list_text("{\"rdma\":{\"mlx5\":{\"hcaHandles\":3}}}", hybrid),
                "the requested cgroup controller \"rdma\" is not available on this host");
}

TEST(names_in_unified_stay_inside_the_cgroup)
{
    static const char *const names[] = {"../x.max", "a/b.max", "..", ".", "memory", "cgroup.procs", "cgroup.kill"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        expect_text(names[i],
                    list_text(arena_printf(&arena, "{\"unified\":{\"%s\":\"1\"}}", names[i]),
                              (struct fake_host){.versions = 2}),
                    arena_printf(
                        &arena, "linux.resources.unified[\"%s\"]: \"%s\" is not the name of a limit's file in a cgroup",
                        names[i], names[i]));
}

TEST(sizes_of_huge_pages_are_checked)
{
    expect_text(
        "a path",
        list_text("{\"hugepageLimits\":[{\"pageSize\":\"../2MB\",\"limit\":0}]}", (struct fake_host){.versions = 2}),
        "hugepageLimits[0].pageSize: \"../2MB\" is not a page size such as 2MB or 1GB");
}
