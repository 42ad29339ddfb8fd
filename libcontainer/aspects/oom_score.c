/* oom_score.c - process.oomScoreAdj, written by the runtime, who may be allowed to lower it. */
#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "base/proc.h"
#include "libcontainer/launch/aspect.h"
#include "libcontainer/launch/launch.h"
#include "spec/config.h"

#include <errno.h>
#include <stdlib.h>

static int check(const struct config *c, struct error *err)
{
    if (!c->process || !c->process->oom_score_adj)
        return 0;
    int64_t score = *c->process->oom_score_adj;
    if (score < -1000 || score > 1000) {
        fail_config(err, "process.oomScoreAdj", "%lld is outside -1000 to 1000", (long long)score);
        return error_hint(err, "-1000 spares the process, 1000 kills it first");
    }
    return 0;
}

static int attach(struct launch *l, struct error *err)
{
    if (!l->process || !l->process->oom_score_adj)
        return 0;
    long long score = *l->process->oom_score_adj;
    const char *file = arena_printf(l->arena, "%d/oom_score_adj", (int)l->pid);
    int proc;
    char *now;
    if (launch_proc(l, &proc, err) < 0 || proc_read(proc, file, &now, err) < 0)
        return error_at(err, "process.oomScoreAdj");
    if (strtoll(now, NULL, 10) == score)
        return 0;
    if (proc_write(proc, file, arena_printf(l->arena, "%lld", score), err) == 0)
        return 0;
    bool is_forbidden = err->errnum == EACCES || err->errnum == EPERM;
    if (is_forbidden && l->rootless) {
        error_clear(err);
        log_warning("process.oomScoreAdj ignored: %lld is lower than the caller's own value, %lld, and needs "
                    "CAP_SYS_RESOURCE",
                    score, strtoll(now, NULL, 10));
        return 0;
    }
    error_context(err, "setting oom_score_adj to %lld (now %lld)", score, strtoll(now, NULL, 10));
    error_at(err, "process.oomScoreAdj");
    return is_forbidden ? error_hint(err, "a value below the caller's own needs CAP_SYS_RESOURCE") : -1;
}

const struct aspect oom_score = {.name = "oom_score", .check = check, .attach = attach};
