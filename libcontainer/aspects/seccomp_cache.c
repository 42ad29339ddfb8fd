/* seccomp_cache.c - filters that were compiled before: ROOT/.cache/seccomp/HASH.
 *
 * A file is a header, the key and the instructions. It is used only if it belongs to davit's user, nobody else can
 * write it, its length is right and the whole key is equal; anything else counts as not there. */
#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "libcontainer/aspects/seccomp_filter.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC         "davitSC2"
#define ENTRIES_LIMIT 256 /* then all are dropped: more profiles than that are made anew each time anyway */

struct header {
    char magic[8];
    uint32_t key_length, count, unknown_length;
};

/* FNV-1a; only spreads names, the key itself decides. */
static const char *file_name(struct arena *a, const char *key)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (const unsigned char *p = (const unsigned char *)key; *p; p++)
        hash = (hash ^ *p) * UINT64_C(0x100000001b3);
    return arena_printf(a, "%016llx", (unsigned long long)hash);
}

static int open_directory(int parent, const char *name, bool make, int *out_fd, struct error *err)
{
    struct stat st;
    if (make && mkdirat(parent, name, 0700) < 0 && errno != EEXIST)
        return fail_errno(err, "cannot make the cache directory %s", name);
    scoped_fd fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0)
        return fail_errno(err, "cannot open the cache directory %s", name);
    if (st.st_uid != geteuid() || st.st_mode & 022)
        return fail(err, ERR_NOT_PERMITTED, "the cache directory %s can be written by others", name);
    *out_fd = take_fd(&fd);
    return 0;
}

static int open_cache(const char *root, bool make, int *out_fd, struct error *err)
{
    scoped_fd root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root_fd < 0)
        return fail_errno(err, "cannot open %s", root);
    scoped_fd cache = -1;
    if (open_directory(root_fd, ".cache", make, &cache, err) < 0)
        return -1;
    return open_directory(cache, "seccomp", make, out_fd, err);
}

static bool is_trusted(int fd, size_t *out_size)
{
    struct stat st;
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 07777) != 0600 ||
        st.st_size < 0)
        return false;
    *out_size = (size_t)st.st_size;
    return true;
}

int seccomp_cache_load(const char *root, const char *key, struct seccomp_filter *out, struct error *err)
{
    scoped_fd cache = -1;
    size_t size, key_length = strlen(key);
    struct header h;
    if (open_cache(root, false, &cache, err) < 0) {
        error_clear(err);
        return SECCOMP_NOT_CACHED;
    }
    scoped_fd fd = openat(cache, file_name(err->arena, key), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || !is_trusted(fd, &size) || read(fd, &h, sizeof h) != sizeof h ||
        memcmp(h.magic, MAGIC, sizeof h.magic) != 0 || h.key_length != key_length || !h.count ||
        h.count > BPF_MAXINSNS || h.unknown_length > size ||
        size != sizeof h + key_length + h.count * sizeof *out->instructions + h.unknown_length)
        return SECCOMP_NOT_CACHED;
    char *stored = arena_alloc(err->arena, key_length + 1);
    out->instructions = arena_array(err->arena, h.count, sizeof *out->instructions);
    out->count = h.count;
    size_t length = h.count * sizeof *out->instructions;
    if (read(fd, stored, key_length) != (ssize_t)key_length || !str_equal(stored, key) ||
        read(fd, out->instructions, length) != (ssize_t)length)
        return SECCOMP_NOT_CACHED;
    char *unknown = arena_alloc(err->arena, h.unknown_length + 1);
    if (read(fd, unknown, h.unknown_length) != (ssize_t)h.unknown_length)
        return SECCOMP_NOT_CACHED;
    out->unknown = h.unknown_length ? unknown : NULL;
    return SECCOMP_CACHED;
}

static int make_room(int cache, struct error *err)
{
    const char **names;
    if (file_list_directory(cache, &names, err) < 0)
        return -1;
    if (str_count(names) < ENTRIES_LIMIT)
        return 0;
    for (; *names; names++)
        if (unlinkat(cache, *names, 0) < 0 && errno != ENOENT)
            return fail_errno(err, "cannot remove %s", *names);
    return 0;
}

int seccomp_cache_store(const char *root, const char *key, const struct seccomp_filter *f, struct error *err)
{
    scoped_fd cache = -1;
    if (open_cache(root, true, &cache, err) < 0 || make_room(cache, err) < 0)
        return -1;
    const char *unknown = f->unknown ? f->unknown : "";
    size_t key_length = strlen(key), length = f->count * sizeof *f->instructions, unknown_length = strlen(unknown);
    struct header h = {
        .key_length = (uint32_t)key_length, .count = f->count, .unknown_length = (uint32_t)unknown_length};
    size_t size = sizeof h + key_length + length + unknown_length;
    memcpy(h.magic, MAGIC, sizeof h.magic);
    char *data = arena_alloc(err->arena, size);
    memcpy(data, &h, sizeof h);
    memcpy(data + sizeof h, key, key_length);
    memcpy(data + sizeof h + key_length, f->instructions, length);
    memcpy(data + sizeof h + key_length + length, unknown, unknown_length);
    return file_replace(cache, file_name(err->arena, key), 0600, data, size, err);
}
