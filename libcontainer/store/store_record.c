#include "libcontainer/store/store.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/str.h"
#include "libcontainer/store/store_private.h"
#include "spec/config.h"
#include "spec/schema.h"
#include "spec/state.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RECORD_FILE  "state.json"
#define COPY_FILE    "state.copy.json" /* by which a container whose state.json is damaged can still be deleted */
#define CONFIG_FILE  "config.json"
#define RECORD_LIMIT ((size_t)32 << 20) /* it has the annotations of a config of 16 MiB, escaped */
#define CONFIG_LIMIT ((size_t)16 << 20)

/* The version alone, for records of another davit whose other members may mean something else. */
struct record_head {
    const int64_t *version;
};
/* clang-format off */
static const struct slot head_slots[] = {
    INT(record_head, version, "version", .min = 1, .max = INT32_MAX, .required = true),
    END,
};
/* clang-format on */
static const struct object head_object = {"record", sizeof(struct record_head), head_slots};

/* Is this a file that davit wrote? Only then is its content obeyed. */
static const char *file_fault(const struct stat *st, struct arena *a)
{
    if (!S_ISREG(st->st_mode))
        return "it is not a regular file";
    if (st->st_uid != geteuid() && st->st_uid != 0)
        return arena_printf(a, "it belongs to user %u", (unsigned)st->st_uid);
    if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return "others may write to it";
    return NULL;
}

/* What is known goes into one sentence; the cause stands behind it. */
static int damaged(const struct store *s, const char *name, off_t size, const char *cause, struct error *err)
{
    const char *kept = cause == NULL ? error_line(err) : cause; /* of the decoder */
    fail(err, ERR_SYSTEM, "state of %s is damaged (%s/%s/%s, %lld bytes): %s", s->id, s->root, s->id, name,
         (long long)size, kept);
    return -1;
}

static int check_record(struct store *s, const char *name, const struct record *r, off_t size, struct error *err)
{
    if (!str_equal(r->id, s->id))
        return damaged(s, name, size,
                       arena_printf(err->arena, "it is that of \"%s\"", str_printable(err->arena, r->id)), err);
    if (r->bundle[0] != '/')
        return damaged(s, name, size, "bundle is not absolute", err);
    return 0;
}

static int refuse_newer(const struct store *s, int64_t version, struct error *err)
{
    fail(err, ERR_NOT_SUPPORTED, "state of %s was written by a newer davit (version %lld, this one knows %d)", s->id,
         (long long)version, RECORD_VERSION);
    return error_hint(err, "use the davit that created it");
}

/* A newer davit's record may not even decode: its version is looked for apart. */
static int64_t find_version(const char *text, size_t length, struct arena *a)
{
    struct error ignored;
    error_init(&ignored, a);
    const struct record_head *head = schema_decode(&head_object, RECORD_FILE, text, length, NULL, &ignored);
    return head == NULL ? 0 : *head->version;
}

static int decode(struct store *s, const char *name, const char *text, size_t length, struct record **out,
                  struct error *err)
{
    struct record *r = schema_decode(&record_object, name, text, length, NULL, err);
    int64_t version = r == NULL ? find_version(text, length, err->arena) : *r->version;
    if (version > RECORD_VERSION)
        return refuse_newer(s, version, err);
    if (r == NULL)
        return damaged(s, name, (off_t)length, length == 0 ? "it is empty" : NULL, err);
    if (check_record(s, name, r, (off_t)length, err) < 0)
        return -1;
    *out = r;
    return 0;
}

static int read_record(struct store *s, const char *name, struct record **out, struct error *err)
{
    scoped_fd fd = openat(s->dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0 && errno == ENOENT) {
        fail(err, ERR_NOT_FOUND, "container does not exist");
        return error_hint(err, "creating %s was cut off; remove the rest: davit delete --force %s", s->id, s->id);
    }
    if (fd < 0 && (errno == ELOOP || errno == ENXIO))
        return damaged(s, name, 0, "it is not a regular file", err);
    if (fd < 0)
        return fail_errno(err, "cannot open %s/%s/%s", s->root, s->id, name);
    struct stat st;
    if (fstat(fd, &st) < 0)
        return fail_errno(err, "cannot inspect %s/%s/%s", s->root, s->id, name);
    const char *fault = file_fault(&st, err->arena);
    if (fault != NULL)
        return damaged(s, name, st.st_size, fault, err);
    char *text;
    size_t length;
    if (file_read(fd, RECORD_LIMIT, &text, &length, err) < 0)
        return damaged(s, name, st.st_size, NULL, err);
    return decode(s, name, text, length, out, err);
}

int store_read(struct store *s, struct record **out, struct error *err)
{
    if (read_record(s, RECORD_FILE, out, err) == 0)
        return 0;
    if (err->code != ERR_SYSTEM || err->errnum != 0) /* not damaged: absent, newer, or not to be read */
        return -1;
    struct record *copy;
    struct error ignored;
    error_init(&ignored, err->arena);
    if (read_record(s, COPY_FILE, &copy, &ignored) < 0 || copy->init == NULL)
        return error_hint(err, "use delete --force, which will remove what is left of it");
    const char *cgroup = copy->cgroup == NULL ? NULL : copy->cgroup->path;
    return error_hint(err, "use delete --force, which will kill pid %lld%s%s", (long long)*copy->init->pid,
                      cgroup == NULL ? "" : " in cgroup ", cgroup == NULL ? "" : cgroup);
}

int store_read_copy(struct store *s, struct record **out, struct error *err)
{
    return read_record(s, COPY_FILE, out, err);
}

static int write_record(struct store *s, const char *name, const struct record *r, struct error *err)
{
    const char *text = schema_encode(err->arena, &record_object, r, 0);
    if (file_replace(s->dir_fd, name, 0600, text, strlen(text), err) < 0)
        return error_context(err, "saving the state of %s", s->id);
    return 0;
}

int store_write(struct store *s, const struct record *r, struct error *err)
{
    return write_record(s, RECORD_FILE, r, err);
}

int store_write_copy(struct store *s, const struct record *r, struct error *err)
{
    return write_record(s, COPY_FILE, r, err);
}

int store_save_config(struct store *s, const char *text, size_t length, struct error *err)
{
    /* Nobody reads it without a record, and that comes later. */
    if (file_create(s->dir_fd, CONFIG_FILE, 0600, text, length, err) < 0)
        return error_context(err, "saving the config of %s", s->id);
    return 0;
}

void store_remove_files(struct store *s)
{
    static const char *const names[] = {RECORD_FILE, COPY_FILE, CONFIG_FILE};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        unlinkat(s->dir_fd, names[i], 0);
}

int store_load_config(struct store *s, const char **out_text, size_t *out_length, struct error *err)
{
    char *text;
    scoped_fd fd = openat(s->dir_fd, CONFIG_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return fail_errno(err, "cannot open %s/%s/" CONFIG_FILE, s->root, s->id);
    struct stat st;
    if (fstat(fd, &st) < 0)
        return fail_errno(err, "cannot inspect %s/%s/" CONFIG_FILE, s->root, s->id);
    const char *fault = file_fault(&st, err->arena);
    if (fault != NULL)
        return damaged(s, CONFIG_FILE, st.st_size, fault, err);
    if (file_read(fd, CONFIG_LIMIT, &text, out_length, err) < 0)
        return error_context(err, "%s/%s/" CONFIG_FILE, s->root, s->id);
    *out_text = text;
    return 0;
}
