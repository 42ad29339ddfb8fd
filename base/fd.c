#include "base/fd.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    NUMBERS_MAX = 1 << 20 /* of descriptors: the kernel's fs.nr_open, unless it was changed */
};

void fd_close(int *fd)
{
    if (*fd < 0)
        return;
    int saved = errno;
    close(*fd); /* never retried: Linux has freed the number even when it says EINTR */
    errno = saved;
    *fd = -1;
}

void file_close(FILE **file)
{
    int saved = errno;
    if (*file != NULL)
        fclose(*file);
    errno = saved;
    *file = NULL;
}

void dir_close(DIR **dir)
{
    int saved = errno;
    if (*dir != NULL)
        closedir(*dir);
    errno = saved;
    *dir = NULL;
}

int take_fd(int *fd)
{
    int taken = *fd;
    *fd = -1;
    return taken;
}

int fd_copy(int fd, int *out_fd, struct error *err)
{
    *out_fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    return *out_fd < 0 ? fail_errno(err, "cannot copy descriptor %d", fd) : 0;
}

int fd_open_handle(int fd, int beside, int flags)
{
    union {
        struct file_handle handle;
        char bytes[sizeof(struct file_handle) + MAX_HANDLE_SZ];
    } room = {.handle.handle_bytes = MAX_HANDLE_SZ};
    int mount_id;
    struct stat its, place;
    if (fstat(fd, &its) < 0 || fstat(beside, &place) < 0)
        return -1;
    if (its.st_dev != place.st_dev) {
        errno = EXDEV;
        return -1;
    }
    if (name_to_handle_at(fd, "", &room.handle, &mount_id, AT_EMPTY_PATH) < 0)
        return -1;
    return open_by_handle_at(beside, &room.handle, flags | O_CLOEXEC | O_NOCTTY);
}

int fd_cloexec_from(unsigned first, struct error *err)
{
    if (close_range(first, UINT_MAX, CLOSE_RANGE_CLOEXEC) < 0)
        return fail_errno(err, "cannot mark the descriptors from %u on close-on-exec", first);
    return 0;
}

int fd_close_from(unsigned first, const int *keep, size_t count, struct error *err)
{
    for (;;) {
        unsigned next = UINT_MAX; /* the lowest descriptor from `first` on that stays */
        for (size_t i = 0; i < count; i++)
            if (keep[i] >= 0 && (unsigned)keep[i] >= first && (unsigned)keep[i] < next)
                next = (unsigned)keep[i];
        unsigned last = next == UINT_MAX ? UINT_MAX : next - 1;
        if (next > first && close_range(first, last, 0) < 0)
            return fail_errno(err, "cannot close the descriptors from %u on", first);
        if (next == UINT_MAX)
            return 0;
        first = next + 1;
    }
}

static bool is_kept(int fd, const int *keep, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (keep[i] == fd)
            return true;
    return false;
}

int fd_close_own(uint64_t given, const int *keep, size_t count, struct error *err)
{
    int end = STDERR_FILENO + 1 + (given < NUMBERS_MAX ? (int)given : NUMBERS_MAX);
    for (int fd = STDERR_FILENO + 1; fd < end; fd++) {
        int flags = is_kept(fd, keep, count) ? -1 : fcntl(fd, F_GETFD);
        if (flags >= 0 && flags & FD_CLOEXEC)
            close(fd);
    }
    return fd_close_from((unsigned)end, keep, count, err);
}

int fd_open_standard(struct error *err)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            continue;
        int opened = open("/dev/null", O_RDWR | O_CLOEXEC); /* the lowest free number: fd itself */
        if (opened < 0)
            return fail_errno(err, "cannot open /dev/null");
        if (opened == fd && fcntl(fd, F_SETFD, 0) < 0)
            return fail_errno(err, "cannot keep descriptor %d open", fd);
    }
    return 0;
}
