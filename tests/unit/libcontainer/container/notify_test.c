#include "libcontainer/container/notify.h"

#include "tests/unit/base/fixture.h"

#include <sys/socket.h>

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
