/* check_host.c - what the config names on the host, before anything is made there. */
#include "libcontainer/container/check.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/path.h"
#include "base/str.h"
#include "spec/config.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static void check_source(struct findings *f, const struct mount *m, size_t index, const char *bundle)
{
    struct error e;
    error_init(&e, f->arena);
    const char *path = arena_printf(f->arena, "mounts[%zu].source", index);
    bool is_bind = str_in("bind", m->options) || str_in("rbind", m->options);
    struct stat st;
    if (!is_bind)
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
    for (size_t i = 0; c->mounts && c->mounts[i]; i++)
        check_source(f, c->mounts[i], i, bundle);
    if (c->hooks) {
        check_hooks(f, c->hooks->prestart, "prestart");
        check_hooks(f, c->hooks->create_runtime, "createRuntime");
        check_hooks(f, c->hooks->create_container, "createContainer");
        check_hooks(f, c->hooks->poststart, "poststart");
        check_hooks(f, c->hooks->poststop, "poststop");
    }
    check_namespace_files(f, c->linux_);
}
