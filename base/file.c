#include "base/file.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK      ((size_t)4096)
#define DEPTH_MAX  256 /* each level of a tree that is removed holds a descriptor */
#define NAMES_STEP ((size_t)64)

/* Of a buffer that has become too small: fits a regular file and the byte that shows its end; those of procfs say 0. */
static size_t larger_size(int fd, size_t size, size_t limit)
{
    struct stat st;
    bool is_known = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 && (uint64_t)st.st_size <= limit;
    return is_known && (size_t)st.st_size + 2 > size ? (size_t)st.st_size + 2 : size * 2;
}

/* Nearly all files are small: these are read at once, and take no more memory than they are long. */
int file_read(int fd, size_t limit, char **out_text, size_t *out_length, struct error *err)
{
    char small[CHUNK], *text = small;
    size_t size = sizeof small, used = 0;
    for (;;) {
        if (used + 1 == size) {
            size = larger_size(fd, size, limit);
            text = memcpy(arena_alloc(err->arena, size), text, used);
        }
        ssize_t got = read(fd, text + used, size - used - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail_errno(err, "cannot read");
        if (got == 0)
            break;
        used += (size_t)got;
        if (used > limit) {
            errno = EFBIG;
            return fail_errno(err, "cannot read more than %zu bytes", limit);
        }
    }
    if (text == small)
        text = memcpy(arena_alloc(err->arena, used + 1), small, used);
    text[used] = '\0';
    *out_text = text;
    if (out_length != NULL)
        *out_length = used;
    return 0;
}

int file_read_at(int dir, const char *name, size_t limit, char **out_text, size_t *out_length, struct error *err)
{
    scoped_fd fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return fail_errno(err, "cannot open %s", name);
    if (file_read(fd, limit, out_text, out_length, err) < 0)
        return error_context(err, "%s", name);
    return 0;
}

int file_write_all(int fd, const void *data, size_t length, struct error *err)
{
    const char *rest = data;
    while (length > 0) {
        ssize_t written = write(fd, rest, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return fail_errno(err, "cannot write");
        rest += written;
        length -= (size_t)written;
    }
    return 0;
}

int file_open_sink(const char *what, const char *path, int flags, int *out_fd, struct error *err)
{
    struct stat st;
    scoped_fd fd = open(path, flags | O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0644);
    if (fd < 0) {
        fail_errno(err, "cannot open %s %s", what, path);
        return err->errnum == ENXIO && stat(path, &st) == 0 && S_ISFIFO(st.st_mode)
                   ? error_hint(err, "it is a fifo that nobody reads: open it for reading first")
                   : -1;
    }
    if (fcntl(fd, F_SETFL, flags & O_APPEND) < 0)
        return fail_errno(err, "cannot open %s %s", what, path);
    *out_fd = take_fd(&fd);
    return 0;
}

int file_write_control(int dir, const char *name, const char *text, struct error *err)
{
    scoped_fd fd = openat(dir, name, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return fail_errno(err, "cannot open %s", name);
    size_t length = strlen(text);
    ssize_t written;
    do
        written = write(fd, text, length);
    while (written < 0 && errno == EINTR);
    if (written < 0)
        return fail_errno(err, "cannot write \"%s\" to %s", str_printable(err->arena, text), name);
    if ((size_t)written != length)
        return fail(err, ERR_SYSTEM, "%s took only %zd of %zu bytes", name, written, length);
    return 0;
}

/* A new file that takes the place of another; unlinked on every way out unless it was renamed. */
struct draft {
    int dir;
    const char *name; /* NULL: none */
};

static void draft_end(struct draft *draft)
{
    int saved = errno;
    if (draft->name != NULL)
        unlinkat(draft->dir, draft->name, 0);
    errno = saved;
}

/* Unique, so that neither another davit nor the leftover of a killed one is in the way. */
static int open_draft(int dir, const char *name, mode_t mode, struct draft *out, struct error *err)
{
    const char *directory, *last;
    path_split(err->arena, name, &directory, &last);
    for (int i = 0; i < 100; i++) {
        uint64_t unique;
        if (getrandom(&unique, sizeof unique, 0) != (ssize_t)sizeof unique)
            return fail_errno(err, "cannot get random bytes");
        const char *draft = arena_printf(err->arena, "%s/.%.200s.%016" PRIx64, directory, last, unique);
        int fd = openat(dir, draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
        if (fd >= 0) {
            *out = (struct draft){dir, draft};
            return fd;
        }
        if (errno != EEXIST)
            return fail_errno(err, "cannot create a file beside %s", name);
    }
    return fail(err, ERR_SYSTEM, "cannot find a free name beside %s", name);
}

static int replace(int dir, const char *name, mode_t mode, const void *data, size_t length, bool sync,
                   struct error *err)
{
    __attribute__((cleanup(draft_end))) struct draft draft = {dir, NULL};
    scoped_fd fd = open_draft(dir, name, mode, &draft, err);
    if (fd < 0)
        return -1;
    if (file_write_all(fd, data, length, err) < 0)
        return error_context(err, "%s", name);
    if (sync && fsync(fd) < 0)
        return fail_errno(err, "cannot write %s to the disk", name);
    if (renameat(dir, draft.name, dir, name) < 0)
        return fail_errno(err, "cannot replace %s", name);
    draft.name = NULL;
    return 0;
}

int file_create(int dir, const char *name, mode_t mode, const void *data, size_t length, struct error *err)
{
    scoped_fd fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0)
        return fail_errno(err, "cannot create %s", name);
    return file_write_all(fd, data, length, err) < 0 ? error_context(err, "%s", name) : 0;
}

int file_replace(int dir, const char *name, mode_t mode, const void *data, size_t length, struct error *err)
{
    return replace(dir, name, mode, data, length, false, err);
}

int file_replace_synced(int dir, const char *name, mode_t mode, const void *data, size_t length, struct error *err)
{
    return replace(dir, name, mode, data, length, true, err);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int file_list_directory(int dir, const char ***out_names, struct error *err)
{
    scoped_fd fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fail_errno(err, "cannot open the directory");
    scoped_dir stream = fdopendir(fd);
    if (stream == NULL)
        return fail_errno(err, "cannot list the directory");
    take_fd(&fd);
    size_t count = 0, room = NAMES_STEP;
    const char **names = arena_array(err->arena, room, sizeof *names);
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(stream);
        if (entry == NULL)
            break;
        if (str_equal(entry->d_name, ".") || str_equal(entry->d_name, ".."))
            continue;
        if (count + 1 == room) {
            const char **more = arena_array(err->arena, room *= 2, sizeof *more);
            memcpy(more, names, count * sizeof *more);
            names = more;
        }
        names[count++] = arena_strdup(err->arena, entry->d_name);
    }
    if (errno != 0)
        return fail_errno(err, "cannot list the directory");
    qsort(names, count, sizeof *names, compare_names);
    *out_names = names;
    return 0;
}

static int remove_at(int dir, const char *name, unsigned depth, struct error *err);

static int remove_content(int dir, const char *name, unsigned depth, struct error *err)
{
    scoped_fd fd = -1;
    if (path_open_beneath(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, &fd, err) < 0)
        return err->errnum == ENOENT ? 0 : -1;
    const char **names;
    if (file_list_directory(fd, &names, err) < 0)
        return -1;
    for (; *names != NULL; names++)
        if (remove_at(fd, *names, depth + 1, err) < 0)
            return error_context(err, "%s", name);
    return 0;
}

static int remove_at(int dir, const char *name, unsigned depth, struct error *err)
{
    if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR && errno != EPERM) /* EPERM: directory, as POSIX has it, or an immutable file */
        return fail_errno(err, "cannot remove %s", name);
    if (unlinkat(dir, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
        return 0;
    if (errno == ENOTDIR)
        errno = EPERM;
    if (errno != ENOTEMPTY && errno != EEXIST)
        return fail_errno(err, "cannot remove %s", name);
    if (depth == DEPTH_MAX)
        return fail(err, ERR_SYSTEM, "cannot remove %s: more than %d directories deep", name, DEPTH_MAX);
    if (remove_content(dir, name, depth, err) < 0)
        return -1;
    if (unlinkat(dir, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
        return fail_errno(err, "cannot remove %s", name);
    return 0;
}

int file_remove_tree(int dir, const char *name, struct error *err)
{
    error_clear(err);
    const char *directory, *last;
    path_split(err->arena, name, &directory, &last);
    scoped_fd parent = openat(dir, directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (parent < 0)
        return errno == ENOENT ? 0 : fail_errno(err, "cannot open %s", directory);
    if (remove_at(parent, last, 0, err) < 0)
        return -1;
    error_clear(err);
    return 0;
}

const char *file_kind(unsigned mode)
{
    switch (mode & S_IFMT) {
    case S_IFDIR:
        return "directory";
    case S_IFREG:
        return "file";
    case S_IFLNK:
        return "symbolic link";
    case S_IFCHR:
        return "character device";
    case S_IFBLK:
        return "block device";
    case S_IFIFO:
        return "fifo";
    case S_IFSOCK:
        return "socket";
    default:
        return "file of unknown kind";
    }
}
