/* seccomp_none.c - in place of the seccomp files where davit is built without libseccomp: profiles are refused. */
#include "libcontainer/aspects/seccomp.h"

#include "base/error.h"
#include "libcontainer/launch/aspect.h"
#include "libcontainer/launch/service.h"
#include "spec/config.h"

#include <stddef.h>

static int check(const struct config *c, struct error *err)
{
    if (!c->linux_ || !c->linux_->seccomp)
        return 0;
    fail_config(err, "linux.seccomp", "set, but this davit was built without seccomp");
    return error_hint(err, "leave it out, or build with ./configure --enable-seccomp");
}

const char *seccomp_explain_death(struct arena *a, const struct config *c, bool *out_is_certain)
{
    (void)a;
    (void)c;
    *out_is_certain = false;
    return NULL;
}

static int serve(struct launch *l, struct message *m, struct service_reply *reply, struct error *err)
{
    (void)l;
    (void)m;
    (void)reply;
    return fail(err, ERR_NOT_SUPPORTED, "this davit was built without seccomp");
}

const struct aspect seccomp = {.name = "seccomp", .check = check};
const struct aspect seccomp_early = {.name = "seccomp_early"};
const struct aspect seccomp_last = {.name = "seccomp_last"};
const struct service seccomp_service = {CHANNEL_SECCOMP_FD, "runtime: seccomp", serve};
