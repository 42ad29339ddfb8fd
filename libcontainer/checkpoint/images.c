#include "libcontainer/checkpoint/images.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/str.h"
#include "libcontainer/checkpoint/criu_log.h"
#include "libcontainer/checkpoint/service.h"
#include "libcontainer/container.h"
#include "spec/annotations.h"
#include "spec/config.h"
#include "spec/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DESCRIPTORS_FILE "descriptors.json"
#define CREATED_FILE     "davit.json"
#define INVENTORY_FILE   "inventory.img"
#define FILE_LIMIT       65536
#define LOG_LIMIT        ((size_t)64 << 20)

struct kept {
    const char **descriptors;
    const char *created;
};

/* clang-format off */
DEFINE_OBJECT(kept,
    STRINGS(kept, descriptors, "descriptors"),
    STRING(kept, created, "created"));
/* clang-format on */

/* ---- directories ----------------------------------------------------------------------------------- */

static int make_directories(struct arena *a, const char *path, struct error *err)
{
    char *at = arena_strdup(a, path);
    for (char *slash = at; slash; *slash = '/') {
        slash = strchr(slash + 1, '/');
        if (!slash)
            break;
        *slash = '\0';
        if (mkdir(at, 0700) < 0 && errno != EEXIST)
            return fail_errno(err, "cannot make %s", at);
    }
    return mkdir(path, 0700) < 0 && errno != EEXIST ? fail_errno(err, "cannot make %s", path) : 0;
}

static int check_owner(int fd, const char *path, struct error *err)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return fail_errno(err, "cannot inspect %s", path);
    bool is_foreign = st.st_uid != 0 && st.st_uid != geteuid();
    bool is_open = (st.st_mode & S_IWOTH) || ((st.st_mode & S_IWGRP) && st.st_gid != 0);
    if (!is_foreign && !is_open)
        return 0;
    fail(err, ERR_NOT_PERMITTED, "%s %s: others could change what is restored from it", path,
         is_foreign ? "belongs to another user" : "may be written by others");
    return error_hint(err, is_foreign ? "chown root %s" : "chmod go-w %s", path);
}

static int open_directory(const char *path, bool make, int *out_fd, struct error *err)
{
    if (make && make_directories(err->arena, path, err) < 0)
        return -1;
    *out_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*out_fd < 0)
        return fail_errno(err, "cannot open %s", path);
    return check_owner(*out_fd, path, err);
}

static int open_both(const struct checkpoint_options *o, bool make, struct images *out, struct error *err)
{
    if (open_directory(out->images_path, make, &out->images_fd, err) < 0) {
        if (!make && err->code == ERR_NOT_FOUND)
            error_hint(err, "--image-path names the directory that davit checkpoint wrote to");
        return error_context(err, "--image-path");
    }
    if (!o->work_path)
        return fd_copy(out->images_fd, &out->work_fd, err);
    return open_directory(out->work_path, true, &out->work_fd, err) < 0 ? error_context(err, "--work-path") : 0;
}

int images_open(const struct checkpoint_options *o, bool make, const char *log, struct images *out, struct error *err)
{
    char *cwd = getcwd(NULL, 0);
    const char *base = cwd ? arena_strdup(err->arena, cwd) : "/";
    free(cwd);
    *out = (struct images)IMAGES_NONE;
    out->images_path = path_absolute(err->arena, base, o->image_path && *o->image_path ? o->image_path : "checkpoint");
    out->work_path = o->work_path ? path_absolute(err->arena, base, o->work_path) : out->images_path;
    out->log = log;
    if (open_both(o, make, out, err) < 0) {
        images_close(out);
        return -1;
    }
    /* That of an earlier attempt would explain this one. */
    if (unlinkat(out->work_fd, log, 0) < 0 && errno != ENOENT)
        log_debug("%s/%s: %s", out->work_path, log, strerror(errno));
    return 0;
}

const char *images_config_file(const struct config *c)
{
    static const char *const files[] = {"/etc/criu/crun.conf", "/etc/criu/runc.conf", NULL};
    const char *named = config_annotation(c, ANNOTATION_CRIU_CONFIG);
    if (named)
        return *named ? named : NULL;
    for (size_t i = 0; files[i]; i++)
        if (access(files[i], R_OK) == 0)
            return files[i];
    return NULL;
}

static int reopen(const char *path, int *fd, struct error *err)
{
    struct stat known, found;
    scoped_fd again = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (again < 0)
        return fail_errno(err, "cannot open %s again", path);
    if (fstat(*fd, &known) < 0 || fstat(again, &found) < 0)
        return fail_errno(err, "cannot inspect %s", path);
    if (known.st_dev != found.st_dev || known.st_ino != found.st_ino)
        return fail(err, ERR_BUSY, "%s was replaced meanwhile", path);
    fd_close(fd);
    *fd = take_fd(&again);
    return 0;
}

int images_reopen(struct images *i, struct error *err)
{
    return reopen(i->images_path, &i->images_fd, err) < 0 ? -1 : reopen(i->work_path, &i->work_fd, err);
}

void images_close(struct images *i)
{
    fd_close(&i->images_fd);
    fd_close(&i->work_fd);
}

bool images_are_in(int directory)
{
    return faccessat(directory, INVENTORY_FILE, R_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int images_check(const struct images *i, struct error *err)
{
    if (images_are_in(i->images_fd))
        return 0;
    if (errno != ENOENT)
        return fail_errno(err, "cannot read %s/" INVENTORY_FILE, i->images_path);
    fail(err, ERR_NOT_FOUND, "there is no checkpoint in %s: it has no " INVENTORY_FILE, i->images_path);
    return error_hint(err, "--image-path names the directory that davit checkpoint wrote to");
}

/* ---- files beside CRIU's --------------------------------------------------------------------------- */

int images_write_descriptors(const struct images *i, const char *const targets[3], struct error *err)
{
    const char *text = arena_printf(err->arena, "[%s,%s,%s]", log_json_string(err->arena, targets[0]),
                                    log_json_string(err->arena, targets[1]), log_json_string(err->arena, targets[2]));
    return file_replace(i->images_fd, DESCRIPTORS_FILE, 0600, text, strlen(text), err);
}

int images_read_descriptors(const struct images *i, const char *out_targets[3], struct error *err)
{
    char *text;
    for (int n = 0; n < 3; n++)
        out_targets[n] = "";
    if (file_read_at(i->images_fd, DESCRIPTORS_FILE, FILE_LIMIT, &text, NULL, err) < 0) {
        if (err->errnum != ENOENT)
            return -1;
        error_clear(err);
        return 0;
    }
    /* The file is a list alone, as other runtimes write it. */
    const char *object = arena_printf(err->arena, "{\"descriptors\":%s}", text);
    const struct kept *k = schema_decode(&kept_object, DESCRIPTORS_FILE, object, strlen(object), NULL, err);
    if (!k)
        return error_context(err, "%s", i->images_path);
    for (size_t n = 0; n < 3 && k->descriptors[n]; n++)
        out_targets[n] = k->descriptors[n];
    return 0;
}

int images_write_created(const struct images *i, const char *created, struct error *err)
{
    const struct kept k = {.created = created};
    const char *text = schema_encode(err->arena, &kept_object, &k, 0);
    return file_replace(i->images_fd, CREATED_FILE, 0600, text, strlen(text), err);
}

const char *images_read_created(const struct images *i, struct error *err)
{
    struct error ignored;
    char *text;
    size_t length;
    error_init(&ignored, err->arena);
    if (file_read_at(i->images_fd, CREATED_FILE, FILE_LIMIT, &text, &length, &ignored) < 0)
        return NULL;
    const struct kept *k = schema_decode(&kept_object, CREATED_FILE, text, length, NULL, &ignored);
    /* A time, and nothing else that could end up in an engine's output. */
    return k && k->created && strspn(k->created, "0123456789-:.TZ+") == strlen(k->created) ? k->created : NULL;
}

/* ---- failures -------------------------------------------------------------------------------------- */

int images_explain(const struct images *i, const struct criu *c, const struct criu_response *r, struct error *err)
{
    struct error ignored;
    char *log = NULL;
    error_init(&ignored, err->arena);
    const char *errors = NULL;
    if (file_read_at(i->work_fd, i->log, LOG_LIMIT, &log, NULL, &ignored) == 0)
        errors = criu_log_errors(err->arena, log);
    if (!errors && c)
        errors = criu_log_errors(err->arena, criu_output(c, err));
    if (!errors && r && r->message)
        errors = str_printable(err->arena, r->message);
    if (errors)
        fail(err, ERR_SYSTEM, "criu: %s", errors);
    else if (r && r->errnum > 0)
        fail(err, ERR_SYSTEM, "criu failed without a word: %s", strerror((int)r->errnum));
    else if (r)
        fail(err, ERR_SYSTEM, "criu failed without a word");
    return log ? error_hint(err, "all of it is in %s/%s", i->work_path, i->log) : error_hint(err, "see: criu check");
}
