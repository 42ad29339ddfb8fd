#include "libcontainer/cgroup/internal.h"

#include "tests/unit/base/fixture.h"

static const char *name_text(const char *path, bool systemd, bool user)
{
    struct cgroup_name n;
    if (cgroup_name_of(path, "web", systemd, user, &n, &err) < 0) {
        const char *line = error_line(&err);
        error_clear(&err);
        return line;
    }
    if (systemd)
        return arena_printf(&arena, "%s in %s", n.unit, n.slice);
    return n.path ? n.path : arena_printf(&arena, "relative %s", n.relative);
}

TEST(cgroups_path_says_where_the_container_goes)
{
    // clang-format off
    static const struct {
        const char *sentence, *path;
        bool systemd, user;
        const char *expected;
    } cases[] = {
        {"absolute", "/a/b", false, false, "/a/b"},
        {"dots are taken out and lead nowhere", "/a/../../b/./c", false, false, "/b/c"},
        {"relative", "a/b", false, false, "relative /a/b"},
        {"absent", NULL, false, false, "relative /davit-web"},
        {"empty is absent", "", false, false, "relative /davit-web"},
        {"systemd's form is a name like others without systemd", "system.slice:docker:x", false, false,
         "relative /system.slice:docker:x"},
        {"slice, prefix, name", "machine.slice:libpod:abc", true, false, "libpod-abc.scope in machine.slice"},
        {"no prefix", "user.slice::abc", true, false, "abc.scope in user.slice"},
        {"a slice of its own", "a.slice:x:pod-1.slice", true, false, "pod-1.slice in a.slice"},
        {"no slice", ":docker:abc", true, false, "docker-abc.scope in system.slice"},
        {"no slice, a user's", ":docker:abc", true, true, "docker-abc.scope in user.slice"},
        {"absent, systemd", NULL, true, false, "davit-web.scope in system.slice"},
        {"the root slice", "-:docker:abc", true, false, "docker-abc.scope in -.slice"},
    };
    // clang-format on
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        expect_text(cases[i].sentence, name_text(cases[i].path, cases[i].systemd, cases[i].user), cases[i].expected);
}

TEST(cgroups_path_is_refused_when_no_container_can_be_there)
{
    struct cgroup_name n;
    expect_error(cgroup_name_of("/", "web", false, false, &n, &err),
                 "linux.cgroupsPath: \"/\" is the root of the cgroups, which no container can own");
    expect_error(cgroup_name_of("/a/..", "web", false, false, &n, &err),
                 "linux.cgroupsPath: \"/a/..\" is the root of the cgroups, which no container can own");
    expect_error(cgroup_name_of("/a/b", "web", true, false, &n, &err),
                 "linux.cgroupsPath: \"/a/b\" names no systemd unit: it must be \"slice:prefix:name\"");
    expect_error(cgroup_name_of("a:b:c", "web", true, false, &n, &err),
                 "linux.cgroupsPath: \"a\" is not the name of a slice");
    expect_error(cgroup_name_of("a/b.slice:b:c", "web", true, false, &n, &err),
                 "linux.cgroupsPath: \"a/b.slice\" is not the name of a slice");
    expect_error(cgroup_name_of("a.slice:b:c/d", "web", true, false, &n, &err),
                 "linux.cgroupsPath: \"b-c/d.scope\" is not the name of a unit");
    expect_error(cgroup_name_of("a.slice:b:-.slice", "web", true, false, &n, &err),
                 "linux.cgroupsPath: \"-.slice\" is the root of the cgroups, which no container can own");
    expect_error(cgroup_name_of("a.slice:b:c--d.slice", "web", true, false, &n, &err),
                 "linux.cgroupsPath: \"c--d.slice\" is not the name of a slice");
}

TEST(a_slice_lies_in_those_that_its_name_lists)
{
    // clang-format off
    static const struct {
        const char *slice, *expected;
    } cases[] = {
        {"system.slice", "/system.slice"},
        {"a-b-c.slice", "/a.slice/a-b.slice/a-b-c.slice"},
        {"-.slice", ""},
        {"-a.slice", NULL},
        {"a-.slice", NULL},
        {"a--b.slice", NULL},
        {"a", NULL},
        {".slice", NULL},
        {"a/b.slice", NULL},
    };
    // clang-format on
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        expect_text(cases[i].slice, slice_path(&arena, cases[i].slice), cases[i].expected);
}
