/* intel_rdt.c - linux.intelRdt: the container's share of caches and memory bandwidth, a group of resctrl. */
#include "libcontainer/cgroup/resctrl.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "libcontainer/launch/aspect.h"
#include "libcontainer/launch/launch.h"
#include "libcontainer/store/store.h"
#include "spec/config.h"
#include "spec/state.h"
#include <string.h>

extern const struct aspect intel_rdt;

static const struct intel_rdt *rdt_of(const struct config *c)
{
    return c->linux_ ? c->linux_->intel_rdt : NULL;
}

static int check(const struct config *c, struct error *err)
{
    const struct intel_rdt *rdt = rdt_of(c);
    if (!rdt)
        return 0;
    if (rdt->l3_cache_schema && strchr(rdt->l3_cache_schema, '\n'))
        return fail_config(err, "linux.intelRdt.l3CacheSchema", "it cannot have a line break");
    if (rdt->mem_bw_schema && (strchr(rdt->mem_bw_schema, '\n') || !str_has_prefix(rdt->mem_bw_schema, "MB:")))
        return fail_config(err, "linux.intelRdt.memBwSchema", "it must be one line that begins with \"MB:\"");
    for (size_t i = 0; rdt->schemata && rdt->schemata[i]; i++)
        if (strchr(rdt->schemata[i], '\n'))
            return fail_config(err, arena_printf(err->arena, "linux.intelRdt.schemata[%zu]", i),
                               "it cannot have a line break");
    return 0;
}

static int before(struct launch *l, struct error *err)
{
    const struct intel_rdt *rdt = rdt_of(l->config);
    struct resctrl_group g;
    if (!rdt)
        return 0;
    if (resctrl_plan(RESCTRL_ROOT, rdt, l->id, &g, err) < 0)
        return -1;
    l->record->clos_id = g.clos_id;
    l->record->made_clos = g.made_clos;
    l->record->made_mon = g.made_mon;
    if (l->store && store_write(l->store, l->record, err) < 0)
        return -1;
    return resctrl_make(RESCTRL_ROOT, rdt, l->id, &g, err);
}

static struct resctrl_group group_of(const struct record *r)
{
    return (struct resctrl_group){.clos_id = r->clos_id, .made_clos = r->made_clos, .made_mon = r->made_mon};
}

static int attach(struct launch *l, struct error *err)
{
    if (!l->record || !l->record->clos_id)
        return 0;
    const struct resctrl_group g = group_of(l->record);
    return resctrl_enter(RESCTRL_ROOT, l->id, &g, l->pid, err);
}

static int undo(const struct record *r, struct error *err)
{
    if (!r->clos_id)
        return 0;
    const struct resctrl_group g = group_of(r);
    return resctrl_remove(RESCTRL_ROOT, r->id, &g, err);
}

const struct aspect intel_rdt = {
    .name = "intel_rdt",
    .check = check,
    .before = before,
    .attach = attach,
    .undo = undo,
};
