/* cgroup.c - linux.cgroupsPath and linux.resources: made before the child, entered by it, removed with the container.
 */
#include "libcontainer/cgroup/cgroup.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "libcontainer/cgroup/devices.h"
#include "libcontainer/launch/aspect.h"
#include "libcontainer/launch/launch.h"
#include "libcontainer/store/store.h"
#include "spec/annotations.h"
#include "spec/config.h"
#include "spec/state.h"

#include <string.h>

extern const struct aspect cgroup;

/* It is one directory, and inside the container's own. */
static int check_name_below(const struct config *c, const char *annotation, struct error *err)
{
    const char *name = config_annotation(c, annotation);
    if (!name || (!strchr(name, '/') && !str_equal(name, ".") && !str_equal(name, "..")))
        return 0;
    return fail_config(err, arena_printf(err->arena, "annotations.%s", annotation),
                       "\"%s\" is not a name for a cgroup below the container's", str_printable(err->arena, name));
}

static int check(const struct config *c, struct error *err)
{
    struct device_access *rules;
    if (check_name_below(c, ANNOTATION_SYSTEMD_SUBGROUP, err) < 0 ||
        check_name_below(c, ANNOTATION_DELEGATE_CGROUP, err) < 0)
        return -1;
    return c->linux_ ? device_rules(c->linux_->resources, &rules, err) : 0;
}

static int write_record(struct launch *l, struct error *err)
{
    l->record->cgroup = cgroup_describe(l->cgroup, l->arena);
    return l->store ? store_write(l->store, l->record, err) : 0;
}

/* The places were planned with the launch, and the record names them before they are made; but not those that turned
 * out to be somebody else's. */
static int before(struct launch *l, struct error *err)
{
    if (l->kind == LAUNCH_EXEC)
        return 0; /* the container's own is there, and cgroup_select has chosen what is entered */
    size_t places = cgroup_count(l->cgroup);
    int result = cgroup_create(l->cgroup, err);
    struct error second;
    error_init(&second, l->arena);
    if (cgroup_count(l->cgroup) != places && write_record(l, &second) < 0 && result == 0) {
        *err = second;
        return -1;
    }
    return result;
}

static int attach(struct launch *l, struct error *err)
{
    size_t places = cgroup_count(l->cgroup);
    int result = cgroup_attach(l->cgroup, l->pid, err);
    if (result == 0) /* systemd has chosen the places now */
        return cgroup_count(l->cgroup) != places ? write_record(l, err) : 0;
    struct error second;
    error_init(&second, l->arena);
    if (cgroup_needs_process(l->cgroup) && write_record(l, &second) < 0)
        log_debug("what systemd has done is not in the record: %s", error_line(&second));
    return -1;
}

static int undo(const struct record *r, struct error *err)
{
    return cgroup_destroy(cgroup_open_remains(r->cgroup, err->arena), err);
}

const struct aspect cgroup = {.name = "cgroup", .check = check, .before = before, .attach = attach, .undo = undo};
