#include "base/fd.h"

#include "base/child.h"
#include "tests/unit/base/fixture.h"

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

TEST(a_closed_descriptor_is_minus_one_and_errno_stays)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), number = fd;
    errno = EINVAL;
    fd_close(&fd);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(fd, -1);
    assert_false(is_open(number));
    fd_close(&fd);
}

TEST(a_taken_descriptor_has_a_new_owner)
{
    scoped_fd fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int number = fd;
    scoped_fd taken = take_fd(&fd);
    assert_int_equal(taken, number);
    assert_int_equal(fd, -1);
    assert_true(is_open(taken));
}

TEST(a_copy_closes_on_exec_and_is_no_standard_number)
{
    scoped_fd copy = -1;
    expect_ok(fd_copy(STDOUT_FILENO, &copy, &err));
    assert_true(copy >= 3);
    assert_int_equal(fcntl(copy, F_GETFD), FD_CLOEXEC);
    int none = -1;
    expect_error(fd_copy(1000, &none, &err), "cannot copy descriptor 1000: Bad file descriptor (EBADF)");
}

TEST(a_handle_opens_the_same_file_or_nothing)
{
    struct stat st, opened;
    scoped_fd root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    scoped_fd path = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(fd_open_handle(path, root, O_RDONLY | O_DIRECTORY), -1);
    assert_int_equal(errno, EXDEV);
    scoped_fd file = openat(test_directory(), ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    scoped_fd again = fd_open_handle(file, test_directory(), O_RDONLY);
    assert_int_equal(fstat(file, &st), 0);
    if (again < 0) /* it takes root, and a file system that has handles */
        return;
    assert_int_equal(fstat(again, &opened), 0);
    assert_int_equal(opened.st_ino, st.st_ino);
    assert_int_equal(opened.st_dev, st.st_dev);
    assert_int_equal(fcntl(again, F_GETFD), FD_CLOEXEC);
}

/* In a child: the test program's own descriptors are not touched. */
static int status_of(int (*check)(void))
{
    fflush(NULL);
    scoped_child pid = fork();
    if (pid == 0)
        exit(check()); /* not _exit: what was covered counts */
    int status;
    expect_ok(child_reap(take_child(&pid), &status, &err));
    return child_exit_code(status);
}

static int check_close_from(void)
{
    const int numbers[] = {20, 21, 22, 25, 30};
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
        if (dup2(STDERR_FILENO, numbers[i]) < 0)
            return 10;
    const int keep[] = {25, 3, 21, -1, 21};
    if (fd_close_from(20, keep, ARRAY_SIZE(keep), &err) < 0)
        return 11;
    const bool expected[] = {false, true, false, true, false};
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
        if (is_open(numbers[i]) != expected[i])
            return numbers[i];
    return is_open(STDERR_FILENO) ? 0 : 12;
}

TEST(all_descriptors_but_the_kept_ones_are_closed)
{
    assert_int_equal(status_of(check_close_from), 0);
}

static int check_close_own(void)
{
    const int numbers[] = {3, 4, 5, 6, 7, 8, 9};
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
        if (dup2(STDERR_FILENO, numbers[i]) < 0)
            return 10;
    for (int fd = 5; fd <= 9; fd++)
        if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
            return 11;
    close(3);
    const int keep[] = {6, -1, 9};
    if (fd_close_own(4, keep, ARRAY_SIZE(keep), &err) < 0) /* 3 to 6 */
        return 12;
    const bool expected[] = {false, true, false, true, false, false, true};
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
        if (is_open(numbers[i]) != expected[i])
            return 20 + numbers[i];
    return fd_close_own(UINT64_MAX, keep, 0, &err) == 0 && is_open(4) && !is_open(9) ? 0 : 13;
}

TEST(descriptors_of_davit_in_the_gaps_of_those_given_are_closed)
{
    assert_int_equal(status_of(check_close_own), 0);
}

static int check_cloexec(void)
{
    if (dup2(STDERR_FILENO, 20) < 0 || dup2(STDERR_FILENO, 19) < 0 || fd_cloexec_from(20, &err) < 0)
        return 10;
    return fcntl(20, F_GETFD) == FD_CLOEXEC && fcntl(19, F_GETFD) == 0 ? 0 : 11;
}

TEST(streams_and_directories_close_with_their_scope)
{
    int number;
    {
        scoped_file file = fopen("/dev/null", "re");
        scoped_dir dir = opendir("/");
        number = dirfd(dir);
        assert_true(is_open(number));
        assert_non_null(file);
    }
    assert_false(is_open(number));
    scoped_file none = NULL;
    scoped_dir nowhere = NULL;
    assert_null(none);
    assert_null(nowhere);
}

TEST(descriptors_are_marked_close_on_exec)
{
    assert_int_equal(status_of(check_cloexec), 0);
}

static int check_standard(void)
{
    close(0);
    close(2);
    if (fd_open_standard(&err) < 0)
        return 10;
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) != 0)
            return 11;
    scoped_fd next = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return next > 2 ? 0 : 12;
}

TEST(closed_standard_descriptors_are_opened_on_null)
{
    assert_int_equal(status_of(check_standard), 0);
}
