#include "cmd/commands.h"

#include "base/error.h"
#include "base/str.h"
#include "libcontainer/container.h"
#include "libcontainer/store/store.h"

// clang-format off
/* What create and run (and restore) have in common. */
#define CREATE_ROWS \
    TEXT_OPTION(create_request, bundle, "bundle", 'b', "DIR", "The bundle. Default: this directory."), \
    TEXT_OPTION(create_request, config_file, "config", 'f', "FILE", \
        "The configuration. Default: config.json in the bundle."), \
    TEXT_OPTION(create_request, options.console_socket, "console-socket", 0, "PATH", \
        "A socket that gets the container's terminal."), \
    TEXT_OPTION(create_request, options.pidfd_socket, "pidfd-socket", 0, "PATH", \
        "A socket that gets a pidfd of the container's first process."), \
    TEXT_OPTION(create_request, options.pid_file, "pid-file", 0, "FILE", \
        "Where to write the number of the container's first process."), \
    FLAG_OPTION(create_request, options.no_pivot, "no-pivot", 0, \
        "Enters the root by a moving mount and chroot, for a host whose root is an initramfs."), \
    FLAG_OPTION(create_request, options.no_new_keyring, "no-new-keyring", 0, \
        "Keeps the caller's session keyring."), \
    NUMBER_OPTION(create_request, options.preserve_fds, "preserve-fds", 0, "N", \
        "Leaves the descriptors 3 to 2+N open for the program."), \
    FLAG_OPTION(create_request, strict, "strict", 0, \
        "Refuses members of the configuration that the specification does not know."), \
    IGNORED_OPTION("no-subreaper")

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

static int complete(struct invocation *i, struct create_request *request, struct error *err)
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
    if (complete(i, request, err) < 0)
        return -1;
    request->options.detach = true;
    return container_create(request, err);
}

int run_run(struct invocation *i, struct error *err)
{
    struct create_request *request = i->options;
    if (complete(i, request, err) < 0)
        return -1;
    request->options.foreground = !request->options.detach;
    return container_run(request, &i->exit_status, err);
}
