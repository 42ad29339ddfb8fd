#include "libcontainer/launch/refused.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "base/str.h"
#include "libcontainer/launch/namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NUMBER_LIMIT 64

/* False when the host has no such sysctl. */
static bool sysctl_number(const char *name, unsigned long *out, struct arena *a)
{
    struct error ignored;
    char *text;
    error_init(&ignored, a);
    const char *file = arena_printf(a, "/proc/sys/%s", name);
    if (file_read_at(AT_FDCWD, file, NUMBER_LIMIT, &text, NULL, &ignored) < 0)
        return false;
    *out = strtoul(text, NULL, 10);
    return true;
}

static int restricted_by_apparmor(struct error *err)
{
    char program[4096];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    program[length > 0 ? length : 0] = '\0';
    fail(
        err, ERR_NOT_PERMITTED,
        "AppArmor restricts user namespaces of ordinary users (sysctl kernel.apparmor_restrict_unprivileged_userns=1)");
    return error_hint(err,
                      "install the profile /etc/apparmor.d/davit: \"abi <abi/4.0>, profile davit %s flags=(unconfined) "
                      "{ userns, }\", and load it with apparmor_parser -r; or set the sysctl to 0",
                      *program ? program : "/usr/bin/davit");
}

/* True with *err filled. */
static bool is_restricted(struct error *err)
{
    unsigned long number;
    if (sysctl_number("kernel/unprivileged_userns_clone", &number, err->arena) && number == 0) {
        fail(err, ERR_NOT_PERMITTED,
             "user namespaces of ordinary users are forbidden (sysctl kernel.unprivileged_userns_clone=0)");
        error_hint(err, "allow them: sysctl kernel.unprivileged_userns_clone=1");
        return true;
    }
    if (sysctl_number("kernel/apparmor_restrict_unprivileged_userns", &number, err->arena) && number == 1) {
        restricted_by_apparmor(err);
        return true;
    }
    return false;
}

static int limit_reached(uint64_t types, struct error *err)
{
    static const char *const limits[PLAN_TYPES] = {"user", "net", "ipc", "uts", "cgroup", "time", "pid", "mnt"};
    for (size_t i = 0; i < PLAN_TYPES; i++) {
        unsigned long number;
        if (!(types & plan_type_at(i)) ||
            !sysctl_number(arena_printf(err->arena, "user/max_%s_namespaces", limits[i]), &number, err->arena) ||
            number > 0)
            continue;
        errno = ENOSPC;
        fail_errno(err, "cannot create a new %s namespace: limit user.max_%s_namespaces=0 reached", limits[i],
                   limits[i]);
        return error_hint(err, "raise it: sysctl user.max_%s_namespaces=10000", limits[i]);
    }
    errno = ENOSPC;
    fail_errno(err, "cannot make the container's namespaces: a limit user.max_*_namespaces is reached");
    return error_hint(err, "see /proc/sys/user/ for the limits, and lsns for what uses them up");
}

int refused_namespaces(uint64_t types, struct error *err)
{
    int errnum = errno;
    if (errnum == ENOSPC)
        return limit_reached(types, err);
    bool is_user = types & CLONE_NEWUSER;
    if (errnum == EPERM && is_user && geteuid() != 0 && is_restricted(err))
        return -1;
    errno = errnum;
    fail_errno(err, "cannot make the container's namespaces");
    if (errnum == EPERM && is_user)
        return error_hint(err,
                          "user namespaces are forbidden here: davit may be in a chroot, or below a seccomp filter");
    if (errnum == EPERM)
        return error_hint(err, "davit needs CAP_SYS_ADMIN for this; as an ordinary user, add a \"user\" namespace");
    return -1;
}

int refused_in_user_namespace(bool caller_is_root, struct error *err)
{
    if (caller_is_root || (err->errnum != EPERM && err->errnum != EACCES))
        return -1;
    struct error cause;
    error_init(&cause, err->arena);
    if (is_restricted(&cause))
        *err = cause;
    return -1;
}
