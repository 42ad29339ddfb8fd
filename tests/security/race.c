/* race.c - runs a command and stops it, and all that it starts, before each system call with a path.
 *
 *   race [--brief] --list FILE COMMAND...
 *       writes one line per call: POINT call flags cwd directory path source WHAT.N
 *   race [--brief] --at POINT [--flip] ONE OTHER COMMAND...
 *       exchanges ONE and OTHER before that call; --flip: only for its time
 *
 * --brief is quicker, and for commands that nothing outlives: what does cannot make such calls any more.
 * A point is "P.N": the Nth such call of the Pth process; or "WHAT.N": the Nth call that is alike, by whichever process
 * or thread, which is for runtimes whose threads do not share their work out the same way twice. Alike are calls of one
 * name with the same paths but for numbers. Ends as the command does; what outlives it runs on untraced.
 * Exit status 99: the point was never reached, or there was nothing to exchange. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
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
#define ALIKE_MAX      8192
#define LIMIT_SECONDS  50
#define NONE           (-1)
#define STATUS_NOTHING 99

/* Where a call has its path: the numbers of its arguments. */
static const struct call {
    long number;
    const char *name;
    int directory, path, source;
} calls[] = {
#ifdef SYS_open
    {SYS_open,          "open",          NONE, 0,    NONE},
    {SYS_creat,         "creat",         NONE, 0,    NONE},
    {SYS_stat,          "stat",          NONE, 0,    NONE},
    {SYS_lstat,         "lstat",         NONE, 0,    NONE},
    {SYS_access,        "access",        NONE, 0,    NONE},
    {SYS_readlink,      "readlink",      NONE, 0,    NONE},
    {SYS_mkdir,         "mkdir",         NONE, 0,    NONE},
    {SYS_mknod,         "mknod",         NONE, 0,    NONE},
    {SYS_symlink,       "symlink",       NONE, 1,    0   },
    {SYS_link,          "link",          NONE, 1,    0   },
    {SYS_unlink,        "unlink",        NONE, 0,    NONE},
    {SYS_rmdir,         "rmdir",         NONE, 0,    NONE},
    {SYS_rename,        "rename",        NONE, 1,    0   },
    {SYS_chown,         "chown",         NONE, 0,    NONE},
    {SYS_lchown,        "lchown",        NONE, 0,    NONE},
    {SYS_chmod,         "chmod",         NONE, 0,    NONE},
#endif
    {SYS_openat,        "openat",        0,    1,    NONE},
    {SYS_openat2,       "openat2",       0,    1,    NONE},
    {SYS_newfstatat,    "newfstatat",    0,    1,    NONE},
    {SYS_statx,         "statx",         0,    1,    NONE},
    {SYS_faccessat,     "faccessat",     0,    1,    NONE},
    {SYS_faccessat2,    "faccessat2",    0,    1,    NONE},
    {SYS_readlinkat,    "readlinkat",    0,    1,    NONE},
    {SYS_mkdirat,       "mkdirat",       0,    1,    NONE},
    {SYS_mknodat,       "mknodat",       0,    1,    NONE},
    {SYS_symlinkat,     "symlinkat",     1,    2,    0   },
    {SYS_linkat,        "linkat",        2,    3,    1   },
    {SYS_unlinkat,      "unlinkat",      0,    1,    NONE},
    {SYS_renameat,      "renameat",      2,    3,    1   },
    {SYS_renameat2,     "renameat2",     2,    3,    1   },
    {SYS_fchownat,      "fchownat",      0,    1,    NONE},
    {SYS_fchmodat,      "fchmodat",      0,    1,    NONE},
    {SYS_utimensat,     "utimensat",     0,    1,    NONE},
    {SYS_truncate,      "truncate",      NONE, 0,    NONE},
    {SYS_chdir,         "chdir",         NONE, 0,    NONE},
    {SYS_fchdir,        "fchdir",        0,    NONE, NONE},
    {SYS_chroot,        "chroot",        NONE, 0,    NONE},
    {SYS_pivot_root,    "pivot_root",    NONE, 0,    NONE},
    {SYS_setns,         "setns",         0,    NONE, NONE},
    {SYS_mount,         "mount",         NONE, 1,    0   },
    {SYS_umount2,       "umount2",       NONE, 0,    NONE},
    {SYS_open_tree,     "open_tree",     0,    1,    NONE},
    {SYS_move_mount,    "move_mount",    2,    3,    1   },
    {SYS_mount_setattr, "mount_setattr", 0,    1,    NONE},
    {SYS_fspick,        "fspick",        0,    1,    NONE},
    {SYS_statfs,        "statfs",        NONE, 0,    NONE},
    {SYS_getxattr,      "getxattr",      NONE, 0,    NONE},
    {SYS_lgetxattr,     "lgetxattr",     NONE, 0,    NONE},
    {SYS_setxattr,      "setxattr",      NONE, 0,    NONE},
    {SYS_lsetxattr,     "lsetxattr",     NONE, 0,    NONE},
    {SYS_execve,        "execve",        NONE, 0,    NONE},
    {SYS_execveat,      "execveat",      0,    1,    NONE},
};

static struct {
    FILE *list;
    const char *point, *one, *other;
    bool is_brief, flip, was_reached, was_exchanged;
    pid_t main_pid;
    struct process {
        pid_t pid;
        unsigned count;
        bool is_inside, exchange_ends;
    } processes[PROCESSES_MAX];
    unsigned process_count;
    struct alike {
        uint32_t what;
        unsigned count;
    } alike[ALIKE_MAX];
    unsigned alike_count;
} race;

/* A call as it was stopped at. */
struct stop {
    const struct call *call;
    char point[32], what[32];
    char cwd[PATH_MAX], directory[PATH_MAX], path[PATH_MAX], source[PATH_MAX];
    uint64_t flags;
};

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

static void read_stop(pid_t pid, const struct __ptrace_syscall_info *info, struct stop *out)
{
    const struct call *call = out->call;
    const uint64_t *args = info->entry.args;
    if (call->path != NONE)
        read_text(pid, args[call->path], out->path, sizeof out->path);
    if (call->source != NONE)
        read_text(pid, args[call->source], out->source, sizeof out->source);
    int fd = call->directory == NONE ? AT_FDCWD : (int)args[call->directory];
    if (fd != AT_FDCWD)
        read_link(pid, fd, out->directory);
    read_link(pid, AT_FDCWD, out->cwd);
    if (call->number == SYS_openat2) {
        struct open_how how = {0};
        struct iovec here = {&how, sizeof how}, there = {(void *)(uintptr_t)args[2], sizeof how};
        if (process_vm_readv(pid, &here, 1, &there, 1, 0) == (ssize_t)sizeof how)
            out->flags = how.resolve;
    } else if (call->number == SYS_setns) {
        out->flags = args[1];
    }
}

static uint32_t add_text(uint32_t hash, const char *text)
{
    for (const char *c = text; *c; c++) {
        bool is_digit = *c >= '0' && *c <= '9';
        if (is_digit && c > text && c[-1] >= '0' && c[-1] <= '9')
            continue;
        hash = (hash ^ (is_digit ? '0' : (unsigned char)*c)) * 16777619U;
    }
    return (hash ^ '|') * 16777619U;
}

static void name_stop(struct stop *stop)
{
    const char *const texts[] = {stop->call->name, stop->directory, stop->path, stop->source};
    uint32_t what = 2166136261U;
    unsigned i = 0;
    for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)
        what = add_text(what, texts[t]);
    while (i < race.alike_count && race.alike[i].what != what)
        i++;
    if (i == ALIKE_MAX) {
        errno = ENOSPC;
        end(1, "too many calls");
    }
    if (i == race.alike_count)
        race.alike[race.alike_count++] = (struct alike){.what = what};
    snprintf(stop->what, sizeof stop->what, "%08x.%u", what, race.alike[i].count++);
}

/* What is missing is put in its place instead. */
static bool exchange(const char *one, const char *other)
{
    if (renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE) == 0)
        return true;
    return errno == ENOENT && (renameat2(AT_FDCWD, other, AT_FDCWD, one, RENAME_NOREPLACE) == 0 ||
                               (errno == ENOENT && renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_NOREPLACE) == 0));
}

/* Whether what was done before it is to be undone after it. */
static bool before_call(pid_t pid, const struct __ptrace_syscall_info *info)
{
    const struct call *call = NULL;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (calls[i].number == (long)info->entry.nr)
            call = &calls[i];
    if (!call)
        return false;
    static struct stop stop;
    stop = (struct stop){.call = call};
    unsigned index = process_index(pid);
    struct process *process = &race.processes[index];
    snprintf(stop.point, sizeof stop.point, "%u.%u", index, process->count++);
    read_stop(pid, info, &stop);
    name_stop(&stop);
    if (race.list) {
        fprintf(race.list, "%s\t%s\t%#llx\t%s\t%s\t%s\t%s\t%s\n", stop.point, call->name,
                (unsigned long long)stop.flags, stop.cwd, *stop.directory ? stop.directory : "-", stop.path,
                stop.source, stop.what);
        fflush(race.list);
    }
    if (!race.point || race.was_reached || (strcmp(stop.point, race.point) != 0 && strcmp(stop.what, race.point) != 0))
        return false;
    race.was_reached = true;
    race.was_exchanged = exchange(race.one, race.other);
    process->exchange_ends = race.was_exchanged && race.flip;
    return process->exchange_ends;
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
    struct __ptrace_syscall_info info;
    bool wants_end = !race.is_brief;
    if (signal == (SIGTRAP | 0x80) || event == PTRACE_EVENT_SECCOMP) {
        if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) > 0) {
            if (info.op == (race.is_brief ? PTRACE_SYSCALL_INFO_SECCOMP : PTRACE_SYSCALL_INFO_ENTRY))
                wants_end |= before_call(pid, &info);
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
    ptrace(wants_end ? PTRACE_SYSCALL : PTRACE_CONT, pid, 0, signal);
}

/* From here on this process and its children stop at the calls with a path only. */
static void ask_for_calls(void)
{
    enum {
        COUNT = sizeof calls / sizeof *calls
    };
    struct sock_filter filter[2 * COUNT + 2];
    size_t length = 0;
    filter[length++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < COUNT; i++) {
        filter[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)calls[i].number, 0, 1);
        filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
    }
    filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {(unsigned short)length, filter};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
        end(127, "seccomp");
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
        if (race.is_brief)
            ask_for_calls();
        execvp(command[0], command);
        end(127, command[0]);
    }
    const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
                         PTRACE_O_TRACEEXEC | (race.is_brief ? PTRACE_O_TRACESECCOMP : 0);
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
    race.is_brief = argc > 1 && strcmp(argv[1], "--brief") == 0;
    words += race.is_brief;
    argc -= race.is_brief;
    bool is_list = argc > 3 && strcmp(words[0], "--list") == 0;
    bool is_at = argc > 5 && strcmp(words[0], "--at") == 0;
    if (!is_list && !is_at) {
        fprintf(stderr, "usage: race [--brief] --list FILE COMMAND... | "
                        "race [--brief] --at POINT [--flip] ONE OTHER COMMAND...\n");
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
