#include "cmd/commands.h"

#include "base/arena.h"
#include "base/error.h"
#include "build-config.h"
#include "spec/features.h"

struct version_options {
    bool unused;
};

COMMAND_ROWS(version, version_options) = {NO_MORE_OPTIONS};

/* dockerd takes the last line with the word "version" in it: there is one. */
const char *version_text(struct error *err)
{
#ifdef DAVIT_COMMIT
    const char *commit = "commit: " DAVIT_COMMIT "\n";
#else
    const char *commit = "";
#endif
    return arena_printf(err->arena, "davit version %s\n%sspec: %s\n", PACKAGE_VERSION, commit, SPEC_VERSION);
}

int run_version(struct invocation *i, struct error *err)
{
    (void)i;
    return print_text(version_text(err), err);
}
