/* join.h - the namespaces that a process joins: opened by the runtime before the fork, and entered by descriptor. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

struct error;
struct launch;

/* What exec joins: the namespaces of the container's init that are not davit's own. Owned by the launch. */
struct exec_join {
    int pidfd;
    uint64_t types; /* CLONE_NEWx */
    int root_fd;    /* of init's root, where no mount namespace of its own brings it along; -1 */
};

/* Fills l->join for exec into the process `pid`, which `pidfd` stands for (copied). In the launch's arena. */
int join_process(struct launch *l, pid_t pid, int pidfd, struct error *err);
/* Keeps to the namespaces of these types: what a process does not need it does not enter. */
void join_only(struct launch *l, uint64_t types);
/* In the child, before it can be seen from inside: closes what is the host's. */
int join_leave_host(struct launch *l, struct error *err);
/* In the child: joins the namespaces of these types, and enters the root. */
int join_namespaces(struct launch *l, uint64_t types, struct error *err);
/* In the child: l->root_fd is the container's root, and so is the child's. Does nothing the second time. */
int join_enter_root(struct launch *l, struct error *err);
/* Opens linux.namespaces[index].path and checks that it is a namespace of that type. */
int join_open(const char *path, uint64_t type, size_t index, int *out_fd, struct error *err);
void join_free(struct exec_join *j); /* NULL is fine */
