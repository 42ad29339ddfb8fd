/* create_options.h - the options that create, run and restore have in common. */
#pragma once

#include "cmd/commands.h"
#include "libcontainer/container.h"

// clang-format off
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
// clang-format on

/* What the options leave open: the global ones, the state root, the bundle. */
int complete_create(struct invocation *i, struct create_request *request, struct error *err);
