#include "cmd/create_options.h"

#include "base/error.h"
#include "base/str.h"
#include "libcontainer/container.h"
#include "libcontainer/store/store.h"

// clang-format off
COMMAND_ROWS(create, create_request) = {
    CREATE_ROWS,
    NO_MORE_OPTIONS,
};

COMMAND_ROWS(run, create_request) = {
    CREATE_ROWS,
    FLAG_OPTION(create_request, options.detach, "detach", 'd',
        "Returns as soon as the program is started."),
    FLAG_OPTION(create_request, keep, "keep", 0,
        "Leaves the container after its end, for state and delete."),
    FLAG_OPTION(create_request, options.seccomp_trace, "seccomp-trace", 0,
        "Reports each system call that the profile refuses, once."),
    NO_MORE_OPTIONS,
};
// clang-format on

int complete_create(struct invocation *i, struct create_request *request, struct error *err)
{
    request->id = i->arguments[0];
    if (!request->bundle)
        request->bundle = ".";
    request->rootless = str_equal(i->global->rootless, "true");
    apply_global(i->global, &request->options);
    return store_root(i->global->root, &request->root, err);
}

int run_create(struct invocation *i, struct error *err)
{
    struct create_request *request = i->options;
    if (complete_create(i, request, err) < 0)
        return -1;
    request->options.detach = true;
    return container_create(request, err);
}

int run_run(struct invocation *i, struct error *err)
{
    struct create_request *request = i->options;
    if (complete_create(i, request, err) < 0)
        return -1;
    request->options.foreground = !request->options.detach;
    return container_run(request, &i->exit_status, err);
}
