#include "base/child.h"

#include "base/fd.h"
#include "tests/unit/base/fixture.h"

#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>

static pid_t start(int exit_status, int signal)
{
    pid_t pid = fork();
    if (pid == 0) {
        if (signal != 0)
            raise(signal);
        _exit(exit_status);
    }
    return pid;
}

TEST(an_exit_status_is_told_in_words_and_as_a_shell_would)
{
    int status;
    expect_ok(child_reap(start(3, 0), &status, &err));
    assert_string_equal(child_status_text(&arena, status), "exited with status 3");
    assert_int_equal(child_exit_code(status), 3);
}

TEST(a_signal_is_told_by_name_and_as_a_shell_would)
{
    int status;
    expect_ok(child_reap(start(0, SIGKILL), &status, &err));
    assert_string_equal(child_status_text(&arena, status), "was killed by SIGKILL");
    assert_int_equal(child_exit_code(status), 137);
    expect_ok(child_reap(start(0, SIGRTMIN + 1), &status, &err));
    assert_string_equal(child_status_text(&arena, status), "was killed by signal 35");
}

TEST(how_a_process_ended_is_seen_before_it_is_reaped)
{
    int status = -1;
    pid_t pid = start(0, SIGKILL);
    scoped_fd pidfd = pidfd_open(pid, 0);
    struct pollfd end = {.fd = pidfd, .events = POLLIN};
    assert_int_equal(poll(&end, 1, 30000), 1);
    assert_true(child_ended_status(pidfd, pid, &status));
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGKILL);
    expect_ok(child_reap(pid, &status, &err));
}

TEST(a_process_that_runs_has_not_ended)
{
    int status = -1;
    scoped_fd pidfd = pidfd_open(getpid(), 0);
    assert_false(child_ended_status(pidfd, getpid(), &status));
}

TEST(waiting_for_no_child_is_an_error)
{
    int status;
    expect_error(child_reap(1, &status, &err), "cannot wait for process 1: No child processes (ECHILD)");
}

TEST(a_scoped_child_does_not_outlive_its_scope)
{
    pid_t number;
    {
        scoped_child pid = fork();
        if (pid == 0) {
            pause();
            _exit(0);
        }
        number = pid;
        assert_true(number > 0);
    }
    assert_int_equal(kill(number, 0), -1);
    assert_int_equal(errno, ESRCH);
    pid_t none = 0;
    child_end(&none);
}
