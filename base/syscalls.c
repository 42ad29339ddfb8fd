#include "base/syscalls.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

/* A rename that races with the walk gives EAGAIN (openat2(2)); whoever renames without end must not stop us. */
#define OPENAT2_TRIES 128

int sys_openat2(int dir, const char *path, const struct open_how *how)
{
    int fd = -1;
    for (int i = 0; i < OPENAT2_TRIES; i++) {
        fd = (int)syscall(SYS_openat2, dir, path, how, sizeof *how);
        if (fd >= 0 || (errno != EINTR && errno != EAGAIN))
            break;
    }
    return fd;
}

pid_t sys_clone3(const struct clone_args *args)
{
    return (pid_t)syscall(SYS_clone3, args, sizeof *args);
}

pid_t sys_clone_sibling(void)
{
    const unsigned long flags = CLONE_PARENT | SIGCHLD;
#if defined __s390__
    return (pid_t)syscall(SYS_clone, 0, flags, 0, 0, 0);
#else
    return (pid_t)syscall(SYS_clone, flags, 0, 0, 0, 0);
#endif
}

/* Here and not in libc's syscall(), to which nobody could return whose child has returned from it. */
static inline __attribute__((always_inline)) long clone3_in_place(const struct clone_args *args)
{
#if defined __x86_64__
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "0"((long)SYS_clone3), "D"(args), "S"(sizeof *args)
                     : "rcx", "r11", "memory");
    return result;
#elif defined __aarch64__
    register long number __asm__("x8") = SYS_clone3;
    register long first __asm__("x0") = (long)args;
    register long second __asm__("x1") = sizeof *args;
    __asm__ volatile("svc 0" : "+r"(first) : "r"(number), "r"(second) : "memory");
    return first;
#else
    (void)args;
    return -ENOSYS;
#endif
}

/* What this frame holds must be the same when the child has run: it calls, and returns to nothing. */
__attribute__((noinline)) pid_t sys_clone3_lending(const struct clone_args *args, void (*run)(void *context),
                                                   void *context)
{
    long result = clone3_in_place(args);
    if (result == 0) {
        run(context);
        _exit(1);
    }
    if (result < 0) {
        errno = (int)-result;
        return -1;
    }
    return (pid_t)result;
}

int sys_execveat(int dir, const char *path, char *const argv[], char *const envp[], int flags)
{
    return (int)syscall(SYS_execveat, dir, path, argv, envp, flags);
}

int sys_pivot_root(const char *new_root, const char *put_old)
{
    return (int)syscall(SYS_pivot_root, new_root, put_old);
}

int sys_seccomp(unsigned operation, unsigned flags, void *args)
{
    return (int)syscall(SYS_seccomp, operation, flags, args);
}

int sys_keyctl(int operation, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
    return (int)syscall(SYS_keyctl, operation, a, b, c, d);
}

int sys_bpf(int command, void *attr, unsigned size)
{
    int result;
    do /* BPF_PROG_LOAD may be interrupted while it verifies: EAGAIN */
        result = (int)syscall(SYS_bpf, command, attr, size);
    while (result < 0 && (errno == EINTR || errno == EAGAIN));
    return result;
}

int sys_ioprio_set(int which, int who, int ioprio)
{
    return (int)syscall(SYS_ioprio_set, which, who, ioprio);
}

int sys_sched_setattr(pid_t pid, const void *attr, unsigned flags)
{
    return (int)syscall(SYS_sched_setattr, pid, attr, flags);
}

int sys_set_mempolicy(int mode, const unsigned long *mask, unsigned long max_node)
{
    return (int)syscall(SYS_set_mempolicy, mode, mask, max_node);
}

int sys_fchmodat2(int dir, const char *path, mode_t mode, int flags)
{
    return (int)syscall(SYS_fchmodat2, dir, path, mode, flags);
}

int sys_getcwd(char *buffer, size_t size)
{
    return (int)syscall(SYS_getcwd, buffer, size);
}
