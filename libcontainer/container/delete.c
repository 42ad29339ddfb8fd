/* delete.c - created or stopped → gone, from whatever point a davit has left it at. */
#include "libcontainer/container.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "libcontainer/cgroup/cgroup.h"
#include "libcontainer/container/cleanup.h"
#include "libcontainer/container/inspect.h"
#include "libcontainer/store/identity.h"
#include "libcontainer/store/store.h"

#include <signal.h>
#include <sys/pidfd.h>

/* With --force a davit that still creates it is ended: its supervisor has given it up. Init dies with it. */
static void end_creator(const char *root, const char *id, struct arena *a)
{
    struct error ignored;
    error_init(&ignored, a);
    scoped_store s = NULL;
    scoped_fd pidfd = -1;
    struct record *r;
    if (store_open(root, id, STORE_READ, &s, &ignored) < 0 || store_read(s, &r, &ignored) < 0)
        return;
    if (*r->status != STATUS_CREATING || r->creator == NULL ||
        identity_open(r->creator, &pidfd, &ignored) != IDENTITY_ALIVE)
        return;
    log_debug("process %d still creates %s: killed", (int)*r->creator->pid, id);
    pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
}

static int open_locked(const char *root, const char *id, bool force, struct store **out, struct error *err)
{
    int opened = store_open(root, id, STORE_EXCLUSIVE, out, err);
    if (opened == 0 || err->code != ERR_BUSY || !force)
        return opened;
    end_creator(root, id, err->arena);
    return store_open(root, id, STORE_EXCLUSIVE, out, err);
}

/* By --force alone a damaged record is replaced by its copy; NULL in *out when there is nothing to go by. */
static int read_record(struct store *s, bool force, struct record **out, struct error *err)
{
    *out = NULL;
    if (store_read(s, out, err) == 0)
        return 0;
    *out = NULL;
    if (err->code == ERR_NOT_FOUND) /* create was cut off before it had done anything */
        return 0;
    if (!force || err->code == ERR_NOT_SUPPORTED)
        return -1;
    log_warning("%s", error_line(err));
    if (store_read_copy(s, out, err) < 0) {
        *out = NULL;
        log_warning("%s: nothing is known of its processes and cgroups: any that are left stay", store_id(s));
    }
    return 0;
}

static int check_status(struct record *r, bool force, struct error *err)
{
    struct container_view view;
    if (force)
        return 0;
    if (container_view_of(r, &view, err) < 0)
        return -1;
    if (view.status != STATUS_RUNNING && view.status != STATUS_PAUSED)
        return 0;
    fail(err, ERR_WRONG_STATE, "cannot delete container %s that is not stopped: %s", r->id,
         name_of(status_names, view.status));
    return error_hint(err, "davit kill %s, or davit delete --force %s", r->id, r->id);
}

/* Everything in its cgroups first: a frozen or respawning process would outlive init. */
static int kill_everything(const struct record *r, struct error *err)
{
    struct cgroup *c = cgroup_open_remains(r->cgroup, err->arena);
    int result = cgroup_kill(c, SIGKILL, err);
    cgroup_close(c);
    if (result < 0) { /* init is killed below all the same, and the undo of the cgroup says what is left */
        log_debug("killing all of %s: %s", r->id, error_line(err));
        error_clear(err);
    }
    return container_end_init(r, err);
}

static int delete_recorded(struct store *s, struct record *r, bool force, struct error *err)
{
    const struct config *config;
    if (check_status(r, force, err) < 0 || kill_everything(r, err) < 0)
        return -1;
    if (container_kept_config(s, &config, err) < 0) {
        log_warning("no poststop hooks are run: %s", error_line(err));
        error_clear(err);
        config = NULL;
    }
    return container_cleanup(s, r, config, err);
}

static int delete_container(const char *root, const char *id, bool force, struct error *err)
{
    scoped_store s = NULL;
    struct record *r;
    if (open_locked(root, id, force, &s, err) < 0) {
        if (!force || err->code != ERR_NOT_FOUND)
            return -1;
        error_clear(err);
        return 0;
    }
    if (read_record(s, force, &r, err) < 0)
        return -1;
    return r == NULL ? store_remove(s, err) : delete_recorded(s, r, force, err);
}

int container_delete(const char *root, const char *id, bool force, struct error *err)
{
    if (delete_container(root, id, force, err) == 0)
        return 0;
    bool says_so = err->code == ERR_WRONG_STATE && err->context == NULL;
    return says_so ? -1 : error_context(err, "cannot delete %s", id);
}
