#include "libcontainer/cgroup/internal.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "base/path.h"
#include "base/str.h"
#include "spec/config.h"
#include "spec/state.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static bool any_pair(const void *list)
{
    return str_count((const char **)list) > 0;
}

static bool has_limits(const struct resources *r)
{
    return r && (r->memory || r->cpu || r->pids || r->block_io || r->network || any_pair(r->hugepage_limits) ||
                 any_pair(r->rdma) || any_pair(r->unified));
}

/* A path of no fixed place goes below the mount, or beside the caller where only that is delegated to it. */
static const char *place_path(struct arena *a, const struct hierarchy *h, const struct cgroup_name *name, bool rootless)
{
    if (name->path)
        return name->path;
    if (!rootless || access(h->mount, W_OK) == 0 || str_equal(h->own, "/"))
        return name->relative;
    const char *last = strrchr(h->own, '/');
    return arena_printf(a, "%.*s%s", (int)(last - h->own), h->own, name->relative);
}

bool hierarchy_is_used(const struct hierarchy *h)
{
    return h->version == 2 || h->controllers || str_equal(h->names, "name=systemd");
}

/* The parents that do not exist yet, or that another container made, outermost first: removed with the container when
 * nobody else uses them. */
static void note_parents(struct arena *a, struct cgroup *c, const struct place *p)
{
    for (const char *at = strchr(p->directory + strlen(p->mount) + 1, '/'); at; at = strchr(at + 1, '/')) {
        const char *parent = arena_strndup(a, p->directory, (size_t)(at - p->directory));
        if (access(parent, F_OK) == 0 && !place_is_parent_of_davit(parent))
            continue;
        size_t count = str_count(c->made);
        const char **list = arena_array(a, count + 2, sizeof *list);
        if (count)
            memcpy(list, c->made, count * sizeof *list);
        list[count] = parent;
        c->made = list;
    }
}

struct place *cgroup_add_place(struct arena *a, struct cgroup *c, const struct hierarchy *h, const char *directory)
{
    struct place *p = &c->places[c->count++];
    *p = (struct place){
        .version = h->version,
        .controllers = h->controllers,
        .names = h->names,
        .directory = directory,
        .mount = h->mount,
        .join = directory,
        .enter_fd = -1,
        .clone_fd = -1,
    };
    note_parents(a, c, p);
    return p;
}

int cgroup_plan(const struct cgroup_request *request, struct cgroup **out, struct error *err)
{
    const char *manager = request->manager ? request->manager : "cgroupfs";
    bool systemd = str_equal(manager, "systemd");
    *out = NULL;
    if (str_equal(manager, "disabled"))
        return 0;
    if (!systemd && !str_equal(manager, "cgroupfs")) {
        fail(err, ERR_INVALID_ARGUMENT, "unknown cgroup manager \"%s\"", manager);
        return error_hint(err, "one of cgroupfs, systemd, disabled");
    }
    if (systemd && systemd_is_built_in(err) < 0)
        return -1;
    struct cgroup *c = arena_new(err->arena, struct cgroup);
    const struct linux_config *l = request->config->linux_;
    *c = (struct cgroup){
        .manager = systemd ? MANAGER_SYSTEMD : MANAGER_CGROUPFS,
        .id = request->id,
        .config = request->config,
        .resources = l ? l->resources : NULL,
        .rootless = request->rootless,
        .explicit_path = l && l->cgroups_path && *l->cgroups_path,
    };
    struct cgroup_name name;
    if (cgroup_name_of(l ? l->cgroups_path : NULL, c->id, systemd, request->rootless, &name, err) < 0 ||
        layout_read(request->state_root, &c->layout, err) < 0)
        return -1;
    c->optional = c->rootless && !c->explicit_path && !has_limits(c->resources);
    c->slice = name.slice;
    c->unit = name.unit;
    c->user_bus = systemd && request->rootless;
    if (c->layout.count == 0 && !c->optional) {
        fail(err, ERR_NOT_SUPPORTED, "no cgroup hierarchy is mounted on this host");
        return error_hint(err, "mount -t cgroup2 none /sys/fs/cgroup, or use --cgroup-manager=disabled");
    }
    c->places = arena_array(err->arena, c->layout.count + 1, sizeof *c->places);
    for (size_t i = 0; !systemd && i < c->layout.count; i++) {
        const struct hierarchy *h = &c->layout.list[i];
        if (!hierarchy_is_used(h))
            continue;
        cgroup_add_place(err->arena, c, h,
                         arena_printf(err->arena, "%s%s", h->mount, place_path(err->arena, h, &name, c->rootless)));
    }
    *out = c;
    return 0;
}

struct cgroup_record *cgroup_describe(const struct cgroup *c, struct arena *a)
{
    static const char *none[] = {NULL};
    struct cgroup_record *r = arena_new(a, struct cgroup_record);
    r->places = r->made = none;
    r->manager = "disabled";
    if (!c || (c->count == 0 && c->manager == MANAGER_CGROUPFS))
        return r;
    r->manager = c->manager == MANAGER_SYSTEMD ? "systemd" : "cgroupfs";
    r->unit = c->unit;
    r->slice = c->slice;
    r->user_bus = c->user_bus;
    if (c->made)
        r->made = (const char **)c->made;
    r->places = arena_array(a, c->count + 1, sizeof *r->places);
    for (size_t i = 0; i < c->count; i++) {
        const struct place *p = &c->places[i];
        const char *names = p->names;
        for (unsigned k = 0; p->version == 2 && k < CONTROLLERS; k++)
            if (p->controllers & CONTROLLER_BIT(k))
                names = arena_printf(a, "%s%s%s", names, *names ? "," : "", controller_name((enum controller)k, 2));
        r->places[i] = arena_printf(a, "%d:%s:%s", p->version, names, p->directory);
        if (!r->path && p->mount)
            r->path = p->directory + strlen(p->mount);
    }
    return r;
}

/* "2:memory,pids:/sys/fs/cgroup/x" */
static bool parse_place(struct arena *a, const char *text, struct place *out)
{
    const char **part = str_split(a, text, ':');
    const char *directory = strstr(text, ":/");
    if (str_count(part) < 3 || !directory || (!str_equal(part[0], "1") && !str_equal(part[0], "2")))
        return false;
    *out = (struct place){
        .version = part[0][0] - '0',
        .controllers = controllers_parse(part[1], ','),
        .names = part[1],
        .directory = directory + 1,
        .join = directory + 1,
        .enter_fd = -1,
        .clone_fd = -1,
    };
    return str_equal(path_clean(a, out->directory), out->directory);
}

/* A damaged record must not make a directory of somebody else, or all of a hierarchy, the container's. What does not
 * exist is nobody's. */
static bool is_cgroup(const char *directory)
{
    struct statfs fs;
    struct statx st;
    if (statfs(directory, &fs) < 0 || statx(AT_FDCWD, directory, 0, STATX_TYPE, &st) < 0)
        return errno == ENOENT || errno == ENODEV;
    return (fs.f_type == CGROUP_SUPER_MAGIC || fs.f_type == CGROUP2_SUPER_MAGIC) && S_ISDIR(st.stx_mode) &&
           (st.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) && !(st.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

static struct cgroup *begin_open(const struct cgroup_record *r, struct arena *a)
{
    if (!r || !r->manager || str_equal(r->manager, "disabled"))
        return NULL;
    struct cgroup *c = arena_new(a, struct cgroup);
    *c = (struct cgroup){
        .manager = str_equal(r->manager, "systemd") ? MANAGER_SYSTEMD : MANAGER_CGROUPFS,
        .unit = r->unit,
        .slice = r->slice,
        .user_bus = r->user_bus,
        .made = r->made,
        .from_record = true,
    };
    c->places = arena_array(a, str_count(r->places) + 1, sizeof *c->places);
    return c;
}

int cgroup_open(const struct cgroup_record *r, struct cgroup **out, struct error *err)
{
    struct cgroup *c = begin_open(r, err->arena);
    for (const char **place = c ? r->places : NULL; place && *place; place++) {
        struct place *p = &c->places[c->count++];
        if (!parse_place(err->arena, *place, p))
            return fail(err, ERR_SYSTEM, "the container's record has an unreadable cgroup: %s", *place);
        if (!is_cgroup(p->directory))
            return fail(err, ERR_SYSTEM, "the container's record has a cgroup that is none: %s", p->directory);
    }
    *out = c;
    return 0;
}

struct cgroup *cgroup_open_remains(const struct cgroup_record *r, struct arena *a)
{
    struct cgroup *c = begin_open(r, a);
    for (const char **place = c ? r->places : NULL; place && *place; place++) {
        if (parse_place(a, *place, &c->places[c->count]) && is_cgroup(c->places[c->count].directory))
            c->count++;
        else
            log_warning("the container's record has a cgroup that is none: %s", str_printable(a, *place));
    }
    if (!c || !c->made)
        return c;
    const char **made = arena_array(a, str_count(c->made) + 1, sizeof *made);
    for (size_t i = 0, count = 0; c->made[i]; i++)
        if (c->made[i][0] == '/' && str_equal(path_clean(a, c->made[i]), c->made[i]) && is_cgroup(c->made[i]))
            made[count++] = c->made[i];
    c->made = made;
    return c;
}

const char *cgroup_host_directory(const struct cgroup *c, struct arena *a, const char *controllers, const char *path)
{
    uint32_t mask = controllers_parse(controllers, ',');
    for (size_t i = 0; c && i < c->layout.count; i++) {
        const struct hierarchy *h = &c->layout.list[i];
        bool is_v2 = *controllers == '\0';
        if (is_v2 == (h->version == 2) &&
            (is_v2 || str_equal(controllers, h->names) || (mask && mask == h->controllers)))
            return hierarchy_directory(a, h, path);
    }
    return NULL;
}

int cgroup_mounts(const struct cgroup *c, const char *state_root, struct cgroup_mount **out, struct error *err)
{
    struct layout layout = {0};
    if (c && c->layout.count)
        layout = c->layout;
    else if (layout_read(state_root, &layout, err) < 0)
        return -1;
    *out = arena_array(err->arena, layout.count + 1, sizeof **out);
    size_t count = 0;
    for (size_t i = 0; i < layout.count; i++) {
        const struct hierarchy *h = &layout.list[i];
        const char *base = strrchr(h->mount, '/');
        struct cgroup_mount *m = &(*out)[count++];
        *m = (struct cgroup_mount){
            .version = h->version,
            .name = h->version == 2 && str_equal(h->mount, "/sys/fs/cgroup") ? ""
                    : base                                                   ? base + 1
                                                                             : h->mount,
            .mount = h->mount,
            .directory = str_equal(h->own, "/") ? h->mount : arena_printf(err->arena, "%s%s", h->mount, h->own),
            .controllers = h->names,
        };
        for (size_t k = 0; c && k < c->count; k++)
            if (c->places[k].version == h->version && str_equal(c->places[k].names, h->names))
                m->directory = c->places[k].directory;
    }
    return 0;
}
