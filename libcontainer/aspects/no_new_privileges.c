/* no_new_privileges.c - set-user-id programs and file capabilities give nothing (config.md#linux-process). */
#include "base/error.h"
#include "libcontainer/launch/aspect.h"
#include "libcontainer/launch/launch.h"
#include "spec/config.h"

#include <sys/prctl.h>

static int apply(struct launch *l, struct error *err)
{
    if (!l->process || !l->process->no_new_privileges)
        return 0;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
        fail_errno(err, "cannot set no_new_privs");
        return error_at(err, "process.noNewPrivileges");
    }
    return 0;
}

const struct aspect no_new_privileges = {.name = "no_new_privileges", .apply = apply};
