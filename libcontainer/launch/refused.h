/* refused.h - why the kernel makes no namespaces for davit: probes that find the limit, the sysctl or the helper. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct error;

/* fail_errno for a clone3 or unshare of these types (CLONE_NEWx): names the limit that is reached, or the sysctl. */
int refused_namespaces(uint64_t types, struct error *err);
/* After an EPERM in a user namespace that was made: when a sysctl of the host explains it, *err says so instead. Always
 * -1. */
int refused_in_user_namespace(bool caller_is_root, struct error *err);
