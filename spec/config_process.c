#include "spec/config.h"

#include "spec/config_checks.h"
#include "spec/names.h"
#include "spec/schema.h"

/* (uid_t)-1 is no id: setresuid(2) takes it for "leave as it is". */
#define ID_LAST (UINT32_MAX - 1)

// clang-format off
DEFINE_OBJECT(console_size,
    UINT(console_size, height, "height", .required = true, .max = UINT16_MAX,
        .doc = "Lines of the terminal."),
    UINT(console_size, width, "width", .required = true, .max = UINT16_MAX,
        .doc = "Columns of the terminal."));

DEFINE_OBJECT(user,
    INT(user, uid, "uid", .required = true, .min = 0, .max = ID_LAST, .hint = "a number inside the container: 1000",
        .doc = "The user that the program runs as, a number inside the container."),
    INT(user, gid, "gid", .required = true, .min = 0, .max = ID_LAST, .hint = "a number inside the container: 1000",
        .doc = "Its group, a number inside the container."),
    INT(user, umask, "umask", .min = 0, .max = 0777, .hint = "decimal: 18 is octal 022",
        .doc = "The program's umask, as a decimal number. Default: that of davit's caller."),
    UINTS(user, additional_gids, "additionalGids", .max = ID_LAST,
        .doc = "Further groups of the program."),
    STRING(user, username, "username", .doc = "For Windows; of no effect here."));

#define CAPABILITIES(member, key, ...) \
    SET(capabilities, member, key, capability_names, .lenient = true, \
        .hint = "names of capabilities(7): \"CAP_NET_BIND_SERVICE\"", __VA_ARGS__)
DEFINE_OBJECT(capabilities,
    CAPABILITIES(bounding, "bounding",
        .doc = "What the program, and whatever it executes, can ever get."),
    CAPABILITIES(effective, "effective",
        .doc = "What the program may do from the start."),
    CAPABILITIES(inheritable, "inheritable",
        .doc = "What passes on to programs whose files carry it too."),
    CAPABILITIES(permitted, "permitted",
        .doc = "What the program may make effective."),
    CAPABILITIES(ambient, "ambient",
        .doc = "What passes on to ordinary programs; must be permitted and inheritable as well."));

DEFINE_OBJECT(rlimit,
    ENUM(rlimit, type, "type", rlimit_names, .required = true,
        .doc = "A limit of getrlimit(2)."),
    UINT(rlimit, soft, "soft", .required = true,
        .doc = "The limit that is in force; 18446744073709551615 is none."),
    UINT(rlimit, hard, "hard", .required = true,
        .doc = "How far the program may raise it; 18446744073709551615 is no limit."));

DEFINE_OBJECT(scheduler,
    ENUM(scheduler, policy, "policy", scheduler_policy_names, .required = true,
        .doc = "A policy of sched(7)."),
    INT(scheduler, nice, "nice", .min = -20, .max = 19,
        .doc = "-20 (most favoured) to 19, for SCHED_OTHER and SCHED_BATCH. Default: 0."),
    INT(scheduler, priority, "priority", .min = 0, .max = 99,
        .doc = "1 to 99 (highest), for SCHED_FIFO and SCHED_RR. Default: 0."),
    SET(scheduler, flags, "flags", scheduler_flag_names,
        .doc = "Flags of sched_setattr(2)."),
    UINT(scheduler, runtime, "runtime",
        .doc = "Nanoseconds of processor time in each period, for SCHED_DEADLINE. Default: 0."),
    UINT(scheduler, deadline, "deadline",
        .doc = "Nanoseconds until that time must have been given, for SCHED_DEADLINE. Default: 0."),
    UINT(scheduler, period, "period",
        .doc = "Nanoseconds of a period, for SCHED_DEADLINE. Default: 0, the deadline."));

DEFINE_OBJECT(io_priority,
    ENUM(io_priority, class_, "class", io_priority_class_names, .required = true,
        .doc = "A class of ioprio_set(2)."),
    INT(io_priority, priority, "priority", .min = 0, .max = 7,
        .doc = "0 (highest) to 7 inside the class. Default: 0."));

DEFINE_OBJECT(exec_cpu_affinity,
    STRING(exec_cpu_affinity, initial, "initial", .check = check_number_list, .hint = "\"0-3,7\"",
        .doc = "For exec: processors to run on before the container's cgroup is entered."),
    STRING(exec_cpu_affinity, final, "final", .check = check_number_list, .hint = "\"0-3,7\"",
        .doc = "For exec: processors to run on inside the container's cgroup. Default: as the cgroup allows."));

DEFINE_OBJECT(process,
    BOOL(process, terminal, "terminal",
        .doc = "Gives the program a terminal of its own as stdin, stdout and stderr. Default: false."),
    OBJECT(process, console_size, "consoleSize", console_size,
        .doc = "The size of that terminal. Default: that of davit's own terminal, if it has one."),
    OBJECT(process, user, "user", user,
        .doc = "Whom the program runs as. Default: user and group 0."),
    STRINGS(process, args, "args",
        .doc = "The program and its arguments; without a slash it is looked up in the PATH of env."),
    STRING(process, command_line, "commandLine", .doc = "For Windows; of no effect here."),
    STRINGS(process, env, "env", .check = check_environment, .hint = "NAME=VALUE",
        .doc = "The program's environment; the last of several with one name counts."),
    STRING(process, cwd, "cwd", .required = true, .check = check_absolute, .hint = "\"/\"",
        .doc = "The directory to start in, inside the container; it is made when it is missing."),
    OBJECT(process, capabilities, "capabilities", capabilities,
        .doc = "Sets of capabilities(7). Default: none at all."),
    LIST(process, rlimits, "rlimits", rlimit,
        .doc = "Limits of getrlimit(2); each type once. Default: those of davit's caller."),
    BOOL(process, no_new_privileges, "noNewPrivileges",
        .doc = "Keeps set-user-id files and file capabilities from giving privileges. Default: false."),
    STRING(process, apparmor_profile, "apparmorProfile",
        .doc = "A loaded AppArmor profile, \"unconfined\" for none."),
    INT(process, oom_score_adj, "oomScoreAdj", .min = -1000, .max = 1000,
        .doc = "-1000 (never killed) to 1000 (first), when memory runs out. Default: that of davit's caller."),
    STRING(process, selinux_label, "selinuxLabel",
        .doc = "The SELinux context of the program."),
    OBJECT(process, io_priority, "ioPriority", io_priority,
        .doc = "The priority of its disk accesses. Default: that of davit's caller."),
    OBJECT(process, scheduler, "scheduler", scheduler,
        .doc = "How the kernel schedules it. Default: as davit's caller."),
    OBJECT(process, exec_cpu_affinity, "execCPUAffinity", exec_cpu_affinity,
        .doc = "Processors for programs that exec starts; of no effect on the container's own."));
// clang-format on

const struct user *process_user(const struct process *p)
{
    static const int64_t root = 0;
    static const uint64_t *none[] = {NULL};
    static const struct user nobody_named = {.uid = &root, .gid = &root, .additional_gids = none};
    return p->user ? p->user : &nobody_named;
}
