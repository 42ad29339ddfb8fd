#include "libcontainer/store/identity.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/proc.h"
#include "base/str.h"
#include "spec/state.h"

#include <errno.h>
#include <sys/pidfd.h>

int identity_of(pid_t pid, struct identity **out, struct error *err)
{
    uint64_t ticks;
    char state, boot_id[37];
    int found = proc_start_time(pid, &ticks, &state, err);
    if (found == PROC_ABSENT)
        return fail(err, ERR_PROCESS_DIED, "process %d has ended", (int)pid);
    if (found < 0 || proc_boot_id(boot_id, err) < 0)
        return error_context(err, "identifying process %d", (int)pid);
    int64_t *number = arena_new(err->arena, int64_t);
    uint64_t *start_time = arena_new(err->arena, uint64_t);
    *number = pid;
    *start_time = ticks;
    struct identity *id = arena_new(err->arena, struct identity);
    id->pid = number;
    id->start_time = start_time;
    id->boot_id = arena_strdup(err->arena, boot_id);
    *out = id;
    return 0;
}

int identity_open(const struct identity *id, int *out_pidfd, struct error *err)
{
    char boot_id[37], state;
    uint64_t ticks;
    *out_pidfd = -1;
    if (proc_boot_id(boot_id, err) < 0)
        return -1;
    if (!str_equal(boot_id, id->boot_id))
        return IDENTITY_GONE;
    scoped_fd pidfd = pidfd_open((pid_t)*id->pid, 0);
    if (pidfd < 0 && (errno == ESRCH || errno == EINVAL)) /* EINVAL: the number is a thread's by now */
        return IDENTITY_GONE;
    if (pidfd < 0)
        return fail_errno(err, "cannot open process %d", (int)*id->pid);
    /* Asked after the pidfd was opened: as long as the answer fits, the pidfd is that process. */
    int found = proc_start_time((pid_t)*id->pid, &ticks, &state, err);
    if (found < 0)
        return -1;
    if (found == PROC_ABSENT || ticks != *id->start_time || state == 'Z' || state == 'X' || state == 'x')
        return IDENTITY_GONE;
    *out_pidfd = take_fd(&pidfd);
    return IDENTITY_ALIVE;
}

bool identity_is_alive(const struct identity *id)
{
    struct arena arena = {NULL};
    struct error err;
    error_init(&err, &arena);
    scoped_fd pidfd = -1;
    bool is_alive = id != NULL && identity_open(id, &pidfd, &err) != IDENTITY_GONE;
    arena_release(&arena);
    return is_alive;
}
