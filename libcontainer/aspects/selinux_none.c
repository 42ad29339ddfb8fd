/* selinux_none.c - in place of selinux.c where davit is built without SELinux: labels are refused, not ignored. */
#include "base/error.h"
#include "libcontainer/launch/aspect.h"
#include "spec/config.h"

static int refuse(const char *path, struct error *err)
{
    fail_config(err, path, "set, but this davit was built without SELinux");
    return error_hint(err, "leave it out, or build with ./configure --enable-selinux");
}

static int check(const struct config *c, struct error *err)
{
    if (c->process && c->process->selinux_label && *c->process->selinux_label)
        return refuse("process.selinuxLabel", err);
    if (c->linux_ && c->linux_->mount_label && *c->linux_->mount_label)
        return refuse("linux.mountLabel", err);
    return 0;
}

const struct aspect selinux = {.name = "selinux", .check = check};
