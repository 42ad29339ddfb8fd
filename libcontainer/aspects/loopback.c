/* loopback.c - a new network namespace has its loopback interface up. */
#include "base/error.h"
#include "base/fd.h"
#include "libcontainer/launch/aspect.h"
#include "libcontainer/launch/launch.h"
#include "spec/config.h"

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static int apply(struct launch *l, struct error *err)
{
    if (!config_creates(l->config, CLONE_NEWNET))
        return 0;
    struct ifreq request = {.ifr_name = "lo"};
    scoped_fd fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0); /* any family takes these requests */
    if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request) < 0)
        return fail_errno(err, "cannot read the state of the loopback interface");
    request.ifr_flags |= IFF_UP;
    return ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? fail_errno(err, "cannot bring the loopback interface up") : 0;
}

const struct aspect loopback = {.name = "loopback", .apply = apply};
