/* audit - watches every program that davit executes, in all containers and hooks of the integration tests.
 *
 *   audit watch DIRECTORY LEFT PROGRAM...   until its input ends; needs root, and a kernel with fanotify permissions
 *   audit look PID                          prints what is wrong with a davit that stands still in a container
 *
 * The kernel asks before any execve of a file on the file system of DIRECTORY or of /usr, and so each davit (a process
 * whose program is one of PROGRAM, or a sealed copy of it) is looked at as it stands before execve: what it would leave
 * open, and what those beside it could find in it. When a davit itself is executed, the containers that wait for start
 * are looked at. What is wrong becomes a line of DIRECTORY/TAG, TAG being $DAVIT_TEST_TAG of the test; it is there
 * before execve goes on. $DAVIT_TEST_KEPT of create is the number of descriptors that its caller hands over,
 * $DAVIT_TEST_HOST_ROOT says that the container's root is to be the host's.
 *
 * Executing LEFT is refused while there is a davit that lost its parent and does not wait for start. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    PROGRAMS_MAX = 8,
    MOUNTS_MAX = 4096,
    SEEN_MAX = 256,
    PATIENCE_SECONDS = 20, /* then the kernel allows everything that waits */
    SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE
};

/* What a davit is about to do, or does. */
enum role {
    EXECUTES, /* a container's process becomes its program */
    HELPS,    /* a hook, or another helper, of the host or in a container */
    WAITS     /* for start, or where a test has stopped it */
};

static struct stat programs[PROGRAMS_MAX];
static int program_count;
static const char *directory;
static int found;

/* ---- what /proc says ------------------------------------------------------------------------------ */

/* The file as a text; NULs inside stay. Returns its length, 0 when it cannot be read. */
static size_t read_proc(int pid, const char *name, char *buffer, size_t size)
{
    char path[64];
    size_t length = 0;
    ssize_t got = 1;
    snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && length + 1 < size && (got = read(fd, buffer + length, size - 1 - length)) > 0)
        length += (size_t)got;
    if (fd >= 0)
        close(fd);
    buffer[length] = 0;
    return length;
}

static const char *link_of(int pid, const char *name, char *buffer)
{
    char path[300];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    ssize_t length = readlink(path, buffer, PATH_MAX - 1);
    buffer[length < 0 ? 0 : length] = 0;
    return buffer;
}

static bool stat_of(int pid, const char *name, struct stat *out)
{
    char path[300];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    return stat(path, out) == 0;
}

/* The number behind "NAME:" in /proc/PID/status, of the last column when `last`; -1. */
static long status_number(int pid, const char *name, bool last)
{
    char text[4096], key[32];
    read_proc(pid, "status", text, sizeof text);
    snprintf(key, sizeof key, "\n%s:\t", name);
    char *line = strstr(text, key), *end;
    if (!line)
        return -1;
    line += strlen(key);
    line[strcspn(line, "\n")] = 0;
    char *column = last ? strrchr(line, '\t') : NULL;
    long number = strtol(column ? column + 1 : line, &end, 10);
    return end == line ? -1 : number;
}

static int parent_of(int pid)
{
    return (int)status_number(pid, "PPid", false);
}

/* A value of the environment that the process was started with. */
static bool environment_of(int pid, const char *name, char *out, size_t size)
{
    static char text[1 << 18];
    size_t length = read_proc(pid, "environ", text, sizeof text);
    for (char *entry = text; entry < text + length; entry += strlen(entry) + 1) {
        size_t n = strlen(name);
        if (strncmp(entry, name, n) == 0 && entry[n] == '=') {
            snprintf(out, size, "%s", entry + n + 1);
            return true;
        }
    }
    return false;
}

static bool is_davit_file(const struct stat *st)
{
    for (int i = 0; i < program_count; i++)
        if (st->st_dev == programs[i].st_dev && st->st_ino == programs[i].st_ino)
            return true;
    return false;
}

static bool is_davit(int pid)
{
    char name[PATH_MAX];
    struct stat st;
    if (strncmp(link_of(pid, "exe", name), "/memfd:davit", strlen("/memfd:davit")) == 0)
        return true;
    return *name && stat_of(pid, "exe", &st) && is_davit_file(&st);
}

/* A process of a container has a title, "davit:[init] ID"; a davit that was called has its command line. */
static bool has_title(int pid)
{
    char title[64];
    return read_proc(pid, "cmdline", title, sizeof title) > 0 && strncmp(title, "davit:[", strlen("davit:[")) == 0;
}

/* criu inherits the files of what it saves and restores. */
static bool works_with_criu(int pid)
{
    char words[4096];
    size_t length = read_proc(pid, "cmdline", words, sizeof words);
    for (char *word = words; word < words + length; word += strlen(word) + 1)
        if (strcmp(word, "checkpoint") == 0 || strcmp(word, "restore") == 0)
            return true;
    return false;
}

/* ---- what is wrong -------------------------------------------------------------------------------- */

/* The test's tag, of whichever ancestor has it. */
static void tag_of(int pid, char *out, size_t size)
{
    snprintf(out, size, "unknown");
    for (; pid > 0; pid = parent_of(pid))
        if (environment_of(pid, "DAVIT_TEST_TAG", out, size))
            return;
}

__attribute__((format(printf, 2, 3))) static void report(int pid, const char *format, ...)
{
    char what[PATH_MAX + 200], title[200], tag[64], path[PATH_MAX + 80];
    va_list list;
    if (directory && !is_davit(pid))
        return; /* while it was looked at it has ended, or gone on */
    va_start(list, format);
    vsnprintf(what, sizeof what, format, list);
    va_end(list);
    size_t length = read_proc(pid, "cmdline", title, sizeof title);
    for (size_t i = 0; i + 1 < length && !has_title(pid); i++)
        if (!title[i])
            title[i] = ' ';
    found++;
    if (!directory) {
        printf("%s: %s\n", title, what);
        return;
    }
    tag_of(pid, tag, sizeof tag);
    snprintf(path, sizeof path, "%s/%s", directory, tag);
    FILE *file = fopen(path, "ae");
    if (!file)
        return;
    fprintf(file, "%s: %s\n", title, what);
    fclose(file);
}

/* The mounts that a process can reach from its root, and that of its root. */
struct mounts {
    long ids[MOUNTS_MAX];
    size_t count;
    char root[PATH_MAX];
};

static long mount_of(int pid, const char *name)
{
    char path[64];
    struct statx st;
    snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    return statx(AT_FDCWD, path, 0, STATX_MNT_ID, &st) == 0 ? (long)st.stx_mnt_id : -1;
}

static void read_mounts(int pid, struct mounts *out)
{
    static char text[1 << 20];
    read_proc(pid, "mountinfo", text, sizeof text);
    out->count = 0;
    out->ids[out->count++] = mount_of(pid, "root");
    for (char *line = text; *line && out->count < MOUNTS_MAX; line += strcspn(line, "\n"), line += *line == '\n')
        out->ids[out->count++] = strtol(line, NULL, 10);
    link_of(pid, "root", out->root);
    char *deleted = strstr(out->root, " (deleted)");
    if (deleted)
        *deleted = 0;
}

/* Below the root, on a mount that is there for those inside. */
static bool is_inside(const struct mounts *m, long mount, const char *path)
{
    size_t length = strcmp(m->root, "/") == 0 ? 0 : strlen(m->root);
    if (strncmp(path, m->root, length) != 0 || (path[length] && path[length] != '/'))
        return false;
    for (size_t i = 0; i < m->count; i++)
        if (m->ids[i] == mount)
            return true;
    return false;
}

/* Whether /proc/PID belongs to whoever has the process's own user, and no rights besides: it is "dumpable". As that
 * user: the very question that a process of the container asks. */
static bool opens_itself(int pid)
{
    char own[PATH_MAX], its[PATH_MAX], path[64];
    bool is_other = strcmp(link_of(getpid(), "ns/user", own), link_of(pid, "ns/user", its)) != 0;
    int user_ns = -1;
    snprintf(path, sizeof path, "/proc/%d/ns/user", pid);
    if (is_other)
        user_ns = open(path, O_RDONLY | O_CLOEXEC);
    pid_t child = fork();
    if (child == 0) {
        struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
        struct __user_cap_data_struct sets[2];
        if (is_other && setns(user_ns, CLONE_NEWUSER) < 0)
            _exit(2);
        uid_t uid = (uid_t)status_number(pid, "Uid", false);
        gid_t gid = (gid_t)status_number(pid, "Gid", false);
        prctl(PR_SET_KEEPCAPS, 1);
        if (setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0 || syscall(SYS_capget, &header, sets) < 0)
            _exit(2);
        sets[0].effective = sets[1].effective = 0;
        if (syscall(SYS_capset, &header, sets) < 0)
            _exit(2);
        void *head;
        size_t size;
        _exit(syscall(SYS_get_robust_list, pid, &head, &size) == 0 ? 0 : 1);
    }
    int status = 0;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (user_ns >= 0)
        close(user_ns);
    if (child < 0 || !WIFEXITED(status) || WEXITSTATUS(status) == 2)
        report(pid, "it cannot be asked whether it can be inspected");
    return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool is_writable_program(int pid)
{
    char path[64];
    struct statvfs fs;
    snprintf(path, sizeof path, "/proc/%d/exe", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    int seals = fcntl(fd, F_GET_SEALS);
    bool is_safe = (seals >= 0 && (seals & SEALS) == SEALS) || (fstatvfs(fd, &fs) == 0 && fs.f_flag & ST_RDONLY);
    close(fd);
    return !is_safe;
}

/* How many descriptors davit's caller hands over: as the call that is under way says, or else $DAVIT_TEST_KEPT. */
static int kept_by(int pid)
{
    char words[8192], number[16] = "";
    int parent = parent_of(pid), kept = 0;
    if (environment_of(pid, "DAVIT_TEST_KEPT", number, sizeof number))
        return atoi(number);
    size_t length = read_proc(parent, "cmdline", words, sizeof words);
    for (char *word = words; word < words + length; word += strlen(word) + 1)
        if (strcmp(word, "--preserve-fds") == 0 && word + strlen(word) + 1 < words + length)
            kept = atoi(word + strlen(word) + 1);
    if (environment_of(pid, "LISTEN_PID", number, sizeof number) &&
        atol(number) == status_number(parent, "NSpid", true) &&
        environment_of(pid, "LISTEN_FDS", number, sizeof number))
        kept += atoi(number);
    return kept;
}

/* What davit works with inside that is on no mount: its own procfs, and a program's copy. */
static bool is_davits_own(int pid, const char *name, const char *target)
{
    char path[300];
    struct statfs fs;
    snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    return strncmp(target, "/memfd:", 7) == 0 || (statfs(path, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC);
}

static void check_descriptor(int pid, int number, enum role role, const struct mounts *m)
{
    char name[32], text[1024], target[PATH_MAX];
    snprintf(name, sizeof name, "fdinfo/%d", number);
    if (read_proc(pid, name, text, sizeof text) == 0)
        return;
    const char *flags = strstr(text, "flags:\t"), *mount = strstr(text, "mnt_id:\t");
    snprintf(name, sizeof name, "fd/%d", number);
    link_of(pid, name, target);
    if (role != WAITS && flags && !(strtol(flags + 7, NULL, 8) & O_CLOEXEC))
        report(pid, "descriptor %d stays open in what it executes: %s", number, target);
    else if (role != HELPS && *target == '/' && mount && !is_inside(m, strtol(mount + 8, NULL, 10), target) &&
             !is_davits_own(pid, name, target))
        report(pid, "descriptor %d is of the host: %s", number, target);
}

static void check_descriptors(int pid, enum role role, const struct mounts *m)
{
    char path[64];
    int kept = role == HELPS ? 0 : kept_by(pid);
    snprintf(path, sizeof path, "/proc/%d/fd", pid);
    DIR *list = opendir(path);
    if (!list)
        return;
    for (struct dirent *e; (e = readdir(list));)
        if (isdigit((unsigned char)*e->d_name) && atoi(e->d_name) > STDERR_FILENO + kept)
            check_descriptor(pid, atoi(e->d_name), role, m);
    closedir(list);
}

/* The directory that is the root of whoever called davit. */
static bool has_hosts_root(int pid)
{
    struct stat its, callers;
    int caller = parent_of(pid);
    while (caller > 1 && (has_title(caller) || is_davit(caller)))
        caller = parent_of(caller);
    return caller > 0 && stat_of(pid, "root", &its) && stat_of(caller, "root", &callers) &&
           its.st_ino == callers.st_ino && its.st_dev == callers.st_dev;
}

static void check_inside(int pid, enum role role)
{
    static struct mounts m;
    char path[PATH_MAX], of_host[8];
    read_mounts(pid, &m);
    check_descriptors(pid, role, &m);
    if (has_hosts_root(pid) && !environment_of(pid, "DAVIT_TEST_HOST_ROOT", of_host, sizeof of_host))
        report(pid, "its root is the host's");
    if (!is_inside(&m, mount_of(pid, "cwd"), link_of(pid, "cwd", path)))
        report(pid, "its working directory is not in the container: %s", path);
    if (is_writable_program(pid))
        report(pid, "its program, %s, can be written", link_of(pid, "exe", path));
    if (opens_itself(pid))
        report(pid, "a process of the container can inspect it");
}

static void check_program(int pid, int file)
{
    static struct mounts m;
    char link[64], path[PATH_MAX];
    struct stat st;
    struct statx of_file;
    read_mounts(pid, &m);
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length < 0 ? 0 : length] = 0;
    if (fstat(file, &st) == 0 && is_davit_file(&st))
        report(pid, "it executes davit's own file in a container");
    else if (statx(file, "", AT_EMPTY_PATH, STATX_MNT_ID, &of_file) == 0 &&
             !is_inside(&m, (long)of_file.stx_mnt_id, path))
        report(pid, "it executes a file that is not in the container: %s", path);
}

/* ---- who is looked at ----------------------------------------------------------------------------- */

static bool waits_for_start(int pid)
{
    char text[200];
    read_proc(pid, "syscall", text, sizeof text);
    return isdigit((unsigned char)*text) && strtol(text, NULL, 10) == SYS_accept4;
}

/* Each is looked at once. */
static bool is_seen(int pid)
{
    static struct {
        int pid;
        char since[32];
    } seen[SEEN_MAX];
    static int next;
    char text[1024], since[32] = "";
    read_proc(pid, "stat", text, sizeof text);
    char *rest = strrchr(text, ')');
    for (int i = 2; rest && i < 22; i++) /* the start time is field 22 */
        rest = strchr(rest + 1, ' ');
    if (rest)
        snprintf(since, sizeof since, "%.20s", rest);
    for (int i = 0; i < SEEN_MAX; i++)
        if (seen[i].pid == pid && strcmp(seen[i].since, since) == 0)
            return true;
    seen[next].pid = pid;
    memcpy(seen[next].since, since, sizeof since);
    next = (next + 1) % SEEN_MAX;
    return false;
}

static void each_davit(void (*look)(int pid, void *data), void *data)
{
    DIR *list = opendir("/proc");
    if (!list)
        return;
    for (struct dirent *e; (e = readdir(list));)
        if (isdigit((unsigned char)*e->d_name) && is_davit(atoi(e->d_name)))
            look(atoi(e->d_name), data);
    closedir(list);
}

static void look_at_waiting(int pid, void *data)
{
    (void)data;
    if (has_title(pid) && waits_for_start(pid) && !is_seen(pid))
        check_inside(pid, WAITS);
}

struct left {
    char tag[64];
    bool is_one;
};

static void look_for_left(int pid, void *data)
{
    struct left *l = data;
    char tag[64];
    int parent = parent_of(pid);
    if (parent <= 0 || status_number(parent, "NSpid", true) != 1 || waits_for_start(pid))
        return;
    tag_of(pid, tag, sizeof tag);
    l->is_one |= strcmp(tag, l->tag) == 0;
}

/* What `pid`, a davit, executes: a container's program, or, as the child of a davit, a hook or another helper. What is
 * left is a davit that executes itself, and the loader of that. */
static void look_at_execution(int pid, int file)
{
    static struct mounts none;
    int parent = parent_of(pid);
    bool is_helper = parent > 0 && is_davit(parent), is_hook = is_helper && has_title(parent);
    if (has_title(pid) && !is_hook) {
        check_inside(pid, EXECUTES);
        check_program(pid, file);
    } else if (is_helper && !works_with_criu(parent)) {
        check_descriptors(pid, HELPS, &none);
    }
    /* Beside a hook that runs in the container. */
    if (is_hook && !has_hosts_root(parent))
        check_inside(parent, WAITS);
}

static bool decide(int pid, int file, const struct stat *left)
{
    struct stat st;
    if (fstat(file, &st) < 0 || pid <= 0)
        return true;
    if (st.st_ino == left->st_ino && st.st_dev == left->st_dev) {
        struct left l = {.is_one = false};
        tag_of(pid, l.tag, sizeof l.tag);
        each_davit(look_for_left, &l);
        return !l.is_one;
    }
    if (is_davit(pid))
        look_at_execution(pid, file);
    else if (is_davit_file(&st))
        each_davit(look_at_waiting, NULL);
    return true;
}

/* ---- watching ------------------------------------------------------------------------------------- */

static void answer(int group, const struct stat *left)
{
    char buffer[8192] __attribute__((aligned(8)));
    ssize_t length = read(group, buffer, sizeof buffer);
    if (length <= 0)
        return;
    for (struct fanotify_event_metadata *m = (void *)buffer; FAN_EVENT_OK(m, length); m = FAN_EVENT_NEXT(m, length)) {
        if (m->fd < 0)
            continue;
        alarm(PATIENCE_SECONDS);
        struct fanotify_response response = {m->fd, decide(m->pid, m->fd, left) ? FAN_ALLOW : FAN_DENY};
        if (write(group, &response, sizeof response) < 0)
            perror("audit: an answer");
        alarm(0);
        close(m->fd);
    }
}

static int mark(int group, const char *path)
{
    if (fanotify_mark(group, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_OPEN_EXEC_PERM, AT_FDCWD, path) == 0)
        return 0;
    printf("fanotify_mark: %s\n", strerror(errno));
    return -1;
}

static int watch(const char *left_path)
{
    struct stat left;
    int group =
        fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_UNLIMITED_QUEUE, O_RDONLY | O_CLOEXEC | O_LARGEFILE);
    if (group < 0 || stat(left_path, &left) < 0) {
        printf("fanotify_init: %s\n", strerror(errno));
        return 1;
    }
    if (mark(group, directory) < 0 || mark(group, "/usr") < 0)
        return 1;
    puts("ready");
    fflush(stdout);
    for (;;) {
        struct pollfd fds[] = {
            {.fd = STDIN_FILENO, .events = POLLIN},
            {.fd = group,        .events = POLLIN}
        };
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            return 1;
        if (fds[0].revents)
            return 0;
        if (fds[1].revents)
            answer(group, &left);
    }
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "look") == 0) {
        check_inside(atoi(argv[2]), WAITS);
        return found > 0;
    }
    if (argc < 5 || strcmp(argv[1], "watch") != 0 || argc - 4 > PROGRAMS_MAX)
        return 2;
    for (int i = 4; i < argc; i++)
        if (stat(argv[i], &programs[program_count++]) < 0)
            return 2;
    umask(022);
    directory = argv[2];
    return watch(argv[3]);
}
