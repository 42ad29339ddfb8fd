/* personality.c - linux.personality: 32-bit programs see a 32-bit machine (config-linux.md#personality). */
#include "base/error.h"
#include "libcontainer/launch/aspect.h"
#include "libcontainer/launch/launch.h"
#include "spec/config.h"

#include <sys/syscall.h>
#include <unistd.h>

static int check(const struct config *c, struct error *err)
{
    const struct personality *p = c->linux_ ? c->linux_->personality : NULL;
    if (!p || !p->flags[0])
        return 0;
    fail_config(err, "linux.personality.flags[0]", "unknown flag \"%s\"", p->flags[0]);
    return error_hint(err, "the specification knows no flags yet: leave the list empty");
}

static int apply(struct launch *l, struct error *err)
{
    const struct personality *p = l->config->linux_ ? l->config->linux_->personality : NULL;
    if (!p)
        return 0;
    if (syscall(SYS_personality, (unsigned long)*p->domain) < 0) {
        fail_errno(err, "cannot set the execution domain");
        return error_at(err, "linux.personality.domain");
    }
    return 0;
}

/* libc has a function named personality. */
const struct aspect personality_aspect = {.name = "personality", .check = check, .apply = apply};
