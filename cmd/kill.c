#include "cmd/commands.h"

#include "base/error.h"
#include "base/str.h"
#include "cmd/matching.h"
#include "libcontainer/container.h"
#include "libcontainer/store/store.h"
#include "spec/names.h"

#include <signal.h>

struct kill_options {
    bool all, regex;
};

// clang-format off
COMMAND_ROWS(kill, kill_options) = {
    FLAG_OPTION(kill_options, all, "all", 'a', "Sends it to every process of the container."),
    FLAG_OPTION(kill_options, regex, "regex", 'r',
        "ID is an extended regular expression: to each container with a match in its id."),
    NO_MORE_OPTIONS,
};
// clang-format on

struct order {
    int signal;
    bool all;
};

static int kill_one(const char *root, const char *id, const void *data, struct error *err)
{
    const struct order *o = data;
    return container_kill(root, id, o->signal, o->all, err);
}

int run_kill(struct invocation *i, struct error *err)
{
    const struct kill_options *o = i->options;
    const char *name = i->arguments[1];
    struct order order = {.signal = SIGTERM, .all = o->all};
    if (name && *name && !signal_find(name, &order.signal)) {
        fail(err, ERR_INVALID_ARGUMENT, "unknown signal \"%s\"", str_printable(err->arena, name));
        return error_hint(err, "a number from 0 to 64, or a name such as TERM, SIGKILL or RTMIN+3");
    }
    struct matching m = {.id = i->arguments[0], .act = kill_one, .data = &order};
    if (store_root(i->global->root, &m.root, err) < 0)
        return -1;
    return o->regex ? matching_act(&m, &i->exit_status, err) : kill_one(m.root, m.id, &order, err);
}
