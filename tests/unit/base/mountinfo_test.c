#include "base/mountinfo.h"

#include "tests/unit/base/fixture.h"

static const char sample[] =
    "22 28 0:20 / /sys rw,nosuid - sysfs sysfs rw\n"
    "36 35 98:0 /mnt1 /mnt\\0402 rw,noatime shared:1 master:2 - ext3 /dev/root\\134x rw,errors=continue\n"
    "40 22 0:30 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup  rw,cpu,cpuacct\n"
    "41 22 0:31 / /sys ro shared:9 - tmpfs none ro";

TEST(lines_become_entries)
{
    struct mount_entry **entries;
    expect_ok(mountinfo_parse(sample, &entries, &err));
    const struct mount_entry *m = entries[1];
    assert_int_equal(m->id, 36);
    assert_int_equal(m->parent, 35);
    assert_int_equal(m->major, 98);
    assert_int_equal(m->minor, 0);
    assert_string_equal(m->root, "/mnt1");
    assert_string_equal(m->target, "/mnt 2");
    assert_string_equal(m->options, "rw,noatime");
    assert_string_equal(m->tags, "shared:1 master:2");
    assert_string_equal(m->type, "ext3");
    assert_string_equal(m->source, "/dev/root\\x");
    assert_string_equal(m->super_options, "rw,errors=continue");
    assert_string_equal(entries[0]->tags, "");
    assert_string_equal(entries[2]->source, "");
    assert_string_equal(entries[3]->tags, "shared:9");
    assert_null(entries[4]);
}

TEST(the_mount_on_top_is_found)
{
    struct mount_entry **entries;
    expect_ok(mountinfo_parse(sample, &entries, &err));
    assert_int_equal(mountinfo_find(entries, "/sys")->id, 41);
    assert_null(mountinfo_find(entries, "/proc"));
}

TEST(options_are_whole_words)
{
    assert_true(mountinfo_has_option("rw,cpu,cpuacct", "cpu"));
    assert_true(mountinfo_has_option("rw,cpu,cpuacct", "cpuacct"));
    assert_false(mountinfo_has_option("rw,cpuacct", "cpu"));
    assert_false(mountinfo_has_option("", "cpu"));
}

TEST(damaged_lines_are_refused_by_number)
{
    static const char *const damaged[] = {
        "22 28 0:20 / /sys rw sysfs sysfs rw\n",
        "22 28 0:20 / /sys rw - sysfs\n",
        "x 28 0:20 / /sys rw - a b c\n",
        "22 28 020 / /sys rw - a b c\n",
        "22 28 0:20\n",
        "\n",
    };
    struct mount_entry **entries;
    for (size_t i = 0; i < ARRAY_SIZE(damaged); i++)
        expect_error(mountinfo_parse(damaged[i], &entries, &err), "cannot understand line 1 of mountinfo");
    expect_ok(mountinfo_parse("", &entries, &err));
    assert_null(entries[0]);
}

TEST(the_kernels_own_file_is_understood)
{
    struct mount_entry **entries;
    expect_ok(mountinfo_read(NULL, &entries, &err));
    assert_non_null(mountinfo_find(entries, "/"));
    expect_error(mountinfo_read("/nowhere", &entries, &err),
                 "cannot open /nowhere: No such file or directory (ENOENT)");
}
