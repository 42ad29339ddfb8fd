#include "cmd/commands.h"

#include "base/error.h"
#include "libcontainer/container.h"
#include "libcontainer/store/store.h"

struct pause_options {
    bool unused;
};

COMMAND_ROWS(pause, pause_options) = {NO_MORE_OPTIONS};
COMMAND_ROWS(resume, pause_options) = {NO_MORE_OPTIONS};

int run_pause(struct invocation *i, struct error *err)
{
    const char *root;
    if (store_root(i->global->root, &root, err) < 0)
        return -1;
    return container_pause(root, i->arguments[0], err);
}

int run_resume(struct invocation *i, struct error *err)
{
    const char *root;
    if (store_root(i->global->root, &root, err) < 0)
        return -1;
    return container_resume(root, i->arguments[0], err);
}
