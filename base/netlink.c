/* netlink.c */
#include "base/netlink.h"

#include "base/error.h"
#include "base/fd.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_MAX 32768 /* the kernel makes no larger part of a dump for a reader with this buffer */

int netlink_open(int *out_fd, struct error *err)
{
    const struct sockaddr_nl address = {.nl_family = AF_NETLINK};
    scoped_fd fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) < 0)
        return fail_errno(err, "cannot open a netlink socket");
    *out_fd = take_fd(&fd);
    return 0;
}

void netlink_begin(struct netlink_request *r, uint16_t type, uint16_t flags, const void *fixed, size_t length)
{
    memset(r, 0, sizeof *r);
    r->header = (struct nlmsghdr){
        .nlmsg_len = (uint32_t)NLMSG_LENGTH(length),
        .nlmsg_type = type,
        .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags),
        .nlmsg_seq = 1,
    };
    memcpy(NLMSG_DATA(&r->header), fixed, length);
}

int netlink_add(struct netlink_request *r, uint16_t type, const void *data, size_t length, struct error *err)
{
    size_t at = NLMSG_ALIGN(r->header.nlmsg_len);
    if (at + RTA_SPACE(length) > sizeof *r)
        return fail(err, ERR_SYSTEM, "a netlink request is too long");
    struct rtattr *attribute = (struct rtattr *)(void *)((char *)r + at);
    attribute->rta_type = type;
    attribute->rta_len = (unsigned short)RTA_LENGTH(length);
    memcpy(RTA_DATA(attribute), data, length);
    r->header.nlmsg_len = (uint32_t)(at + RTA_SPACE(length));
    return 0;
}

static int send_request(int fd, const struct netlink_request *r, struct error *err)
{
    const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    ssize_t sent = sendto(fd, r, r->header.nlmsg_len, 0, (const struct sockaddr *)&kernel, sizeof kernel);
    return sent < 0 ? fail_errno(err, "cannot send a netlink request") : 0;
}

static int receive(int fd, char *buffer, size_t size, int *out_length, struct error *err)
{
    struct sockaddr_nl from = {.nl_family = AF_NETLINK};
    ssize_t got;
    do {
        socklen_t length = sizeof from;
        got = recvfrom(fd, buffer, size, 0, (struct sockaddr *)&from, &length);
    } while ((got < 0 && errno == EINTR) || (got >= 0 && from.nl_pid != 0)); /* only the kernel is answering */
    if (got < 0)
        return fail_errno(err, "cannot read from netlink");
    *out_length = (int)got;
    return 0;
}

static int fail_message(const struct nlmsghdr *m, struct error *err)
{
    const struct nlmsgerr *e = NLMSG_DATA(m);
    if (m->nlmsg_len < NLMSG_LENGTH(sizeof *e))
        return fail(err, ERR_SYSTEM, "netlink gave a short answer");
    if (e->error == 0)
        return 0;
    errno = -e->error;
    return fail_errno(err, "the kernel refused a netlink request");
}

int netlink_ask(int fd, struct netlink_request *r, struct error *err)
{
    char buffer[ANSWER_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
    int length;
    r->header.nlmsg_flags |= NLM_F_ACK;
    if (send_request(fd, r, err) < 0)
        return -1;
    for (;;) {
        if (receive(fd, buffer, sizeof buffer, &length, err) < 0)
            return -1;
        for (struct nlmsghdr *m = (struct nlmsghdr *)(void *)buffer; NLMSG_OK(m, (unsigned)length);
             m = NLMSG_NEXT(m, length))
            if (m->nlmsg_type == NLMSG_ERROR)
                return fail_message(m, err);
    }
}

int netlink_dump(int fd, struct netlink_request *r,
                 int (*each)(const struct nlmsghdr *m, void *context, struct error *err), void *context,
                 struct error *err)
{
    char buffer[ANSWER_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
    int length, result = 0;
    r->header.nlmsg_flags |= NLM_F_DUMP;
    if (send_request(fd, r, err) < 0)
        return -1;
    for (;;) {
        if (receive(fd, buffer, sizeof buffer, &length, err) < 0)
            return -1;
        for (struct nlmsghdr *m = (struct nlmsghdr *)(void *)buffer; NLMSG_OK(m, (unsigned)length);
             m = NLMSG_NEXT(m, length)) {
            if (m->nlmsg_type == NLMSG_DONE)
                return result;
            if (m->nlmsg_type == NLMSG_ERROR)
                return fail_message(m, err);
            if (result == 0) /* the rest is read all the same, so that the socket can be used again */
                result = each(m, context, err);
        }
    }
}
