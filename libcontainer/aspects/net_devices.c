/* net_devices.c - linux.netDevices: interfaces of the host move into the container's network namespace, renamed, with
 * their permanent global addresses, and up (config-linux.md#network-devices).
 *
 * They are not fetched back: the specification forbids it, and the kernel returns physical ones by itself. */
#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/netlink.h"
#include "base/proc.h"
#include "base/str.h"
#include "libcontainer/launch/aspect.h"
#include "libcontainer/launch/launch.h"
#include "libcontainer/launch/service.h"
#include "spec/config.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

static const struct net_device **devices_of(const struct config *c)
{
    return c->linux_ && c->linux_->net_devices && c->linux_->net_devices[0] ? c->linux_->net_devices : NULL;
}

static const char *name_inside(const struct net_device *d)
{
    return d->name && *d->name ? d->name : d->key;
}

/* What the kernel takes as a name (dev_valid_name); one "%d" is a template. */
static const char *wrong_name(const char *name, bool may_be_template)
{
    const char *percent = strchr(name, '%');
    if (!*name || strlen(name) >= IFNAMSIZ)
        return "must have 1 to 15 characters";
    if (str_equal(name, ".") || str_equal(name, "..") || strpbrk(name, "/: \t\n\v\f\r"))
        return "is not the name of an interface";
    if (percent && (!may_be_template || percent[1] != 'd' || strchr(percent + 1, '%')))
        return "may have one %d, and nothing else with %";
    return NULL;
}

static int check(const struct config *c, struct error *err)
{
    const struct net_device **devices = devices_of(c);
    for (size_t i = 0; devices && devices[i]; i++) {
        const char *path = arena_printf(err->arena, "linux.netDevices.%s", devices[i]->key);
        const char *wrong = wrong_name(devices[i]->key, false);
        if (wrong)
            return fail_config(err, path, "\"%s\" %s", str_printable(err->arena, devices[i]->key), wrong);
        const char *name = name_inside(devices[i]);
        wrong = wrong_name(name, true);
        if (wrong)
            return fail_config(err, arena_printf(err->arena, "%s.name", path), "\"%s\" %s",
                               str_printable(err->arena, name), wrong);
        for (size_t k = 0; k < i; k++)
            if (!strchr(name, '%') && str_equal(name, name_inside(devices[k])))
                return fail_config(err, arena_printf(err->arena, "%s.name", path), "\"%s\" is given to two devices",
                                   name);
    }
    if (!devices || config_namespace(c, CLONE_NEWNET))
        return 0;
    fail_config(err, "linux.netDevices", "the container has no network namespace to move them to");
    return error_hint(err, "add {\"type\": \"network\"} to linux.namespaces");
}

/* ---- runtime --------------------------------------------------------------------------------------- */

struct address {
    struct address *next;
    struct netlink_request request; /* adds it again; the interface's index is filled in later */
};

struct move {
    struct launch *l;
    int host_fd, inside_fd; /* netlink sockets of the two namespaces */
    int namespace_fd;
    unsigned index; /* of the interface at hand */
    struct address *addresses;
    const unsigned *known; /* interfaces inside before it came */
    size_t known_count;
    unsigned *listed;
    size_t listed_count;
    const char *name; /* that the interface at hand shall have */
    bool name_is_taken;
};

#define INTERFACES_MAX 4096

static bool is_permanent(const struct nlmsghdr *m)
{
    const struct ifaddrmsg *a = NLMSG_DATA(m);
    uint32_t flags = a->ifa_flags;
    int left = (int)IFA_PAYLOAD(m);
    for (const struct rtattr *r = IFA_RTA(a); RTA_OK(r, left); r = RTA_NEXT(r, left))
        if (r->rta_type == IFA_FLAGS && RTA_PAYLOAD(r) >= sizeof flags)
            memcpy(&flags, RTA_DATA(r), sizeof flags);
    return a->ifa_scope == RT_SCOPE_UNIVERSE && flags & IFA_F_PERMANENT;
}

static int keep_address(const struct nlmsghdr *m, void *context, struct error *err)
{
    static const uint16_t kept[] = {IFA_ADDRESS, IFA_LOCAL, IFA_BROADCAST, IFA_ANYCAST};
    struct move *move = context;
    const struct ifaddrmsg *a = NLMSG_DATA(m);
    if (m->nlmsg_type != RTM_NEWADDR || a->ifa_index != move->index || !is_permanent(m))
        return 0;
    struct address *address = arena_new(err->arena, struct address);
    netlink_begin(&address->request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, a, sizeof *a);
    int left = (int)IFA_PAYLOAD(m);
    for (const struct rtattr *r = IFA_RTA(a); RTA_OK(r, left); r = RTA_NEXT(r, left))
        for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
            if (r->rta_type == kept[i] &&
                netlink_add(&address->request, r->rta_type, RTA_DATA(r), RTA_PAYLOAD(r), err) < 0)
                return -1;
    address->next = move->addresses;
    move->addresses = address;
    return 0;
}

static int keep_index(const struct nlmsghdr *m, void *context, struct error *err)
{
    struct move *move = context;
    const struct ifinfomsg *i = NLMSG_DATA(m);
    if (m->nlmsg_type != RTM_NEWLINK)
        return 0;
    if (move->listed_count >= INTERFACES_MAX)
        return fail(err, ERR_NOT_SUPPORTED, "the container's network namespace has too many interfaces");
    move->listed[move->listed_count++] = (unsigned)i->ifi_index;
    int left = (int)IFLA_PAYLOAD(m);
    for (const struct rtattr *r = IFLA_RTA(i); RTA_OK(r, left); r = RTA_NEXT(r, left))
        if (r->rta_type == IFLA_IFNAME && strncmp(RTA_DATA(r), move->name, RTA_PAYLOAD(r)) == 0)
            move->name_is_taken = true;
    return 0;
}

static int list_inside(struct move *move, struct error *err)
{
    struct netlink_request r;
    const struct ifinfomsg all = {.ifi_family = AF_UNSPEC};
    move->listed = arena_array(err->arena, INTERFACES_MAX, sizeof *move->listed);
    move->listed_count = 0;
    move->name_is_taken = false;
    netlink_begin(&r, RTM_GETLINK, 0, &all, sizeof all);
    return netlink_dump(move->inside_fd, &r, keep_index, move, err);
}

/* The kernel keeps the index where it is free, and a name may be a template: what is new is the one that came. */
static unsigned index_inside(const struct move *move)
{
    for (size_t i = 0; i < move->listed_count; i++) {
        size_t k = 0;
        while (k < move->known_count && move->known[k] != move->listed[i])
            k++;
        if (k == move->known_count)
            return move->listed[i];
    }
    return 0;
}

static int move_one(struct move *move, const struct net_device *d, struct error *err)
{
    struct netlink_request r;
    const char *name = name_inside(d);
    const struct ifaddrmsg all = {.ifa_family = AF_UNSPEC};
    move->index = if_nametoindex(d->key);
    if (!move->index) {
        fail(err, ERR_NOT_FOUND, "the host has no network device \"%s\"", d->key);
        return error_hint(err, "see ip link; the entry's key is the name on the host");
    }
    move->addresses = NULL;
    netlink_begin(&r, RTM_GETADDR, 0, &all, sizeof all);
    move->name = name;
    if (netlink_dump(move->host_fd, &r, keep_address, move, err) < 0 || list_inside(move, err) < 0)
        return -1;
    /* Asked before: some kernels answer EEXIST and move the device all the same, under another name. */
    if (move->name_is_taken) {
        fail(err, ERR_ALREADY_EXISTS, "the container's network namespace has a \"%s\"", name);
        return error_hint(err, "choose another name, or a template like net%%d");
    }
    move->known = move->listed;
    move->known_count = move->listed_count;

    const struct ifinfomsg link = {.ifi_family = AF_UNSPEC, .ifi_index = (int)move->index};
    netlink_begin(&r, RTM_NEWLINK, 0, &link, sizeof link);
    if (netlink_add(&r, IFLA_NET_NS_FD, &move->namespace_fd, sizeof move->namespace_fd, err) < 0 ||
        netlink_add(&r, IFLA_IFNAME, name, strlen(name) + 1, err) < 0)
        return -1;
    if (netlink_ask(move->host_fd, &r, err) == 0)
        return list_inside(move, err);
    int errnum = err->errnum;
    error_context(err, "moving it to the container as \"%s\"", name);
    if (errnum == EPERM)
        error_hint(err, "this needs CAP_NET_ADMIN on the host");
    else if (errnum == EINVAL)
        error_hint(err, "devices such as lo, and some tunnels, cannot be moved");
    return -1;
}

static int configure(struct move *move, struct error *err)
{
    unsigned index = index_inside(move);
    if (!index)
        return fail(err, ERR_SYSTEM, "the device is not in the container's network namespace");
    for (struct address *a = move->addresses; a; a = a->next) {
        ((struct ifaddrmsg *)NLMSG_DATA(&a->request.header))->ifa_index = index;
        if (netlink_ask(move->inside_fd, &a->request, err) < 0)
            return error_context(err, "restoring an address");
    }
    struct netlink_request r;
    const struct ifinfomsg up = {
        .ifi_family = AF_UNSPEC, .ifi_index = (int)index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    netlink_begin(&r, RTM_NEWLINK, 0, &up, sizeof up);
    return netlink_ask(move->inside_fd, &r, err) < 0 ? error_context(err, "bringing it up") : 0;
}

/* A socket belongs to the namespace in which it was made: davit goes there for that moment only. */
static int open_inside(struct move *move, struct error *err)
{
    scoped_fd home = -1;
    int proc;
    if (launch_proc(move->l, &proc, err) < 0 || proc_open_namespace(proc, getpid(), "net", &home, err) < 0 ||
        proc_open_namespace(proc, move->l->pid, "net", &move->namespace_fd, err) < 0)
        return -1;
    if (setns(move->namespace_fd, CLONE_NEWNET) < 0)
        return fail_errno(err, "cannot enter the container's network namespace");
    int result = netlink_open(&move->inside_fd, err);
    if (setns(home, CLONE_NEWNET) < 0)
        return fail_errno(err, "cannot leave the container's network namespace");
    return result;
}

static int move_all(struct move *move, const struct net_device **devices, struct error *err)
{
    if (netlink_open(&move->host_fd, err) < 0 || open_inside(move, err) < 0)
        return -1;
    for (; *devices; devices++) {
        if (move_one(move, *devices, err) < 0 || configure(move, err) < 0)
            return error_at(err, "linux.netDevices.%s", (*devices)->key);
        log_debug("net_devices: %s is in the container as %s", (*devices)->key, name_inside(*devices));
    }
    return 0;
}

static int serve(struct launch *l, struct message *m, struct service_reply *reply, struct error *err)
{
    struct move move = {.l = l, .host_fd = -1, .inside_fd = -1, .namespace_fd = -1};
    const struct net_device **devices = devices_of(l->config);
    (void)m;
    (void)reply;
    int result = devices ? move_all(&move, devices, err) : 0;
    fd_close(&move.host_fd);
    fd_close(&move.inside_fd);
    fd_close(&move.namespace_fd);
    return result;
}

/* ---- init ------------------------------------------------------------------------------------------ */

static int apply(struct launch *l, struct error *err)
{
    if (!devices_of(l->config))
        return 0;
    return channel_ask(l->channel, CHANNEL_NET_DEVICES, NULL, 0, NULL, 0, NULL, err);
}

const struct aspect net_devices = {.name = "net_devices", .check = check, .apply = apply};
const struct service net_devices_service = {CHANNEL_NET_DEVICES, "runtime: network devices", serve};
