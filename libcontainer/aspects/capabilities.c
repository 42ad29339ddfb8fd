/* capabilities.c - the five capability sets of the process (config.md#linux-process), by the kernel's own calls.
 *
 * What cannot be granted is warned of by name and left out, as the specification wants. A config without capabilities
 * gets none. */
#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "libcontainer/launch/aspect.h"
#include "libcontainer/launch/launch.h"
#include "spec/config.h"
#include "spec/names.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct capabilities *wanted(const struct launch *l)
{
    static const struct capabilities none;
    return l->process->capabilities ? l->process->capabilities : &none;
}

struct sets {
    uint64_t effective, permitted, inheritable;
};

#define BIT(n) (UINT64_C(1) << (n))

static int read_sets(struct sets *out, struct error *err)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data) < 0)
        return fail_errno(err, "cannot read capabilities");
    out->effective = (uint64_t)data[1].effective << 32 | data[0].effective;
    out->permitted = (uint64_t)data[1].permitted << 32 | data[0].permitted;
    out->inheritable = (uint64_t)data[1].inheritable << 32 | data[0].inheritable;
    return 0;
}

static int write_sets(const struct sets *s, struct error *err)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    for (int i = 0; i < 2; i++) {
        data[i].effective = (uint32_t)(s->effective >> (32 * i));
        data[i].permitted = (uint32_t)(s->permitted >> (32 * i));
        data[i].inheritable = (uint32_t)(s->inheritable >> (32 * i));
    }
    return syscall(SYS_capset, &header, data) < 0 ? fail_errno(err, "cannot set capabilities") : 0;
}

static void warn_missing(const char *set, uint64_t missing)
{
    for (int i = 0; i < 64; i++) {
        if (!(missing & BIT(i)))
            continue;
        const char *name = name_of(capability_names, i);
        log_warning("process.capabilities.%s: %s cannot be granted here and is left out", set, name ? name : "unknown");
    }
}

/* 1 beyond the kernel's last capability. What is not held need not be dropped, nor may it be by everybody. */
static int drop_bound(int capability, struct error *err)
{
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0)
        return 0;
    int errnum = errno;
    if (errnum == EINVAL)
        return 1;
    if (prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 0)
        return 0;
    const char *name = name_of(capability_names, capability);
    errno = errnum;
    fail_errno(err, "cannot drop %s from the bounding set", name ? name : "a capability");
    return error_at(err, "process.capabilities.bounding");
}

/* The bounding set is cut while the process still has CAP_SETPCAP. */
static int apply_bounds(struct launch *l, struct error *err)
{
    if (!l->process)
        return 0;
    const struct capabilities *want = wanted(l);
    uint64_t missing = want->bounding;
    int dropped = 0;
    for (int i = 0; i < 64 && dropped == 0; i++) {
        if (!(want->bounding & BIT(i)))
            dropped = drop_bound(i, err);
        else if (prctl(PR_CAPBSET_READ, i, 0, 0, 0) > 0)
            missing &= ~BIT(i);
    }
    if (dropped < 0)
        return -1;
    warn_missing("bounding", missing);
    return 0;
}

static int set_ambient(uint64_t wanted, const struct sets *sets, struct error *err)
{
    uint64_t possible = wanted & sets->permitted & sets->inheritable;
    warn_missing("ambient", wanted & ~possible);
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
        return fail_errno(err, "cannot clear ambient capabilities");
    for (int i = 0; i < 64; i++) {
        if (possible & BIT(i) && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0) < 0) {
            fail_errno(err, "cannot raise %s", name_of(capability_names, i));
            return error_at(err, "process.capabilities.ambient");
        }
    }
    return 0;
}

static int apply(struct launch *l, struct error *err)
{
    if (!l->process)
        return 0;
    const struct capabilities *want = wanted(l);
    struct sets had = {0};
    if (read_sets(&had, err) < 0)
        return -1;
    struct sets now = {
        .permitted = want->permitted & had.permitted,
        .inheritable = want->inheritable & (had.permitted | had.inheritable),
    };
    now.effective = want->effective & now.permitted;
    warn_missing("permitted", want->permitted & ~now.permitted);
    warn_missing("effective", want->effective & ~now.effective & want->permitted & now.permitted);
    warn_missing("inheritable", want->inheritable & ~now.inheritable);
    /* A filter without no_new_privs needs CAP_SYS_ADMIN to be loaded, which happens last of all. Holding it until
     * execve changes nothing for the program: execve computes its sets from the inheritable, bounding and ambient
     * ones alone (capabilities(7)). */
    struct sets held = now;
    if (l->seccomp_program && !l->process->no_new_privileges) {
        l->held_capabilities = BIT(CAP_SYS_ADMIN) & had.permitted & ~now.effective;
        held.permitted |= l->held_capabilities;
        held.effective |= l->held_capabilities;
    }
    if (write_sets(&held, err) < 0)
        return error_at(err, "process.capabilities");
    if (set_ambient(want->ambient, &now, err) < 0)
        return -1;
    return prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0 ? fail_errno(err, "cannot stop keeping capabilities") : 0;
}

/* What was held for the filter goes as soon as that is loaded. */
static int apply_rest(struct launch *l, struct error *err)
{
    struct sets now;
    if (!l->held_capabilities || !l->seccomp_is_loaded)
        return 0;
    const struct capabilities *want = wanted(l);
    if (read_sets(&now, err) < 0)
        return -1;
    now.effective &= ~l->held_capabilities;
    now.permitted &= ~l->held_capabilities | want->permitted;
    return write_sets(&now, err) < 0 ? error_at(err, "process.capabilities") : 0;
}

const struct aspect capability_bounds = {.name = "capability_bounds", .apply = apply_bounds};
const struct aspect capabilities = {.name = "capabilities", .apply = apply};
const struct aspect held_capabilities = {.name = "held_capabilities", .apply = apply_rest};
