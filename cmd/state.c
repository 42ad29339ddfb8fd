#include "cmd/commands.h"

#include "base/arena.h"
#include "base/error.h"
#include "libcontainer/container.h"
#include "libcontainer/store/store.h"
#include "spec/state.h"

struct state_options {
    bool unused;
};

COMMAND_ROWS(state, state_options) = {NO_MORE_OPTIONS};

int run_state(struct invocation *i, struct error *err)
{
    const char *root;
    if (store_root(i->global->root, &root, err) < 0)
        return -1;
    struct container_view view;
    if (container_inspect(root, i->arguments[0], &view, err) < 0)
        return -1;
    const struct oci_state *state = container_state(&view, err);
    if (!state)
        return -1;
    const char *json = schema_encode(err->arena, &oci_state_object, state, 2);
    return print_text(arena_printf(err->arena, "%s\n", json), err);
}
