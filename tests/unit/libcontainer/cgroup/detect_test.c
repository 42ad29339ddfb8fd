#include "libcontainer/cgroup/internal.h"

#include "tests/unit/base/fixture.h"

#define MOUNT "30 20 0:5 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n"

/* "1 cpu,cpuacct /sys/fs/cgroup/cpu own=/x; …" */
static const char *layout_text(const char *mountinfo, const char *self_cgroup)
{
    struct layout l;
    const char *text = "";
    layout_parse(&arena, mountinfo, self_cgroup, &l);
    for (size_t i = 0; i < l.count; i++)
        text = arena_printf(&arena, "%s%s%d %s %s own=%s", text, i ? "; " : "", l.list[i].version, l.list[i].names,
                            l.list[i].mount, l.list[i].own);
    return text;
}

TEST(each_hierarchy_is_found_where_it_is_mounted)
{
    // clang-format off
    static const struct {
        const char *sentence, *mountinfo, *self_cgroup, *expected;
    } cases[] = {
        {"cgroup v2 alone",                                "29 22 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n",
         "0::/user.slice/x.scope\n",                                                                                                                                                    "2  /sys/fs/cgroup own=/user.slice/x.scope"                            },
        {"v1 with controllers together, in any order",
         MOUNT "31 30 0:6 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpuacct,cpu\n"
               "32 30 0:7 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n",                                                "3:cpu,cpuacct:/a\n1:name=systemd:/b\n",
         "1 cpuacct,cpu /sys/fs/cgroup/cpu,cpuacct own=/a; 1 name=systemd /sys/fs/cgroup/systemd own=/b"                                                                                                                                                       },
        {"hybrid: v2 beside v1",
         MOUNT "31 30 0:6 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
               "32 30 0:7 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",                                                                 "4:memory:/\n0::/\n",                    "1 memory /sys/fs/cgroup/memory own=/; 2  /sys/fs/cgroup/unified own=/"},
        {"a part of a hierarchy, as inside docker",
         "40 30 0:6 /docker/abc /sys/fs/cgroup/memory ro master:9 - cgroup cgroup rw,memory\n",                                                "4:memory:/docker/abc/x\n",              "1 memory /sys/fs/cgroup/memory own=/x"                                },
        {"a part that does not show where we are",         "40 30 0:6 /docker/abc /mnt ro - cgroup cgroup rw,memory\n",
         "4:memory:/docker/abcd\n",                                                                                                                                                     "1 memory /mnt own=/"                                                  },
        {"the mount that shows where we are is preferred",
         "40 30 0:6 /docker/abc /mnt ro - cgroup cgroup rw,memory\n41 30 0:6 / /all rw - cgroup cgroup rw,memory\n",                           "4:memory:/docker/x\n",                  "1 memory /all own=/docker/x"                                          },
        {"blanks in the mount point",                      "40 30 0:6 / /a\\040b\\134 ro - cgroup2 none rw\n",                                 "0::/\n",                                "2  /a b\\ own=/"                                                      },
        {"no cgroups at all",                              "29 22 0:26 / / rw - ext4 /dev/cgroup rw\n",                                        "",                                      ""                                                                     },
        {"half a line",                                    "29 22 0:26 / /sys/fs/cgroup rw - cgroup2",                                         "0::/\n",                                ""                                                                     },
    };
    // clang-format on
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        expect_text(cases[i].sentence, layout_text(cases[i].mountinfo, cases[i].self_cgroup), cases[i].expected);
}

TEST(controllers_have_a_name_in_each_version)
{
    assert_string_equal(controller_name(CONTROLLER_IO, 1), "blkio");
    assert_string_equal(controller_name(CONTROLLER_IO, 2), "io");
    assert_true(controllers_parse("cpuset cpu io foo\n", ' ') ==
                (CONTROLLER_BIT(CONTROLLER_CPUSET) | CONTROLLER_BIT(CONTROLLER_CPU) | CONTROLLER_BIT(CONTROLLER_IO)));
    assert_true(controllers_parse("name=systemd", ',') == 0);
}

TEST(the_layout_of_this_host_is_the_same_from_the_cache)
{
    struct layout first, second;
    test_directory();
    expect_ok(layout_read(test_path, &first, &err));
    expect_ok(layout_read(test_path, &second, &err));
    assert_int_equal(first.count, second.count);
    for (size_t i = 0; i < first.count; i++) {
        assert_string_equal(first.list[i].mount, second.list[i].mount);
        assert_string_equal(first.list[i].own, second.list[i].own);
        assert_true(first.list[i].controllers == second.list[i].controllers);
    }
}

TEST(a_cache_of_somebody_else_is_not_believed)
{
    struct layout before, after;
    test_directory();
    expect_ok(layout_read(test_path, &before, &err));
    scoped_fd cache = openat(test_directory_fd, ".cache/cgroup-layout", O_WRONLY | O_TRUNC | O_CLOEXEC);
    if (cache < 0) /* no /proc of our own: nothing was cached */
        return;
    assert_int_equal(file_write_all(cache, "nonsense", 8, &err), 0);
    expect_ok(layout_read(test_path, &after, &err));
    assert_int_equal(before.count, after.count);
}
