#include "libcontainer/mount/plan.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"
#include "spec/annotations.h"
#include "spec/config.h"

#include <inttypes.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>

const char *mount_plan_name(struct arena *a, const struct planned_mount *m)
{
    return arena_printf(a, "%s %s on %s", m->path, m->source ? m->source : m->type, m->destination);
}

static bool is_bind_word(const char *type)
{
    return str_equal(type, "bind") || str_equal(type, "rbind") || str_equal(type, "none");
}

static int choose_kind(struct planned_mount *m, struct error *err)
{
    const char *type = m->config->type;
    if (m->options.flags & MS_REMOUNT) {
        m->kind = MOUNT_KIND_REMOUNT;
        m->type = "remount";
    } else if (mount_options_bind(&m->options)) {
        m->kind = MOUNT_KIND_BIND;
        m->type = "bind";
    } else if (!type || *type == '\0') {
        fail_config(err, m->path, "type is missing");
        return error_hint(err, "give a filesystem type, or the option \"bind\" or \"rbind\"");
    } else if (is_bind_word(type)) {
        fail_config(err, m->path, "type \"%s\" is not a filesystem; add option \"bind\" or \"rbind\"", type);
        return -1;
    } else {
        m->kind = str_equal(type, "cgroup") || str_equal(type, "cgroup2") ? MOUNT_KIND_CGROUP : MOUNT_KIND_FILESYSTEM;
        m->type = type;
    }
    return 0;
}

static int check_bind(struct planned_mount *m, const char *bundle, struct error *err)
{
    const char *source = m->config->source;
    if (!source || *source == '\0')
        return fail_config(err, m->path, "source is missing: a bind mount needs one");
    m->source = bundle && *source != '/' ? path_join(err->arena, bundle, source) : source;
    /* A bind mount has no filesystem to give them to. They are ignored with a warning, as the specification's own tests
     * expect, but not a word that may have been one of ours: "rdonly" must not make a writable mount. */
    for (const struct mount_datum *d = m->options.data; d->key; d++) {
        if (d->value || !mount_option_meant(d->key))
            continue;
        const char *at = arena_printf(err->arena, "%s.options[%zu]", m->path, d->option);
        fail(err, ERR_INVALID_CONFIG, "%s %s", at, mount_option_unknown(d, err));
        error_at(err, "%s", at);
        return error_hint(err, "a bind mount has no options of a filesystem");
    }
    return 0;
}

static bool has_entries(const struct id_mapping *const *list)
{
    return list && *list;
}

static const struct id_mapping *mapping_of(const struct id_mapping *const *list, int64_t id)
{
    for (; list && *list; list++)
        if (id >= *(*list)->container_id && id - *(*list)->container_id < *(*list)->size)
            return *list;
    return NULL;
}

static const struct id_mapping *new_mapping(struct arena *a, int64_t inside, int64_t outside, int64_t size)
{
    struct id_mapping *mapping = arena_new(a, struct id_mapping);
    mapping->container_id = arena_int64(a, inside);
    mapping->host_id = arena_int64(a, outside);
    mapping->size = arena_int64(a, size);
    return mapping;
}

/* The ranges with "@" lead to ids of the container: what its user namespace makes of them, piece by piece. */
static int resolve(const struct id_mapping **list, const bool *relative, const struct id_mapping *const *container,
                   const char *path, const struct id_mapping ***out, struct error *err)
{
    size_t mappings = 1, ranges = 0, count = 0;
    while (container && container[mappings - 1])
        mappings++;
    while (list[ranges])
        ranges++;
    const struct id_mapping **resolved = arena_array(err->arena, ranges * mappings + 1, sizeof *resolved);
    for (size_t i = 0; i < ranges; i++) {
        int64_t from = *list[i]->container_id, to = *list[i]->host_id, left = *list[i]->size;
        if (!relative[i])
            resolved[count++] = list[i];
        while (relative[i] && left > 0) {
            const struct id_mapping *m = mapping_of(container, to);
            if (!m)
                return fail_config(err, path, "idmap: the mappings of the user namespace have no id %" PRId64, to);
            int64_t offset = to - *m->container_id, size = *m->size - offset < left ? *m->size - offset : left;
            resolved[count++] = new_mapping(err->arena, from, *m->host_id + offset, size);
            from += size, to += size, left -= size;
        }
    }
    *out = resolved;
    return 0;
}

static int resolve_option(const struct config *c, struct planned_mount *m, struct error *err)
{
    const struct mount_options *o = &m->options;
    const struct linux_config *l = c->linux_;
    if (resolve(o->uid_mappings, o->uids_relative, l ? l->uid_mappings : NULL, m->path, &m->uid_mappings, err) < 0)
        return -1;
    return resolve(o->gid_mappings, o->gids_relative, l ? l->gid_mappings : NULL, m->path, &m->gid_mappings, err);
}

static int choose_mappings(const struct config *c, struct planned_mount *m, struct error *err)
{
    const struct mount *mount = m->config;
    bool uids = has_entries(mount->uid_mappings), gids = has_entries(mount->gid_mappings);
    if (uids != gids)
        return fail_config(err, m->path, "%s without %s", uids ? "uidMappings" : "gidMappings",
                           uids ? "gidMappings" : "uidMappings");
    if (uids)
        m->options.idmap = true;
    if (!m->options.idmap)
        return 0;
    if (m->kind != MOUNT_KIND_BIND)
        return fail_config(err, m->path, "only a bind mount can be id-mapped");
    const struct namespace *user = config_namespace(c, CLONE_NEWUSER);
    if (uids) {
        m->uid_mappings = mount->uid_mappings;
        m->gid_mappings = mount->gid_mappings;
    } else if (m->options.uid_mappings) {
        return resolve_option(c, m, err);
    } else if (user && user->path) {
        m->user_namespace = user->path;
    } else if (user && has_entries(c->linux_->uid_mappings) && has_entries(c->linux_->gid_mappings)) {
        m->uid_mappings = c->linux_->uid_mappings;
        m->gid_mappings = c->linux_->gid_mappings;
    } else {
        fail_config(err, m->path, "idmap has no mapping: neither the mount nor a user namespace gives one");
        return error_hint(err, "give the mount uidMappings and gidMappings, or the container a user namespace");
    }
    return 0;
}

static int check_words(struct planned_mount *m, struct error *err)
{
    struct mount_options *o = &m->options;
    if (o->tmpcopyup && !str_equal(m->type, "tmpfs"))
        return fail_config(err, m->path, "tmpcopyup is for tmpfs, and this is %s", m->type);
    if ((o->copy_symlink || o->source_nofollow) && m->kind != MOUNT_KIND_BIND)
        return fail_config(err, m->path, "%s is for bind mounts", o->copy_symlink ? "copy-symlink" : "src-nofollow");
    return 0;
}

static int plan_one(const struct config *c, const char *bundle, struct planned_mount *m, struct error *err)
{
    m->destination = path_clean(err->arena, path_absolute(err->arena, "/", m->config->destination));
    m->source = m->config->source;
    if (mount_options_parse(m->config->options, m->path, &m->options, err) < 0 || choose_kind(m, err) < 0)
        return -1;
    if (m->kind == MOUNT_KIND_BIND && check_bind(m, bundle, err) < 0)
        return -1;
    if (choose_mappings(c, m, err) < 0)
        return -1;
    return check_words(m, err);
}

/* In a mount namespace of others nothing is mounted unasked. */
static bool asks_for_mounts(const struct config *c)
{
    const struct linux_config *l = c->linux_;
    if (*c->mounts || (c->root && c->root->readonly) || (c->process && c->process->terminal))
        return true;
    return l && (*l->masked_paths || *l->readonly_paths || *l->devices || l->rootfs_propagation);
}

static bool is_one_below(const char *const *paths, const char *directory, struct error *err)
{
    for (; *paths; paths++)
        if (path_is_below(directory, path_clean(err->arena, *paths)))
            return true;
    return false;
}

/* The root has a descriptor of its own. */
static bool holds_paths(const struct config *c, const struct planned_mount *m, struct error *err)
{
    return c->linux_ && m->kind != MOUNT_KIND_REMOUNT && !str_equal(m->destination, "/") &&
           (is_one_below(c->linux_->masked_paths, m->destination, err) ||
            is_one_below(c->linux_->readonly_paths, m->destination, err));
}

/* By a later mount on its place or above that. */
static bool is_covered(const struct mount_plan *p, size_t index)
{
    for (size_t i = index + 1; i < p->count; i++) {
        const struct planned_mount *m = &p->items[i];
        if (m->kind != MOUNT_KIND_REMOUNT && !m->link && path_is_below(m->destination, p->items[index].destination))
            return true;
    }
    return false;
}

int mount_plan_holder(const struct mount_plan *p, const char *path, const char **out_rest)
{
    for (size_t i = p->count; i-- > 0;) {
        const struct planned_mount *m = &p->items[i];
        if (m->mounted_fd < 0 || !path_is_below(m->destination, path) || is_covered(p, i))
            continue;
        *out_rest = path + strlen(m->destination);
        return m->mounted_fd;
    }
    return -1;
}

bool mount_plan_covers(const struct mount_plan *p, const char *path)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct planned_mount *m = &p->items[i];
        if (m->kind != MOUNT_KIND_REMOUNT && str_equal(m->destination, path) && !is_covered(p, i))
            return true;
    }
    return false;
}

static int label_option(const struct config *c, const char **out, struct error *err)
{
    static const char *const kinds[] = {"context", "fscontext", "defcontext", "rootcontext", NULL};
    const char *label = c->linux_ ? c->linux_->mount_label : NULL;
    const char *kind = config_annotation(c, ANNOTATION_MOUNT_CONTEXT_TYPE);
    *out = NULL;
    if (!label || *label == '\0')
        return 0;
    if (kind && !str_in(kind, kinds)) {
        fail_config(err, "annotations." ANNOTATION_MOUNT_CONTEXT_TYPE, "\"%s\" is no kind of label",
                    str_printable(err->arena, kind));
        return error_hint(err, "it is context, fscontext, defcontext or rootcontext");
    }
    *out = arena_printf(err->arena, "%s=%s", kind ? kind : "context", label);
    return 0;
}

int mount_plan_make(const struct config *c, const char *bundle, struct mount_plan **out, struct error *err)
{
    struct mount_plan *p = arena_new(err->arena, struct mount_plan);
    p->null_fd = p->root_top_fd = -1;
    p->own_namespace = config_creates(c, CLONE_NEWNS);
    p->is_mounting = p->own_namespace || asks_for_mounts(c);
    if (label_option(c, &p->label, err) < 0)
        return -1;
    while (c->mounts[p->count])
        p->count++;
    p->items = arena_array(err->arena, p->count + 1, sizeof *p->items);
    for (size_t i = 0; i < p->count; i++)
        p->items[i].late_fd = p->items[i].mounted_fd = -1;
    for (size_t i = 0; i < p->count; i++) {
        struct planned_mount *m = &p->items[i];
        m->index = i;
        m->path = arena_printf(err->arena, "mounts[%zu]", i);
        m->config = c->mounts[i];
        if (plan_one(c, bundle, m, err) < 0)
            return -1;
        m->holds_paths = holds_paths(c, m, err);
        if (str_equal(m->destination, "/dev") && m->kind != MOUNT_KIND_REMOUNT)
            p->binds_dev = m->kind == MOUNT_KIND_BIND;
    }
    *out = p;
    return 0;
}

void mount_plan_close(struct mount_plan *p)
{
    if (!p)
        return;
    fd_close(&p->null_fd);
    fd_close(&p->root_top_fd);
    for (size_t i = 0; i < p->count; i++) {
        fd_close(&p->items[i].late_fd);
        fd_close(&p->items[i].mounted_fd);
    }
}
