#include "cmd/commands.h"

#include "base/error.h"
#include "cmd/matching.h"
#include "libcontainer/container.h"
#include "libcontainer/store/store.h"

struct delete_options {
    bool force, regex;
};

// clang-format off
COMMAND_ROWS(delete, delete_options) = {
    FLAG_OPTION(delete_options, force, "force", 'f',
        "Kills what still runs; a container that there is not is no error."),
    FLAG_OPTION(delete_options, regex, "regex", 'r',
        "ID is an extended regular expression: deletes each container with a match in its id."),
    NO_MORE_OPTIONS,
};
// clang-format on

static int delete_one(const char *root, const char *id, const void *data, struct error *err)
{
    const struct delete_options *o = data;
    return container_delete(root, id, o->force, err);
}

int run_delete(struct invocation *i, struct error *err)
{
    const struct delete_options *o = i->options;
    struct matching m = {.id = i->arguments[0], .act = delete_one, .data = o};
    if (store_root(i->global->root, &m.root, err) < 0)
        return -1;
    return o->regex ? matching_act(&m, &i->exit_status, err) : delete_one(m.root, m.id, o, err);
}
