#include "base/path.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/str.h"
#include "base/syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX 40 /* as the kernel's own MAXSYMLINKS */
#define RACES_MAX 64 /* somebody removes what was just made, again and again */

static int open_inside(int root, const char *path, int flags)
{
    const struct open_how how = {
        .flags = (uint64_t)(unsigned)flags | O_CLOEXEC,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    return sys_openat2(root, path[0] == '\0' ? "." : path, &how);
}

int path_open_inside(int root, const char *path, int flags, int *out_fd, struct error *err)
{
    *out_fd = open_inside(root, path, flags);
    return *out_fd < 0 ? fail_errno(err, "cannot open %s inside the container's root", path) : 0;
}

int path_find_inside(int root, const char *path, int flags, int *out_fd, struct error *err)
{
    *out_fd = open_inside(root, path, flags);
    if (*out_fd < 0 && errno == ENOENT)
        return PATH_ABSENT;
    return *out_fd < 0 ? fail_errno(err, "cannot open %s inside the container's root", path) : PATH_FOUND;
}

int path_open_beneath(int dir, const char *path, int flags, int *out_fd, struct error *err)
{
    const struct open_how how = {
        .flags = (uint64_t)(unsigned)flags | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
    };
    *out_fd = sys_openat2(dir, path, &how);
    return *out_fd < 0 ? fail_errno(err, "cannot open %s", path) : 0;
}

/* A walk that makes what is missing. `done` has no links and no "..", as far as was seen; should somebody change it
 * meanwhile, RESOLVE_IN_ROOT still keeps each step inside the root. */
struct walk {
    int root;
    struct arena *arena;
    const char *done; /* relative to root, "" is root; longer than PATH_MAX the kernel refuses it */
    const char *rest; /* still to go */
    mode_t mode;      /* of each directory made, or of the file */
    bool wants_file;
    unsigned links, races;
};

static const char *skip_slashes(const char *s)
{
    return s + strspn(s, "/");
}

static const char *below(struct walk *w, const char *name)
{
    return w->done[0] == '\0' ? name : arena_printf(w->arena, "%s/%s", w->done, name);
}

static void go_up(struct walk *w)
{
    const char *slash = strrchr(w->done, '/');
    w->done = slash == NULL ? "" : arena_strndup(w->arena, w->done, (size_t)(slash - w->done));
}

static int follow_link(struct walk *w, int link_fd)
{
    char target[PATH_MAX];
    ssize_t length = readlinkat(link_fd, "", target, sizeof target - 1);
    if (length < 0)
        return -1;
    target[length] = '\0';
    if (++w->links > LINKS_MAX || strlen(w->rest) > PATH_MAX) {
        errno = ELOOP;
        return -1;
    }
    if (w->rest[0] == '\0')
        w->rest = arena_strdup(w->arena, target);
    else
        w->rest = arena_printf(w->arena, "%s/%s", target, w->rest);
    if (target[0] == '/')
        w->done = "";
    return 0;
}

/* Makes `name` in the directory reached so far; to exist by now is fine, the walk looks again. */
static int make(struct walk *w, const char *name, bool is_file)
{
    if (++w->races > RACES_MAX) {
        errno = EAGAIN;
        return -1;
    }
    scoped_fd parent = open_inside(w->root, w->done, O_PATH | O_DIRECTORY);
    if (parent < 0)
        return -1;
    if (is_file) {
        scoped_fd fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, w->mode);
        return fd < 0 && errno != EEXIST ? -1 : 0;
    }
    return mkdirat(parent, name, w->wants_file ? 0755 : w->mode) < 0 && errno != EEXIST ? -1 : 0;
}

/* One name of the path. */
static int step(struct walk *w)
{
    const char *end = strchrnul(w->rest, '/');
    const char *name = arena_strndup(w->arena, w->rest, (size_t)(end - w->rest));
    const char *rest = skip_slashes(end);
    bool is_file = w->wants_file && *end == '\0';
    if (str_equal(name, ".") || str_equal(name, "..")) {
        if (name[1] == '.')
            go_up(w);
        w->rest = rest;
        return 0;
    }
    const char *place = below(w, name);
    scoped_fd found = open_inside(w->root, place, O_PATH | O_NOFOLLOW);
    if (found < 0)
        return errno == ENOENT ? make(w, name, is_file) : -1;
    struct stat st;
    if (fstat(found, &st) < 0)
        return -1;
    w->rest = rest;
    if (S_ISLNK(st.st_mode))
        return follow_link(w, found);
    if (S_ISDIR(st.st_mode) == is_file) {
        errno = is_file ? EISDIR : ENOTDIR;
        return -1;
    }
    w->done = place;
    w->races = 0;
    return 0;
}

static int walk_to_end(struct walk *w, int *out_fd)
{
    while (*(w->rest = skip_slashes(w->rest)) != '\0')
        if (step(w) < 0)
            return -1;
    scoped_fd fd = open_inside(w->root, w->done, O_PATH | O_NOFOLLOW);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return -1;
    if (S_ISLNK(st.st_mode) || S_ISDIR(st.st_mode) == w->wants_file) {
        errno = S_ISLNK(st.st_mode) ? ELOOP : w->wants_file ? EISDIR : ENOTDIR;
        return -1;
    }
    *out_fd = take_fd(&fd);
    return 0;
}

/* The common case, in three calls: all but the last name is there. False: it is not, or something is in the way. */
static bool make_last(int root, const char *path, mode_t mode, int *out_fd, struct error *err)
{
    const char *directory, *name;
    path_split(err->arena, path, &directory, &name);
    if (*name == '\0' || str_equal(name, ".") || str_equal(name, ".."))
        return false;
    scoped_fd parent = open_inside(root, directory, O_PATH | O_DIRECTORY);
    if (parent < 0 || mkdirat(parent, name, mode) < 0)
        return false;
    *out_fd = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return *out_fd >= 0;
}

int path_make_directory(int root, const char *path, mode_t mode, int *out_fd, struct error *err)
{
    *out_fd = open_inside(root, path, O_PATH | O_DIRECTORY);
    if (*out_fd >= 0)
        return 0;
    bool is_absent = errno == ENOENT;
    if (is_absent && make_last(root, path, mode, out_fd, err))
        return 0;
    struct walk w = {.root = root, .arena = err->arena, .done = "", .rest = path, .mode = mode};
    if (!is_absent || walk_to_end(&w, out_fd) < 0)
        return fail_errno(err, "cannot make the directory %s inside the container's root", path);
    return 0;
}

int path_make_file(int root, const char *path, mode_t mode, int *out_fd, struct error *err)
{
    struct walk w = {.root = root, .arena = err->arena, .done = "", .rest = path, .mode = mode, .wants_file = true};
    bool is_bare = path[0] == '\0' || str_has_suffix(path, "/");
    if (is_bare)
        errno = EISDIR;
    if (is_bare || walk_to_end(&w, out_fd) < 0)
        return fail_errno(err, "cannot make the file %s inside the container's root", path);
    return 0;
}

void path_split(struct arena *a, const char *path, const char **out_directory, const char **out_name)
{
    const char *slash = strrchr(path, '/');
    *out_name = arena_strdup(a, slash == NULL ? path : slash + 1);
    if (slash == NULL)
        *out_directory = ".";
    else
        *out_directory = slash == path ? "/" : arena_strndup(a, path, (size_t)(slash - path));
}

const char *path_clean(struct arena *a, const char *path)
{
    char *clean = arena_alloc(a, strlen(path) + 2), *end = clean; /* what is there begins with '/' or is empty */
    while (*(path = skip_slashes(path)) != '\0') {
        size_t length = strcspn(path, "/");
        if (length == 2 && path[0] == '.' && path[1] == '.') {
            while (end > clean && *--end != '/')
                ;
        } else if (length != 1 || path[0] != '.') {
            *end++ = '/';
            end = mempcpy(end, path, length);
        }
        path += length;
    }
    if (end == clean)
        *end++ = '/';
    *end = '\0';
    return clean;
}

const char *path_absolute(struct arena *a, const char *base, const char *path)
{
    return path_clean(a, path[0] == '/' ? path : arena_printf(a, "%s/%s", base, path));
}

const char *path_join(struct arena *a, const char *directory, const char *name)
{
    const char *gap = str_has_suffix(directory, "/") ? "" : "/";
    return arena_printf(a, "%s%s%s", directory, gap, skip_slashes(name));
}

bool path_is_below(const char *directory, const char *path)
{
    const char *rest = str_after(path, directory);
    return rest != NULL && (*rest == '\0' || *rest == '/' || str_has_suffix(directory, "/"));
}

const char *path_of_fd(char *buffer, size_t size, int fd)
{
    snprintf(buffer, size, "/proc/self/fd/%d", fd);
    return buffer;
}
