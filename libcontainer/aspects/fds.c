/* fds.c - which descriptors the process keeps: 0 to 2 and those of --preserve-fds; all others close at execve.
 *
 * Descriptors inside the range are left as they are: what davit was given has no FD_CLOEXEC, and what davit opened
 * itself in a gap has it. A number of the range may be closed: engines leave gaps. */
#include "base/error.h"
#include "libcontainer/launch/aspect.h"
#include "libcontainer/launch/launch.h"

#include <limits.h>
#include <linux/close_range.h>
#include <unistd.h>

#define FIRST 3

static int apply(struct launch *l, struct error *err)
{
    uint64_t kept = l->options ? l->options->preserve_fds : 0;
    /* Not closed at once: the channel and the program are needed up to execve, which then closes them. */
    if (FIRST + kept < UINT_MAX && close_range((unsigned)(FIRST + kept), ~0U, CLOSE_RANGE_CLOEXEC) < 0)
        return fail_errno(err, "cannot mark descriptors from %llu on to close", (unsigned long long)(FIRST + kept));
    return 0;
}

const struct aspect fds = {.name = "fds", .apply = apply};
