#include "cmd/commands.h"

#include "base/arena.h"
#include "base/error.h"
#include "build-config.h"
#include "spec/features.h"

struct version_options {
    bool unused;
};

COMMAND_ROWS(version, version_options) = {NO_MORE_OPTIONS};

#define BUILT_WITH(name, is_set) ((is_set) ? " +" name : " -" name)

/* dockerd takes the last line with the word "version" in it: there is one. */
const char *version_text(struct error *err)
{
#ifdef DAVIT_COMMIT
    const char *commit = "commit: " DAVIT_COMMIT "\n";
#else
    const char *commit = "";
#endif
    return arena_printf(err->arena,
                        "davit version %s\n%sspec: %s\nbuilt with: +APPARMOR +CAP +EBPF +CRIU%s%s%s +YAJL%s\n",
                        PACKAGE_VERSION, commit, SPEC_VERSION, BUILT_WITH("SECCOMP", DAVIT_WITH_SECCOMP),
                        BUILT_WITH("SELINUX", DAVIT_WITH_SELINUX), BUILT_WITH("SYSTEMD", DAVIT_WITH_SYSTEMD),
                        BUILT_WITH("STATIC", DAVIT_STATIC));
}

int run_version(struct invocation *i, struct error *err)
{
    (void)i;
    return print_text(version_text(err), err);
}
