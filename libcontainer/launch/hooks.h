/* hooks.h - the config's hooks: programs that run at six moments of a container's life, one after the other.
 *
 * Each gets the container's state on stdin and its output is captured for the error; none inherits a descriptor, the
 * container's environment or davit's signals. A hook that exceeds its timeout is killed with its process group. */
#pragma once

#include <sys/types.h>

struct config;
struct error;
struct launch;

enum hook_kind {
    HOOK_PRESTART,
    HOOK_CREATE_RUNTIME,
    HOOK_CREATE_CONTAINER,
    HOOK_START_CONTAINER,
    HOOK_POSTSTART,
    HOOK_POSTSTOP,
};

struct hook_call {
    enum hook_kind kind;
    const struct config *config;
    const char *id, *bundle; /* bundle: absolute */
    pid_t pid;               /* of the container's init, as the hook sees it; 0: none */
    int bundle_fd;           /* the hook's working directory; -1: `bundle` by its path, or "/" where that is missing */
    const int *programs;     /* O_PATH descriptors of the hooks' programs, in order; NULL: by their paths */
    const char *const *environment; /* for hooks without env; NULL: that of davit's caller */
};

/* Runs all hooks of a kind in their order, up to the first that fails: ERR_HOOK_FAILED. A failing poststop hook is a
 * warning and the next one runs. Nothing to do is fine. */
int hooks_run(const struct hook_call *call, struct error *err);
/* In init, behind GO: startContainer, in the container, as its user. */
int hooks_run_start_container(struct launch *l, struct error *err);
