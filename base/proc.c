#include "base/proc.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "base/syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define PROC_ROOT_INODE 1 /* PROC_ROOT_INO: the root of every procfs, and of nothing else in it */
#define SHOWN_LIMIT     64
#define TEXT_LIMIT      ((size_t)4 << 20)

/* Is this the root of a procfs, and of the caller's own pid namespace? */
static bool is_own_proc(int fd)
{
    struct statfs fs;
    struct stat st;
    char self[16];
    if (fstatfs(fd, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC || fstat(fd, &st) < 0 || st.st_ino != PROC_ROOT_INODE)
        return false;
    ssize_t length = readlinkat(fd, "self", self, sizeof self - 1);
    if (length <= 0)
        return false;
    self[length] = '\0';
    uint64_t pid;
    return str_to_uint(self, INT32_MAX, &pid) && pid == (uint64_t)getpid();
}

/* -1 and errno where the host refuses. */
static int mount_proc(bool full)
{
    scoped_fd context = fsopen("proc", FSOPEN_CLOEXEC);
    if (context < 0)
        return -1;
    /* Both options are younger than fsopen: without them the instance shows more than is needed, nothing worse. */
    if (!full && fsconfig(context, FSCONFIG_SET_STRING, "subset", "pid", 0) < 0)
        log_debug("procfs has no subset=pid: %s", errno_name(errno));
    if (fsconfig(context, FSCONFIG_SET_STRING, "hidepid", "ptraceable", 0) < 0)
        log_debug("procfs has no hidepid=ptraceable: %s", errno_name(errno));
    if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        return -1;
    return fsmount(context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

int proc_open(bool full, int *out_fd, struct error *err)
{
    scoped_fd fd = mount_proc(full);
    if (fd < 0) {
        log_debug("no procfs of davit's own (%s): using /proc", errno_name(errno));
        /* Not recursive: what covers parts of /proc stays behind. It needs CAP_SYS_ADMIN too, though. */
        fd = open_tree(AT_FDCWD, "/proc", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW);
    }
    if (fd < 0)
        fd = open("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return fail_errno(err, "cannot open /proc");
    if (!is_own_proc(fd)) {
        fail(err, ERR_NOT_SUPPORTED, "/proc is not a procfs of this pid namespace");
        return error_hint(err, "mount one: mount -t proc proc /proc");
    }
    *out_fd = take_fd(&fd);
    return 0;
}

/* Links of procfs that are plain text ("self") are followed; magic ones and other mounts are refused. */
static int open_safely(int proc_fd, const char *path, int flags)
{
    const struct open_how how = {
        .flags = (uint64_t)(unsigned)flags | O_CLOEXEC | O_NOCTTY,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS,
    };
    if (flags & O_PATH) {
        struct open_how plain = how;
        plain.flags &= ~(uint64_t)O_NOCTTY; /* openat2 refuses the pair */
        return sys_openat2(proc_fd, path, &plain);
    }
    return sys_openat2(proc_fd, path, &how);
}

int proc_open_file(int proc_fd, const char *path, int flags, int *out_fd, struct error *err)
{
    *out_fd = open_safely(proc_fd, path, flags);
    if (*out_fd >= 0)
        return 0;
    bool is_covered = errno == EXDEV;
    fail_errno(err, "cannot open /proc/%s", path);
    return is_covered ? error_hint(err, "something is mounted over it: unmount it") : -1;
}

int proc_open_namespace(int proc_fd, pid_t pid, const char *kind, int *out_fd, struct error *err)
{
    char path[32];
    snprintf(path, sizeof path, "%d/ns", (int)pid);
    scoped_fd dir = open_safely(proc_fd, path, O_RDONLY | O_DIRECTORY);
    if (dir < 0)
        return fail_errno(err, "cannot open /proc/%s", path);
    scoped_fd fd = openat(dir, kind, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_errno(err, "cannot open /proc/%s/%s", path, kind);
    struct statfs fs;
    if (fstatfs(fd, &fs) < 0 || fs.f_type != NSFS_MAGIC)
        return fail(err, ERR_SYSTEM, "/proc/%s/%s is not a namespace", path, kind);
    *out_fd = take_fd(&fd);
    return 0;
}

int proc_reopen(int proc_fd, int fd, int flags, int *out_fd, struct error *err)
{
    char path[32];
    snprintf(path, sizeof path, "self/fd/%d", fd);
    *out_fd = openat(proc_fd, path, flags | O_CLOEXEC | O_NOCTTY);
    return *out_fd < 0 ? fail_errno(err, "cannot open it") : 0;
}

int proc_reopen_regular(int proc_fd, int fd, int flags, int *out_fd, struct error *err)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return fail_errno(err, "cannot inspect it");
    if (!S_ISREG(st.st_mode))
        return fail(err, ERR_NOT_PERMITTED, "it is a %s, not a file", file_kind(st.st_mode));
    return proc_reopen(proc_fd, fd, flags, out_fd, err);
}

int proc_read(int proc_fd, const char *path, char **out_text, struct error *err)
{
    scoped_fd fd = -1;
    if (proc_open_file(proc_fd, path, O_RDONLY, &fd, err) < 0)
        return -1;
    if (file_read(fd, TEXT_LIMIT, out_text, NULL, err) < 0)
        return error_context(err, "/proc/%s", path);
    return 0;
}

/* What was to be written, or its beginning: an id map may have 340 lines. */
static const char *shown(struct arena *a, const char *text)
{
    const char *whole = str_printable(a, text);
    return strlen(whole) <= SHOWN_LIMIT ? whole : arena_printf(a, "%.*s...", SHOWN_LIMIT, whole);
}

int proc_write(int proc_fd, const char *path, const char *text, struct error *err)
{
    scoped_fd fd = -1;
    if (proc_open_file(proc_fd, path, O_WRONLY, &fd, err) < 0)
        return -1;
    size_t length = strlen(text);
    ssize_t written;
    do
        written = write(fd, text, length);
    while (written < 0 && errno == EINTR);
    if (written < 0)
        return fail_errno(err, "cannot write \"%s\" to /proc/%s", shown(err->arena, text), path);
    if ((size_t)written != length)
        return fail(err, ERR_SYSTEM, "/proc/%s took only %zd of %zu bytes", path, written, length);
    return 0;
}

int proc_parse_stat(const char *text, uint64_t *out_ticks, char *out_state)
{
    const char *field = strrchr(text, ')'); /* the name before it may have anything in it, also ") R 1" */
    if (field == NULL || field[1] != ' ' || field[2] == '\0' || field[3] != ' ')
        return -1;
    *out_state = field[2];
    field += 3;
    for (int number = 3; number < 21; number++) { /* field stands on the blank behind field `number` */
        field = strchr(field + 1, ' ');
        if (field == NULL)
            return -1;
    }
    char digits[24];
    size_t length = strspn(field + 1, "0123456789");
    if (length == 0 || length >= sizeof digits || (field[1 + length] != ' ' && field[1 + length] != '\n'))
        return -1;
    memcpy(digits, field + 1, length);
    digits[length] = '\0';
    return str_to_uint(digits, UINT64_MAX, out_ticks) ? 0 : -1;
}

int proc_start_time(pid_t pid, uint64_t *out_ticks, char *out_state, struct error *err)
{
    char path[40];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    char *text;
    if (file_read_at(AT_FDCWD, path, TEXT_LIMIT, &text, NULL, err) < 0) {
        if (err->errnum != ENOENT && err->errnum != ESRCH)
            return -1;
        error_clear(err);
        return PROC_ABSENT;
    }
    if (proc_parse_stat(text, out_ticks, out_state) < 0)
        return fail(err, ERR_SYSTEM, "cannot understand %s", path);
    return 0;
}

int proc_boot_id(char out_id[37], struct error *err)
{
    static const char path[] = "/proc/sys/kernel/random/boot_id";
    static char known[37]; /* it outlives davit */
    char *text;
    size_t length;
    if (known[0] != '\0') {
        memcpy(out_id, known, sizeof known);
        return 0;
    }
    if (file_read_at(AT_FDCWD, path, 64, &text, &length, err) < 0)
        return -1;
    if (length > 0 && text[length - 1] == '\n')
        text[--length] = '\0';
    if (length != 36)
        return fail(err, ERR_SYSTEM, "%s has %zu characters, not 36", path, length);
    memcpy(known, text, sizeof known);
    memcpy(out_id, known, sizeof known);
    return 0;
}

/* PROC_USER_INIT_INO of the kernel */
#define INITIAL_USER_NAMESPACE 0xEFFFFFFDU

bool proc_is_real_root(void)
{
    struct stat st;
    return geteuid() == 0 && stat("/proc/self/ns/user", &st) == 0 && st.st_ino == INITIAL_USER_NAMESPACE;
}
