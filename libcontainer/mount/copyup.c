#include "libcontainer/mount/kinds.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define CHUNK     (1 << 20)
#define DEPTH_MAX 128 /* each level holds two descriptors */
#define XATTR_MAX 65536

static int copy_contents(int from, int to, struct error *err)
{
    for (;;) {
        ssize_t moved = sendfile(to, from, NULL, CHUNK);
        if (moved < 0 && errno == EINTR)
            continue;
        if (moved < 0)
            return fail_errno(err, "cannot copy the file");
        if (moved == 0)
            return 0;
    }
}

/* Those that the new filesystem takes; others are of the old one alone. */
static void copy_attributes(struct arena *a, int from, int to)
{
    ssize_t length = flistxattr(from, NULL, 0);
    if (length <= 0 || length > XATTR_MAX)
        return;
    char *names = arena_alloc(a, (size_t)length + 1);
    length = flistxattr(from, names, (size_t)length);
    for (const char *name = names; length > 0 && name < names + length; name += strlen(name) + 1) {
        ssize_t size = fgetxattr(from, name, NULL, 0);
        if (size < 0 || size > XATTR_MAX)
            continue;
        char *value = arena_alloc(a, (size_t)size + 1);
        size = fgetxattr(from, name, value, (size_t)size);
        if (size >= 0)
            (void)fsetxattr(to, name, value, (size_t)size, 0);
    }
}

static int copy_metadata(struct arena *a, int from, int to, struct error *err)
{
    struct stat st;
    if (fstat(from, &st) < 0 || fchown(to, st.st_uid, st.st_gid) < 0 || fchmod(to, st.st_mode & 07777) < 0)
        return fail_errno(err, "cannot copy owner and mode");
    copy_attributes(a, from, to);
    const struct timespec times[2] = {st.st_atim, st.st_mtim};
    return futimens(to, times) < 0 ? fail_errno(err, "cannot copy times") : 0;
}

/* Two directories, one of which becomes as the other is. */
struct pair_of_directories {
    int proc; /* davit's own, to open files again */
    int from, to;
    unsigned depth;
};

/* Another container may have put a device there meanwhile: looked at first, and no device is even opened. */
static int copy_file(const struct pair_of_directories *p, const char *name, struct error *err)
{
    scoped_fd found = openat(p->from, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), from = -1;
    if (found < 0)
        return fail_errno(err, "cannot open %s", name);
    if (proc_reopen_regular(p->proc, found, O_RDONLY, &from, err) < 0)
        return error_context(err, "%s", name);
    scoped_fd to = openat(p->to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (to < 0)
        return fail_errno(err, "cannot make %s", name);
    if (copy_contents(from, to, err) < 0 || copy_metadata(err->arena, from, to, err) < 0)
        return error_context(err, "%s", name);
    return 0;
}

/* Links, devices, fifos, sockets. */
static int copy_special(int from_dir, int to_dir, const char *name, const struct stat *st, struct error *err)
{
    char text[PATH_MAX];
    int made = 0;
    if (S_ISLNK(st->st_mode)) {
        ssize_t length = readlinkat(from_dir, name, text, sizeof text - 1);
        if (length < 0)
            return fail_errno(err, "cannot read the link %s", name);
        text[length] = '\0';
        made = symlinkat(text, to_dir, name);
    } else {
        made = mknodat(to_dir, name, st->st_mode & (S_IFMT | 07777), st->st_rdev);
    }
    if (made < 0 || fchownat(to_dir, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
        return fail_errno(err, "cannot make %s", name);
    const struct timespec times[2] = {st->st_atim, st->st_mtim};
    return utimensat(to_dir, name, times, AT_SYMLINK_NOFOLLOW) < 0 ? fail_errno(err, "cannot copy times of %s", name)
                                                                   : 0;
}

static int copy_tree(const struct pair_of_directories *p, struct error *err);

static int copy_directory(const struct pair_of_directories *p, const char *name, struct error *err)
{
    scoped_fd from = openat(p->from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (from < 0)
        return fail_errno(err, "cannot open %s", name);
    if (mkdirat(p->to, name, 0700) < 0)
        return fail_errno(err, "cannot make %s", name);
    scoped_fd to = openat(p->to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (to < 0)
        return fail_errno(err, "cannot open the copy of %s", name);
    const struct pair_of_directories below = {p->proc, from, to, p->depth + 1};
    return copy_tree(&below, err) < 0 ? error_context(err, "%s", name) : 0;
}

static int copy_tree(const struct pair_of_directories *p, struct error *err)
{
    if (p->depth >= DEPTH_MAX)
        return fail(err, ERR_NOT_SUPPORTED, "directories are nested deeper than %d", DEPTH_MAX);
    const char **names;
    if (file_list_directory(p->from, &names, err) < 0)
        return -1;
    for (; *names; names++) {
        struct stat st;
        int result = 0;
        if (fstatat(p->from, *names, &st, AT_SYMLINK_NOFOLLOW) < 0)
            return fail_errno(err, "cannot inspect %s", *names);
        if (S_ISDIR(st.st_mode))
            result = copy_directory(p, *names, err);
        else if (S_ISREG(st.st_mode))
            result = copy_file(p, *names, err);
        else
            result = copy_special(p->from, p->to, *names, &st, err);
        if (result < 0)
            return -1;
    }
    return p->depth == 0 ? 0 : copy_metadata(err->arena, p->from, p->to, err);
}

int copy_up(int proc_fd, int from_fd, int to_fd, struct error *err)
{
    /* The mount's own descriptor is O_PATH; and the root keeps the owner and mode that its options gave it. */
    scoped_fd to = openat(to_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (to < 0)
        return fail_errno(err, "cannot open the new filesystem");
    mode_t mask = umask(0);
    const struct pair_of_directories top = {proc_fd, from_fd, to, 0};
    int result = copy_tree(&top, err);
    umask(mask);
    return result;
}
