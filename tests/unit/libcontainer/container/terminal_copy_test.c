#include "libcontainer/container/terminal_copy.h"

#include "tests/unit/base/fixture.h"

#include <poll.h>
#include <sys/socket.h>

#define TOTAL ((size_t)3 << 20)

static char byte_at(size_t position)
{
    return (char)(position * 31 + position / 251);
}

/* Moves TOTAL bytes from one pipe to another, with a writer and a reader that stop and go at odd sizes. */
static void copy_all(int in_write, int in_read, int out_write, int out_read)
{
    static struct copy_direction d;
    static char piece[40000];
    size_t sent = 0, got = 0;
    copy_init(&d, in_read, out_write);
    while (got < TOTAL) {
        size_t want = 1 + (sent * 7919) % sizeof piece;
        want = want < TOTAL - sent ? want : TOTAL - sent;
        for (size_t i = 0; i < want; i++)
            piece[i] = byte_at(sent + i);
        ssize_t n = want ? write(in_write, piece, want) : 0;
        sent += n > 0 ? (size_t)n : 0;
        (void)copy_read(&d);
        (void)copy_write(&d);
        n = read(out_read, piece, 1 + (got * 104729) % sizeof piece);
        for (ssize_t i = 0; i < n; i++)
            if (piece[i] != byte_at(got + (size_t)i))
                fail_msg("byte %zu is wrong", got + (size_t)i);
        got += n > 0 ? (size_t)n : 0;
    }
    assert_int_equal(d.begin, d.end);
}

TEST(no_byte_is_lost_doubled_or_changed)
{
    int in[2], out[2];
    assert_int_equal(pipe2(in, O_NONBLOCK | O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_NONBLOCK | O_CLOEXEC), 0);
    copy_all(in[1], in[0], out[1], out[0]);
    for (int i = 0; i < 2; i++) {
        close(in[i]);
        close(out[i]);
    }
}

TEST(a_blocking_socket_never_blocks_the_copy)
{
    int in[2], out[2];
    assert_int_equal(pipe2(in, O_NONBLOCK | O_CLOEXEC), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, out), 0);
    assert_int_equal(fcntl(out[1], F_SETFL, O_NONBLOCK), 0);
    copy_all(in[1], in[0], out[0], out[1]);
    for (int i = 0; i < 2; i++) {
        close(in[i]);
        close(out[i]);
    }
}

TEST(a_full_buffer_is_not_read_into_until_there_is_room)
{
    static struct copy_direction d;
    int in[2], out[2];
    char byte;
    assert_int_equal(pipe2(in, O_NONBLOCK | O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_NONBLOCK | O_CLOEXEC), 0);
    copy_init(&d, in[0], out[1]);
    while (copy_wants_input(&d)) {
        (void)!write(in[1], d.buffer, 4096);
        (void)copy_read(&d);
    }
    assert_false(copy_read(&d));
    assert_true(copy_wants_room(&d));
    assert_true(copy_write(&d));
    assert_int_equal(read(out[0], &byte, 1), 1);
    assert_true(copy_wants_input(&d));
    for (int i = 0; i < 2; i++) {
        close(in[i]);
        close(out[i]);
    }
}

TEST(what_nobody_reads_is_thrown_away)
{
    static struct copy_direction d;
    int in[2], out[2];
    assert_int_equal(pipe2(in, O_NONBLOCK | O_CLOEXEC), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, out), 0);
    close(out[1]);
    copy_init(&d, in[0], out[0]);
    assert_int_equal(write(in[1], "abc", 3), 3);
    assert_true(copy_read(&d));
    assert_false(copy_write(&d));
    assert_true(d.to_ended);
    assert_int_equal(write(in[1], "def", 3), 3);
    close(in[1]);
    assert_true(copy_read(&d));
    assert_false(copy_wants_room(&d));
    assert_false(copy_read(&d));
    assert_true(d.from_ended);
    close(in[0]);
    close(out[0]);
}
