/* environment.c - the variables of the process and its working directory (config.md#process).
 *
 * The environment is process.env and nothing of davit's own; the last of several entries wins, and HOME comes from the
 * container's passwd when it is missing or empty. */
#include "libcontainer/aspects/environment.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/syscalls.h"
#include "libcontainer/launch/accounts.h"
#include "libcontainer/launch/aspect.h"
#include "libcontainer/launch/launch.h"
#include "spec/config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PASSWD_LIMIT (1 << 20)

static size_t name_length(const char *entry)
{
    const char *equals = strchr(entry, '=');
    return equals ? (size_t)(equals - entry) : strlen(entry);
}

struct variable {
    const char *entry;
    size_t length, index;
};

static int compare_names(const struct variable *a, const struct variable *b)
{
    int order = memcmp(a->entry, b->entry, a->length < b->length ? a->length : b->length);
    return order ? order : (a->length > b->length) - (a->length < b->length);
}

static int compare_variables(const void *a, const void *b)
{
    const struct variable *one = a, *other = b;
    int order = compare_names(one, other);
    return order ? order : (one->index > other->index) - (one->index < other->index);
}

/* Which entries have a later one of their name. Sorted for that: there may be as many as an argument list holds. */
static bool *replaced_entries(struct arena *a, const char *const *env, size_t count)
{
    struct variable *all = arena_array(a, count + 1, sizeof *all);
    bool *replaced = arena_array(a, count + 1, sizeof *replaced);
    for (size_t i = 0; i < count; i++)
        all[i] = (struct variable){env[i], name_length(env[i]), i};
    qsort(all, count, sizeof *all, compare_variables);
    for (size_t i = 0; i + 1 < count; i++)
        replaced[all[i].index] = compare_names(&all[i], &all[i + 1]) == 0;
    return replaced;
}

const char *environment_value(const char *const *env, const char *name)
{
    size_t length = strlen(name);
    for (; *env; env++)
        if (strncmp(*env, name, length) == 0 && (*env)[length] == '=')
            return *env + length + 1;
    return NULL;
}

const char **environment_build(struct arena *a, const char *const *env, const char *home)
{
    size_t count = str_count(env), kept = 0;
    const char **out = arena_array(a, count + 2, sizeof *out);
    const bool *replaced = replaced_entries(a, env, count);
    for (size_t i = 0; i < count; i++) {
        bool is_empty_home = home && str_equal(env[i], "HOME=");
        if (!replaced[i] && !is_empty_home)
            out[kept++] = env[i];
    }
    if (home && !environment_value(out, "HOME"))
        out[kept++] = arena_printf(a, "HOME=%s", home);
    return out;
}

static int check(const struct config *c, struct error *err)
{
    if (!c->process)
        return 0;
    for (size_t i = 0; c->process->env[i]; i++) {
        const char *entry = c->process->env[i];
        if (*entry && *entry != '=' && strchr(entry, '='))
            continue;
        fail_config(err, arena_printf(err->arena, "process.env[%zu]", i), "\"%s\" is not of the form NAME=VALUE",
                    str_printable(err->arena, entry));
        return error_hint(err, "write NAME=, if the value is empty");
    }
    if (c->process->cwd && c->process->cwd[0] != '/') {
        fail_config(err, "process.cwd", "\"%s\" is not an absolute path", str_printable(err->arena, c->process->cwd));
        return error_hint(err, "begin with a slash; the path is seen from inside the container");
    }
    return 0;
}

/* The user's home in the container's passwd; "/" when that cannot be told. The file is the image's: a fifo or a device
 * in its place is not opened. */
static const char *home_of(struct launch *l, uint32_t uid)
{
    struct error ignored;
    error_init(&ignored, l->arena);
    scoped_fd found = -1, fd = -1;
    int proc;
    char *text;
    struct account entry;
    if (path_find_inside(l->root_fd, "/etc/passwd", O_PATH, &found, &ignored) != PATH_FOUND ||
        launch_proc(l, &proc, &ignored) < 0 || proc_reopen_regular(proc, found, O_RDONLY, &fd, &ignored) < 0 ||
        file_read(fd, PASSWD_LIMIT, &text, NULL, &ignored) < 0 || !account_find(l->arena, text, NULL, uid, &entry) ||
        !*entry.home)
        return "/";
    return entry.home;
}

int environment_enter(struct launch *l, struct error *err)
{
    const char *cwd = l->process->cwd;
    const char *source = l->options && l->options->cwd_option ? "--cwd" : "process.cwd";
    scoped_fd fd = -1;
    if (path_open_inside(l->root_fd, cwd, O_PATH | O_DIRECTORY, &fd, err) < 0 || fchdir(fd) < 0) {
        int errnum = fd < 0 ? err->errnum : errno;
        error_clear(err);
        errno = errnum;
        if (errnum == ENOENT)
            fail(err, ERR_NOT_FOUND, "%s \"%s\" does not exist in the container", source, cwd);
        else if (errnum == ENOTDIR)
            fail(err, ERR_INVALID_CONFIG, "%s \"%s\" is no directory in the container", source, cwd);
        else
            fail_errno(err, "cannot enter %s \"%s\"", source, cwd);
        error_at(err, "process.cwd");
        return error_hint(err, "make the directory in the image, or choose another one");
    }
    /* A directory that is not below the container's root is one of the host's (CVE-2024-21626). */
    char reached[PATH_MAX];
    int length = sys_getcwd(reached, sizeof reached);
    if (length < 0 || reached[0] != '/') {
        if (chdir("/") < 0)
            return fail_errno(err, "cannot leave a directory outside the container");
        fail(err, ERR_NOT_PERMITTED, "%s \"%s\" leads out of the container", source, cwd);
        return error_at(err, "process.cwd");
    }
    l->in_working_directory = true;
    return 0;
}

static int apply(struct launch *l, struct error *err)
{
    if (!l->process)
        return 0;
    const char *const *env = (const char *const *)l->process->env;
    const char *home = environment_value(env, "HOME");
    l->environment =
        environment_build(l->arena, env, home && *home ? NULL : home_of(l, (uint32_t)*process_user(l->process)->uid));
    /* Some directories root alone may enter, others (root-squashing network filesystems) the user alone: the latter are
     * tried again by the aspect "program". */
    if (environment_enter(l, err) == 0)
        return 0;
    if (err->errnum != EACCES && err->errnum != EPERM)
        return -1;
    log_debug("environment: the working directory is entered as the user");
    error_clear(err);
    return 0;
}

/* A missing working directory is made before the root becomes read-only (switch_root). Whatever else is wrong with it,
 * entering it will tell. */
static int make_working_directory(struct launch *l, struct error *err)
{
    scoped_fd fd = -1;
    const char *cwd = l->process ? l->process->cwd : "/";
    if (path_find_inside(l->root_fd, cwd, O_PATH | O_DIRECTORY, &fd, err) != PATH_ABSENT) {
        error_clear(err);
        return 0;
    }
    mode_t mask = umask(0);
    int made = path_make_directory(l->root_fd, cwd, 0755, &fd, err);
    umask(mask);
    if (made == 0)
        return 0;
    errno = err->errnum;
    error_clear(err);
    fail_errno(err, "process.cwd \"%s\" does not exist in the container, and cannot be made", cwd);
    error_at(err, "process.cwd");
    return error_hint(err, "make the directory in the image, or choose another one");
}

const struct aspect environment = {.name = "environment", .check = check, .apply = apply};
const struct aspect working_directory = {.name = "working_directory", .apply = make_working_directory};
