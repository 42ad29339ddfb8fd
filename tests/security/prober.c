/* prober - attacks, from inside a container, whatever process appears beside it: prober MARK [SECONDS]
 *
 * MARK is a path of the host that the container does not have. Of every other process, its descriptors, its working
 * directory and its root are tried as ways to MARK, its descriptors from 3 on as files that are none of the
 * container's, and its program as a file that can be opened and written. Nothing is ever written. Nor is a process
 * traced: what that would be worth is in its status, capabilities beyond the prober's own bounding set, or no system
 * call filter where the prober has one. Prints a line for each kind of success, once: "exe NAME", "writable NAME",
 * "host WAY", "rights MASK", "unfiltered", and "ready" when it has looked once. Ends after SECONDS, 600 if not given.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    HELD = 64,
    CLIMB = 24
};

static const char *mark;
static int held[HELD];
static int count;

static void say(const char *kind, const char *what)
{
    static char said[64][300];
    char line[300];
    snprintf(line, sizeof line, "%s %s", kind, what);
    for (int i = 0; i < 64; i++) {
        if (strcmp(said[i], line) == 0)
            return;
        if (said[i][0] == 0) {
            memcpy(said[i], line, sizeof line);
            printf("%s\n", line);
            fflush(stdout);
            return;
        }
    }
}

/* A directory from which MARK can be reached: by climbing, or through a procfs of the host's. */
static bool leads_out(int directory)
{
    char path[4096] = "";
    for (int i = 0; i < CLIMB; i++)
        strcat(path, "../");
    strcat(path, mark);
    if (faccessat(directory, path, F_OK, 0) == 0)
        return true;
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s1/root/%s", i ? "../" : "", mark);
        if (faccessat(directory, path, F_OK, 0) == 0)
            return true;
    }
    return false;
}

static void try_directory(const char *path, const char *what)
{
    int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    if (leads_out(fd))
        say("host", what);
    close(fd);
}

/* A file or device whose name is another one's in the container, or nobody's. */
static void try_file(const char *path)
{
    char own[32], name[4096];
    struct stat its, found;
    int fd = open(path, O_PATH | O_CLOEXEC);
    snprintf(own, sizeof own, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(own, name, sizeof name - 1);
    if (fd >= 0 && length > 0 && fstat(fd, &its) == 0 && !S_ISDIR(its.st_mode) && name[0] == '/') {
        name[length] = 0;
        if (stat(name, &found) < 0 || found.st_ino != its.st_ino || found.st_dev != its.st_dev)
            say("host", name);
    }
    if (fd >= 0)
        close(fd);
}

/* Programs of the container are its own to open. */
static bool is_foreign(const char *name)
{
    return strstr(name, "busybox") == NULL && strstr(name, "prober") == NULL;
}

static void try_program(const char *process)
{
    char path[300], name[200];
    snprintf(path, sizeof path, "%s/exe", process);
    ssize_t length = readlink(path, name, sizeof name - 1);
    if (length < 0)
        return;
    name[length] = 0;
    if (!is_foreign(name))
        return;
    int fd = open(path, O_PATH | O_CLOEXEC);
    say("exe", name);
    if (fd < 0)
        return;
    if (count < HELD)
        held[count++] = fd;
    else
        close(fd);
}

/* While it runs a program cannot be written; afterwards its file can, unless the mount or a seal forbids. */
static void try_held(void)
{
    for (int i = 0; i < count; i++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/self/fd/%d", held[i]);
        int fd = open(path, O_WRONLY | O_CLOEXEC);
        if (fd < 0)
            continue;
        say("writable", "program");
        close(fd);
    }
}

struct rights {
    unsigned long long permitted, bounding;
    int filter;
};

static bool read_rights(const char *process, struct rights *out)
{
    char path[300], line[256];
    int found = 0;
    snprintf(path, sizeof path, "%s/status", process);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file)) {
        found += sscanf(line, "CapPrm: %llx", &out->permitted);
        found += sscanf(line, "CapBnd: %llx", &out->bounding);
        found += sscanf(line, "Seccomp: %d", &out->filter);
    }
    if (file)
        fclose(file);
    return found == 3;
}

static void try_rights(const char *process)
{
    struct rights own, its;
    char mask[32];
    if (!read_rights("/proc/self", &own) || !read_rights(process, &its))
        return;
    snprintf(mask, sizeof mask, "%llx", its.permitted & ~own.bounding);
    if (its.permitted & ~own.bounding)
        say("rights", mask);
    if (own.filter && !its.filter)
        say("unfiltered", "");
}

static void try_process(const char *pid)
{
    char process[280], path[600];
    snprintf(process, sizeof process, "/proc/%s", pid);
    try_rights(process);
    try_program(process);
    snprintf(path, sizeof path, "%s/cwd", process);
    try_directory(path, "cwd");
    snprintf(path, sizeof path, "%s/root", process);
    try_directory(path, "root");
    snprintf(path, sizeof path, "%s/fd", process);
    DIR *list = opendir(path);
    if (!list)
        return;
    for (struct dirent *e; (e = readdir(list));) {
        if (e->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/fd/%s", process, e->d_name);
        try_directory(path, "fd");
        if (atoi(e->d_name) > 2)
            try_file(path);
    }
    closedir(list);
}

int main(int argc, char **argv)
{
    char self[32];
    time_t end = time(NULL) + (argc > 2 ? atoi(argv[2]) : 600);
    if (argc < 2)
        return 2;
    mark = argv[1];
    snprintf(self, sizeof self, "%d", getpid());
    for (bool first = true; time(NULL) < end; first = false) {
        DIR *list = opendir("/proc");
        if (!list)
            return 1;
        for (struct dirent *e; (e = readdir(list));)
            if (e->d_name[0] >= '1' && e->d_name[0] <= '9' && strcmp(e->d_name, self) != 0)
                try_process(e->d_name);
        closedir(list);
        try_held();
        if (first)
            say("ready", "");
        usleep(500);
    }
    return 0;
}
