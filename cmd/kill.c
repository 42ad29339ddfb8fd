#include "cmd/commands.h"

#include "base/error.h"
#include "base/str.h"
#include "libcontainer/container.h"
#include "libcontainer/store/store.h"
#include "spec/names.h"

#include <signal.h>

struct kill_options {
    bool all;
};

// clang-format off
COMMAND_ROWS(kill, kill_options) = {
    FLAG_OPTION(kill_options, all, "all", 'a', "Sends it to every process of the container."),
    NO_MORE_OPTIONS,
};
// clang-format on

int run_kill(struct invocation *i, struct error *err)
{
    const struct kill_options *o = i->options;
    const char *name = i->arguments[1];
    int signal = SIGTERM;
    if (name && !signal_find(name, &signal)) {
        fail(err, ERR_INVALID_ARGUMENT, "\"%s\" is not a signal", str_printable(err->arena, name));
        return error_hint(err, "a number from 0 to 64, or a name such as TERM, SIGKILL or RTMIN+3");
    }
    const char *root;
    if (store_root(i->global->root, &root, err) < 0)
        return -1;
    return container_kill(root, i->arguments[0], signal, o->all, err);
}
