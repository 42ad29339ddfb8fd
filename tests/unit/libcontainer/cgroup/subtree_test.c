#include "libcontainer/cgroup/subtree.h"

#include "tests/unit/base/fixture.h"

/* What a container may make below its own cgroup; here in directories, where processes are a file of ours. */
enum {
    DEPTH = 2000
};

static void list_process(int dir, const char *text)
{
    scoped_fd fd = openat(dir, "cgroup.procs", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

/* Goes one deeper; the names are of all kinds that a cgroup may have. */
static void descend(int *dir, const char *name)
{
    assert_int_equal(mkdirat(*dir, name, 0700), 0);
    int next = openat(*dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(next >= 0);
    fd_close(dir);
    *dir = next;
}

static const char *make_tree(void)
{
    scoped_fd dir = openat(test_directory(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    descend(&dir, "top");
    assert_int_equal(mkdirat(dir, "wide", 0700), 0);
    assert_int_equal(mkdirat(dir, "...", 0700), 0);
    for (int i = 0; i < DEPTH; i++)
        descend(&dir, i % 2 ? ".hidden" : "-x");
    list_process(dir, "11\n12\n");
    return arena_printf(&arena, "%s/top", test_path);
}

static void forget_processes(const char *top)
{
    scoped_fd dir = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; i < DEPTH; i++) {
        int next = openat(dir, i % 2 ? ".hidden" : "-x", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        fd_close(&dir);
        dir = next;
    }
    assert_int_equal(unlinkat(dir, "cgroup.procs", 0), 0);
}

TEST(processes_are_found_at_any_depth_and_below_any_name)
{
    size_t count = 0;
    pid_t *pids = NULL;
    const char *top = make_tree();
    assert_int_equal(directory_processes(top, &pids, &count, &err), 0);
    assert_int_equal(count, 2);
    assert_int_equal(pids[0] + pids[1], 23);
    forget_processes(top);
    assert_int_equal(directory_remove(top, &err), 0);
    assert_int_equal(access(top, F_OK), -1);
}

TEST(a_cgroup_that_is_not_there_has_no_processes_and_is_removed)
{
    size_t count = 1;
    pid_t *pids = NULL;
    const char *absent = arena_printf(&arena, "%s/absent", (test_directory(), test_path));
    assert_int_equal(directory_processes(absent, &pids, &count, &err), 0);
    assert_int_equal(count, 0);
    assert_int_equal(pids[0], 0);
    assert_int_equal(directory_remove(absent, &err), 0);
    assert_int_equal(directory_thaw(absent, &err), 0);
}
