#include "base/fd_passing.h"

#include "tests/unit/base/fixture.h"

#include <sys/socket.h>

struct sockets {
    int a, b;
};

static struct sockets open_pair(int type)
{
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds), 0);
    return (struct sockets){fds[0], fds[1]};
}

static void close_pair(struct sockets *s)
{
    fd_close(&s->a);
    fd_close(&s->b);
}

static bool is_same_file(int a, int b)
{
    struct stat x, y;
    return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static size_t count_open(void)
{
    const char **names;
    scoped_fd dir = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    expect_ok(file_list_directory(dir, &names, &err));
    return str_count(names);
}

TEST(bytes_and_descriptors_arrive_together)
{
    __attribute__((cleanup(close_pair))) struct sockets s = open_pair(SOCK_SEQPACKET);
    const int sent[] = {test_directory(), STDERR_FILENO};
    char data[16];
    int fds[4];
    size_t length, count;
    expect_ok(fd_passing_send(s.a, "hello", 5, sent, 2, &err));
    expect_ok(fd_passing_receive(s.b, data, sizeof data, &length, fds, 4, &count, &err));
    assert_int_equal(length, 5);
    assert_memory_equal(data, "hello", 5);
    assert_int_equal(count, 2);
    assert_int_equal(fds[2], -1);
    assert_true(is_same_file(fds[0], test_directory()));
    assert_int_equal(fcntl(fds[0], F_GETFD), FD_CLOEXEC);
    fd_close(&fds[0]);
    fd_close(&fds[1]);
}

TEST(the_control_block_is_exactly_as_long_as_one_descriptor)
{
    __attribute__((cleanup(close_pair))) struct sockets s = open_pair(SOCK_STREAM);
    const int sent = STDERR_FILENO;
    char data[64], control[256];
    struct iovec part = {data, sizeof data};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control};
    message.msg_controllen = sizeof control;
    expect_ok(fd_passing_send(s.a, "/dev/pts/3", 10, &sent, 1, &err));
    assert_int_equal(recvmsg(s.b, &message, MSG_CMSG_CLOEXEC), 10);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    assert_int_equal(header->cmsg_len, CMSG_LEN(sizeof(int)));
    assert_null(CMSG_NXTHDR(&message, header));
    int fd;
    memcpy(&fd, CMSG_DATA(header), sizeof fd);
    fd_close(&fd);
}

TEST(too_many_descriptors_are_refused_and_closed)
{
    __attribute__((cleanup(close_pair))) struct sockets s = open_pair(SOCK_SEQPACKET);
    const int sent[] = {0, 1, 2};
    char data[16];
    int fds[1];
    size_t length, count, before = count_open();
    expect_ok(fd_passing_send(s.a, "x", 1, sent, 3, &err));
    expect_error(fd_passing_receive(s.b, data, sizeof data, &length, fds, 1, &count, &err),
                 "received 3 descriptors where at most 1 were expected");
    assert_int_equal(fds[0], -1);
    assert_int_equal(count_open(), before);
}

TEST(a_message_that_was_cut_is_refused)
{
    __attribute__((cleanup(close_pair))) struct sockets s = open_pair(SOCK_SEQPACKET);
    const int sent[] = {2};
    char data[2];
    int fds[1];
    size_t length, count, before = count_open();
    expect_ok(fd_passing_send(s.a, "long", 4, sent, 1, &err));
    expect_error(fd_passing_receive(s.b, data, sizeof data, &length, fds, 1, &count, &err),
                 "a message on a socket was longer than 2 bytes, or its control data cut");
    assert_int_equal(count_open(), before);
}

TEST(a_closed_peer_is_a_length_of_zero_and_sending_to_it_fails_without_a_signal)
{
    __attribute__((cleanup(close_pair))) struct sockets s = open_pair(SOCK_SEQPACKET);
    char data[2];
    size_t length = 9, count = 9;
    fd_close(&s.a);
    expect_ok(fd_passing_receive(s.b, data, sizeof data, &length, NULL, 0, &count, &err));
    assert_int_equal(length, 0);
    assert_int_equal(count, 0);
    expect_error(fd_passing_send(s.b, "x", 1, NULL, 0, &err), "cannot send on a socket: Broken pipe (EPIPE)");
}
