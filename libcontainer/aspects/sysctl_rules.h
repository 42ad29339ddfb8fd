/* sysctl_rules.h - which kernel parameters belong to a namespace, and where they are below /proc/sys. Pure. */
#pragma once

#include <stdint.h>

struct error;

/* The file below /proc/sys: dots become slashes and the other way round, unless a slash comes first, as sysctl(8)
 * reads them ("net.ipv4.conf.eth0/100.forwarding", "net/ipv4/conf/eth0.100/forwarding"). Refuses what could leave
 * that directory. In the error's arena. */
int sysctl_file(const char *key, const char **out_file, struct error *err);
/* The CLONE_NEWx that owns the parameter; 0: it is the whole host's. */
uint64_t sysctl_namespace(const char *file);
