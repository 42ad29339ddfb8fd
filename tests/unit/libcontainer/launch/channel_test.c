#include "libcontainer/launch/channel.h"

#include "tests/unit/base/fixture.h"

#include <sys/socket.h>

static struct channel parent = {-1}, child = {-1};

static void open_channel(void)
{
    channel_close(&parent);
    channel_close(&child);
    expect_ok(channel_pair(&parent, &child, &err));
}

static size_t count_open(void)
{
    const char **names;
    scoped_fd dir = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    expect_ok(file_list_directory(dir, &names, &err));
    return str_count(names);
}

TEST(a_message_arrives_as_it_was_sent)
{
    struct message m;
    open_channel();
    expect_ok(channel_send(&child, CHANNEL_LOG, "abc", 3, NULL, 0, &err));
    expect_ok(channel_receive(&parent, &m, &err));
    assert_int_equal(m.kind, CHANNEL_LOG);
    assert_int_equal(m.length, 3);
    assert_string_equal(m.payload, "abc");
    assert_int_equal(m.fd_count, 0);
}

TEST(an_empty_message_has_an_empty_payload)
{
    struct message m;
    open_channel();
    expect_ok(channel_send(&child, CHANNEL_READY, NULL, 0, NULL, 0, &err));
    expect_ok(channel_receive(&parent, &m, &err));
    assert_int_equal(m.kind, CHANNEL_READY);
    assert_int_equal(m.length, 0);
    assert_string_equal(m.payload, "");
}

TEST(the_longest_message_passes_and_a_longer_one_is_refused)
{
    struct message m;
    char *payload = arena_alloc(&arena, CHANNEL_LIMIT + 1);
    memset(payload, 'x', CHANNEL_LIMIT + 1);
    open_channel();
    expect_ok(channel_send(&child, CHANNEL_LOG, payload, CHANNEL_LIMIT, NULL, 0, &err));
    expect_ok(channel_receive(&parent, &m, &err));
    assert_int_equal(m.length, CHANNEL_LIMIT);
    assert_memory_equal(m.payload, payload, CHANNEL_LIMIT);
    assert_int_equal(channel_send(&child, CHANNEL_LOG, payload, CHANNEL_LIMIT + 1, NULL, 0, &err), -1);
}

TEST(descriptors_come_along_and_close_on_exec)
{
    struct message m;
    open_channel();
    int sent[] = {parent.fd, child.fd};
    expect_ok(channel_send(&child, CHANNEL_TERMINAL, NULL, 0, sent, 2, &err));
    expect_ok(channel_receive(&parent, &m, &err));
    assert_int_equal(m.fd_count, 2);
    assert_int_equal(fcntl(m.fds[1], F_GETFD), FD_CLOEXEC);
    assert_int_equal(m.fds[2], -1);
    message_close(&m);
    assert_int_equal(m.fds[0], -1);
}

static void send_raw(const void *bytes, size_t length, const int *fds, size_t fd_count)
{
    char control[CMSG_SPACE(16 * sizeof(int))] = {0};
    struct iovec part = {(void *)(uintptr_t)bytes, length};
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd_count > 0) {
        m.msg_control = control;
        m.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
        struct cmsghdr *head = CMSG_FIRSTHDR(&m);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
        memcpy(CMSG_DATA(head), fds, fd_count * sizeof(int));
    }
    assert_int_equal(sendmsg(child.fd, &m, 0), length);
}

TEST(malformed_messages_are_refused)
{
    struct message m;
    const uint32_t wrong_length[] = {CHANNEL_LOG, 7};
    const uint32_t too_long[] = {CHANNEL_LOG, UINT32_MAX};
    open_channel();
    send_raw(wrong_length, sizeof wrong_length, NULL, 0);
    assert_int_equal(channel_receive(&parent, &m, &err), -1);
    send_raw(too_long, sizeof too_long, NULL, 0);
    assert_int_equal(channel_receive(&parent, &m, &err), -1);
    send_raw("abc", 3, NULL, 0);
    assert_int_equal(channel_receive(&parent, &m, &err), -1);
}

TEST(too_many_descriptors_are_refused_and_none_stays_open)
{
    struct message m;
    const uint32_t header[] = {CHANNEL_READY, 0};
    open_channel();
    const int fds[] = {parent.fd, parent.fd, parent.fd, parent.fd, parent.fd, parent.fd};
    size_t before = count_open();
    send_raw(header, sizeof header, fds, 6);
    assert_int_equal(channel_receive(&parent, &m, &err), -1);
    assert_int_equal(count_open(), before);
    assert_int_equal(channel_send(&child, CHANNEL_READY, NULL, 0, fds, 6, &err), -1);
}

TEST(the_end_of_the_other_side_is_a_condition)
{
    struct message m;
    open_channel();
    channel_close(&child);
    assert_int_equal(channel_receive(&parent, &m, &err), CHANNEL_CLOSED);
}

TEST(an_error_arrives_whole)
{
    struct message m;
    struct error got;
    open_channel();
    errno = EINVAL;
    fail_errno(&err, "cannot id-map the source");
    error_context(&err, "mounts[4] /data");
    error_at(&err, "mounts[4].options[1]");
    error_step(&err, "init: mounts");
    error_hint(&err, "drop \"idmap\"");
    const char *sent = error_text(&err);
    struct error second;
    error_init(&second, &arena);
    expect_ok(channel_send_error(&child, &err, &second));
    error_init(&got, &arena);
    expect_ok(channel_receive(&parent, &m, &got));
    assert_int_equal(m.kind, CHANNEL_FAILED);
    assert_int_equal(channel_read_error(&m, &got), -1);
    expect_text("the text is the same on both sides", error_text(&got), sent);
    assert_int_equal(got.code, err.code);
    assert_int_equal(got.errnum, EINVAL);
}

TEST(a_very_long_error_is_cut_and_still_arrives)
{
    struct message m;
    struct error second, got;
    char *text = arena_alloc(&arena, 2 * CHANNEL_LIMIT);
    memset(text, 'e', 2 * CHANNEL_LIMIT - 1);
    open_channel();
    fail(&err, ERR_SYSTEM, "%s", text);
    error_init(&second, &arena);
    error_init(&got, &arena);
    expect_ok(channel_send_error(&child, &err, &second));
    expect_ok(channel_receive(&parent, &m, &got));
    assert_int_equal(channel_read_error(&m, &got), -1);
    assert_int_equal(got.message[0], 'e');
}

TEST(a_request_is_answered_by_done_or_fails_as_the_parent_did)
{
    struct message m;
    struct error second;
    open_channel();
    expect_ok(channel_send(&parent, CHANNEL_DONE, NULL, 0, &parent.fd, 1, &err));
    expect_ok(channel_ask(&child, CHANNEL_OPEN_TREE, "x", 1, NULL, 0, &m, &err));
    assert_int_equal(m.kind, CHANNEL_DONE);
    assert_int_equal(m.fd_count, 1);
    message_close(&m);
    error_init(&second, &arena);
    fail(&second, ERR_NOT_FOUND, "no such mount");
    expect_ok(channel_send_error(&parent, &second, &err));
    expect_error(channel_ask(&child, CHANNEL_OPEN_TREE, "x", 1, NULL, 0, NULL, &err), "no such mount");
    channel_close(&parent);
    assert_int_equal(channel_ask(&child, CHANNEL_READY, NULL, 0, NULL, 0, NULL, &err), -1);
}
