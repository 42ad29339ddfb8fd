#include "cmd/commands.h"

#include "base/error.h"
#include "libcontainer/container.h"
#include "libcontainer/store/store.h"

// clang-format off
COMMAND_ROWS(exec, exec_request) = {
    TEXT_OPTION(exec_request, process_file, "process", 'p', "FILE",
        "A process object as in config.json, instead of a program on the command line."),
    FLAG_OPTION(exec_request, options.detach, "detach", 'd', "Returns as soon as the program is started."),
    FLAG_OPTION(exec_request, tty, "tty", 't', "Gives the program a terminal of its own."),
    TEXT_OPTION(exec_request, user, "user", 'u', "USER[:GROUP]",
        "Whom it runs as, numbers or names of the container. A name has the groups that its passwd and group give, a "
        "number those of the container's program. Default: as that program.",
        .keeps_empty = true),
    TEXT_OPTION(exec_request, cwd, "cwd", 0, "DIR", "Where it starts. Default: as the container's program."),
    TEXTS_OPTION(exec_request, env, "env", 'e', "NAME=VALUE", "Adds to its environment; may be given again."),
    TEXTS_OPTION(exec_request, capabilities, "cap", 'c', "CAPABILITY", "Adds a capability; may be given again."),
    TEXTS_OPTION(exec_request, additional_gids, "additional-gids", 'g', "GROUP",
        "Adds a group; may be given again."),
    FLAG_OPTION(exec_request, no_new_privileges, "no-new-privs", 0,
        "Keeps set-user-id files and file capabilities from giving privileges."),
    TEXT_OPTION(exec_request, apparmor, "apparmor", 0, "PROFILE", "Its AppArmor profile."),
    TEXT_OPTION(exec_request, process_label, "process-label", 0, "LABEL", "Its SELinux context."),
    TEXTS_OPTION(exec_request, options.exec_cgroups, "cgroup", 0, "[CONTROLLER,...:]PATH",
        "A cgroup below the container's own, which must be there; given again for other controllers of cgroup v1. "
        "Default: the container's own."),
    FLAG_OPTION(exec_request, ignore_paused, "ignore-paused", 0,
        "Goes ahead in a paused container; the program waits for resume."),
    TEXT_OPTION(exec_request, options.console_socket, "console-socket", 0, "PATH",
        "A socket that gets the program's terminal."),
    TEXT_OPTION(exec_request, options.pidfd_socket, "pidfd-socket", 0, "PATH",
        "A socket that gets a pidfd of the program."),
    TEXT_OPTION(exec_request, options.pid_file, "pid-file", 0, "FILE", "Where to write the program's process number."),
    NUMBER_OPTION(exec_request, options.preserve_fds, "preserve-fds", 0, "N",
        "Leaves the descriptors 3 to 2+N open for the program."),
    IGNORED_OPTION("no-subreaper"),
    NO_MORE_OPTIONS,
};
// clang-format on

static int complete(struct invocation *i, struct exec_request *request, struct error *err)
{
    request->id = i->arguments[0];
    request->args = i->arguments + 1;
    request->options.foreground = !request->options.detach;
    request->options.inline_process = !request->process_file;
    request->options.cwd_option = request->cwd && !request->process_file;
    apply_global(i->global, &request->options);
    if (!request->process_file && !request->args[0]) {
        fail(err, ERR_INVALID_ARGUMENT, "there is no program to run");
        return error_hint(err, "davit exec ID PROGRAM [ARGUMENT...], or --process FILE");
    }
    if (request->process_file && request->args[0])
        return fail(err, ERR_INVALID_ARGUMENT, "a program and --process are given: one is too many");
    return store_root(i->global->root, &request->root, err);
}

int run_exec(struct invocation *i, struct error *err)
{
    struct exec_request *request = i->options;
    if (complete(i, request, err) < 0 || container_exec(request, &i->exit_status, err) < 0)
        return error_context(err, "exec failed");
    return 0;
}
