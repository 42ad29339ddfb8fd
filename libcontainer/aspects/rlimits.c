/* rlimits.c - process.rlimits (config.md#posix-process), in two moments.
 *
 * The runtime raises hard limits while the child waits, since that takes privilege; the values themselves are set just
 * before execve, where they can only lower something: a limit of 0 open files then does not starve davit's own work. */
#include "base/arena.h"
#include "base/error.h"
#include "libcontainer/launch/aspect.h"
#include "libcontainer/launch/launch.h"
#include "spec/config.h"
#include "spec/names.h"

#include <sys/syscall.h>
#include <unistd.h>

/* prlimit64(2)'s; <sys/resource.h> has a struct rlimit of its own. */
struct limit {
    uint64_t soft, hard;
};

static int check(const struct config *c, struct error *err)
{
    if (!c->process)
        return 0;
    uint64_t seen = 0;
    for (size_t i = 0; c->process->rlimits[i]; i++) {
        const struct rlimit *r = c->process->rlimits[i];
        const char *path = arena_printf(err->arena, "process.rlimits[%zu]", i);
        if (*r->soft > *r->hard) {
            fail_config(err, path, "soft %llu > hard %llu", (unsigned long long)*r->soft, (unsigned long long)*r->hard);
            return error_hint(err, "lower the soft limit, or raise the hard one");
        }
        if (seen & UINT64_C(1) << *r->type) {
            fail_config(err, arena_printf(err->arena, "%s.type", path), "%s is limited twice",
                        name_of(rlimit_names, *r->type));
            return error_hint(err, "keep one of the entries");
        }
        seen |= UINT64_C(1) << *r->type;
    }
    return 0;
}

static int fail_raise(const struct rlimit *r, size_t index, uint64_t have, struct error *err)
{
    fail_errno(err, "cannot raise %s to %llu: the hard limit in force is %llu", name_of(rlimit_names, *r->type),
               (unsigned long long)*r->hard, (unsigned long long)have);
    error_at(err, "process.rlimits[%zu].hard", index);
    return error_hint(err, "ask for at most %llu, or give davit CAP_SYS_RESOURCE", (unsigned long long)have);
}

static int attach(struct launch *l, struct error *err)
{
    if (!l->process)
        return 0;
    for (size_t i = 0; l->process->rlimits[i]; i++) {
        const struct rlimit *r = l->process->rlimits[i];
        struct limit now = {0};
        if (syscall(SYS_prlimit64, l->pid, (int)*r->type, NULL, &now) < 0)
            return fail_errno(err, "cannot read %s", name_of(rlimit_names, *r->type));
        if (now.hard >= *r->hard)
            continue;
        struct limit raised = {.soft = now.soft, .hard = *r->hard};
        if (syscall(SYS_prlimit64, l->pid, (int)*r->type, &raised, NULL) < 0)
            return fail_raise(r, i, now.hard, err);
    }
    return 0;
}

static int apply_last(struct launch *l, struct error *err)
{
    if (!l->process)
        return 0;
    for (size_t i = 0; l->process->rlimits[i]; i++) {
        const struct rlimit *r = l->process->rlimits[i];
        const struct limit limit = {.soft = *r->soft, .hard = *r->hard};
        if (syscall(SYS_prlimit64, 0, (int)*r->type, &limit, NULL) < 0) {
            fail_errno(err, "cannot set %s", name_of(rlimit_names, *r->type));
            return error_at(err, "process.rlimits[%zu]", i);
        }
    }
    return 0;
}

const struct aspect rlimits = {.name = "rlimits", .check = check, .attach = attach};
const struct aspect rlimits_last = {.name = "rlimits_last", .apply = apply_last};
