#include "libcontainer/launch/sealed.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "base/syscalls.h"
#include "libcontainer/launch/own_image.h"
#include "libcontainer/launch/title.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

extern char **environ;

/* Set while davit executes itself, so that a seal that does not hold is an error and no endless loop. */
#define MARK "_DAVIT_SEALED"

enum {
    SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE
};

static int is_sealed(bool *out, struct error *err)
{
    struct statfs fs;
    scoped_fd self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (self < 0)
        return fail_errno(err, "cannot open davit's own file");
    if (fstatfs(self, &fs) < 0)
        return fail_errno(err, "cannot inspect davit's own file");
    int seals = fcntl(self, F_GET_SEALS);
    *out = (fs.f_flags & ST_RDONLY) || (seals >= 0 && (seals & SEALS) == SEALS);
    return 0;
}

/* The file by a read-only mount of its own, which nobody else sees. */
static int open_clone(int *out_fd)
{
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
    scoped_fd clone = open_tree(AT_FDCWD, "/proc/self/exe", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (clone < 0 || mount_setattr(clone, "", AT_EMPTY_PATH, &attr, sizeof attr) < 0)
        return -1;
    *out_fd = take_fd(&clone);
    return 0;
}

/* Holds the clone's mount, until sealed_release. */
static int clone_fd = -1;

/* Whether davit runs from the clone now, and never was executed twice. */
static bool move_to_clone(struct error *err)
{
    char name[32];
    bool sealed = false;
    scoped_fd file = open(path_of_fd(name, sizeof name, clone_fd), O_RDONLY | O_CLOEXEC);
    if (file >= 0 && own_image_move(file, err) == 0 && is_sealed(&sealed, err) == 0 && sealed)
        return true;
    log_debug("davit executes itself once more: %s", file < 0 ? strerror(errno) : error_line(err));
    error_clear(err);
    return false;
}

static int execute_copy(char **argv, struct error *err)
{
    struct stat st;
    scoped_fd self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    scoped_fd copy = memfd_create("davit", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (self < 0 || copy < 0 || fstat(self, &st) < 0)
        return fail_errno(err, "cannot make a sealed copy of davit");
    for (off_t left = st.st_size; left > 0;) {
        ssize_t sent = sendfile(copy, self, NULL, (size_t)left);
        if (sent <= 0)
            return fail_errno(err, "cannot copy davit");
        left -= sent;
    }
    if (fchmod(copy, 0755) < 0 || fcntl(copy, F_ADD_SEALS, SEALS) < 0)
        return fail_errno(err, "cannot seal the copy of davit");
    sys_execveat(copy, "", argv, environ, AT_EMPTY_PATH);
    return fail_errno(err, "cannot execute the sealed copy of davit");
}

int sealed_enter(struct error *err)
{
    char **argv = title_arguments();
    bool sealed = false, was_executed = secure_getenv(MARK) != NULL;
    if (was_executed)
        unsetenv(MARK);
    if (is_sealed(&sealed, err) < 0)
        return -1;
    if (sealed || !argv) {
        /* Executed by descriptor, its name would be a number. */
        if (was_executed)
            prctl(PR_SET_NAME, "davit");
        return 0;
    }
    if (was_executed)
        return fail(err, ERR_SYSTEM, "davit cannot protect its own file from the container");
    if (open_clone(&clone_fd) < 0)
        log_debug("davit cannot run from a read-only clone of its mount: %s", strerror(errno));
    else if (move_to_clone(err))
        return 0;
    if (setenv(MARK, "1", 1) < 0)
        return fail_errno(err, "cannot prepare davit's own protection");
    if (clone_fd >= 0)
        sys_execveat(clone_fd, "", argv, environ, AT_EMPTY_PATH);
    return execute_copy(argv, err);
}

void sealed_release(void)
{
    fd_close(&clone_fd);
}
