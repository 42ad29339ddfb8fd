/* check_host.c - what the config names on the host, before anything is made there. */
#include "libcontainer/container/check.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "base/path.h"
#include "base/str.h"
#include "spec/config.h"
#include "spec/names.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Not filesystems of the kernel: bind mounts, and what davit makes of the host's hierarchies. */
static const char *const other_types[] = {"none", "bind", "cgroup", "cgroup2", NULL};

static bool is_bind(const struct mount *m)
{
    return str_in("bind", m->options) || str_in("rbind", m->options);
}

static void check_source(struct findings *f, const struct mount *m, size_t index, const char *bundle)
{
    struct error e;
    error_init(&e, f->arena);
    const char *path = arena_printf(f->arena, "mounts[%zu].source", index);
    struct stat st;
    if (!is_bind(m))
        return;
    if (!m->source) {
        fail_config(&e, path, "missing: what is bound to %s?", m->destination);
    } else if (stat(path_absolute(f->arena, bundle, m->source), &st) == 0 || errno == EACCES) {
        return;
    } else {
        fail(&e, ERR_NOT_FOUND, "%s \"%s\" does not exist on the host", path, m->source);
        error_at(&e, "%s", path);
    }
    findings_add(f, true, &e);
}

/* A filesystem's own options are not known here, so only what looks like a misspelt one of davit's is told. */
static void check_options(struct findings *f, const struct mount *m, size_t index)
{
    for (size_t i = 0; m->options && m->options[i]; i++) {
        struct error e;
        error_init(&e, f->arena);
        const char *option = m->options[i];
        const char *nearest = strchr(option, '=') ? NULL : mount_option_nearest(option);
        if (!nearest || mount_option_find(option, NULL))
            continue;
        const char *path = arena_printf(f->arena, "mounts[%zu].options[%zu]", index, i);
        fail(&e, ERR_INVALID_CONFIG, "%s \"%s\" is not a known option", path, str_printable(f->arena, option));
        error_hint(&e, "did you mean \"%s\"?", nearest);
        error_at(&e, "%s", path);
        findings_add(f, false, &e);
    }
}

/* A line of /proc/filesystems is "nodev\tTYPE" or "\tTYPE". */
static bool is_listed(const char *filesystems, const char *type, struct arena *a)
{
    const char *line = arena_printf(a, "\t%s\n", type);
    return strstr(filesystems, line);
}

/* The kernel loads some filesystems when they are first mounted, so this is a warning. */
static void check_types(struct findings *f, const struct config *c)
{
    struct error e;
    char *filesystems;
    error_init(&e, f->arena);
    if (file_read_at(AT_FDCWD, "/proc/filesystems", 1 << 16, &filesystems, NULL, &e) < 0)
        return;
    for (size_t i = 0; c->mounts && c->mounts[i]; i++) {
        const struct mount *m = c->mounts[i];
        if (!m->type || is_bind(m) || str_in(m->type, other_types) || is_listed(filesystems, m->type, f->arena))
            continue;
        const char *path = arena_printf(f->arena, "mounts[%zu].type", i);
        error_init(&e, f->arena);
        fail(&e, ERR_NOT_SUPPORTED, "%s: filesystem type \"%s\" is unknown to this kernel, unless a module has it",
             path, str_printable(f->arena, m->type));
        error_at(&e, "%s", path);
        findings_add(f, false, &e);
    }
}

static void check_hooks(struct findings *f, const struct hook **list, const char *name)
{
    for (size_t i = 0; list && list[i]; i++) {
        struct error e;
        error_init(&e, f->arena);
        const char *path = arena_printf(f->arena, "hooks.%s[%zu].path", name, i);
        if (list[i]->path[0] != '/' || access(list[i]->path, X_OK) == 0)
            continue;
        if (errno == ENOENT)
            fail(&e, ERR_NOT_FOUND, "%s \"%s\" does not exist on the host", path, list[i]->path);
        else
            fail(&e, ERR_NOT_PERMITTED, "%s \"%s\" cannot be executed", path, list[i]->path);
        error_at(&e, "%s", path);
        findings_add(f, true, &e);
    }
}

static void check_namespace_files(struct findings *f, const struct linux_config *l)
{
    for (size_t i = 0; l && l->namespaces && l->namespaces[i]; i++) {
        const char *file = l->namespaces[i]->path;
        struct error e;
        error_init(&e, f->arena);
        if (!file || access(file, F_OK) == 0 || errno == EACCES)
            continue;
        const char *path = arena_printf(f->arena, "linux.namespaces[%zu].path", i);
        fail(&e, ERR_NOT_FOUND, "%s \"%s\" does not exist", path, file);
        error_at(&e, "%s", path);
        error_hint(&e, "the process that it belonged to may have ended");
        findings_add(f, true, &e);
    }
}

void check_host_paths(struct findings *f, const struct config *c, const char *bundle)
{
    for (size_t i = 0; c->mounts && c->mounts[i]; i++) {
        check_source(f, c->mounts[i], i, bundle);
        check_options(f, c->mounts[i], i);
    }
    check_types(f, c);
    if (c->hooks) {
        check_hooks(f, c->hooks->prestart, "prestart");
        check_hooks(f, c->hooks->create_runtime, "createRuntime");
        check_hooks(f, c->hooks->create_container, "createContainer");
        check_hooks(f, c->hooks->poststart, "poststart");
        check_hooks(f, c->hooks->poststop, "poststop");
    }
    check_namespace_files(f, c->linux_);
}
