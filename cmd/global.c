/* The options before the command. */
#include "cmd/commands.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "libcontainer/launch/launch.h"
#include "spec/error_json.h"

#include <unistd.h>

static const char *const formats[] = {"text", "json", NULL};
static const char *const levels[] = {"error", "warning", "info", "debug", NULL};
static const char *const managers[] = {"cgroupfs", "systemd", "disabled", NULL};
static const char *const choices[] = {"true", "false", "auto", NULL};

// clang-format off
const struct option_row global_rows[] = {
    TEXT_OPTION(global_options, root, "root", 0, "DIR",
        "Where davit keeps what it knows of containers. Default: /run/davit, or $XDG_RUNTIME_DIR/davit for a user.", .keeps_empty = true),
    TEXT_OPTION(global_options, log, "log", 0, "PATH",
        "Appends messages to a file; journald:NAME and syslog:NAME send them there."),
    TEXT_OPTION(global_options, log_format, "log-format", 0, "FORMAT",
        "How messages are written: text (default) or json, one object a line.", .words = formats),
    TEXT_OPTION(global_options, log_level, "log-level", 0, "LEVEL",
        "The least important messages: error, warning, info or debug. Default: warning on a terminal, else error.", .words = levels),
    FLAG_OPTION(global_options, debug, "debug", 0,
        "The same as --log-level debug."),
    FLAG_OPTION(global_options, systemd_cgroup, "systemd-cgroup", 0,
        "Lets systemd make the container's cgroup; cgroupsPath is then SLICE:PREFIX:NAME."),
    TEXT_OPTION(global_options, cgroup_manager, "cgroup-manager", 0, "MANAGER",
        "Who makes cgroups: cgroupfs (default), systemd, or disabled for none at all.", .words = managers),
    TEXT_OPTION(global_options, rootless, "rootless", 0, "WHEN",
        "Whether cgroups that may not be made are no error: true, false or auto (default).", .words = choices),
    FLAG_OPTION(global_options, version, "version", 'v',
        "Prints davit's version."),
    {.name = "version", .letter = 'V', OPTION_SLOT(global_options, version, OPTION_FLAG, bool)},
    {.name = "criu", .value = "PATH", OPTION_SLOT(global_options, criu, OPTION_TEXT, const char *)},
    NO_MORE_OPTIONS,
};
// clang-format on

void apply_global(const struct global_options *global, struct launch_options *out)
{
    out->systemd_cgroup = global->systemd_cgroup;
    out->cgroup_manager = global->cgroup_manager;
}

static int open_log_target(const char *target, struct error *err)
{
    const char *name = str_after(target, "journald:");
    if (name)
        return log_open_journal(name, err);
    name = str_after(target, "syslog:");
    if (name)
        return log_open_syslog(name, err);
    const char *path = str_after(target, "file:");
    return log_open_file(path ? path : target, err);
}

int open_log(const struct global_options *global, struct error *err)
{
    log_target.encode_error = error_json_log;
    if (str_equal(global->log_format, "json"))
        log_target.format = LOG_JSON;
    /* Engines parse the log of a failing create as one document: warnings must be asked for. A person at a terminal
     * gets them unasked. */
    log_target.level = !global->log && isatty(STDERR_FILENO) ? LOG_WARNING_LEVEL : LOG_ERROR_LEVEL;
    if (global->log_level)
        log_level_find(global->log_level, &log_target.level);
    if (global->debug)
        log_target.level = LOG_DEBUG_LEVEL;
    return global->log ? open_log_target(global->log, err) : 0;
}
