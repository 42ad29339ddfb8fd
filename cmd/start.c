#include "cmd/commands.h"

#include "base/error.h"
#include "libcontainer/container.h"
#include "libcontainer/store/store.h"

struct start_options {
    bool unused;
};

COMMAND_ROWS(start, start_options) = {NO_MORE_OPTIONS};

int run_start(struct invocation *i, struct error *err)
{
    const char *root;
    if (store_root(i->global->root, &root, err) < 0)
        return -1;
    return container_start(root, i->arguments[0], err);
}
