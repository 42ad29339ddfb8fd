/* race.c - runs a command and stops it, and all that it starts, before each system call with a path.
 *
 *   race --list FILE COMMAND...                     writes one line per call: POINT call flags cwd directory path
 *   race --at POINT [--flip] ONE OTHER COMMAND...   exchanges ONE and OTHER before that call; --flip: only for its time
 *
 * A point is "P.N": the Nth such call of the Pth process. Ends as the command does; what outlives it runs on untraced.
 * Exit status 99: the point was never reached, or there was nothing to exchange. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif
#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#endif

#define PROCESSES_MAX  256
#define LIMIT_SECONDS  50
#define NONE           (-1)
#define STATUS_NOTHING 99

/* Where a call has its path: the numbers of its arguments. */
static const struct call {
    long number;
    const char *name;
    int directory, path;
} calls[] = {
#ifdef SYS_open
    {SYS_open,          "open",          NONE, 0   },
     {SYS_stat,          "stat",          NONE, 0   },
    {SYS_lstat,         "lstat",         NONE, 0   },
     {SYS_access,        "access",        NONE, 0   },
    {SYS_readlink,      "readlink",      NONE, 0   },
     {SYS_mkdir,         "mkdir",         NONE, 0   },
    {SYS_mknod,         "mknod",         NONE, 0   },
     {SYS_symlink,       "symlink",       NONE, 1   },
    {SYS_unlink,        "unlink",        NONE, 0   },
     {SYS_rmdir,         "rmdir",         NONE, 0   },
    {SYS_rename,        "rename",        NONE, 0   },
     {SYS_chown,         "chown",         NONE, 0   },
    {SYS_lchown,        "lchown",        NONE, 0   },
     {SYS_chmod,         "chmod",         NONE, 0   },
#endif
    {SYS_openat,        "openat",        0,    1   },
     {SYS_openat2,       "openat2",       0,    1   },
    {SYS_newfstatat,    "newfstatat",    0,    1   },
     {SYS_statx,         "statx",         0,    1   },
    {SYS_faccessat,     "faccessat",     0,    1   },
     {SYS_faccessat2,    "faccessat2",    0,    1   },
    {SYS_readlinkat,    "readlinkat",    0,    1   },
     {SYS_mkdirat,       "mkdirat",       0,    1   },
    {SYS_mknodat,       "mknodat",       0,    1   },
     {SYS_symlinkat,     "symlinkat",     1,    2   },
    {SYS_linkat,        "linkat",        2,    3   },
     {SYS_unlinkat,      "unlinkat",      0,    1   },
    {SYS_renameat2,     "renameat2",     2,    3   },
     {SYS_fchownat,      "fchownat",      0,    1   },
    {SYS_fchmodat,      "fchmodat",      0,    1   },
     {SYS_utimensat,     "utimensat",     0,    1   },
    {SYS_chdir,         "chdir",         NONE, 0   },
     {SYS_fchdir,        "fchdir",        0,    NONE},
    {SYS_chroot,        "chroot",        NONE, 0   },
     {SYS_pivot_root,    "pivot_root",    NONE, 0   },
    {SYS_setns,         "setns",         0,    NONE},
     {SYS_mount,         "mount",         NONE, 1   },
    {SYS_umount2,       "umount2",       NONE, 0   },
     {SYS_open_tree,     "open_tree",     0,    1   },
    {SYS_move_mount,    "move_mount",    2,    3   },
     {SYS_mount_setattr, "mount_setattr", 0,    1   },
    {SYS_fspick,        "fspick",        0,    1   },
     {SYS_statfs,        "statfs",        NONE, 0   },
    {SYS_execve,        "execve",        NONE, 0   },
     {SYS_execveat,      "execveat",      0,    1   },
};

static struct {
    FILE *list;
    const char *point, *one, *other;
    bool flip, was_reached, was_exchanged;
    pid_t main_pid;
    struct process {
        pid_t pid;
        unsigned count;
        bool is_inside, exchange_ends;
    } processes[PROCESSES_MAX];
    unsigned process_count;
} race;

static void end(int status, const char *what)
{
    if (what)
        fprintf(stderr, "race: %s: %s\n", what, strerror(errno));
    exit(status);
}

static unsigned process_index(pid_t pid)
{
    for (unsigned i = 0; i < race.process_count; i++)
        if (race.processes[i].pid == pid)
            return i;
    if (race.process_count == PROCESSES_MAX) {
        errno = ENOSPC;
        end(1, "too many processes");
    }
    race.processes[race.process_count] = (struct process){.pid = pid};
    return race.process_count++;
}

static void read_text(pid_t pid, uint64_t address, char *out, size_t size)
{
    size_t length = 0;
    while (address && length < size - 1) {
        size_t page_rest = 4096 - (address + length) % 4096;
        size_t room = size - 1 - length < page_rest ? size - 1 - length : page_rest;
        struct iovec here = {out + length, room}, there = {(void *)(uintptr_t)(address + length), room};
        ssize_t got = process_vm_readv(pid, &here, 1, &there, 1, 0);
        if (got <= 0 || memchr(out + length, 0, (size_t)got))
            break;
        length += (size_t)got;
    }
    out[length < size - 1 && address ? strnlen(out, size - 1) : length] = '\0';
}

/* Where a descriptor leads; AT_FDCWD: the working directory. */
static void read_link(pid_t pid, int fd, char out[PATH_MAX])
{
    char name[64];
    if (fd == AT_FDCWD)
        snprintf(name, sizeof name, "/proc/%d/cwd", (int)pid);
    else
        snprintf(name, sizeof name, "/proc/%d/fd/%d", (int)pid, fd);
    ssize_t length = readlink(name, out, PATH_MAX - 1);
    out[length < 0 ? 0 : length] = '\0';
}

static void write_line(pid_t pid, const char *point, const struct call *call, const struct __ptrace_syscall_info *info)
{
    char path[PATH_MAX] = "", directory[PATH_MAX] = "", cwd[PATH_MAX] = "";
    uint64_t resolve = 0;
    if (call->path != NONE)
        read_text(pid, info->entry.args[call->path], path, sizeof path);
    int fd = call->directory == NONE ? AT_FDCWD : (int)info->entry.args[call->directory];
    if (fd != AT_FDCWD)
        read_link(pid, fd, directory);
    read_link(pid, AT_FDCWD, cwd);
    if (call->number == SYS_openat2) {
        struct open_how how = {0};
        struct iovec here = {&how, sizeof how}, there = {(void *)(uintptr_t)info->entry.args[2], sizeof how};
        if (process_vm_readv(pid, &here, 1, &there, 1, 0) == (ssize_t)sizeof how)
            resolve = how.resolve;
    } else if (call->number == SYS_setns) {
        resolve = info->entry.args[1];
    }
    fprintf(race.list, "%s\t%s\t%#llx\t%s\t%s\t%s\n", point, call->name, (unsigned long long)resolve, cwd,
            fd == AT_FDCWD ? "-" : directory, path);
    fflush(race.list);
}

/* What is missing is put in its place instead. */
static bool exchange(const char *one, const char *other)
{
    if (renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE) == 0)
        return true;
    return errno == ENOENT && (renameat2(AT_FDCWD, other, AT_FDCWD, one, RENAME_NOREPLACE) == 0 ||
                               (errno == ENOENT && renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_NOREPLACE) == 0));
}

static void before_call(pid_t pid, const struct __ptrace_syscall_info *info)
{
    const struct call *call = NULL;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (calls[i].number == (long)info->entry.nr)
            call = &calls[i];
    if (!call)
        return;
    char point[32];
    unsigned index = process_index(pid);
    struct process *process = &race.processes[index];
    snprintf(point, sizeof point, "%u.%u", index, process->count++);
    if (race.list)
        write_line(pid, point, call, info);
    if (!race.point || race.was_reached || strcmp(point, race.point) != 0)
        return;
    race.was_reached = true;
    race.was_exchanged = exchange(race.one, race.other);
    process->exchange_ends = race.was_exchanged && race.flip;
}

static void after_call(pid_t pid)
{
    struct process *process = &race.processes[process_index(pid)];
    if (process->exchange_ends)
        exchange(race.one, race.other);
    process->exchange_ends = false;
}

/* Lets pid go on until its next stop; the signal that stopped it, if it was one, is delivered. */
static void stopped(pid_t pid, int status)
{
    int signal = WSTOPSIG(status), event = status >> 16;
    if (signal == (SIGTRAP | 0x80)) {
        struct __ptrace_syscall_info info;
        if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) > 0) {
            if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
                before_call(pid, &info);
            else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
                after_call(pid);
        }
        signal = 0;
    } else if (event == PTRACE_EVENT_STOP &&
               (signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU)) {
        ptrace(PTRACE_LISTEN, pid, 0, 0);
        return;
    } else if (event) {
        unsigned long child = 0;
        if ((event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE) &&
            ptrace(PTRACE_GETEVENTMSG, pid, 0, &child) == 0)
            process_index((pid_t)child);
        signal = 0;
    }
    ptrace(PTRACE_SYSCALL, pid, 0, signal);
}

static void start(char **command)
{
    int go[2];
    if (pipe2(go, O_CLOEXEC) < 0)
        end(1, "pipe2");
    race.main_pid = fork();
    if (race.main_pid < 0)
        end(1, "fork");
    if (race.main_pid == 0) {
        char byte;
        close(go[1]);
        if (read(go[0], &byte, 1) != 1)
            _exit(127);
        execvp(command[0], command);
        end(127, command[0]);
    }
    const long options =
        PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
    if (ptrace(PTRACE_SEIZE, race.main_pid, 0, options) < 0 || ptrace(PTRACE_INTERRUPT, race.main_pid, 0, 0) < 0)
        end(1, "ptrace");
    process_index(race.main_pid);
    close(go[0]);
    if (write(go[1], "", 1) != 1)
        end(1, "write");
    close(go[1]);
}

static int follow(void)
{
    for (;;) {
        int status;
        pid_t pid = waitpid(-1, &status, __WALL);
        if (pid < 0 && errno == EINTR)
            continue;
        if (pid < 0)
            end(1, "waitpid");
        if (WIFSTOPPED(status))
            stopped(pid, status);
        else if (pid == race.main_pid)
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
}

int main(int argc, char **argv)
{
    char **words = argv + 1;
    bool is_list = argc > 3 && strcmp(words[0], "--list") == 0;
    bool is_at = argc > 5 && strcmp(words[0], "--at") == 0;
    if (!is_list && !is_at) {
        fprintf(stderr, "usage: race --list FILE COMMAND... | race --at POINT [--flip] ONE OTHER COMMAND...\n");
        return 2;
    }
    if (is_list) {
        race.list = fopen(words[1], "we");
        if (!race.list)
            end(1, words[1]);
        words += 2;
    } else {
        race.point = words[1];
        race.flip = strcmp(words[2], "--flip") == 0;
        words += 2 + race.flip;
        race.one = words[0];
        race.other = words[1];
        words += 2;
    }
    alarm(LIMIT_SECONDS);
    start(words);
    int status = follow();
    return race.point && !race.was_exchanged ? STATUS_NOTHING : status;
}
