#include "libcontainer/cgroup/unit_properties.h"

#include "libcontainer/cgroup/devices.h"
#include "libcontainer/cgroup/knobs.h"
#include "spec/config.h"
#include "tests/unit/base/fixture.h"

static const char *list_text(const struct unit_properties *p)
{
    const char *text = "";
    for (size_t i = 0; i < p->count; i++)
        text = arena_printf(&arena, "%s%s%s", text, i ? "; " : "", unit_property_text(&arena, &p->list[i]));
    return text;
}

/* "memory.max=5; cpu.max=1 2" as writes of v2. */
static const char *properties_of(const char *writes)
{
    const char **parts = str_split(&arena, writes, ';');
    struct knob_write *list = arena_array(&arena, str_count(parts) + 1, sizeof *list);
    struct unit_properties p = {0};
    for (size_t i = 0; parts[i]; i++) {
        const char *equal = strchr(parts[i], '=');
        list[i] = (struct knob_write){.file = arena_strndup(&arena, parts[i], (size_t)(equal - parts[i])),
                                      .text = equal + 1,
                                      .version = 2,
                                      .other_text = equal + 1};
    }
    unit_properties_of_writes(&p, &arena, list);
    return list_text(&p);
}

TEST(limits_are_told_to_systemd_in_its_own_words)
{
    // clang-format off
    static const struct {
        const char *sentence, *writes, *expected;
    } cases[] = {
        {"memory", "memory.max=100;memory.swap.max=max;memory.low=5;memory.high=7", "MemoryMax=t:100; MemorySwapMax=t:max; MemoryLow=t:5; MemoryHigh=t:7"},
        {"half a processor", "cpu.max=50000 100000", "CPUQuotaPerSecUSec=t:500000; CPUQuotaPeriodUSec=t:100000"},
        {"rounded up to 10 ms in a second", "cpu.max=1500 100000", "CPUQuotaPerSecUSec=t:20000; CPUQuotaPeriodUSec=t:100000"},
        {"a quota in the usual period", "cpu.max=5000", "CPUQuotaPerSecUSec=t:50000"},
        {"a quota that does not fit", "cpu.max=18446744073710", "CPUQuotaPerSecUSec=t:max"},
        {"no quota", "cpu.max=max", "CPUQuotaPerSecUSec=t:max"},
        {"quota and period of v1", "cpu.cfs_period_us=10000;cpu.cfs_quota_us=5000", "CPUQuotaPerSecUSec=t:500000; CPUQuotaPeriodUSec=t:10000"},
        {"weights", "cpu.weight=100;io.bfq.weight=default 910", "CPUWeight=t:100; IOWeight=t:910"},
        {"idle", "cpu.idle=1", "CPUWeight=t:0"},
        {"not idle", "cpu.idle=0", ""},
        {"processors", "cpuset.cpus=0-1,9;cpuset.mems=0", "AllowedCPUs=B:0302; AllowedMemoryNodes=B:01"},
        {"tasks", "pids.max=7", "TasksMax=t:7"},
        {"no task at all is one, for systemd", "pids.max=0", "TasksMax=t:1"},
        {"any number of tasks", "pids.max=max", "TasksMax=t:max"},
        {"all are killed together", "memory.oom.group=1", "OOMPolicy=s:kill"},
        {"each is killed for itself", "memory.oom.group=0", "OOMPolicy=s:continue"},
        {"what systemd does not know", "hugetlb.2MB.max=5;cpu.max.burst=3", ""},
    };
    // clang-format on
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        expect_text(cases[i].sentence, properties_of(cases[i].writes), cases[i].expected);
}

static const char *devices_text(const struct device_access *rules)
{
    struct unit_properties p = {0};
    unit_properties_of_devices(&p, &arena, rules);
    return list_text(&p);
}

TEST(devices_are_told_to_systemd_as_what_is_allowed_in_the_end)
{
    // clang-format off
    static const struct {
        const char *sentence;
        struct device_access rules[5];
        const char *expected;
    } cases[] = {
        {"nothing", {{0}}, "DevicePolicy=s:strict; DeviceAllow=D:"},
        {"a node, all of a kind, and all", {{true, 'c', 1, 3, 7, 0}, {true, 'c', 136, -1, 6, 1}, {true, 'b', -1, -1, 1, 2}},
         "DevicePolicy=s:strict; DeviceAllow=D:/dev/char/1:3 rwm char-136 rw block-* m"},
        {"both types", {{true, 'a', 9, -1, 2, 0}}, "DevicePolicy=s:strict; DeviceAllow=D:block-9 r char-9 r"},
        {"what stands before a denial of everything is void", {{true, 'b', 8, 0, 7, 0}, {false, 'a', -1, -1, 7, 1}, {true, 'c', 1, 5, 7, 2}},
         "DevicePolicy=s:strict; DeviceAllow=D:/dev/char/1:5 rwm"},
        {"denied afterwards, in one way", {{true, 'c', 1, 5, 7, 0}, {false, 'c', 1, -1, 4, 1}},
         "DevicePolicy=s:strict; DeviceAllow=D:/dev/char/1:5 rm"},
        {"denied afterwards, in every way", {{true, 'c', 1, 5, 7, 0}, {false, 'c', 1, 5, 7, 1}},
         "DevicePolicy=s:strict; DeviceAllow=D:"},
        {"a minor of any major cannot be said", {{true, 'c', -1, 5, 7, 0}}, "DevicePolicy=s:strict; DeviceAllow=D:"},
        {"everything is what systemd allows anyhow", {{true, 'a', -1, -1, 7, 0}, {false, 'c', 1, 5, 7, 1}}, ""},
    };
    // clang-format on
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        expect_text(cases[i].sentence, devices_text(cases[i].rules), cases[i].expected);
}

static const char *annotation(const char *name, const char *value)
{
    const struct pair pair = {arena_printf(&arena, "org.systemd.property.%s", name), value};
    const struct pair *const list[] = {
        &(struct pair){"other", "x"},
         &pair, NULL
    };
    struct unit_properties p = {0};
    if (unit_properties_of_annotations(&p, list, &err) < 0) {
        const char *line = error_line(&err);
        error_clear(&err);
        return line;
    }
    return list_text(&p);
}

TEST(annotations_are_read_as_gvariant_text)
{
    // clang-format off
    static const struct {
        const char *name, *value, *expected;
    } cases[] = {
        {"KillSignal", "15", "KillSignal=i:15"},
        {"TimeoutStopUSec", "uint64 5000", "TimeoutStopUSec=t:5000"},
        {"TimeoutStopSec", "uint64 5", "TimeoutStopUSec=t:5000000"},
        {"DefaultDependencies", "true", "DefaultDependencies=b:1"},
        {"After", "['crio.service', \"b.service\"]", "After=S:crio.service b.service"},
        {"After", "[]", "After=S:"},
        {"CollectMode", "'inactive-or-failed'", "CollectMode=s:inactive-or-failed"},
        {"Description", "'it\\'s'", "Description=s:it's"},
        {"Nice", "int32 -5", "Nice=i:-5"},
        {"Big", "int64 -5000000000", "Big=x:-5000000000"},
    };
    static const struct {
        const char *name, *value;
    } wrong[] = {
        {"KillSignal", "TERM"}, {"After", "['a'"}, {"After", "[a]"}, {"Slice", "'a' b"}, {"Slice", "'a"},
        {"TimeoutStopSec", "'5'"}, {"Nice", "uint32 -1"}, {"Nice", "99999999999"}, {"Nice", ""},
    };
    // clang-format on
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        expect_text(cases[i].value, annotation(cases[i].name, cases[i].value), cases[i].expected);
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
        expect_text(wrong[i].value, annotation(wrong[i].name, wrong[i].value),
                    arena_printf(&arena,
                                 "annotations[\"org.systemd.property.%s\"]: \"%s\" is no value that davit can give to "
                                 "systemd",
                                 wrong[i].name, wrong[i].value));
    expect_text("a name that is none", annotation("A=b", "true"),
                "annotations[\"org.systemd.property.A=b\"]: \"A=b\" is not the name of a systemd property");
}

TEST(a_property_that_systemd_refuses_is_dropped)
{
    struct unit_properties p = {0};
    unit_property_add(&p, &arena, "A", PROPERTY_BOOL);
    unit_property_add(&p, &arena, "B", PROPERTY_BOOL);
    assert_true(unit_property_drop(&p, "A"));
    assert_false(unit_property_drop(&p, "A"));
    assert_string_equal(list_text(&p), "B=b:0");
}
