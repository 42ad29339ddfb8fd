#include "libcontainer/cgroup/internal.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/str.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define FILE_LIMIT (4 * 1024 * 1024)

/* Without the mark somebody else removes it, or nobody: no reason to fail. */
static void mark(const char *directory)
{
    scoped_fd fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd >= 0)
        fsetxattr(fd, PLACE_MADE_XATTR, "1", 1, 0);
}

/* The directory and every missing one above it. Others may remove an empty parent at the same moment: tried again. */
static int make_below(struct arena *a, const char *directory, bool is_parent, unsigned depth)
{
    for (int attempt = 0; attempt < 5; attempt++) {
        if (mkdir(directory, 0755) == 0) {
            if (is_parent)
                mark(directory);
            return 0;
        }
        if (errno != ENOENT || depth == 0)
            return -1;
        const char *slash = strrchr(directory, '/');
        if (!slash || slash == directory)
            return -1;
        const char *parent = arena_strndup(a, directory, (size_t)(slash - directory));
        if (make_below(a, parent, true, depth - 1) < 0 && errno != EEXIST)
            return -1;
    }
    return -1;
}

bool place_is_parent_of_davit(const char *directory)
{
    char value[8];
    return getxattr(directory, PLACE_MADE_XATTR, value, sizeof value) >= 0;
}

int place_make(struct place *p, struct error *err)
{
    if (make_below(err->arena, p->directory, false, 64) == 0) {
        p->made = true;
        return 0;
    }
    if (errno == EEXIST)
        return 0;
    fail_errno(err, "cannot make the cgroup %s", p->directory);
    if (err->errnum == EROFS)
        error_hint(err, "cgroups are mounted read-only here: use --cgroup-manager=disabled, or make them writable");
    else if (err->errnum == EACCES || err->errnum == EPERM)
        error_hint(err, "its parent must be delegated to this user (systemd: Delegate=yes), or use "
                        "--cgroup-manager=disabled");
    else if (err->errnum == EAGAIN || err->errnum == ENOSPC)
        error_hint(err, "a cgroup above allows no more of them: see cgroup.max.descendants and cgroup.max.depth");
    return -1;
}

static const char *file_of(struct arena *a, const struct place *p, const char *file)
{
    return arena_printf(a, "%s/%s", p->directory, file);
}

/* Whole, without a question about its size: the files are small, and a short read is the last one. */
static ssize_t read_whole(int fd, struct arena *a, char **out)
{
    char small[4096], *text = small;
    size_t room = sizeof small, length = 0;
    for (;;) {
        ssize_t n = read(fd, text + length, room - length - 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        length += (size_t)n;
        if (length < room - 1 || room >= FILE_LIMIT)
            break;
        char *larger = arena_alloc(a, room * 2);
        memcpy(larger, text, length);
        text = larger;
        room *= 2;
    }
    *out = text == small ? memcpy(arena_alloc(a, length + 1), small, length) : text;
    return (ssize_t)length;
}

int place_read(const struct place *p, const char *file, const char **out, struct error *err)
{
    char *text;
    *out = NULL;
    scoped_fd fd = open(file_of(err->arena, p, file), O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read_whole(fd, err->arena, &text);
    if (length < 0) {
        /* Not there, removed meanwhile, or nothing for a cgroup of this kind. */
        if (errno == ENOENT || errno == ENODEV || errno == EOPNOTSUPP)
            return 0;
        return fail_errno(err, "cannot read %s/%s", p->directory, file);
    }
    while (length && text[length - 1] == '\n')
        length--;
    text[length] = '\0';
    *out = text;
    return 0;
}

int place_write(const struct place *p, const char *file, const char *text, struct error *err)
{
    scoped_fd fd = open(file_of(err->arena, p, file), O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_errno(err, "cannot open %s/%s", p->directory, file);
    /* An empty value needs a line break: the kernel never sees a write of nothing. */
    const char *content = *text ? text : "\n";
    ssize_t n;
    do
        n = write(fd, content, strlen(content));
    while (n < 0 && errno == EINTR);
    return n < 0 ? fail_errno(err, "cannot write \"%s\" to %s/%s", text, p->directory, file) : 0;
}

bool place_has(const struct place *p, const char *file)
{
    scoped_fd dir = open(p->directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return dir >= 0 && faccessat(dir, file, F_OK, 0) == 0;
}

bool place_exists(const struct place *p)
{
    struct stat st;
    return stat(p->directory, &st) == 0 && S_ISDIR(st.st_mode);
}

struct place *cgroup_place(const struct cgroup *c, enum controller controller)
{
    if (controller == CONTROLLER_CORE)
        return cgroup_unified(c);
    for (size_t i = 0; i < c->count; i++)
        if (c->places[i].controllers & CONTROLLER_BIT(controller))
            return &c->places[i];
    return NULL;
}

struct place *cgroup_unified(const struct cgroup *c)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->places[i].version == 2)
            return &c->places[i];
    return NULL;
}

struct place *cgroup_any_place(const struct cgroup *c)
{
    struct place *unified = cgroup_unified(c);
    if (unified && place_exists(unified))
        return unified;
    static const enum controller order[] = {CONTROLLER_FREEZER, CONTROLLER_PIDS, CONTROLLER_MEMORY, CONTROLLER_DEVICES};
    for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
        struct place *p = cgroup_place(c, order[i]);
        if (p && place_exists(p))
            return p;
    }
    for (size_t i = 0; i < c->count; i++)
        if (place_exists(&c->places[i]))
            return &c->places[i];
    return NULL;
}
