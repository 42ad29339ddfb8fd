/* exec_process.h - which process `exec` starts: what was asked for, completed from the container's own process.
 * Pure but for the process file. */
#pragma once

#include <stddef.h>

struct config;
struct error;
struct exec_request;
struct process;

/* Reads --process whole, so that the caller may remove the file; NULL in *out when the request is inline. */
int exec_read_process(const struct exec_request *request, struct process **out, struct error *err);

/* The container's passwd and group files as text, or NULL; asked for only when a name or a uid's group is needed. */
struct exec_accounts {
    const char *passwd, *group;
};
/* True when exec_compose needs the accounts. */
int exec_needs_accounts(const struct exec_request *request);
/* `given` is what exec_read_process read, or NULL. Everything in err's arena. */
int exec_compose(const struct exec_request *request, const struct process *given, const struct config *config,
                 const struct exec_accounts *accounts, const struct process **out, struct error *err);
