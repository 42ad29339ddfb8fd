/* subtree.c - the container's own cgroups may have any name and any number, and lie as deep as it likes. One descriptor
 * is held, and the names that are still to be looked at. */
#include "libcontainer/cgroup/subtree.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PROCESSES_LIMIT (64 * 1024 * 1024) /* 4 million processes, the most that Linux has */
#define REMOVE_LIMIT_MS 10000

struct visitor {
    /* Before what lies below a cgroup, and behind it; NULL: nothing. */
    int (*enter)(int fd, void *data, struct error *err);
    int (*leave)(int parent, const char *name, void *data, struct error *err);
    void *data;
};

/* A name below a cgroup. No arena has it: there may be millions, one after the other. */
struct below {
    struct below *next;
    char name[];
};

struct level {
    struct level *above;
    struct below *self; /* NULL: the cgroup that it begins with */
    struct below *rest; /* still to be visited */
};

static void level_end(struct level **top)
{
    struct level *level = *top;
    *top = level->above;
    while (level->rest) {
        struct below *next = level->rest->next;
        free(level->rest);
        level->rest = next;
    }
    free(level->self);
    free(level);
}

static void levels_end(struct level **top)
{
    while (*top)
        level_end(top);
}

static bool is_gone(int errnum)
{
    return errnum == ENOENT || errnum == ENODEV;
}

static int read_names(int fd, struct level *level, struct error *err)
{
    scoped_fd again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (again < 0)
        return is_gone(errno) ? 0 : fail_errno(err, "cannot open a cgroup");
    scoped_dir dir = fdopendir(again);
    if (!dir)
        return fail_errno(err, "cannot read a cgroup");
    take_fd(&again);
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (entry->d_type != DT_DIR || str_equal(entry->d_name, ".") || str_equal(entry->d_name, ".."))
            continue;
        size_t size = strlen(entry->d_name) + 1;
        struct below *below = malloc(sizeof *below + size); /* lint: given back at once */
        if (!below)
            return fail_errno(err, "cannot list a cgroup");
        memcpy(below->name, entry->d_name, size);
        below->next = level->rest;
        level->rest = below;
    }
    return 0;
}

/* Takes `self`. */
static int push(struct level **top, int fd, struct below *self, const struct visitor *v, struct error *err)
{
    struct level *level = calloc(1, sizeof *level); /* lint: given back at once */
    if (!level) {
        free(self);
        return fail_errno(err, "cannot list a cgroup");
    }
    level->above = *top;
    level->self = self;
    *top = level;
    if (v->enter && v->enter(fd, v->data, err) < 0)
        return -1;
    return read_names(fd, level, err);
}

/* No cgroup is ever moved below another one: ".." is where one came from. */
static int walk_from(int *fd, struct level **top, const struct visitor *v, struct error *err)
{
    while (*top) {
        struct below *next = (*top)->rest;
        scoped_fd other = -1;
        if (next) {
            (*top)->rest = next->next;
            other = openat(*fd, next->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
            if (other < 0) {
                int failed = is_gone(errno) ? 0 : fail_errno(err, "cannot open the cgroup %s", next->name);
                free(next);
                if (failed < 0)
                    return -1;
                continue;
            }
            if (push(top, other, next, v, err) < 0)
                return -1;
        } else {
            struct level *done = *top;
            if (!done->above)
                return 0;
            other = openat(*fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
            if (other < 0)
                return fail_errno(err, "cannot open what is above the cgroup %s", done->self->name);
            if (v->leave && v->leave(other, done->self->name, v->data, err) < 0)
                return -1;
            level_end(top);
        }
        fd_close(fd);
        *fd = take_fd(&other);
    }
    return 0;
}

static int walk(const char *directory, const struct visitor *v, struct error *err)
{
    struct level *top = NULL;
    scoped_fd fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return is_gone(errno) ? 0 : fail_errno(err, "cannot open the cgroup %s", directory);
    int result = push(&top, fd, NULL, v, err);
    if (result == 0)
        result = walk_from(&fd, &top, v, err);
    levels_end(&top);
    return result < 0 ? error_context(err, "%s", directory) : 0;
}

/* ---- processes --------------------------------------------------------------------------------------- */

struct pid_list {
    pid_t *list;
    size_t count, room;
};

static void add_pid(struct arena *a, struct pid_list *pids, pid_t pid)
{
    if (pids->count + 1 >= pids->room) {
        size_t room = pids->room ? pids->room * 2 : 32;
        pid_t *list = arena_array(a, room, sizeof *list);
        if (pids->count)
            memcpy(list, pids->list, pids->count * sizeof *list);
        pids->list = list;
        pids->room = room;
    }
    pids->list[pids->count++] = pid;
    pids->list[pids->count] = 0;
}

static int read_pids(int dir, void *data, struct error *err)
{
    struct pid_list *pids = data;
    struct arena *kept = err->arena;
    struct arena text_arena = {NULL};
    struct error own;
    char *text;
    error_init(&own, &text_arena);
    if (file_read_at(dir, "cgroup.procs", PROCESSES_LIMIT, &text, NULL, &own) < 0) {
        /* A threaded cgroup's processes are listed above it; the others are gone. */
        bool is_none = own.errnum == EOPNOTSUPP || is_gone(own.errnum);
        errno = own.errnum;
        arena_release(&text_arena);
        return is_none ? 0 : fail_errno(err, "cannot read cgroup.procs");
    }
    for (char *end, *at = text; *at; at = end) {
        long pid = strtol(at, &end, 10);
        if (end == at)
            break;
        if (pid > 0) /* 0: a process that this pid namespace does not see */
            add_pid(kept, pids, (pid_t)pid);
        while (*end == '\n')
            end++;
    }
    arena_release(&text_arena);
    return 0;
}

int directory_processes(const char *directory, pid_t **out, size_t *out_count, struct error *err)
{
    struct pid_list pids = {0};
    const struct visitor v = {.enter = read_pids, .data = &pids};
    if (walk(directory, &v, err) < 0)
        return -1;
    if (!pids.list)
        pids.list = arena_array(err->arena, 1, sizeof *pids.list);
    *out = pids.list;
    if (out_count)
        *out_count = pids.count;
    return 0;
}

/* ---- thawing ----------------------------------------------------------------------------------------- */

static int thaw(int dir, void *data, struct error *err)
{
    struct error ignored;
    (void)data;
    error_init(&ignored, err->arena);
    (void)file_write_control(dir, "freezer.state", "THAWED", &ignored);
    return 0;
}

int directory_thaw(const char *directory, struct error *err)
{
    const struct visitor v = {.enter = thaw};
    return walk(directory, &v, err);
}

/* ---- removal ----------------------------------------------------------------------------------------- */

/* A name that is too long was never made: a create that failed over it must leave nothing that delete fails over. */
static bool remove_empty(int parent, const char *name)
{
    return unlinkat(parent, name, AT_REMOVEDIR) == 0 || is_gone(errno) || errno == ENAMETOOLONG;
}

static int remove_left(int parent, const char *name, void *data, struct error *err)
{
    (void)data;
    if (remove_empty(parent, name) || errno == EBUSY || errno == ENOTEMPTY)
        return 0;
    return fail_errno(err, "cannot remove the cgroup %s", name);
}

/* One pass, leaves first. 0: gone; 1: something is still busy. */
static int remove_pass(const char *directory, struct error *err)
{
    const struct visitor v = {.leave = remove_left};
    if (remove_empty(AT_FDCWD, directory))
        return 0;
    if (errno != EBUSY && errno != ENOTEMPTY)
        return fail_errno(err, "cannot remove the cgroup %s", directory);
    if (walk(directory, &v, err) < 0)
        return -1;
    if (remove_empty(AT_FDCWD, directory))
        return 0;
    return errno == EBUSY || errno == ENOTEMPTY ? 1 : fail_errno(err, "cannot remove the cgroup %s", directory);
}

int directory_remove(const char *directory, struct error *err)
{
    unsigned waited_ms = 0;
    for (unsigned pause_ms = 1;; pause_ms = pause_ms < 50 ? pause_ms * 2 : 50) {
        int result = remove_pass(directory, err);
        if (result <= 0)
            return result;
        if (waited_ms >= REMOVE_LIMIT_MS) {
            errno = EBUSY;
            fail_errno(err, "cannot remove the cgroup %s", directory);
            return error_hint(err, "see who is in it: cat %s/cgroup.procs", directory);
        }
        nanosleep(&(struct timespec){.tv_nsec = pause_ms * 1000000L}, NULL);
        waited_ms += pause_ms;
    }
}
