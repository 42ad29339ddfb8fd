#include "libcontainer/checkpoint/reach.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "libcontainer/checkpoint/images.h"
#include "libcontainer/mount/kinds.h"
#include "libcontainer/mount/tree.h"
#include "spec/config.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PARENT       "parent" /* criu's link to the directory of the pre-dump */
#define PARENTS_MAX  64
#define SEARCH_GROUP S_IXGRP

bool reach_group(const struct config *c, gid_t *out)
{
    const struct namespace *n = config_namespace(c, CLONE_NEWUSER);
    if (!n || n->path)
        return false;
    for (const struct id_mapping *const *m = c->linux_->gid_mappings; *m; m++)
        if (*(*m)->container_id == 0 && *(*m)->size > 0) {
            *out = (gid_t) * (*m)->host_id;
            return true;
        }
    return false;
}

/* ---- paths ----------------------------------------------------------------------------------------- */

/* The first directory above a path that not everybody may search; NULL: none. */
static const char *closed_part(const char *path, struct arena *a)
{
    for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        struct stat st;
        const char *part = arena_strndup(a, path, (size_t)(slash - path));
        if (stat(part, &st) < 0)
            return NULL;
        if (!(st.st_mode & S_IXOTH))
            return part;
    }
    return NULL;
}

static int cover(const char *path, struct error *err)
{
    static const char *const options[] = {"mode", "755", NULL};
    scoped_fd place = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC), tree = -1;
    if (place < 0)
        return fail_errno(err, "cannot open %s", path);
    return filesystem_simple("tmpfs", options, 0, &tree, err) < 0 ? -1 : tree_attach(tree, place, err);
}

int reach_make(const char *path, struct error *err)
{
    const char *closed = closed_part(path, err->arena);
    if (closed && cover(closed, err) < 0)
        return error_context(err, "%s", closed);
    for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/'))
        if (mkdir(arena_strndup(err->arena, path, (size_t)(slash - path)), 0755) < 0 && errno != EEXIST)
            return fail_errno(err, "cannot make the directories above %s", path);
    return mkdir(path, 0755) < 0 && errno != EEXIST ? fail_errno(err, "cannot make %s", path) : 0;
}

/* ---- directories of a checkpoint ------------------------------------------------------------------- */

struct lent {
    int fd;
    struct stat before;
    struct lent *next;
};

static int lend(int fd, gid_t group, struct lent **out, struct error *err)
{
    struct lent *l = arena_new(err->arena, struct lent);
    if (fstat(fd, &l->before) < 0)
        return fail_errno(err, "cannot inspect the directory of the checkpoint");
    if (l->before.st_mode & S_IXOTH)
        return 0;
    if (fd_copy(fd, &l->fd, err) < 0)
        return -1;
    l->next = *out;
    *out = l;
    mode_t mode = (l->before.st_mode & (mode_t) ~(S_IFMT | S_IRWXG)) | SEARCH_GROUP;
    if (fchown(fd, (uid_t)-1, group) < 0 || fchmod(fd, mode) < 0)
        return fail_errno(err, "cannot let the container's root, of group %u, into the directory of the checkpoint",
                          (unsigned)group);
    return 0;
}

int reach_lend(int images_fd, gid_t group, struct lent **out, struct error *err)
{
    scoped_fd at = -1;
    *out = NULL;
    if (fd_copy(images_fd, &at, err) < 0)
        return -1;
    for (int i = 0; i < PARENTS_MAX && at >= 0; i++) {
        if (lend(at, group, out, err) < 0) {
            reach_return(*out);
            return -1;
        }
        scoped_fd parent = openat(at, PARENT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        fd_close(&at);
        /* A checkpoint from elsewhere may name any directory of the host. */
        at = parent >= 0 && images_are_in(parent) ? take_fd(&parent) : -1;
    }
    return 0;
}

void reach_return(struct lent *l)
{
    for (; l; l = l->next) {
        if (fchmod(l->fd, l->before.st_mode & (mode_t)~S_IFMT) < 0 || fchown(l->fd, (uid_t)-1, l->before.st_gid) < 0)
            log_warning("the directory of the checkpoint can still be searched by its container: %s", strerror(errno));
        fd_close(&l->fd);
    }
}
