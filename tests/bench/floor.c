/* floor.c - the kernel's own floor: the namespaces, mounts, devices, masks and exec of the default `spec` bundle, and
 * nothing else. No cgroup, no state, no errors worth reading: what davit takes beyond this is davit's to explain.
 *
 * floor ROOTFS */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof *(a))
#define MUST(x)              \
    do {                     \
        if ((long)(x) < 0) { \
            perror(#x);      \
            _exit(111);      \
        }                    \
    } while (0)
#define TRY(x) ((void)!(x))

static void mount_all(const char *root)
{
    const unsigned long quiet = MS_NOSUID | MS_NOEXEC | MS_NODEV;
    MUST(mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL));
    MUST(mount(root, root, NULL, MS_BIND | MS_REC, NULL));
    MUST(chdir(root));
    TRY(mkdir("proc", 0755) | mkdir("dev", 0755) | mkdir("sys", 0755));
    MUST(mount("proc", "proc", "proc", 0, NULL));
    MUST(mount("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k"));
    MUST(mkdir("dev/pts", 0755) | mkdir("dev/shm", 01777) | mkdir("dev/mqueue", 0755));
    MUST(mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5"));
    MUST(mount("shm", "dev/shm", "tmpfs", quiet, "mode=1777,size=65536k"));
    MUST(mount("mqueue", "dev/mqueue", "mqueue", quiet, NULL));
    MUST(mount("sysfs", "sys", "sysfs", quiet | MS_RDONLY, NULL));
    MUST(mount("tmpfs", "sys/fs/cgroup", "tmpfs", quiet, NULL));
}

static void make_devices(void)
{
    static const struct {
        const char *path;
        unsigned major, minor;
    } nodes[] = {
        {"dev/null",    1, 3},
        {"dev/zero",    1, 5},
        {"dev/full",    1, 7},
        {"dev/random",  1, 8},
        {"dev/urandom", 1, 9},
        {"dev/tty",     5, 0},
    };
    static const char *const links[][2] = {
        {"/proc/self/fd",   "dev/fd"    },
        {"/proc/self/fd/0", "dev/stdin" },
        {"/proc/self/fd/1", "dev/stdout"},
        {"/proc/self/fd/2", "dev/stderr"},
        {"pts/ptmx",        "dev/ptmx"  },
    };
    for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
        MUST(mknod(nodes[i].path, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)));
        TRY(chmod(nodes[i].path, 0666));
    }
    for (size_t i = 0; i < ARRAY_SIZE(links); i++)
        TRY(symlink(links[i][0], links[i][1]));
}

static void hide_paths(void)
{
    static const char *const read_only[] = {"proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger"};
    static const char *const masked[] = {
        "proc/acpi",       "proc/asound",      "proc/kcore",       "proc/keys",    "proc/latency_stats",
        "proc/timer_list", "proc/timer_stats", "proc/sched_debug", "sys/firmware", "proc/scsi"};
    const unsigned long flags = MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
    for (size_t i = 0; i < ARRAY_SIZE(read_only); i++)
        if (mount(read_only[i], read_only[i], NULL, MS_BIND | MS_REC, NULL) == 0)
            MUST(mount(NULL, read_only[i], NULL, flags, NULL));
    for (size_t i = 0; i < ARRAY_SIZE(masked); i++) {
        struct stat st;
        if (stat(masked[i], &st) < 0)
            continue;
        if (S_ISDIR(st.st_mode))
            MUST(mount("tmpfs", masked[i], "tmpfs", MS_RDONLY, "size=0k"));
        else
            MUST(mount("/dev/null", masked[i], NULL, MS_BIND, NULL));
    }
}

int main(int argc, char **argv)
{
    struct clone_args args = {
        .flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP | CLONE_NEWNET,
        .exit_signal = SIGCHLD,
    };
    if (argc != 2)
        return 2;
    pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);
    MUST(pid);
    if (pid == 0) {
        char *program[] = {(char *)"/bin/true", NULL}, *environment[] = {(char *)"PATH=/bin", NULL};
        mount_all(argv[1]);
        make_devices();
        hide_paths();
        MUST(syscall(SYS_pivot_root, ".", "."));
        MUST(umount2(".", MNT_DETACH));
        MUST(chdir("/"));
        TRY(sethostname("x", 1));
        for (int capability = 0; capability < 41; capability++)
            if (capability % 3)
                prctl(PR_CAPBSET_DROP, capability);
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        execve(program[0], program, environment);
        MUST(-1);
    }
    int status;
    waitpid(pid, &status, 0);
    return WEXITSTATUS(status);
}
