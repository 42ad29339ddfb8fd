/* leaky - a runtime with one fault, which audit must report: leaky FAULT ROOT WORD...
 *
 * Executes WORD... in a mount namespace with ROOT as its root, as davit would, and with the same protection, but for
 * FAULT: none, kept (a descriptor that stays open), held (a directory of the host that execve would close), root, cwd,
 * program (its own file is executed), file (a program of the host is), inspect (it is dumpable), write (it is no sealed
 * copy), hook (a descriptor stays open in a hook), wait (as held, while it waits for start) or orphan (its child stays
 * when it has ended). Its caller calls it "davit:[init] ID". */
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static const char *fault;

static bool is_fault(const char *name)
{
    return strcmp(fault, name) == 0;
}

static void must(long result, const char *what)
{
    if (result >= 0)
        return;
    perror(what);
    exit(99);
}

static void write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    must(fd, path);
    must(write(fd, text, strlen(text)), path);
    close(fd);
}

/* Once, it executes a sealed copy of itself under the same title. */
static void seal(char **argv)
{
    int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    int copy = memfd_create("davit", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    struct stat st;
    must(fstat(self, &st), "fstat");
    if (fcntl(self, F_GET_SEALS) > 0) {
        close(self);
        close(copy);
        return;
    }
    must(sendfile(copy, self, NULL, (size_t)st.st_size), "sendfile");
    must(fchmod(copy, 0755), "fchmod");
    must(fcntl(copy, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE), "F_ADD_SEALS");
    fexecve(copy, argv, environ);
    must(-1, "fexecve");
}

static void unshare_mounts(void)
{
    char map[64];
    uid_t uid = geteuid();
    gid_t gid = getegid();
    if (uid == 0) {
        must(unshare(CLONE_NEWNS), "unshare");
        return;
    }
    must(unshare(CLONE_NEWUSER | CLONE_NEWNS), "unshare");
    write_text("/proc/self/setgroups", "deny");
    snprintf(map, sizeof map, "0 %u 1", uid);
    write_text("/proc/self/uid_map", map);
    snprintf(map, sizeof map, "0 %u 1", gid);
    write_text("/proc/self/gid_map", map);
}

/* Ends below `root`, of which the host's is no part any more. */
static void enter(const char *root)
{
    unshare_mounts();
    must(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), "private");
    must(mount(root, root, NULL, MS_BIND, NULL), "bind");
    must(chdir(root), "chdir");
    must(syscall(SYS_pivot_root, ".", "."), "pivot_root");
    must(umount2(".", MNT_DETACH), "umount2");
    must(chdir("/"), "chdir");
}

/* As init does behind `create`, until somebody connects: nobody does. */
static _Noreturn void wait_for_start(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    must(bind(fd, (struct sockaddr *)&address, sizeof address.sun_family), "bind");
    must(listen(fd, 1), "listen");
    accept4(fd, NULL, NULL, SOCK_CLOEXEC);
    exit(0);
}

static _Noreturn void leave_orphan(void)
{
    pid_t child = fork();
    must(child, "fork");
    if (child > 0)
        exit(0);
    for (;;)
        pause();
}

static _Noreturn void run_hook(char **words)
{
    int status = 0;
    pid_t child = fork();
    must(child, "fork");
    if (child == 0) {
        execv(words[0], words);
        must(-1, words[0]);
    }
    waitpid(child, &status, 0);
    exit(WEXITSTATUS(status));
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    fault = argv[1];
    const char *root = argv[2];
    char **words = argv + 3;
    must(close_range(3, ~0U, 0), "close_range");
    if (!is_fault("write") && !is_fault("program"))
        seal(argv);
    if (is_fault("orphan"))
        leave_orphan();
    int directory = open("/etc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (is_fault("kept") || is_fault("hook"))
        must(fcntl(directory, F_SETFD, 0), "fcntl");
    if (is_fault("hook"))
        run_hook(words);
    int program = is_fault("program") ? open("/proc/self/exe", O_RDONLY | O_CLOEXEC) : -1;
    if (is_fault("file"))
        program = open("/bin/sh", O_RDONLY | O_CLOEXEC);
    if (!is_fault("root"))
        enter(root);
    if (is_fault("cwd"))
        must(fchdir(directory), "fchdir");
    prctl(PR_SET_DUMPABLE, is_fault("inspect") ? 1 : 0);
    if (!is_fault("kept") && !is_fault("held") && !is_fault("wait"))
        close(directory);
    if (is_fault("wait"))
        wait_for_start();
    if (program >= 0)
        fexecve(program, words, environ);
    else
        execv(words[0], words);
    must(-1, words[0]);
}
