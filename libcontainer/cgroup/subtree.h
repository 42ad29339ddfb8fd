/* subtree.h - a cgroup and all below it, which are the container's own where it may make cgroups. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct error;

/* Ends with 0; out_count may be NULL. A cgroup that is absent has none. */
int directory_processes(const char *directory, pid_t **out, size_t *out_count, struct error *err);
/* v1: also what the container has frozen itself. */
int directory_thaw(const char *directory, struct error *err);
/* Waits for dying processes, at most 10 s. Absent is fine. */
int directory_remove(const char *directory, struct error *err);
