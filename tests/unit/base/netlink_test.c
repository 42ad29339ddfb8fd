#include "base/netlink.h"

#include "tests/unit/base/fixture.h"

#include <net/if.h>

static int find_loopback(const struct nlmsghdr *m, void *context, struct error *unused)
{
    const struct ifinfomsg *link = NLMSG_DATA(m);
    (void)unused;
    if (m->nlmsg_type == RTM_NEWLINK && (link->ifi_flags & IFF_LOOPBACK) != 0)
        *(int *)context = link->ifi_index;
    return 0;
}

static int stop(const struct nlmsghdr *m, void *context, struct error *e)
{
    (void)m;
    ++*(int *)context;
    return fail(e, ERR_SYSTEM, "enough");
}

static void begin_dump(struct netlink_request *r)
{
    const struct ifinfomsg all = {.ifi_family = AF_UNSPEC};
    netlink_begin(r, RTM_GETLINK, 0, &all, sizeof all);
}

TEST(the_loopback_is_in_the_list_of_links)
{
    scoped_fd fd = -1;
    struct netlink_request r;
    int index = 0;
    expect_ok(netlink_open(&fd, &err));
    begin_dump(&r);
    expect_ok(netlink_dump(fd, &r, find_loopback, &index, &err));
    assert_int_equal(index, if_nametoindex("lo"));
}

TEST(a_dump_that_is_left_early_is_read_to_its_end)
{
    scoped_fd fd = -1;
    struct netlink_request r;
    int calls = 0, index = 0;
    expect_ok(netlink_open(&fd, &err));
    begin_dump(&r);
    expect_error(netlink_dump(fd, &r, stop, &calls, &err), "enough");
    assert_int_equal(calls, 1);
    begin_dump(&r);
    expect_ok(netlink_dump(fd, &r, find_loopback, &index, &err));
    assert_true(index > 0);
}

TEST(a_refused_request_has_the_kernels_errno)
{
    scoped_fd fd = -1;
    struct netlink_request r;
    const struct ifinfomsg none = {.ifi_family = AF_UNSPEC, .ifi_index = INT32_MAX};
    expect_ok(netlink_open(&fd, &err));
    netlink_begin(&r, RTM_GETLINK, 0, &none, sizeof none);
    expect_error(netlink_ask(fd, &r, &err), "the kernel refused a netlink request: No such device (ENODEV)");
}

TEST(attributes_are_added_up_to_the_requests_size)
{
    struct netlink_request r;
    begin_dump(&r);
    uint32_t before = r.header.nlmsg_len;
    expect_ok(netlink_add(&r, IFLA_IFNAME, "lo", 3, &err));
    assert_int_equal(r.header.nlmsg_len, before + RTA_SPACE(3));
    static const char large[NETLINK_REQUEST_MAX];
    expect_error(netlink_add(&r, IFLA_IFNAME, large, sizeof large, &err), "a netlink request is too long");
}
