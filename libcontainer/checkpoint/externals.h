/* externals.h - what of a container is not its own, and what CRIU calls it: mounts of the host, namespaces that it has
 * joined, descriptors that it was given. At the dump by what the process has, at the restore by the config. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct arena;
struct cgroup;
struct config;
struct criu_entry;
struct error;
struct mount_plan;

/* A list of texts that grows in its arena, ended by NULL. */
struct text_list {
    struct arena *arena;
    const char **items; /* NULL: empty */
    size_t count, room;
};
void text_list_add(struct text_list *l, const char *text);

/* "mnt[/data]:/data" for each mount of the process that comes from outside. */
int externals_of_mounts(const struct config *c, const char *bundle, pid_t pid, struct text_list *out,
                        struct error *err);
/* "net[4026532219]:extRootNetNS" for namespaces that the config joins by their path. */
int externals_of_namespaces(const struct config *c, pid_t pid, struct text_list *out, struct error *err);
/* What stdin, stdout and stderr are: "pipe:[123]", "/dev/null", "" for a closed one. Those that only the caller can
 * bring again are named as CRIU does, and added to `out`: "file[1f:2ab]", "tty[8801:17]". */
int externals_of_stdio(pid_t pid, const char *out_targets[3], struct text_list *out, struct error *err);

/* The same mounts, as "mnt[/data]:PLACES/source3": where places_enter puts what stands for them now. */
int externals_at_restore(const struct config *c, const struct mount_plan *plan, const char *places,
                         const struct cgroup *cgroup, const char *state_root, struct text_list *out, struct error *err);
/* May this target of a descriptor be given to the restored process from outside? */
bool external_is_inherited(const char *target);
