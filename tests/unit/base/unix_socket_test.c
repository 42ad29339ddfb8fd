#include "base/unix_socket.h"

#include "tests/unit/base/fixture.h"

#include <sys/socket.h>
#include <sys/un.h>

/* Listens at `name` below the directory `dir`. */
static int listen_at(int dir, const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", dir, name);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 1), 0);
    return fd;
}

static void expect_connected(int listener, int fd)
{
    char byte = 0;
    scoped_fd peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    assert_int_equal(write(fd, "x", 1), 1);
    assert_int_equal(read(peer, &byte, 1), 1);
    assert_int_equal(byte, 'x');
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
}

TEST(a_socket_is_reached_by_its_path)
{
    scoped_fd listener = listen_at(test_directory(), "s"), fd = -1;
    expect_ok(unix_socket_connect(arena_printf(&arena, "%s/s", test_path), &fd, &err));
    expect_connected(listener, fd);
}

TEST(a_path_may_be_longer_than_a_socket_address)
{
    const char *deep = arena_printf(&arena, "%0150d", 0);
    assert_int_equal(mkdirat(test_directory(), deep, 0700), 0);
    scoped_fd dir = openat(test_directory(), deep, O_PATH | O_DIRECTORY | O_CLOEXEC);
    scoped_fd listener = listen_at(dir, "s"), fd = -1;
    expect_ok(unix_socket_connect(arena_printf(&arena, "%s/%s/s", test_path, deep), &fd, &err));
    expect_connected(listener, fd);
}

TEST(what_cannot_be_reached_is_named)
{
    scoped_fd fd = -1;
    expect_error(unix_socket_connect("/nowhere/s", &fd, &err),
                 "cannot connect to /nowhere/s: No such file or directory (ENOENT)");
    write_test_file("plain", "");
    const char *path = arena_printf(&arena, "%s/plain", test_path);
    expect_error(unix_socket_connect(path, &fd, &err),
                 arena_printf(&arena, "cannot connect to %s: Connection refused (ECONNREFUSED)", path));
    const char *deep = arena_printf(&arena, "/nowhere/%0150d", 0);
    expect_error(unix_socket_connect(deep, &fd, &err), "cannot open /nowhere: No such file or directory (ENOENT)");
    const char *name = arena_printf(&arena, "%s/%0150d", test_path, 0);
    expect_error(unix_socket_connect(name, &fd, &err),
                 arena_printf(&arena, "cannot connect to %s: File name too long (ENAMETOOLONG)", name));
    assert_int_equal(fd, -1);
}
