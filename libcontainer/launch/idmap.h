/* idmap.h - the id maps of a new user namespace, written by the runtime: directly where it may, else by newuidmap and
 * newgidmap. Id-mapped mounts are not its business. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

struct arena;
struct config;
struct error;
struct id_mapping;
struct launch;

#define IDMAP_LINES 340 /* the kernel's limits, user_namespaces(7): lines, and less than a page in one write */
#define IDMAP_BYTES 4096

/* "0 100000 65536\n…", one line a range. ERR_INVALID_CONFIG for too many; `member` names it: "linux.uidMappings". */
int idmap_text(const struct id_mapping *const *mappings, const char *member, const char **out_text, struct error *err);
/* The config with mappings where it has none although a user namespace is made: 0 is the caller, then come the ranges
 * of /etc/subuid and /etc/subgid where the helpers are installed. The config itself, when it has its own.
 * The note says why there is no more than the caller ("newuidmap is not installed"), or is NULL. */
int idmap_default(const struct config *c, const struct config **out, const char **out_note, struct error *err);
/* Ranges of one user ("name" or its number) in the text of /etc/subuid, behind the first mapping 0 -> own. */
const struct id_mapping **idmap_subordinate(struct arena *a, const char *text, const char *name, uint64_t own);
/* Writes the maps of l->pid, which waits. */
int idmap_write(struct launch *l, struct error *err);
