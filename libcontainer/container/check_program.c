/* check_program.c - looks for the program in the root filesystem, as create does inside the container. */
#include "libcontainer/container/check.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/str.h"
#include "libcontainer/launch/program.h"
#include "spec/config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define HEAD_SIZE    8192

/* What is looked for, and where. */
struct search {
    struct findings *findings;
    const struct config *config;
    int root;
};

enum lookup {
    LOOKUP_FOUND,
    LOOKUP_ABSENT,
    LOOKUP_UNKNOWN /* a mount may bring it, or it cannot be seen from here */
};

/* Whether a mount lies over the path, so that the root filesystem does not tell what will be there. */
static bool is_covered(const struct search *s, const char *path)
{
    for (size_t i = 0; s->config->mounts && s->config->mounts[i]; i++)
        if (path_is_below(path_clean(s->findings->arena, s->config->mounts[i]->destination), path))
            return true;
    return false;
}

/* "/bin/sh" is "/usr/bin/sh" where /bin is a link to usr/bin: so many roots have it that a mount on /usr must count. */
static const char *through_first_link(const struct search *s, const char *path)
{
    char target[256];
    struct arena *a = s->findings->arena;
    size_t slashes = strspn(path, "/"), length = strcspn(path + slashes, "/");
    const char *first = arena_strndup(a, path + slashes, length), *rest = path + slashes + length;
    ssize_t size = readlinkat(s->root, first, target, sizeof target - 1);
    if (size < 0)
        return path;
    target[size] = '\0';
    return path_absolute(a, "/", arena_printf(a, "%s%s", target, rest));
}

static enum lookup look_up(const struct search *s, const char *path, int *out_fd, struct stat *out)
{
    struct error ignored;
    error_init(&ignored, s->findings->arena);
    if (is_covered(s, path) || is_covered(s, through_first_link(s, path)))
        return LOOKUP_UNKNOWN;
    int found = path_find_inside(s->root, path, O_PATH, out_fd, &ignored);
    if (found == PATH_ABSENT)
        return LOOKUP_ABSENT;
    return found < 0 || fstat(*out_fd, out) < 0 ? LOOKUP_UNKNOWN : LOOKUP_FOUND;
}

static void add(const struct search *s, bool is_fault, struct error *e)
{
    error_at(e, "process.args[0]");
    findings_add(s->findings, is_fault, e);
}

static void check_interpreter(const struct search *s, const char *file, const struct program_head *head)
{
    struct error e;
    struct stat st;
    scoped_fd fd = -1;
    struct arena *a = s->findings->arena;
    error_init(&e, a);
    if (look_up(s, head->interpreter, &fd, &st) != LOOKUP_ABSENT)
        return;
    const char *interpreter = str_printable(a, head->interpreter);
    if (head->format == PROGRAM_ELF)
        fail(&e, ERR_NOT_FOUND, "%s needs ELF loader %s, not in this rootfs (glibc binary in a musl image?)", file,
             interpreter);
    else if (str_has_suffix(head->interpreter, "\r"))
        fail(&e, ERR_NOT_FOUND, "%s exists, but not its interpreter \"%s\": the script has Windows (CRLF) line ends",
             file, interpreter);
    else
        fail(&e, ERR_NOT_FOUND, "%s exists, but its interpreter %s (line 1) is not in the container", file,
             interpreter);
    add(s, true, &e);
}

/* What the kernel will make of the file's content. */
static void check_content(const struct search *s, const char *file)
{
    struct error e;
    struct utsname host;
    struct program_head head;
    struct arena *a = s->findings->arena;
    error_init(&e, a);
    scoped_fd found = -1, proc = -1, fd = -1;
    if (path_open_inside(s->root, file, O_PATH, &found, &e) < 0 || proc_open(false, &proc, &e) < 0 ||
        proc_reopen_regular(proc, found, O_RDONLY, &fd, &e) < 0)
        return; /* not ours to read */
    unsigned char *bytes = arena_alloc(a, HEAD_SIZE);
    ssize_t length = pread(fd, bytes, HEAD_SIZE, 0);
    if (length < 0)
        return;
    program_inspect(a, bytes, (size_t)length, &head);
    const char *machine = program_machine_name(head.machine);
    if (head.interpreter) {
        check_interpreter(s, file, &head);
    } else if (head.format == PROGRAM_TEXT) {
        fail(&e, ERR_INVALID_CONFIG, "%s is a text file without \"#!\"; start it with /bin/sh %s", file, file);
        add(s, true, &e);
    } else if (head.format == PROGRAM_EMPTY) {
        fail(&e, ERR_INVALID_CONFIG, "%s is empty", file);
        add(s, true, &e);
    }
    if (head.format == PROGRAM_ELF && machine && uname(&host) == 0 && !str_equal(machine, host.machine)) {
        error_init(&e, a);
        fail(&e, ERR_INVALID_CONFIG, "%s is %s %s program; this host runs %s", file,
             strchr("aeio", *machine) ? "an" : "a", machine, host.machine);
        add(s, false, &e); /* an emulator may be registered for it */
    }
}

static void check_file(const struct search *s, const char *file, const struct stat *st)
{
    struct error e;
    error_init(&e, s->findings->arena);
    if (S_ISREG(st->st_mode) && st->st_mode & 0111) {
        check_content(s, file);
        return;
    }
    if (S_ISDIR(st->st_mode))
        fail(&e, ERR_NOT_PERMITTED, "process.args[0] \"%s\" is a directory", s->config->process->args[0]);
    else
        fail(&e, ERR_NOT_PERMITTED, "%s is not executable (mode %04o)", file, (unsigned)st->st_mode & 07777);
    add(s, true, &e);
}

static const char *path_variable(const struct process *process)
{
    const char *value = DEFAULT_PATH;
    for (const char **e = process->env; e && *e; e++)
        if (str_has_prefix(*e, "PATH="))
            value = *e + strlen("PATH=");
    return value;
}

/* As execvp looks: the first file of that name that can be executed. */
static void check_name(const struct search *s, const char *name)
{
    const struct process *process = s->config->process;
    struct arena *a = s->findings->arena;
    for (const char **part = str_split(a, path_variable(process), ':'); *part; part++) {
        const char *directory = path_absolute(a, process->cwd, *part);
        const char *file = path_join(a, directory, name);
        scoped_fd fd = -1;
        struct stat st;
        enum lookup found = look_up(s, file, &fd, &st);
        if (found == LOOKUP_UNKNOWN)
            return;
        if (found == LOOKUP_FOUND && S_ISREG(st.st_mode) && st.st_mode & 0111) {
            check_content(s, file);
            return;
        }
    }
    struct error e;
    error_init(&e, a);
    fail(&e, ERR_NOT_FOUND, "exec: \"%s\": executable file not found in $PATH", name);
    error_hint(&e, "PATH in the container is %s", path_variable(process));
    add(s, true, &e);
}

void check_program(struct findings *f, const struct config *c, int root)
{
    const struct search s = {f, c, root};
    if (!c->process || !c->process->args[0] || !*c->process->args[0])
        return; /* the aspect has said so */
    const char *name = c->process->args[0];
    if (!strchr(name, '/')) {
        check_name(&s, name);
        return;
    }
    scoped_fd fd = -1;
    struct stat st;
    const char *file = path_absolute(f->arena, c->process->cwd, name);
    enum lookup found = look_up(&s, file, &fd, &st);
    if (found == LOOKUP_FOUND)
        check_file(&s, file, &st);
    if (found != LOOKUP_ABSENT)
        return;
    struct error e;
    error_init(&e, f->arena);
    fail(&e, ERR_NOT_FOUND, "%s: no such file in the container", name);
    add(&s, true, &e);
}
