/* apparmor.c - process.apparmorProfile: asked of the kernel for the coming execve, and read back (SECURITY R6). */
#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/str.h"
#include "libcontainer/launch/aspect.h"
#include "libcontainer/launch/launch.h"
#include "spec/config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define EXEC_FILE    "self/attr/apparmor/exec"
#define CURRENT_FILE "self/attr/apparmor/current"

static const char *profile_of(const struct launch *l)
{
    const char *profile = l->process ? l->process->apparmor_profile : NULL;
    return profile && *profile ? profile : NULL;
}

static bool is_enabled(struct arena *a)
{
    struct error ignored;
    char *text;
    error_init(&ignored, a);
    return file_read_at(AT_FDCWD, "/sys/module/apparmor/parameters/enabled", 16, &text, NULL, &ignored) == 0 &&
           text[0] == 'Y';
}

static int before(struct launch *l, struct error *err)
{
    const char *profile = profile_of(l);
    if (!profile || is_enabled(err->arena))
        return 0;
    if (str_equal(profile, "unconfined")) {
        log_debug("apparmor: is off, which is as unconfined as can be");
        return 0;
    }
    fail(err, ERR_NOT_SUPPORTED, "process.apparmorProfile set, but AppArmor is not enabled here");
    error_at(err, "process.apparmorProfile");
    return error_hint(err, "leave it out, or boot with AppArmor (/sys/module/apparmor/parameters/enabled)");
}

/* "PROFILE (enforce)" without its mode. */
static const char *label_only(struct arena *a, const char *text)
{
    size_t length = strcspn(text, "\n");
    const char *mode = memmem(text, length, " (", 2);
    return arena_strndup(a, text, mode ? (size_t)(mode - text) : length);
}

static bool has_profile(struct arena *a, const char *label, const char *profile)
{
    const char *stacked = arena_printf(a, "//&%s", profile);
    return str_equal(label, profile) || str_has_suffix(label, stacked) ||
           str_has_prefix(label, arena_printf(a, "%s//&", profile)) || strstr(label, arena_printf(a, "%s//&", stacked));
}

static int request(struct launch *l, int proc, const char *verb, const char *profile, struct error *err)
{
    if (proc_write(proc, EXEC_FILE, arena_printf(l->arena, "%s %s", verb, profile), err) == 0)
        return 0;
    int errnum = err->errnum;
    error_context(err, "setting the AppArmor profile \"%s\" through `/proc/self/attr/apparmor/exec`", profile);
    error_at(err, "process.apparmorProfile");
    return errnum == ENOENT ? error_hint(err, "no profile of that name is loaded: see apparmor_parser(8)") : -1;
}

static int apply(struct launch *l, struct error *err)
{
    const char *profile = profile_of(l);
    char *text;
    int proc;
    if (!profile || !is_enabled(l->arena))
        return 0;
    if (launch_proc(l, &proc, err) < 0 || proc_read(proc, CURRENT_FILE, &text, err) < 0)
        return error_context(err, "reading the AppArmor label");
    /* With no_new_privs a confined process may only add to its confinement. */
    bool is_confined = !str_equal(label_only(l->arena, text), "unconfined");
    const char *verb = is_confined && l->process->no_new_privileges ? "stack" : "exec";
    if (request(l, proc, verb, profile, err) < 0)
        return -1;
    if (proc_read(proc, EXEC_FILE, &text, err) < 0)
        return error_context(err, "reading the AppArmor profile back");
    const char *label = label_only(l->arena, text);
    if (has_profile(l->arena, label, profile))
        return 0;
    fail(err, ERR_SYSTEM, "the kernel took the AppArmor profile \"%s\" as \"%s\"", profile,
         str_printable(err->arena, label));
    return error_at(err, "process.apparmorProfile");
}

const struct aspect apparmor = {.name = "apparmor", .before = before, .apply = apply};
