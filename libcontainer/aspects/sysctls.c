#include "libcontainer/launch/aspect.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/proc.h"
#include "base/str.h"
#include "libcontainer/aspects/sysctl_rules.h"
#include "libcontainer/launch/launch.h"
#include "spec/config.h"
#include "spec/names.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>

#define PROFILE_LIMIT 4096

static const char *member(struct arena *a, const struct pair *p)
{
    return arena_printf(a, "linux.sysctl.%s", p->key);
}

static int check_one(const struct config *c, const struct pair *p, struct error *err)
{
    const char *file;
    if (sysctl_file(p->key, &file, err) < 0)
        return error_at(err, "%s", member(err->arena, p));
    uint64_t namespace = sysctl_namespace(file);
    if (!namespace) {
        fail_config(err, member(err->arena, p), "sysctl \"%s\" belongs to no namespace: it would change the host",
                    p->key);
        return error_hint(err, "set it on the host with sysctl(8)");
    }
    if (str_equal(file, "kernel/hostname") && c->hostname && *c->hostname)
        return fail_config(err, member(err->arena, p), "sysctl \"%s\" and hostname are both set", p->key);
    if (config_namespace(c, (int64_t) namespace))
        return 0;
    const char *name = name_of(namespace_names, (int64_t) namespace);
    fail_config(err, member(err->arena, p),
                "sysctl \"%s\" belongs to the %s namespace, and the container has none of its own", p->key, name);
    return error_hint(err, "add {\"type\": \"%s\"} to linux.namespaces", name);
}

static int check(const struct config *c, struct error *err)
{
    if (!c->linux_)
        return 0;
    for (const struct pair **p = c->linux_->sysctl; *p; p++) {
        if (check_one(c, *p, err) < 0)
            return -1;
    }
    return 0;
}

/* Profiles of AppArmor mistake davit's own procfs, which is attached nowhere, for /sys. */
static void hint_denied(struct error *err)
{
    struct error ignored;
    char *profile = NULL;
    error_init(&ignored, err->arena);
    if (file_read_at(AT_FDCWD, "/proc/self/attr/current", PROFILE_LIMIT, &profile, NULL, &ignored) < 0)
        profile = NULL;
    if (profile)
        profile[strcspn(profile, "\n")] = '\0';
    if (profile && *profile && !str_equal(profile, "unconfined"))
        error_hint(err,
                   "AppArmor profile \"%s\" denied a procfs write (known problem of profiles with /sys deny rules)",
                   str_printable(err->arena, profile));
    else
        error_hint(err, "it can be read only, or a security module denied a procfs write (known problem of AppArmor "
                        "profiles with /sys deny rules)");
}

static int explain(const struct pair *p, struct error *err)
{
    error_at(err, "%s", member(err->arena, p));
    if (err->errnum == ENOENT)
        error_hint(err, "this kernel has no such parameter, or its module is not loaded");
    else if (err->errnum == EINVAL || err->errnum == ERANGE)
        error_hint(err, "the kernel does not take this value");
    else if (err->errnum == EACCES)
        hint_denied(err);
    return error_context(err, "sysctl %s = \"%s\"", p->key, str_printable(err->arena, p->value));
}

static int apply(struct launch *l, struct error *err)
{
    const struct linux_config *config = l->config->linux_;
    if (!config || !*config->sysctl)
        return 0;
    /* Whole, with /proc/sys, and only for as long as it is needed (R5). */
    scoped_fd proc = -1;
    if (proc_open(true, &proc, err) < 0)
        return error_context(err, "sysctls");
    for (const struct pair **p = config->sysctl; *p; p++) {
        const char *file;
        if (sysctl_file((*p)->key, &file, err) < 0)
            return error_at(err, "%s", member(err->arena, *p));
        if (proc_write(proc, arena_printf(err->arena, "sys/%s", file), (*p)->value, err) < 0)
            return explain(*p, err);
    }
    return 0;
}

extern const struct aspect sysctls;
const struct aspect sysctls = {
    .name = "sysctls",
    .check = check,
    .apply = apply,
};
