#include "libcontainer/cgroup/knob_list.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "libcontainer/cgroup/internal.h"
#include "spec/config.h"
#include <string.h>

#define IO_UNLIMITED "rbps=max wbps=max riops=max wiops=max"

static const char *place_text(struct knob_listing *l, const char *member, size_t index)
{
    return arena_printf(l->err->arena, "linux.resources.%s[%zu]", member, index);
}

/* bfq's file where the kernel has it, takes the number as it is; io.weight has another scale. */
static void list_weight(struct knob_listing *l, const char *key, uint64_t weight, const char *path, int version)
{
    struct arena *a = l->err->arena;
    const char *text = arena_printf(a, "%s %llu", key, (unsigned long long)weight);
    struct knob_write *w;
    if (version == 2) {
        w = knob_add(l, CONTROLLER_IO, 2, "io.bfq.weight", text);
        w->other = "io.weight";
        w->other_text = arena_printf(a, "%s %llu", key, (unsigned long long)io_weight_of_blkio(weight));
    } else if (str_equal(key, "default")) {
        w = knob_add(l, CONTROLLER_IO, 1, "blkio.bfq.weight", strchr(text, ' ') + 1);
        w->other = "blkio.weight";
    } else {
        w = knob_add(l, CONTROLLER_IO, 1, "blkio.bfq.weight_device", text);
        w->other = "blkio.weight_device";
    }
    if (version == 2 || !str_equal(key, "default")) {
        w->restore = RESTORE_KEYED;
        w->absent = version == 2 ? (str_equal(key, "default") ? "100" : "default") : "0";
    }
    w->path = path;
}

static void list_leaf_weight(struct knob_listing *l, const char *key, uint64_t weight, const char *member, int version)
{
    if (version == 2) {
        knob_refuse(l, member, "its scheduler knows no leaf weights");
        return;
    }
    const char *text =
        arena_printf(l->err->arena, "%s%s%llu", key ? key : "", key ? " " : "", (unsigned long long)weight);
    struct knob_write *w = knob_add(l, CONTROLLER_IO, 1, key ? "blkio.leaf_weight_device" : "blkio.leaf_weight", text);
    w->restore = key ? RESTORE_KEYED : RESTORE_WHOLE;
    w->absent = "0";
    w->path = arena_printf(l->err->arena, "linux.resources.%s", member);
}

static void list_weights(struct knob_listing *l, const struct block_io *b, int version)
{
    struct arena *a = l->err->arena;
    if (b->weight && *b->weight)
        list_weight(l, "default", *b->weight, "linux.resources.blockIO.weight", version);
    if (b->leaf_weight && *b->leaf_weight)
        list_leaf_weight(l, NULL, *b->leaf_weight, "blockIO.leafWeight", version);
    for (size_t i = 0; b->weight_device && b->weight_device[i] && !l->failed; i++) {
        const struct weight_device *d = b->weight_device[i];
        const char *key = arena_printf(a, "%lld:%lld", (long long)*d->major, (long long)*d->minor);
        if (d->weight && *d->weight)
            list_weight(l, key, *d->weight, place_text(l, "blockIO.weightDevice", i), version);
        if (d->leaf_weight && *d->leaf_weight)
            list_leaf_weight(l, key, *d->leaf_weight, arena_printf(a, "blockIO.weightDevice[%zu].leafWeight", i),
                             version);
    }
}

static void list_throttle(struct knob_listing *l, const struct throttle_device *const *devices, const char *member,
                          const char *v1, const char *v2)
{
    int version = l->host->version(l->host->data, CONTROLLER_IO);
    for (size_t i = 0; devices && devices[i]; i++) {
        const struct throttle_device *d = devices[i];
        const char *rate = arena_printf(l->err->arena, "%llu", (unsigned long long)*d->rate);
        const char *key = arena_printf(l->err->arena, "%lld:%lld ", (long long)*d->major, (long long)*d->minor);
        const char *text = version == 2 ? arena_printf(l->err->arena, "%s%s=%s", key, v2, *d->rate ? rate : "max")
                                        : arena_printf(l->err->arena, "%s%s", key, rate);
        struct knob_write *w = knob_add(l, CONTROLLER_IO, version, version == 2 ? "io.max" : v1, text);
        w->path = place_text(l, member, i);
        w->restore = RESTORE_KEYED;
        w->absent = version == 2 ? IO_UNLIMITED : "0";
    }
}

static bool any_io(const struct block_io *b)
{
    return (b->weight && *b->weight) || (b->leaf_weight && *b->leaf_weight) ||
           str_count((const char **)b->weight_device) || str_count((const char **)b->throttle_read_bps_device) ||
           str_count((const char **)b->throttle_write_bps_device) ||
           str_count((const char **)b->throttle_read_iops_device) ||
           str_count((const char **)b->throttle_write_iops_device);
}

static void list_block_io(struct knob_listing *l)
{
    const struct block_io *b = l->r->block_io;
    if (!b || !any_io(b))
        return;
    int version = knob_version(l, CONTROLLER_IO, "blockIO");
    if (!version)
        return;
    list_weights(l, b, version);
    list_throttle(l, b->throttle_read_bps_device, "blockIO.throttleReadBpsDevice", "blkio.throttle.read_bps_device",
                  "rbps");
    list_throttle(l, b->throttle_write_bps_device, "blockIO.throttleWriteBpsDevice", "blkio.throttle.write_bps_device",
                  "wbps");
    list_throttle(l, b->throttle_read_iops_device, "blockIO.throttleReadIOPSDevice", "blkio.throttle.read_iops_device",
                  "riops");
    list_throttle(l, b->throttle_write_iops_device, "blockIO.throttleWriteIOPSDevice",
                  "blkio.throttle.write_iops_device", "wiops");
}

static bool is_page_size(const char *s)
{
    size_t digits = s ? strspn(s, "0123456789") : 0;
    return digits && (str_equal(s + digits, "KB") || str_equal(s + digits, "MB") || str_equal(s + digits, "GB"));
}

static void list_hugepages(struct knob_listing *l)
{
    struct arena *a = l->err->arena;
    for (size_t i = 0; l->r->hugepage_limits && l->r->hugepage_limits[i] && !l->failed; i++) {
        const struct hugepage_limit *h = l->r->hugepage_limits[i];
        const char *path = place_text(l, "hugepageLimits", i);
        if (!is_page_size(h->page_size)) {
            fail_config(l->err, arena_printf(a, "%s.pageSize", path), "\"%s\" is not a size of huge pages",
                        h->page_size);
            error_hint(l->err, "written like 64KB, 2MB or 1GB");
            l->failed = true;
            return;
        }
        int version = knob_version(l, CONTROLLER_HUGETLB, "hugepageLimits");
        if (!version)
            return;
        const char *text = arena_printf(a, "%llu", (unsigned long long)*h->limit);
        const char *end = version == 2 ? "max" : "limit_in_bytes";
        const char *used = arena_printf(a, "hugetlb.%s.%s", h->page_size, end);
        /* Reservations are what the specification limits, where the kernel can; who looks reads the other file. */
        struct knob_write *w = knob_add(l, CONTROLLER_HUGETLB, version, used, text);
        w->path = path;
        const char *reserved = arena_printf(a, "hugetlb.%s.rsvd.%s", h->page_size, end);
        w = knob_add(l, CONTROLLER_HUGETLB, version, reserved, text);
        w->other = used;
        w->path = path;
    }
}

static void list_network(struct knob_listing *l)
{
    const struct network *n = l->r->network;
    if (!n)
        return;
    if (n->class_id && *n->class_id) {
        if (l->host->version(l->host->data, CONTROLLER_NET_CLS) == 1) {
            knob_add(l, CONTROLLER_NET_CLS, 1, "net_cls.classid",
                     arena_printf(l->err->arena, "%llu", (unsigned long long)*n->class_id))
                ->path = "linux.resources.network.classID";
        } else {
            log_warning("network.classID is ignored: this host has no net_cls controller, cgroup v2 knows none");
        }
    }
    for (size_t i = 0; n->priorities && n->priorities[i]; i++) {
        const struct interface_priority *p = n->priorities[i];
        if (l->host->version(l->host->data, CONTROLLER_NET_PRIO) != 1) {
            log_warning("network.priorities is ignored: this host has no net_prio controller, cgroup v2 knows none");
            return;
        }
        struct knob_write *w =
            knob_add(l, CONTROLLER_NET_PRIO, 1, "net_prio.ifpriomap",
                     arena_printf(l->err->arena, "%s %llu", p->name, (unsigned long long)*p->priority));
        w->path = place_text(l, "network.priorities", i);
        w->restore = RESTORE_KEYED;
        w->absent = "0";
    }
}

static void list_rdma(struct knob_listing *l)
{
    struct arena *a = l->err->arena;
    for (size_t i = 0; l->r->rdma && l->r->rdma[i]; i++) {
        const struct rdma *d = l->r->rdma[i];
        const char *path = arena_printf(a, "linux.resources.rdma[\"%s\"]", d->key);
        if (!d->hca_handles && !d->hca_objects) {
            fail_config(l->err, path, "it must limit hcaHandles or hcaObjects");
            l->failed = true;
            return;
        }
        int version = knob_version(l, CONTROLLER_RDMA, "rdma");
        if (!version)
            return;
        const char *text = d->key;
        if (d->hca_handles)
            text = arena_printf(a, "%s hca_handle=%llu", text, (unsigned long long)*d->hca_handles);
        if (d->hca_objects)
            text = arena_printf(a, "%s hca_object=%llu", text, (unsigned long long)*d->hca_objects);
        struct knob_write *w = knob_add(l, CONTROLLER_RDMA, version, "rdma.max", text);
        w->path = path;
        w->restore = RESTORE_KEYED;
        w->absent = "hca_handle=max hca_object=max";
    }
}

/* Files whose content decides who lives, not what he may use: they are davit's to write. */
static const char *const not_limits[] = {"cgroup.procs", "cgroup.threads", "cgroup.kill", "cgroup.freeze", NULL};

static int unified_controller(struct knob_listing *l, const char *key, const char *path)
{
    size_t length = strcspn(key, ".");
    if (strchr(key, '/') || !*key || key[0] == '.' || key[length] == '\0' || str_in(key, not_limits)) {
        fail_config(l->err, path, "\"%s\" is not the name of a limit's file in a cgroup",
                    str_printable(l->err->arena, key));
        error_hint(l->err, "a name like memory.high or io.max");
        l->failed = true;
        return -1;
    }
    const char *name = arena_strndup(l->err->arena, key, length);
    if (str_equal(name, "cgroup"))
        return CONTROLLER_CORE;
    for (int i = 0; i < CONTROLLERS; i++)
        if (str_equal(controller_name((enum controller)i, 2), name) && l->host->version(l->host->data, i) == 2)
            return i;
    fail(l->err, ERR_NOT_SUPPORTED, "the requested cgroup controller \"%s\" is not available on this host's cgroup v2",
         name);
    error_at(l->err, "%s", path);
    error_hint(l->err, "take it out of linux.resources.unified%s",
               controllers_parse(name, ',') ? "; here this controller is in a v1 hierarchy: use its OCI member" : "");
    l->failed = true;
    return -1;
}

static void list_unified(struct knob_listing *l)
{
    for (size_t i = 0; l->r->unified && l->r->unified[i] && !l->failed; i++) {
        const struct pair *p = l->r->unified[i];
        const char *path = arena_printf(l->err->arena, "linux.resources.unified[\"%s\"]", p->key);
        if (!l->host->has_v2) {
            fail(l->err, ERR_NOT_SUPPORTED, "unified needs cgroup v2, which is not mounted on this host");
            error_at(l->err, "%s", path);
            error_hint(l->err, "use the members memory, cpu, pids, blockIO");
            l->failed = true;
            return;
        }
        int controller = unified_controller(l, p->key, path);
        if (controller < 0)
            return;
        /* The kernel reads one line of a write. */
        for (const char **line = str_split(l->err->arena, p->value, '\n'); *line; line++) {
            if (!**line && line[1] == NULL && str_count(str_split(l->err->arena, p->value, '\n')) > 1)
                continue;
            struct knob_write *w = knob_add(l, controller, 2, p->key, *line);
            w->path = path;
            w->late = str_equal(p->key, "pids.max");
            if (strchr(*line, ' ') && str_equal(p->key, "io.max")) {
                w->restore = RESTORE_KEYED;
                w->absent = IO_UNLIMITED;
            }
        }
    }
}

void knob_list_tables(struct knob_listing *l)
{
    void (*const tables[])(struct knob_listing *) = {list_block_io, list_hugepages, list_network, list_rdma,
                                                     list_unified};
    for (size_t i = 0; i < ARRAY_SIZE(tables) && !l->failed; i++)
        tables[i](l);
}
