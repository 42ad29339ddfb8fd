/* program.c - looks the program up inside the container, executes it, and explains why it could not. */
#include "libcontainer/launch/program.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"
#include "base/syscalls.h"
#include "libcontainer/aspects/environment.h"
#include "libcontainer/launch/aspect.h"
#include "libcontainer/launch/launch.h"
#include "spec/config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define HEAD_SIZE    8192

static int check(const struct config *c, struct error *err)
{
    if (!c->process)
        return 0;
    if (!c->process->args[0]) {
        fail_config(err, "process.args", "must have at least one element");
        return error_hint(err, "name the program to run: [\"/bin/sh\"]");
    }
    if (!*c->process->args[0])
        return fail_config(err, "process.args[0]", "executable path is empty");
    return 0;
}

/* What davit knows of a file that could be the program. */
struct candidate {
    const char *path; /* absolute, inside the root */
    int errnum;       /* 0: it can be executed, as far as mode and mount say */
    int fd;           /* readable where the user may read it, else O_PATH; -1 unless errnum is 0 */
    bool is_directory;
    struct stat st;
};

static const char *denial(struct launch *l, const struct candidate *c)
{
    struct statvfs fs;
    if (!c->st.st_mode)
        return "a directory on the way to it may not be searched";
    if (statvfs(c->path, &fs) == 0 && fs.f_flag & ST_NOEXEC)
        return arena_printf(l->arena, "%s is on a filesystem that is mounted noexec", c->path);
    const char *owner = c->st.st_uid ? arena_printf(l->arena, "%u", (unsigned)c->st.st_uid) : "root";
    const char *group = c->st.st_gid ? arena_printf(l->arena, "%u", (unsigned)c->st.st_gid) : "root";
    return arena_printf(l->arena, "%s is not executable (mode %04o %s:%s, process uid %u)", c->path,
                        (unsigned)c->st.st_mode & 07777, owner, group, (unsigned)geteuid());
}

/* The texts are what engines look for, in lower case. */
static int fail_candidate(struct launch *l, const char *name, const struct candidate *c, struct error *err)
{
    if (c->is_directory) {
        fail(err, ERR_NOT_PERMITTED, "exec: \"%s\": is a directory: permission denied", name);
        error_hint(err, "process.args[0] \"%s\" is a directory; name a program in it", name);
    } else if (c->errnum == ENOENT) {
        fail(err, ERR_NOT_FOUND, "exec: \"%s\": no such file or directory", name);
        error_hint(err, "%s: no such file in the container", name);
    } else if (c->errnum == EACCES) {
        fail(err, ERR_NOT_PERMITTED, "exec: \"%s\": permission denied: %s", name, denial(l, c));
    } else if (c->errnum == ENOTDIR) {
        fail(err, ERR_NOT_FOUND, "exec: \"%s\": no such file or directory: a part of its path is a file", name);
    } else if (c->errnum == ELOOP) {
        fail(err, ERR_NOT_PERMITTED, "exec: \"%s\": permission denied: it is a magic link or a loop of links", name);
    } else {
        errno = c->errnum;
        fail_errno(err, "exec: \"%s\"", name);
    }
    return error_at(err, "process.args[0]");
}

static void examine(struct launch *l, const char *path, struct candidate *out)
{
    struct error ignored;
    error_init(&ignored, l->arena);
    *out = (struct candidate){.path = path, .fd = -1};
    scoped_fd fd = -1;
    if (path_open_inside(l->root_fd, path, O_PATH, &fd, &ignored) < 0) {
        out->errnum = ignored.errnum ? ignored.errnum : ENOENT;
        return;
    }
    if (fstat(fd, &out->st) < 0) {
        out->errnum = errno;
        return;
    }
    out->is_directory = S_ISDIR(out->st.st_mode);
    if (!S_ISREG(out->st.st_mode)) {
        out->errnum = EACCES;
        return;
    }
    if (faccessat(fd, "", X_OK, AT_EMPTY_PATH | AT_EACCESS) < 0) {
        out->errnum = errno;
        return;
    }
    /* Kept readable for an explanation: after the limits are set no file may be opened any more. */
    if (path_open_inside(l->root_fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, &out->fd, &ignored) < 0)
        out->fd = take_fd(&fd);
}

static const char *current_directory(struct launch *l)
{
    char buffer[PATH_MAX];
    return sys_getcwd(buffer, sizeof buffer) < 0 ? "/" : arena_strdup(l->arena, buffer);
}

static int find_in_path(struct launch *l, const char *name, struct candidate *out, struct error *err)
{
    const char *path = environment_value(l->environment, "PATH");
    struct candidate denied = {.fd = -1};
    for (const char **part = str_split(l->arena, path ? path : DEFAULT_PATH, ':'); *part; part++) {
        const char *directory = **part == '/' ? *part : path_join(l->arena, current_directory(l), *part);
        examine(l, path_join(l->arena, directory, name), out);
        if (out->errnum == 0)
            return 0;
        if (out->errnum == EACCES && !denied.path && out->st.st_mode)
            denied = *out;
    }
    if (denied.path)
        return fail_candidate(l, name, &denied, err);
    fail(err, ERR_NOT_FOUND, "exec: \"%s\": executable file not found in $PATH", name);
    error_at(err, "process.args[0]");
    return error_hint(err, "PATH in the container is %s", path ? str_printable(err->arena, path) : "not set");
}

static int apply(struct launch *l, struct error *err)
{
    if (!l->process)
        return 0;
    if (!l->in_working_directory && environment_enter(l, err) < 0)
        return -1;
    const char *name = l->process->args[0];
    struct candidate found;
    if (!strchr(name, '/')) {
        if (find_in_path(l, name, &found, err) < 0)
            return -1;
        l->executable_path = found.path;
    } else {
        examine(l, *name == '/' ? name : path_join(l->arena, current_directory(l), name), &found);
        if (found.errnum)
            return fail_candidate(l, name, &found, err);
        l->executable_path = name;
    }
    fd_close(&l->executable_fd);
    l->executable_fd = found.fd;
    return 0;
}

static bool exists(const char *path)
{
    return faccessat(AT_FDCWD, path, F_OK, AT_EACCESS) == 0;
}

static int explain_missing(struct launch *l, const struct program_head *head, struct error *err)
{
    const char *name = l->process->args[0], *file = l->executable_path;
    if (!head->interpreter || exists(head->interpreter))
        return fail(err, ERR_NOT_FOUND, "exec: \"%s\": no such file or directory", name);
    if (head->format == PROGRAM_ELF)
        return fail(err, ERR_NOT_FOUND,
                    "exec: \"%s\": no such file or directory: %s needs ELF loader %s, not in this rootfs (glibc binary "
                    "in a musl image?)",
                    name, file, str_printable(l->arena, head->interpreter));
    if (str_has_suffix(head->interpreter, "\r")) {
        fail(err, ERR_NOT_FOUND,
             "exec: \"%s\": no such file or directory: %s exists, but not its interpreter \"%s\": the script has "
             "Windows (CRLF) line ends",
             name, file, str_printable(l->arena, head->interpreter));
        return error_hint(err, "convert it: sed -i 's/\\r$//' %s", file);
    }
    return fail(err, ERR_NOT_FOUND,
                "exec: \"%s\": no such file or directory: %s exists, but its interpreter %s (line 1) is not in the "
                "container",
                name, file, str_printable(l->arena, head->interpreter));
}

static int explain_format(struct launch *l, const struct program_head *head, struct error *err)
{
    const char *name = l->process->args[0], *file = l->executable_path;
    struct utsname host;
    const char *machine = program_machine_name(head->machine);
    const char *why;
    if (head->format == PROGRAM_TEXT)
        why = arena_printf(l->arena, "%s is a text file without \"#!\"; start it with /bin/sh %s", file, file);
    else if (head->format == PROGRAM_EMPTY)
        why = arena_printf(l->arena, "%s is empty or cannot be read", file);
    else if (head->format == PROGRAM_ELF && machine && uname(&host) == 0 && !str_equal(machine, host.machine))
        why = arena_printf(l->arena, "%s is %s %s program; this host runs %s and has no emulator registered", file,
                           strchr("aeio", *machine) ? "an" : "a", machine, host.machine);
    else
        why = arena_printf(l->arena, "%s is no program that this kernel can run", file);
    return fail(err, ERR_SYSTEM, "exec: \"%s\": exec format error: %s", name, why);
}

static int explain(struct launch *l, int errnum, struct error *err)
{
    const char *name = l->process->args[0];
    unsigned char *bytes = arena_alloc(l->arena, HEAD_SIZE);
    ssize_t length = l->executable_fd >= 0 ? pread(l->executable_fd, bytes, HEAD_SIZE, 0) : -1;
    struct program_head head;
    program_inspect(l->arena, bytes, length > 0 ? (size_t)length : 0, &head);
    if (errnum == ENOENT)
        return explain_missing(l, &head, err);
    if (errnum == ENOEXEC)
        return explain_format(l, &head, err);
    if (errnum == EACCES) {
        struct candidate c = {.path = l->executable_path, .errnum = EACCES, .fd = -1};
        if (head.interpreter && faccessat(AT_FDCWD, head.interpreter, X_OK, AT_EACCESS) < 0)
            return fail(err, ERR_NOT_PERMITTED, "exec: \"%s\": permission denied: its interpreter %s is not executable",
                        name, str_printable(l->arena, head.interpreter));
        if (stat(c.path, &c.st) == 0)
            return fail_candidate(l, name, &c, err);
    }
    errno = errnum;
    fail_errno(err, "exec: \"%s\"", name);
    if (errnum == E2BIG)
        error_hint(err, "process.args and process.env together are longer than the kernel takes");
    return -1;
}

int program_execute(struct launch *l, struct error *err)
{
    execve(l->executable_path, (char *const *)l->process->args, (char *const *)l->environment);
    explain(l, errno, err);
    return error_at(err, "process.args[0]");
}

const struct aspect program = {.name = "program", .check = check, .apply = apply};
