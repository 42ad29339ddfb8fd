/* syscalls.h - Linux calls that this libc has not, and constants newer than its headers. The contract is libc's: -1
 * and errno; EINTR and EAGAIN are retried where the kernel documents it.
 *
 * glibc 2.36 has open_tree, move_mount, fsopen, fsconfig, fsmount, mount_setattr (sys/mount.h) and pidfd_open,
 * pidfd_send_signal (sys/pidfd.h): used directly. Never include linux/mount.h, it clashes with sys/mount.h. */
#pragma once

#include <linux/openat2.h>
#include <linux/sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/types.h>

int sys_openat2(int dir, const char *path, const struct open_how *how);
/* Returns the child's pid in the parent, 0 in the child. */
pid_t sys_clone3(const struct clone_args *args);
/* A fork whose child is the caller's parent's, by the older call: filters for programs answer clone3 with ENOSYS. */
pid_t sys_clone_sibling(void);
/* As vfork: with CLONE_VM and CLONE_VFORK in `args`, `run` is the child's, on the caller's stack and in its memory, and
 * ends the child; until then the caller stands still. Only where SYS_CAN_LEND says so. */
pid_t sys_clone3_lending(const struct clone_args *args, void (*run)(void *context), void *context);
#if defined __x86_64__ || defined __aarch64__
#define SYS_CAN_LEND 1
#else
#define SYS_CAN_LEND 0
#endif
int sys_execveat(int dir, const char *path, char *const argv[], char *const envp[], int flags);
int sys_pivot_root(const char *new_root, const char *put_old);
int sys_seccomp(unsigned operation, unsigned flags, void *args);
int sys_keyctl(int operation, unsigned long a, unsigned long b, unsigned long c, unsigned long d);
int sys_bpf(int command, void *attr, unsigned size);
int sys_ioprio_set(int which, int who, int ioprio);
int sys_sched_setattr(pid_t pid, const void *attr, unsigned flags);
int sys_set_mempolicy(int mode, const unsigned long *mask, unsigned long max_node);
int sys_fchmodat2(int dir, const char *path, mode_t mode, int flags);
int sys_getcwd(char *buffer, size_t size); /* the kernel's answer: its length, "(unreachable)…" included */
