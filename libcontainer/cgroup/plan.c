#include "libcontainer/cgroup/internal.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/path.h"
#include "base/str.h"
#include <string.h>

#define PATH_MEMBER "linux.cgroupsPath"

/* systemd.unit(5): what may stand in a unit's name; its length includes the suffix. */
static bool is_unit_name(const char *s)
{
    return *s && strlen(s) < 256 &&
           s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\@")] == '\0';
}

const char *slice_path(struct arena *a, const char *slice)
{
    if (str_equal(slice, "-.slice"))
        return "";
    if (!str_has_suffix(slice, ".slice") || strchr(slice, '/') || !is_unit_name(slice))
        return NULL;
    size_t length = strlen(slice) - strlen(".slice");
    if (length == 0 || slice[0] == '-' || slice[length - 1] == '-')
        return NULL;
    const char *path = "";
    for (size_t i = 1; i <= length; i++) {
        if (i < length && slice[i] != '-')
            continue;
        if (i < length && slice[i + 1] == '-')
            return NULL;
        path = arena_printf(a, "%s/%.*s.slice", path, (int)i, slice);
    }
    return path;
}

/* slice:prefix:name, "slice:name.slice", or nothing at all. */
static int systemd_name(const char *text, const char *id, bool user, struct cgroup_name *out, struct error *err)
{
    struct arena *a = err->arena;
    const char *slice = "", *prefix = "davit", *name = id;
    if (text && *text) {
        const char **part = str_split(a, text, ':');
        if (str_count(part) != 3) {
            fail_config(err, PATH_MEMBER, "\"%s\" names no systemd unit: it must be \"slice:prefix:name\"", text);
            return error_hint(err, "write \"system.slice:davit:%s\", or leave the systemd manager", id);
        }
        slice = part[0];
        prefix = part[1];
        name = part[2];
    }
    if (*slice == '\0')
        slice = user ? "user.slice" : "system.slice";
    else if (str_equal(slice, "-"))
        slice = "-.slice";
    if (!slice_path(a, slice))
        return fail_config(err, PATH_MEMBER, "\"%s\" is not the name of a slice", slice);
    out->slice = slice;
    if (str_has_suffix(name, ".slice"))
        out->unit = name;
    else
        out->unit = *prefix ? arena_printf(a, "%s-%s.scope", prefix, name) : arena_printf(a, "%s.scope", name);
    if (*name == '\0' || !is_unit_name(out->unit))
        return fail_config(err, PATH_MEMBER, "\"%s\" is not the name of a unit", out->unit);
    if (out->unit != name)
        return 0;
    const char *path = slice_path(a, name);
    if (!path)
        return fail_config(err, PATH_MEMBER, "\"%s\" is not the name of a slice", name);
    if (*path == '\0')
        return fail_config(err, PATH_MEMBER, "\"%s\" is the root of the cgroups, which no container can own", name);
    return 0;
}

int cgroup_name_of(const char *cgroups_path, const char *id, bool systemd, bool user, struct cgroup_name *out,
                   struct error *err)
{
    *out = (struct cgroup_name){0};
    if (systemd)
        return systemd_name(cgroups_path, id, user, out, err);
    if (!cgroups_path || !*cgroups_path) {
        out->relative = arena_printf(err->arena, "/davit-%s", id);
        return 0;
    }
    if (strchr(cgroups_path, '\n'))
        return fail_config(err, PATH_MEMBER, "a cgroup's name cannot have a line break");
    const char *path = path_clean(err->arena, path_join(err->arena, "/", cgroups_path));
    if (str_equal(path, "/"))
        return fail_config(err, PATH_MEMBER, "\"%s\" is the root of the cgroups, which no container can own",
                           cgroups_path);
    if (*cgroups_path == '/')
        out->path = path;
    else
        out->relative = path;
    return 0;
}
