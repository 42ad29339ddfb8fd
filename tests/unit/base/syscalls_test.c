#include "base/syscalls.h"

#include "base/child.h"
#include "tests/unit/base/fixture.h"

#include <signal.h>

/* Whatever the host's sandbox forbids: a failure is -1 with an errno, as libc's own. */
#define expect_refused(call)            \
    do {                                \
        errno = 0;                      \
        assert_int_equal(call, -1);     \
        assert_int_not_equal(errno, 0); \
    } while (0)

TEST(failures_are_minus_one_and_errno)
{
    char *const none[] = {NULL};
    const struct open_how how = {.flags = O_RDONLY};
    expect_refused(sys_openat2(AT_FDCWD, "/nowhere", &how));
    expect_refused(sys_execveat(-1, "nowhere", none, none, 0));
    expect_refused(sys_pivot_root("/nowhere", "/nowhere"));
    expect_refused(sys_seccomp(9999, 0, NULL));
    expect_refused(sys_keyctl(9999, 0, 0, 0, 0));
    expect_refused(sys_bpf(9999, NULL, 0));
    expect_refused(sys_ioprio_set(9999, 0, 0));
    expect_refused(sys_sched_setattr(0, NULL, 0));
    expect_refused(sys_set_mempolicy(9999, NULL, 0));
    expect_refused(sys_fchmodat2(AT_FDCWD, "/nowhere", 0600, 0));
    char tiny[1];
    expect_refused(sys_getcwd(tiny, sizeof tiny));
}

TEST(the_working_directory_has_the_length_that_the_kernel_says)
{
    char buffer[64];
    assert_int_equal(chdir("/usr"), 0);
    assert_int_equal(sys_getcwd(buffer, sizeof buffer), 5);
    assert_string_equal(buffer, "/usr");
}

static void write_and_end(void *context)
{
    volatile char below[4096];
    for (size_t i = 0; i < sizeof below; i++)
        below[i] = 'x';
    *(int *)context = getpid();
    _exit(6);
}

TEST(a_child_that_borrows_memory_has_ended_when_its_parent_goes_on)
{
    int number = 0, status;
    struct clone_args args = {.flags = CLONE_VM | CLONE_VFORK, .exit_signal = SIGCHLD};
    if (!SYS_CAN_LEND)
        return;
    scoped_child pid = sys_clone3_lending(&args, write_and_end, &number);
    assert_true(pid > 0);
    assert_int_equal(number, pid);
    expect_ok(child_reap(take_child(&pid), &status, &err));
    assert_int_equal(child_exit_code(status), 6);
    args.exit_signal = 9999;
    expect_refused(sys_clone3_lending(&args, write_and_end, &number));
    assert_int_equal(errno, EINVAL);
}

TEST(clone3_makes_a_child)
{
    const struct clone_args args = {.exit_signal = SIGCHLD};
    scoped_child pid = sys_clone3(&args);
    if (pid == 0)
        _exit(7);
    assert_true(pid > 0);
    int status;
    expect_ok(child_reap(take_child(&pid), &status, &err));
    assert_int_equal(child_exit_code(status), 7);
}
