#include "spec/features.h"

#include "base/arena.h"
#include "base/error.h"
#include "cmd/commands.h"
#include "libcontainer/container/probe.h"

struct features_options {
    bool probe;
};

// clang-format off
COMMAND_ROWS(features, features_options) = {
    FLAG_OPTION(features_options, probe, "probe", 0,
        "What this host can do instead, tried out, with the reason for each no."),
    NO_MORE_OPTIONS,
};
// clang-format on

int run_features(struct invocation *i, struct error *err)
{
    const struct features_options *o = i->options;
    const struct probe_result **results;
    if (!o->probe)
        return print_text(arena_printf(err->arena, "%s\n", features_text(err->arena)), err);
    return probe_host(&results, err) < 0 ? -1 : print_text(probe_text(err->arena, results), err);
}
