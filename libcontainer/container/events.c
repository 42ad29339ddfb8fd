/* events.c - what a container uses, and when it ran out of memory. */
#include "libcontainer/container.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "libcontainer/cgroup/cgroup.h"
#include "libcontainer/cgroup/resctrl.h"
#include "libcontainer/cgroup/stats.h"
#include "libcontainer/container/inspect.h"
#include "libcontainer/store/identity.h"
#include "libcontainer/store/store.h"

#include <errno.h>
#include <poll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

struct watch {
    const struct events_request *request;
    const struct record *record;
    struct cgroup *cgroup;
    int pidfd, oom_fd, timer_fd;
    short oom_events; /* POLLIN: an eventfd of v1; POLLPRI: memory.events, which is always readable */
    uint64_t oom_kills;
};

static int collect(const struct record *r, struct cgroup *c, struct cgroup_stats **out, struct error *err)
{
    if (cgroup_stats(c, out, err) < 0)
        return -1;
    if (r->clos_id)
        (*out)->intel_rdt = resctrl_stats(RESCTRL_ROOT, r->clos_id, err->arena);
    return 0;
}

/* Each report has memory of its own: `events` may run for months. */
static int report(struct watch *w, bool is_oom, struct error *err)
{
    struct arena arena = {0};
    struct error inner;
    struct cgroup_stats *stats = NULL;
    error_init(&inner, &arena);
    int result = is_oom ? 0 : collect(w->record, w->cgroup, &stats, &inner);
    if (result == 0)
        result = w->request->report(w->request->data, stats, &inner);
    if (result < 0) {
        error_init(err, err->arena);
        fail(err, inner.code, "%s", error_line(&inner));
    }
    arena_release(&arena);
    return result;
}

/* Reading rearms the descriptor: memory.events from its start, v1's eventfd as it is. */
static int oom_happened(struct watch *w, struct error *err)
{
    char buffer[4096];
    if (w->oom_events == POLLPRI) {
        if (pread(w->oom_fd, buffer, sizeof buffer, 0) < 0)
            return errno == ENODEV ? 0 : fail_errno(err, "cannot read memory.events");
        uint64_t kills = cgroup_oom_kills(w->cgroup);
        bool more = kills > w->oom_kills;
        w->oom_kills = kills;
        return more ? report(w, true, err) : 0;
    }
    if (read(w->oom_fd, buffer, sizeof(uint64_t)) < 0)
        return errno == EAGAIN ? 0 : fail_errno(err, "cannot read the event");
    /* It comes before the kill is counted, and once more when the cgroup is removed. */
    bool is_oom = identity_is_alive(w->record->init) || cgroup_oom_kills(w->cgroup) > w->oom_kills;
    return is_oom ? report(w, true, err) : 0;
}

/* 0: the container has ended. */
static int wait_and_report(struct watch *w, struct error *err)
{
    for (;;) {
        struct pollfd fds[] = {
            {.fd = w->pidfd,    .events = POLLIN       },
            {.fd = w->timer_fd, .events = POLLIN       },
 /* A file of cgroupfs is always readable: POLLPRI alone says that it has changed. */
            {.fd = w->oom_fd,   .events = w->oom_events},
        };
        uint64_t ticks;
        if (poll(fds, 3, -1) < 0) {
            if (errno == EINTR)
                continue;
            return fail_errno(err, "cannot wait for events");
        }
        if (fds[0].revents)
            return fds[2].revents ? oom_happened(w, err) : 0;
        if (fds[2].revents && oom_happened(w, err) < 0)
            return -1;
        if (fds[1].revents && read(w->timer_fd, &ticks, sizeof ticks) > 0 && report(w, false, err) < 0)
            return -1;
    }
}

static int watch(struct watch *w, struct error *err)
{
    const unsigned ms = w->request->interval_ms;
    scoped_fd timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC), oom = -1, pidfd = -1;
    const struct timespec step = {ms / 1000, (long)(ms % 1000) * 1000000};
    if (timer < 0 || timerfd_settime(timer, 0,
                                     &(struct itimerspec){
                                         step, {0, 1}
    },
                                     NULL) < 0)
        return fail_errno(err, "cannot make a timer");
    if (identity_open(w->record->init, &pidfd, err) != IDENTITY_ALIVE)
        return err->message ? -1 : 0;
    if (cgroup_watch_oom(w->cgroup, &oom, &w->oom_events, err) < 0)
        return -1;
    w->pidfd = pidfd;
    w->timer_fd = timer;
    w->oom_fd = oom;
    w->oom_kills = cgroup_oom_kills(w->cgroup);
    return wait_and_report(w, err);
}

int container_events(const struct events_request *q, struct error *err)
{
    scoped_store s = NULL;
    struct watch w = {.request = q};
    struct record *r;
    struct container_view view;
    if (store_open(q->root, q->id, STORE_READ, &s, err) < 0 || store_read(s, &r, err) < 0 ||
        container_view_of(r, &view, err) < 0)
        return -1;
    if (view.status == STATUS_STOPPED || view.status == STATUS_CREATING)
        return fail(err, ERR_WRONG_STATE, "container with id %s is not running", q->id);
    w.record = r;
    if (cgroup_open(r->cgroup, &w.cgroup, err) < 0)
        return -1;
    int result = q->once ? report(&w, false, err) : watch(&w, err);
    cgroup_close(w.cgroup);
    return result;
}
