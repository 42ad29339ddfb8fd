#include "cmd/commands.h"

#include "base/error.h"
#include "libcontainer/container.h"
#include "libcontainer/store/store.h"

struct delete_options {
    bool force;
};

// clang-format off
COMMAND_ROWS(delete, delete_options) = {
    FLAG_OPTION(delete_options, force, "force", 'f',
        "Kills what still runs; a container that there is not is no error."),
    NO_MORE_OPTIONS,
};
// clang-format on

int run_delete(struct invocation *i, struct error *err)
{
    const struct delete_options *o = i->options;
    const char *root;
    if (store_root(i->global->root, &root, err) < 0)
        return -1;
    return container_delete(root, i->arguments[0], o->force, err);
}
