#include "libcontainer/cgroup/internal.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include <string.h>
#include <time.h>

#define FREEZE_LIMIT_MS 10000

static const char *parent_of(struct arena *a, const char *directory)
{
    const char *slash = strrchr(directory, '/');
    return slash && slash != directory ? arena_strndup(a, directory, (size_t)(slash - directory)) : NULL;
}

/* A new v1 cpuset has no processors and no memory nodes, and nobody can enter it: they are taken from above. */
static int inherit(const char *directory, bool is_new, const char *file, unsigned depth, const char **out,
                   struct error *err)
{
    const struct place p = {.version = 1, .directory = directory};
    *out = "";
    if (!is_new && place_read(&p, file, out, err) < 0)
        return -1;
    if (*out && **out)
        return 0;
    const char *parent = parent_of(err->arena, directory);
    if (!*out || !parent || depth == 0)
        return fail(err, ERR_SYSTEM, "no cgroup above %s has %s", directory, file);
    if (inherit(parent, false, file, depth - 1, out, err) < 0)
        return -1;
    return place_write(&p, file, *out, err);
}

int v1_prepare(struct place *p, struct error *err)
{
    const char *text;
    if (!(p->controllers & CONTROLLER_BIT(CONTROLLER_CPUSET)))
        return 0;
    return inherit(p->directory, p->made, "cpuset.cpus", 64, &text, err) < 0 ||
                   inherit(p->directory, p->made, "cpuset.mems", 64, &text, err) < 0
               ? -1
               : 0;
}

int v1_is_frozen(struct place *p, bool *out, struct error *err)
{
    const char *state;
    *out = false;
    if (place_read(p, "freezer.state", &state, err) < 0)
        return -1;
    *out = state && !str_equal(state, "THAWED");
    return 0;
}

int v1_freeze(struct place *p, bool frozen, struct error *err)
{
    const char *wanted = frozen ? "FROZEN" : "THAWED", *state;
    for (unsigned waited_ms = 0; waited_ms < FREEZE_LIMIT_MS; waited_ms++) {
        /* Written each time: a process that forks while it is being frozen leaves the cgroup at FREEZING. */
        if (place_write(p, "freezer.state", wanted, err) < 0 || place_read(p, "freezer.state", &state, err) < 0)
            return -1;
        if (!state || str_equal(state, wanted))
            return 0;
        nanosleep(&(struct timespec){.tv_nsec = 1000000L}, NULL);
    }
    if (frozen && place_write(p, "freezer.state", "THAWED", err) < 0)
        return -1;
    fail(err, ERR_TIMED_OUT, "%s did not become %s within 10 seconds", p->directory, frozen ? "frozen" : "thawed");
    return error_hint(err, "a process in it sits in an uninterruptible call (state D), or a cgroup above is frozen");
}
