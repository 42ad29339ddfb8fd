#include "libcontainer/store/identity.h"

#include "base/child.h"
#include "spec/state.h"
#include "tests/unit/base/fixture.h"

#include <signal.h>
#include <sys/pidfd.h>
#include <sys/wait.h>

static pid_t start_sleeper(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        pause();
        _exit(0);
    }
    return pid;
}

TEST(a_living_process_is_recognised)
{
    scoped_child pid = start_sleeper();
    struct identity *id;
    scoped_fd pidfd = -1;
    expect_ok(identity_of(pid, &id, &err));
    assert_int_equal(*id->pid, pid);
    assert_int_equal(identity_open(id, &pidfd, &err), IDENTITY_ALIVE);
    assert_true(identity_is_alive(id));
    assert_int_equal(pidfd_send_signal(pidfd, 0, NULL, 0), 0);
}

TEST(a_process_that_ended_is_gone_also_as_a_zombie)
{
    scoped_child pid = start_sleeper();
    struct identity *id;
    scoped_fd pidfd = -1;
    expect_ok(identity_of(pid, &id, &err));
    kill(pid, SIGKILL);
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    assert_int_equal(identity_open(id, &pidfd, &err), IDENTITY_GONE);
    int status;
    expect_ok(child_reap(take_child(&pid), &status, &err));
    assert_int_equal(identity_open(id, &pidfd, &err), IDENTITY_GONE);
    assert_false(identity_is_alive(id));
    assert_int_equal(pidfd, -1);
}

TEST(a_recycled_pid_is_somebody_else)
{
    struct identity *id;
    scoped_fd pidfd = -1;
    expect_ok(identity_of(getpid(), &id, &err));
    const uint64_t earlier = *id->start_time - 1;
    id->start_time = &earlier;
    assert_int_equal(identity_open(id, &pidfd, &err), IDENTITY_GONE);
}

TEST(a_process_of_another_boot_is_gone)
{
    struct identity *id;
    scoped_fd pidfd = -1;
    expect_ok(identity_of(getpid(), &id, &err));
    id->boot_id = "00000000-0000-0000-0000-000000000000";
    assert_int_equal(identity_open(id, &pidfd, &err), IDENTITY_GONE);
    assert_false(identity_is_alive(NULL));
}

TEST(an_ended_process_has_no_identity)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    int status;
    struct identity *id;
    expect_ok(child_reap(pid, &status, &err));
    expect_error(identity_of(pid, &id, &err), arena_printf(&arena, "process %d has ended", (int)pid));
}
