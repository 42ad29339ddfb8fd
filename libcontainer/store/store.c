#include "libcontainer/store/store.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/str.h"
#include "libcontainer/store/store_private.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOCK_WAIT_MS 10000
#define TRASH        ".trash-"
#define DRAFT        ".new-"

int store_root(const char *option, const char **out_root, struct error *err)
{
    const char *root = option;
    const char *runtime_dir = secure_getenv("XDG_RUNTIME_DIR");
    bool has_runtime_dir = runtime_dir != NULL && runtime_dir[0] == '/';
    if (root == NULL && has_runtime_dir && !proc_is_real_root())
        root = path_join(err->arena, runtime_dir, "davit");
    else if (root == NULL && geteuid() == 0)
        root = "/run/davit";
    if (root == NULL) {
        fail(err, ERR_INVALID_ARGUMENT, "no directory for davit's state: XDG_RUNTIME_DIR is not set");
        return error_hint(err, "set XDG_RUNTIME_DIR=/run/user/%u, or give --root DIR", (unsigned)geteuid());
    }
    char here[PATH_MAX] = "/";
    if (root[0] == '\0')
        return fail(err, ERR_INVALID_ARGUMENT, "--root is empty");
    if (root[0] != '/' && getcwd(here, sizeof here) == NULL)
        return fail_errno(err, "cannot find the working directory, which --root %s begins at", root);
    root = path_absolute(err->arena, here, root);
    if (str_equal(root, "/"))
        return fail(err, ERR_INVALID_ARGUMENT, "--root must not be /");
    *out_root = root;
    return 0;
}

static bool is_id_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || strchr("_+.-", c) != NULL;
}

/* Of a letter of several bytes all are shown. */
static const char *id_letter_fault(struct arena *a, const char *letter)
{
    size_t length = 1;
    while (((unsigned char)letter[0] & 0x80) && ((unsigned char)letter[length] & 0xc0) == 0x80)
        length++;
    return arena_printf(a, "invalid character `%s` in the ID", str_printable(a, arena_strndup(a, letter, length)));
}

/* NULL, or why a text is no id. */
static const char *id_fault(struct arena *a, const char *id)
{
    if (id[0] == '\0')
        return "it is empty";
    if (id[0] == '.')
        return "it begins with a dot";
    for (const char *c = id; *c != '\0'; c++)
        if (!is_id_letter(*c))
            return id_letter_fault(a, c);
    return strlen(id) > NAME_MAX ? "it is longer than 255 characters" : NULL;
}

int store_check_id(const char *id, struct error *err)
{
    const char *fault = id_fault(err->arena, id);
    if (fault == NULL)
        return 0;
    fail(err, ERR_INVALID_ARGUMENT, "\"%s\" is not a valid container id: %s", str_printable(err->arena, id), fault);
    return error_hint(err, "letters, digits and _ + . - are valid, a dot but at the beginning");
}

/* flock has no time limit of its own: asked again and again, first soon, then every 20 ms. */
static int lock(int dir, enum store_lock kind, struct error *err)
{
    if (kind == STORE_READ)
        return 0;
    int operation = (kind == STORE_SHARED ? LOCK_SH : LOCK_EX) | LOCK_NB;
    int64_t end_ms = clock_ms() + (kind == STORE_UNCLAIMED ? 0 : LOCK_WAIT_MS);
    for (long wait_ms = 1; flock(dir, operation) < 0; wait_ms = wait_ms < 20 ? wait_ms * 2 : 20) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return fail_errno(err, "cannot lock the container's state");
        if (clock_ms() >= end_ms) {
            fail(err, ERR_BUSY, "another command works on this container");
            return error_hint(err, "wait until it has ended, or end it");
        }
        nanosleep(&(struct timespec){.tv_nsec = wait_ms * 1000000}, NULL);
    }
    return 0;
}

static struct store *new_store(struct arena *a, const char *root, const char *id)
{
    struct store *s = arena_new(a, struct store);
    s->root = arena_strdup(a, root);
    s->id = arena_strdup(a, id);
    s->root_fd = s->dir_fd = -1;
    s->owner = getpid();
    return s;
}

/* STALE: the directory was removed, or made anew, while the lock was waited for. */
enum {
    CURRENT = 0,
    STALE = 1
};

static int is_still_there(const struct store *s, struct error *err)
{
    struct stat ours, named;
    if (fstat(s->dir_fd, &ours) < 0)
        return fail_errno(err, "cannot inspect the state of %s", s->id);
    if (fstatat(s->root_fd, s->id, &named, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? STALE : fail_errno(err, "cannot inspect the state of %s", s->id);
    return ours.st_dev == named.st_dev && ours.st_ino == named.st_ino ? CURRENT : STALE;
}

static int does_not_exist(struct error *err)
{
    fail(err, ERR_NOT_FOUND, "container does not exist");
    return error_hint(err, "davit list shows the containers; mind --root, and the user who made it");
}

/* Opens and locks the directory; STALE: try again. */
static int open_directory(struct store *s, enum store_lock kind, struct error *err)
{
    fd_close(&s->dir_fd);
    s->dir_fd = openat(s->root_fd, s->id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (s->dir_fd < 0 && errno == ENOENT)
        return does_not_exist(err);
    if (s->dir_fd < 0)
        return fail_errno(err, "cannot open %s/%s", s->root, s->id);
    if (lock(s->dir_fd, kind, err) < 0)
        return -1;
    return kind == STORE_READ ? CURRENT : is_still_there(s, err);
}

int store_open(const char *root, const char *id, enum store_lock kind, struct store **out, struct error *err)
{
    *out = NULL;
    if (store_check_id(id, err) < 0)
        return -1;
    scoped_store s = new_store(err->arena, root, id);
    s->root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (s->root_fd < 0 && errno == ENOENT)
        return does_not_exist(err);
    if (s->root_fd < 0)
        return fail_errno(err, "cannot open %s", root);
    int opened;
    do
        opened = open_directory(s, kind, err);
    while (opened == STALE);
    if (opened < 0)
        return -1;
    *out = s;
    s = NULL;
    return 0;
}

/* mkdir -p, all of it for its owner alone. */
static int make_root(const char *root, struct error *err)
{
    char *path = arena_strdup(err->arena, root);
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0700) < 0 && errno != EEXIST)
            return fail_errno(err, "cannot make %s", path);
        *slash = '/';
    }
    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        return fail_errno(err, "cannot make %s", path);
    /* Below $XDG_RUNTIME_DIR the sticky bit keeps cleaners of old files away (basedir specification). */
    if (geteuid() != 0)
        chmod(path, 01700); /* lint: the user's own directory below his own */
    return 0;
}

static int open_root(struct store *s, struct error *err)
{
    s->root_fd = open(s->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (s->root_fd >= 0)
        return 0;
    if (errno != ENOENT)
        return fail_errno(err, "cannot open %s", s->root);
    if (make_root(s->root, err) < 0)
        return -1;
    s->root_fd = open(s->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return s->root_fd < 0 ? fail_errno(err, "cannot open %s", s->root) : 0;
}

/* A directory that shows under its id is locked by its creator already: one without a record that is not locked has
 * lost it. Made aside, therefore, and renamed when locked; whoever lists meanwhile may have taken it away (ENOENT). */
static int make_locked(struct store *s, struct error *err)
{
    uint64_t unique;
    if (getrandom(&unique, sizeof unique, 0) != (ssize_t)sizeof unique)
        return fail_errno(err, "cannot get random bytes");
    const char *name = arena_printf(err->arena, DRAFT "%016" PRIx64, unique);
    if (mkdirat(s->root_fd, name, 0700) < 0)
        return fail_errno(err, "cannot make %s/%s", s->root, s->id);
    s->dir_fd = openat(s->root_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (s->dir_fd < 0)
        return fail_errno(err, "cannot open %s/%s", s->root, name);
    if (lock(s->dir_fd, STORE_EXCLUSIVE, err) < 0)
        return -1;
    if (renameat2(s->root_fd, name, s->root_fd, s->id, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EEXIST)
        return fail_errno(err, "cannot make %s/%s", s->root, s->id);
    unlinkat(s->root_fd, name, AT_REMOVEDIR);
    fail(err, ERR_ALREADY_EXISTS, "container with given ID already exists");
    return error_hint(err, "choose another id, or delete that container: davit delete --force %s", s->id);
}

int store_reserve(const char *root, const char *id, struct store **out, struct error *err)
{
    *out = NULL;
    if (store_check_id(id, err) < 0)
        return -1;
    scoped_store s = new_store(err->arena, root, id);
    if (open_root(s, err) < 0)
        return -1;
    int made = make_locked(s, err);
    for (int tries = 0; made < 0 && err->errnum == ENOENT && tries < 3; tries++) {
        error_clear(err);
        fd_close(&s->dir_fd);
        made = make_locked(s, err);
    }
    if (made < 0)
        return -1;
    *out = s;
    s = NULL;
    return 0;
}

int store_remove(struct store *s, struct error *err)
{
    uint64_t unique;
    if (getrandom(&unique, sizeof unique, 0) != (ssize_t)sizeof unique)
        return fail_errno(err, "cannot get random bytes");
    const char *trash = arena_printf(err->arena, TRASH "%.200s.%016" PRIx64, s->id, unique);
    if (renameat(s->root_fd, s->id, s->root_fd, trash) < 0)
        return fail_errno(err, "cannot remove %s/%s", s->root, s->id);
    store_remove_files(s);
    if (unlinkat(s->root_fd, trash, AT_REMOVEDIR) < 0 && file_remove_tree(s->root_fd, trash, err) < 0)
        return error_context(err, "removing the state of %s", s->id);
    return 0;
}

/* What a davit that was killed has left aside. A draft that is locked, somebody still works on. */
static void remove_rest(int root_fd, const char *name, const struct error *err)
{
    struct error ignored; /* somebody else is about to remove it, or may */
    error_init(&ignored, err->arena);
    if (str_has_prefix(name, DRAFT)) {
        scoped_fd draft = openat(root_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (draft >= 0 && flock(draft, LOCK_EX | LOCK_NB) == 0)
            unlinkat(root_fd, name, AT_REMOVEDIR);
    } else if (str_has_prefix(name, TRASH)) {
        file_remove_tree(root_fd, name, &ignored);
    }
}

int store_list(const char *root, const char ***out_ids, struct error *err)
{
    static const char *none[] = {NULL};
    *out_ids = none;
    scoped_fd dir = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return errno == ENOENT ? 0 : fail_errno(err, "cannot open %s", root);
    const char **names;
    if (file_list_directory(dir, &names, err) < 0)
        return error_context(err, "%s", root);
    size_t count = 0;
    for (size_t i = 0; names[i] != NULL; i++) {
        remove_rest(dir, names[i], err);
        struct stat st;
        if (id_fault(err->arena, names[i]) == NULL && fstatat(dir, names[i], &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISDIR(st.st_mode))
            names[count++] = names[i];
    }
    names[count] = NULL;
    *out_ids = names;
    return 0;
}

int store_directory(const struct store *s)
{
    return s->dir_fd;
}

const char *store_id(const struct store *s)
{
    return s->id;
}

void store_close(struct store *s)
{
    if (s == NULL)
        return;
    if (s->dir_fd >= 0 && s->owner == getpid()) /* init may hold a copy of the descriptor until it executes */
        flock(s->dir_fd, LOCK_UN);
    fd_close(&s->dir_fd);
    fd_close(&s->root_fd);
}

void store_close_p(struct store **s)
{
    store_close(*s);
}
