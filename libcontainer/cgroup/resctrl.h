/* resctrl.h - Intel RDT and its kin: groups of processes that share cache and memory bandwidth, below a mounted
 * resctrl. Every call takes that mount, so that tests can give a directory of their own. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct arena;
struct error;
struct intel_rdt;
struct rdt_stats;

#define RESCTRL_ROOT "/sys/fs/resctrl"

/* What there is to be done, and to undo. */
struct resctrl_group {
    const char *clos_id; /* the group's name; "" for the root group ("/" in the config) */
    bool made_clos, made_mon;
};

/* ERR_NOT_SUPPORTED when nothing is mounted at root. Says what will be made, and makes nothing. */
int resctrl_plan(const char *root, const struct intel_rdt *rdt, const char *id, struct resctrl_group *out,
                 struct error *err);
/* Makes the group and writes its schemata; an existing one with closID must have them already. */
int resctrl_make(const char *root, const struct intel_rdt *rdt, const char *id, const struct resctrl_group *g,
                 struct error *err);
/* Puts a process into it, and into its monitoring group. */
int resctrl_enter(const char *root, const char *id, const struct resctrl_group *g, pid_t pid, struct error *err);
/* Writes other schemata to an existing group, for update. */
int resctrl_set(const char *root, const char *clos_id, const struct intel_rdt *rdt, struct error *err);
/* Removes what was made. Absent is fine. */
int resctrl_remove(const char *root, const char *id, const struct resctrl_group *g, struct error *err);
/* Schemata of the group and of the root, in the arena; NULL when they cannot be read. */
const struct rdt_stats *resctrl_stats(const char *root, const char *clos_id, struct arena *a);

/* Of the text of schemata the line of a kind ("L3:"), without the blanks in front; NULL when there is none. */
const char *resctrl_line_of(struct arena *a, const char *text, const char *kind);
/* Whether a line has all of what is wanted, "L3:0=f;1=3": there may be blanks in front, and ids in any order. */
bool resctrl_line_has(struct arena *a, const char *line, const char *wanted);
