#include "libcontainer/launch/aspect.h"

#include "base/error.h"
#include "libcontainer/launch/launch.h"
#include "libcontainer/mount/plan.h"
#include "libcontainer/mount/tree.h"
#include "spec/config.h"

#include <sys/mount.h>

/* The last of all that is done to the root's mounts: an unbindable one cannot be copied any more, as read-only paths
 * need it. */
static int apply(struct launch *l, struct error *err)
{
    const struct linux_config *config = l->config->linux_;
    if (!config || !config->rootfs_propagation || !l->mounts->is_mounting)
        return 0;
    uint64_t wanted = (uint64_t)*config->rootfs_propagation;
    if (tree_propagation(l->root_fd, wanted & ~(uint64_t)MS_REC, (wanted & MS_REC) != 0, err) < 0)
        return error_at(err, "linux.rootfsPropagation");
    return 0;
}

extern const struct aspect propagation;
const struct aspect propagation = {
    .name = "propagation",
    .apply = apply,
};
