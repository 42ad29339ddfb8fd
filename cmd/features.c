#include "spec/features.h"

#include "base/arena.h"
#include "base/error.h"
#include "cmd/commands.h"

struct features_options {
    bool unused;
};

COMMAND_ROWS(features, features_options) = {NO_MORE_OPTIONS};

int run_features(struct invocation *i, struct error *err)
{
    (void)i;
    return print_text(arena_printf(err->arena, "%s\n", features_text(err->arena)), err);
}
