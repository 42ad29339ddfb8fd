/* netlink.h - requests to the kernel's routing netlink: one message out, acknowledged or answered by a list. */
#pragma once

#include <linux/rtnetlink.h>
#include <stddef.h>
#include <stdint.h>

struct error;

#define NETLINK_REQUEST_MAX 1024

/* A request that is being put together; room for what davit asks. */
struct netlink_request {
    struct nlmsghdr header;
    char payload[NETLINK_REQUEST_MAX];
};

/* A socket of the network namespace that the caller is in. */
int netlink_open(int *out_fd, struct error *err);
/* Begins a request with its fixed part, an ifinfomsg or ifaddrmsg. */
void netlink_begin(struct netlink_request *r, uint16_t type, uint16_t flags, const void *fixed, size_t length);
/* Adds an attribute; -1 when the request is full. */
int netlink_add(struct netlink_request *r, uint16_t type, const void *data, size_t length, struct error *err);
/* Sends it and waits for the acknowledgement; the kernel's errno is in err->errnum. */
int netlink_ask(int fd, struct netlink_request *r, struct error *err);
/* Sends a dump request and calls `each` for every message; its -1 ends the dump. */
int netlink_dump(int fd, struct netlink_request *r,
                 int (*each)(const struct nlmsghdr *m, void *context, struct error *err), void *context,
                 struct error *err);
