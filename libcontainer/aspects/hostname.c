#include "libcontainer/launch/aspect.h"

#include "base/error.h"
#include "libcontainer/launch/launch.h"
#include "spec/config.h"

#include <sched.h>
#include <string.h>
#include <unistd.h>

static int check_name(const struct config *c, const char *member, const char *name, struct error *err)
{
    if (!name || *name == '\0')
        return 0;
    if (config_namespace(c, CLONE_NEWUTS))
        return 0;
    fail_config(err, member, "%s without a uts namespace would change the host's", member);
    return error_hint(err, "add {\"type\": \"uts\"} to linux.namespaces, or remove %s", member);
}

static int check(const struct config *c, struct error *err)
{
    if (check_name(c, "hostname", c->hostname, err) < 0)
        return -1;
    return check_name(c, "domainname", c->domainname, err);
}

static int apply(struct launch *l, struct error *err)
{
    const char *host = l->config->hostname, *domain = l->config->domainname;
    if (host && *host && sethostname(host, strlen(host)) < 0) {
        fail_errno(err, "cannot set the hostname \"%s\"", host);
        return error_at(err, "hostname");
    }
    if (domain && *domain && setdomainname(domain, strlen(domain)) < 0) {
        fail_errno(err, "cannot set the domainname \"%s\"", domain);
        return error_at(err, "domainname");
    }
    return 0;
}

extern const struct aspect hostname;
const struct aspect hostname = {
    .name = "hostname",
    .check = check,
    .apply = apply,
};
