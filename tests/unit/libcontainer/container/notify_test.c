#include "libcontainer/container/notify.h"

#include "tests/unit/base/fixture.h"

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

TEST(messages_of_a_container_that_is_not_ready_take_no_memory)
{
    static const char *const messages[] = {"", "\n", "STATUS=starting\nX", "READY", "=READY=1", "\nAREADY=1\n"};
    char large[8000];
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends), 0);
    scoped_fd ours = ends[0], theirs = ends[1];
    memset(large, 'x', sizeof large);
    assert_null(arena.head);
    for (size_t i = 0; i < ARRAY_SIZE(messages); i++) {
        assert_true(send(theirs, messages[i], strlen(messages[i]), 0) >= 0);
        assert_int_equal(notify_serve(ours, 0, &err), 0);
    }
    assert_true(send(theirs, large, sizeof large, 0) >= 0);
    assert_int_equal(notify_serve(ours, 0, &err), 0);
    assert_int_equal(notify_serve(ours, 0, &err), 0);
    assert_null(arena.head);
}

TEST(a_service_managers_socket_is_a_path_or_abstract)
{
    struct sockaddr_un address;
    socklen_t size;
    char large[sizeof address.sun_path + 1] = "/";
    expect_ok(notify_address("/run/x", &address, &size, &err));
    assert_string_equal(address.sun_path, "/run/x");
    assert_int_equal(size, offsetof(struct sockaddr_un, sun_path) + 6);
    expect_ok(notify_address("@x", &address, &size, &err));
    assert_memory_equal(address.sun_path, "\0x", 3);
    static const char *const others[] = {"x", "vsock:2:3", "/", "@", "./x"};
    for (size_t i = 0; i < ARRAY_SIZE(others); i++)
        expect_error(
            notify_address(others[i], &address, &size, &err),
            arena_printf(&arena, "NOTIFY_SOCKET is \"%s\": neither an absolute path nor \"@name\"", others[i]));
    memset(large + 1, 'x', sizeof large - 2);
    expect_error(notify_address(large, &address, &size, &err), "NOTIFY_SOCKET is longer than a socket's address");
    large[sizeof address.sun_path - 1] = '\0';
    expect_ok(notify_address(large, &address, &size, &err));
}
