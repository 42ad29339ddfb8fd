#include "libcontainer/launch/attached.h"

#include "libcontainer/launch/launch.h"

#include <linux/futex.h>
#include <poll.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
    NOT_YET = 0,
    ATTACHED = 1,
    AWAITED = 2, /* not yet, and the child sleeps */
};

static int await(struct launch *l, struct error *err)
{
    uint32_t *word = &l->shared->attached;
    uint32_t now = NOT_YET;
    (void)err;
    /* Should the runtime die, so does the child (PR_SET_PDEATHSIG). */
    if (!__atomic_compare_exchange_n(word, &now, AWAITED, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE) && now == ATTACHED)
        return 0;
    while (__atomic_load_n(word, __ATOMIC_ACQUIRE) != ATTACHED)
        syscall(SYS_futex, word, FUTEX_WAIT, AWAITED, NULL, NULL, 0);
    return 0;
}

void attached_tell(struct launch *l)
{
    uint32_t *word = &l->shared->attached;
    if (__atomic_exchange_n(word, ATTACHED, __ATOMIC_ACQ_REL) == AWAITED)
        syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

bool attached_is_told(const struct launch *l)
{
    return __atomic_load_n(&l->shared->attached, __ATOMIC_ACQUIRE) == ATTACHED;
}

void attached_say_entered(struct launch *l)
{
    __atomic_store_n(&l->shared->entered, 1, __ATOMIC_RELEASE);
    syscall(SYS_futex, &l->shared->entered, FUTEX_WAKE, 1, NULL, NULL, 0);
}

void attached_await_entry(struct launch *l)
{
    const struct timespec look_again = {.tv_nsec = 50000000};
    struct pollfd death = {.fd = l->pidfd, .events = POLLIN};
    while (!__atomic_load_n(&l->shared->entered, __ATOMIC_ACQUIRE) && poll(&death, 1, 0) == 0)
        syscall(SYS_futex, &l->shared->entered, FUTEX_WAIT, 0, &look_again, NULL, 0);
}

const struct aspect attached = {.name = "attached", .apply = await};
