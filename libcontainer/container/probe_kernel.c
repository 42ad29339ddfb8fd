/* probe_kernel.c - asks the kernel, in children that end at once, for what davit needs of it. */
#include "libcontainer/container/probe.h"

#include "base/arena.h"
#include "base/child.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/str.h"
#include "base/syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

int probe_check_kernel(const char *release, struct error *err)
{
    /* What davit has no second way for; the last one is the floor. */
    static const struct {
        unsigned major, minor;
        const char *what;
    } needs[] = {
        {5, 3,  "clone3"       },
        {5, 6,  "openat2"      },
        {5, 12, "mount_setattr"},
        {5, 14, "cgroup.kill"  },
    };
    unsigned major, minor;
    if (sscanf(release, "%u.%u", &major, &minor) != 2)
        return 0; /* named by hand: the calls themselves will tell */
    for (size_t i = 0; i < ARRAY_SIZE(needs); i++) {
        if (major > needs[i].major || (major == needs[i].major && minor >= needs[i].minor))
            continue;
        fail(err, ERR_NOT_SUPPORTED, "this kernel (%u.%u) lacks %s (needs %u.%u)", major, minor, needs[i].what,
             needs[i].major, needs[i].minor);
        return error_hint(err, "davit needs Linux 5.14");
    }
    return 0;
}

static bool try_kernel(struct arena *a, struct probe_result *out)
{
    struct utsname host;
    struct error err;
    error_init(&err, a);
    if (uname(&host) < 0 || probe_check_kernel(host.release, &err) == 0)
        return true;
    out->reason = error_line(&err);
    out->hint = err.hint;
    return false;
}

/* Runs `work` in a child of its own; its errno comes back as the exit status, 0 for success. */
static int errno_in_child(int (*work)(void))
{
    pid_t pid = fork();
    if (pid < 0)
        return errno;
    if (pid == 0)
        _exit(work() == 0 ? 0 : errno & 0xff);
    int status;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}

static bool judge(struct arena *a, struct probe_result *out, int errnum)
{
    if (errnum == 0)
        return true;
    out->reason = arena_printf(a, "%s (%s)", strerrordesc_np(errnum), errno_name(errnum));
    return false;
}

static int write_map(const char *file, unsigned id)
{
    char line[64];
    int length = snprintf(line, sizeof line, "0 %u 1\n", id);
    scoped_fd fd = open(file, O_WRONLY | O_CLOEXEC);
    return fd >= 0 && write(fd, line, (size_t)length) == length ? 0 : -1;
}

static int become_root_of_user_namespace(void)
{
    unsigned uid = geteuid();
    return unshare(CLONE_NEWUSER) == 0 ? write_map("/proc/self/uid_map", uid) : -1;
}

/* "0" of a sysctl, or NULL when there is none. */
static const char *sysctl(struct arena *a, const char *name)
{
    struct error ignored;
    char *text;
    error_init(&ignored, a);
    const char *path = arena_printf(a, "/proc/sys/%s", name);
    if (file_read_at(AT_FDCWD, path, 256, &text, NULL, &ignored) < 0)
        return NULL;
    return arena_strndup(a, text, strcspn(text, "\n"));
}

static bool try_user_namespace(struct arena *a, struct probe_result *out)
{
    int errnum = errno_in_child(become_root_of_user_namespace);
    if (judge(a, out, errnum))
        return true;
    if (str_equal(sysctl(a, "user/max_user_namespaces"), "0"))
        out->hint = "sysctl user.max_user_namespaces is 0";
    else if (str_equal(sysctl(a, "kernel/unprivileged_userns_clone"), "0"))
        out->hint = "sysctl kernel.unprivileged_userns_clone is 0";
    else if (str_equal(sysctl(a, "kernel/apparmor_restrict_unprivileged_userns"), "1"))
        out->hint =
            "sysctl kernel.apparmor_restrict_unprivileged_userns is 1: davit needs an AppArmor profile that allows "
            "userns";
    return false;
}

/* A new mount of that filesystem in namespaces of the caller's own, never attached anywhere. */
static int mount_new(const char *type)
{
    scoped_fd context = fsopen(type, FSOPEN_CLOEXEC);
    if (context < 0 || fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        return -1;
    scoped_fd mounted = fsmount(context, FSMOUNT_CLOEXEC, 0);
    return mounted < 0 ? -1 : 0;
}

static int mount_proc(void)
{
    if (become_root_of_user_namespace() < 0 || unshare(CLONE_NEWPID | CLONE_NEWNS) < 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0)
        _exit(mount_new("proc") == 0 ? 0 : errno & 0xff);
    int status;
    if (pid < 0 || waitpid(pid, &status, 0) < 0)
        return -1;
    errno = WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
    return errno == 0 ? 0 : -1;
}

static bool try_proc(struct arena *a, struct probe_result *out)
{
    if (judge(a, out, errno_in_child(mount_proc)))
        return true;
    out->hint =
        "inside a container that masks parts of /proc the kernel allows no new one: unmask them outside, or bind "
        "/proc";
    return false;
}

static int open_overlay(void)
{
    scoped_fd context = -1;
    if (become_root_of_user_namespace() < 0 || unshare(CLONE_NEWNS) < 0)
        return -1;
    context = fsopen("overlay", FSOPEN_CLOEXEC);
    return context < 0 ? -1 : 0;
}

static bool try_overlay(struct arena *a, struct probe_result *out)
{
    if (judge(a, out, errno_in_child(open_overlay)))
        return true;
    out->hint = "modprobe overlay";
    return false;
}

static int make_time_namespace(void)
{
    return (geteuid() == 0 || become_root_of_user_namespace() == 0) && unshare(CLONE_NEWTIME) == 0 ? 0 : -1;
}

static bool try_time_namespace(struct arena *a, struct probe_result *out)
{
    return judge(a, out, errno_in_child(make_time_namespace));
}

/* Calls with arguments that cannot succeed: what the kernel, or the filter of a surrounding container, does not have
 * answers ENOSYS or EPERM. */
static int call_openat2(void)
{
    const struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
    return sys_openat2(-1, "", &how);
}

static int call_clone3(void)
{
    const struct clone_args impossible = {.flags = CLONE_THREAD}; /* a thread that shares nothing */
    return (int)sys_clone3(&impossible);
}

static int call_pidfd_open(void)
{
    return pidfd_open(-1, 0);
}

static int enter_mount_namespace(void)
{
    return (geteuid() == 0 || become_root_of_user_namespace() == 0) && unshare(CLONE_NEWNS) == 0 ? 0 : -1;
}

static int call_open_tree(void)
{
    return enter_mount_namespace() < 0 ? 0 : open_tree(-1, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
}

static int call_mount_setattr(void)
{
    struct mount_attr attr = {0};
    return enter_mount_namespace() < 0 ? 0 : mount_setattr(-1, "", 0, &attr, sizeof attr);
}

static bool try_calls(struct arena *a, struct probe_result *out)
{
    static const struct {
        const char *name;
        int (*call)(void);
    } calls[] = {
        {"openat2",       call_openat2      },
        {"clone3",        call_clone3       },
        {"pidfd_open",    call_pidfd_open   },
        {"open_tree",     call_open_tree    }, /* both pass where there is no user namespace to try them in */
        {"mount_setattr", call_mount_setattr},
    };
    for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
        int errnum = errno_in_child(calls[i].call);
        if (errnum != ENOSYS && errnum != EPERM)
            continue;
        out->reason = arena_printf(a, "%s is missing or forbidden: %s (%s)", calls[i].name, strerrordesc_np(errnum),
                                   errno_name(errnum));
        out->hint = "the system call filter of a surrounding container may not know it";
        return false;
    }
    return true;
}

static bool try_seccomp(struct arena *a, struct probe_result *out)
{
    unsigned action = SECCOMP_RET_ERRNO;
    return judge(a, out, sys_seccomp(SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0 ? 0 : errno);
}

static bool try_seccomp_notify(struct arena *a, struct probe_result *out)
{
    unsigned action = SECCOMP_RET_USER_NOTIF;
    return judge(a, out, sys_seccomp(SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0 ? 0 : errno);
}

const struct probe kernel_probes[] = {
    {"kernel",                     try_kernel        },
    {"system-calls",               try_calls         },
    {"user-namespaces",            try_user_namespace},
    {"new-proc-in-user-namespace", try_proc          },
    {"overlay-in-user-namespace",  try_overlay       },
    {"time-namespaces",            try_time_namespace},
    {"seccomp",                    try_seccomp       },
    {"seccomp-notify",             try_seccomp_notify},
    {NULL,                         NULL              },
};
