/* memory_policy.c - linux.memoryPolicy: on which NUMA nodes memory is taken (config-linux.md#memory-policy). */
#include "base/error.h"
#include "base/number_list.h"
#include "base/syscalls.h"
#include "libcontainer/launch/aspect.h"
#include "libcontainer/launch/launch.h"
#include "spec/config.h"
#include "spec/names.h"

#include <errno.h>
#include <linux/mempolicy.h>

#define NODE_MAX      1023 /* MAX_NUMNODES of the largest kernels */
#define BITS_PER_WORD 64

static bool wants_nodes(int64_t mode)
{
    return mode != MPOL_DEFAULT && mode != MPOL_LOCAL && mode != MPOL_PREFERRED;
}

static int parse_nodes(const struct memory_policy *p, uint64_t **out_mask, size_t *out_words, struct error *err)
{
    *out_mask = NULL;
    *out_words = 0;
    if (!p->nodes || number_list_mask(p->nodes, NODE_MAX, out_mask, out_words, err) == 0)
        return 0;
    err->code = ERR_INVALID_CONFIG;
    error_at(err, "linux.memoryPolicy.nodes");
    return error_hint(err, "nodes of /sys/devices/system/node, as \"0-3,7\"");
}

static int check(const struct config *c, struct error *err)
{
    const struct memory_policy *p = c->linux_ ? c->linux_->memory_policy : NULL;
    uint64_t *mask;
    size_t words;
    if (!p)
        return 0;
    if (parse_nodes(p, &mask, &words, err) < 0)
        return -1;
    const char *mode = name_of(memory_policy_mode_names, *p->mode);
    if (words && (*p->mode == MPOL_DEFAULT || *p->mode == MPOL_LOCAL)) {
        fail_config(err, "linux.memoryPolicy.nodes", "%s takes no nodes", mode);
        return error_hint(err, "leave the list out, or choose MPOL_BIND");
    }
    if (!words && wants_nodes(*p->mode)) {
        fail_config(err, "linux.memoryPolicy.nodes", "%s needs at least one node", mode);
        return error_hint(err, "name nodes, as \"0-3,7\"");
    }
    const uint64_t exclusive = UINT64_C(1) << MEMORY_POLICY_STATIC_NODES | UINT64_C(1) << MEMORY_POLICY_RELATIVE_NODES;
    if ((p->flags & exclusive) == exclusive) {
        fail_config(err, "linux.memoryPolicy.flags",
                    "MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES exclude each other");
        return error_hint(err, "keep one of them");
    }
    return 0;
}

static int apply(struct launch *l, struct error *err)
{
    const struct memory_policy *p = l->config->linux_ ? l->config->linux_->memory_policy : NULL;
    uint64_t *mask;
    size_t words;
    if (!p)
        return 0;
    if (parse_nodes(p, &mask, &words, err) < 0)
        return -1;
    /* The kernel counts one bit less than it is told (set_mempolicy(2), "maxnode"). */
    unsigned long bits = words ? words * BITS_PER_WORD + 1 : 0;
    const unsigned long *nodes = words ? (const unsigned long *)mask : NULL;
    if (sys_set_mempolicy((int)*p->mode | (int)p->flags, nodes, bits) == 0)
        return 0;
    int saved = errno;
    fail_errno(err, "cannot set the memory policy %s", name_of(memory_policy_mode_names, *p->mode));
    error_at(err, "linux.memoryPolicy");
    if (saved == EINVAL)
        return error_hint(err, "a node may not exist or hold no memory here, or this kernel does not know the mode or "
                               "flag (MPOL_WEIGHTED_INTERLEAVE: Linux 6.9)");
    return saved == ENOSYS ? error_hint(err, "this kernel is built without NUMA") : -1;
}

const struct aspect memory_policy = {.name = "memory_policy", .check = check, .apply = apply};
