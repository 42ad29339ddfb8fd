/* checkpoint.c - a running container's processes to files, by CRIU; then it is gone, or runs on. */
#include "libcontainer/container.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "base/proc.h"
#include "libcontainer/cgroup/cgroup.h"
#include "libcontainer/checkpoint/externals.h"
#include "libcontainer/checkpoint/images.h"
#include "libcontainer/checkpoint/options.h"
#include "libcontainer/checkpoint/places.h"
#include "libcontainer/checkpoint/reach.h"
#include "libcontainer/checkpoint/service.h"
#include "libcontainer/container/cleanup.h"
#include "libcontainer/container/inspect.h"
#include "libcontainer/store/store.h"
#include "spec/config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct dump {
    const struct checkpoint_options *options;
    const char *root; /* of the state */
    const struct record *record;
    const struct config *config;
    const char *program;
    pid_t pid;
    struct images images;
    struct places places;
    struct cgroup *cgroup;
    int directories[CRIU_DIRECTORIES]; /* of images, as criu gets them */
};

static int check_request(const struct checkpoint_options *o, struct criu_options *out, struct error *err)
{
    if (!proc_is_real_root()) {
        fail(err, ERR_NOT_PERMITTED, "checkpoints take root's rights on the host");
        return error_hint(err, "criu reads and writes other processes' memory and registers");
    }
    if (o->pre_dump && o->lazy_pages)
        return fail(err, ERR_INVALID_ARGUMENT, "--pre-dump and --lazy-pages are given: one is too many");
    if (o->status_fd && (o->status_fd > INT_MAX || fcntl((int)o->status_fd, F_GETFD) < 0))
        return fail(err, ERR_INVALID_ARGUMENT, "--status-fd: descriptor %llu is not open",
                    (unsigned long long)o->status_fd);
    return checkpoint_options_apply(o, out, err);
}

static int check_parent(const struct dump *d, struct error *err)
{
    struct stat st;
    const char *path = d->options->parent_path;
    if (!path || fstatat(d->images.images_fd, path, &st, 0) == 0)
        return 0;
    fail_errno(err, "--parent-path %s below %s", path, d->images.images_path);
    return error_hint(err, "it is relative to --image-path: ../pre-dump");
}

/* What the process has from outside; noted before it is asked for. */
static int describe(struct dump *d, struct criu_options *o, struct error *err)
{
    const char *targets[3];
    struct text_list external = {.arena = err->arena};
    o->images_dir_fd = arena_int64(err->arena, CRIU_IMAGES);
    o->work_dir_fd = arena_int64(err->arena, CRIU_WORK);
    o->log_file = d->images.log;
    o->pid = arena_int64(err->arena, d->pid);
    o->root = d->record->rootfs;
    o->leave_running = d->options->leave_running;
    o->track_mem = d->options->pre_dump;
    o->orphan_pts_master = o->notify_scripts = true;
    o->ext_masters = o->ext_sharing = true;
    o->freeze_cgroup = cgroup_freezer(d->cgroup);
    if (d->places.cgroups)
        o->cgroup_yard = path_join(err->arena, d->places.directory, PLACES_CGROUPS);
    o->config_file = images_config_file(d->config);
    if (!d->cgroup && !d->options->manage_cgroups_mode)
        o->manage_cgroups_mode = arena_int64(err->arena, CRIU_CGROUPS_IGNORE);
    if (externals_of_mounts(d->config, d->record->bundle, d->pid, &external, err) < 0 ||
        externals_of_namespaces(d->config, d->pid, &external, err) < 0 ||
        externals_of_stdio(d->pid, targets, &external, err) < 0)
        return -1;
    o->external = external.items;
    if (d->options->pre_dump)
        return 0;
    return images_write_descriptors(&d->images, targets, err) < 0 ||
                   images_write_created(&d->images, d->record->created, err) < 0
               ? -1
               : 0;
}

static int notified(void *context, const struct criu_response *event, int *fd, struct error *err)
{
    const struct dump *d = context;
    (void)fd;
    if (!d->options->status_fd || !event->script || strcmp(event->script, "status-ready") != 0)
        return 0;
    if (write((int)d->options->status_fd, "", 1) < 0)
        return fail_errno(err, "--status-fd");
    return 0;
}

static int enter(void *context, struct error *err)
{
    struct dump *d = context;
    gid_t group;
    /* criu's files are read by the container's root: what keeps others out is their directory. */
    if (reach_group(d->config, &group))
        umask(0022);
    if (places_enter(&d->places, &d->images, err) < 0)
        return -1;
    d->directories[0] = d->images.images_fd;
    d->directories[1] = d->images.work_fd;
    return 0;
}

static int call(struct dump *d, const struct criu_options *o, struct error *err)
{
    scoped_criu c = CRIU_NONE;
    struct criu_response r;
    const struct criu_start start = {
        .program = d->program,
        .inherited = d->directories,
        .inherited_count = CRIU_DIRECTORIES,
        .keeps_session = d->options->shell_job,
        .prepare = enter,
        .context = d,
    };
    const struct criu_request q = {.type = d->options->pre_dump ? CRIU_PRE_DUMP : CRIU_DUMP, .options = o};
    if (criu_begin(&start, &c, err) < 0)
        return -1;
    if (criu_call(&c, &q, notified, d, &r, err) < 0)
        return err->code == ERR_PROCESS_DIED ? images_explain(&d->images, &c, NULL, err) : -1;
    return r.success ? 0 : images_explain(&d->images, &c, &r, err);
}

/* Whatever criu did or died of: what ran before runs on. */
static void thaw(struct cgroup *c, struct arena *a)
{
    struct error ignored;
    bool is_frozen = false;
    error_init(&ignored, a);
    if (!c || (cgroup_is_frozen(c, &is_frozen, &ignored) == 0 && !is_frozen))
        return;
    log_debug("criu has left the container frozen: thawed");
    if (cgroup_freeze(c, false, &ignored) < 0)
        log_warning("%s; try davit resume", error_line(&ignored));
}

static int dump_frozen(struct dump *d, struct store *s, struct criu_options *o, bool was_paused, struct error *err)
{
    int result = d->cgroup ? places_begin(&d->places, s, d->root, err) : 0;
    if (result == 0)
        result = describe(d, o, err);
    if (result == 0)
        result = call(d, o, err);
    places_end(&d->places, s);
    if (!was_paused && (result < 0 || d->options->leave_running || d->options->pre_dump))
        thaw(d->cgroup, err->arena);
    return result;
}

static int dump(struct dump *d, struct store *s, struct criu_options *o, bool was_paused, struct error *err)
{
    if (criu_find(d->options->criu, &d->program, err) < 0 ||
        criu_check(d->program, d->options->pre_dump, d->options->lazy_pages, err) < 0 ||
        images_open(d->options, true, "dump.log", &d->images, err) < 0)
        return -1;
    int result = check_parent(d, err);
    if (result == 0 && d->record->cgroup)
        result = cgroup_open(d->record->cgroup, &d->cgroup, err);
    if (result == 0)
        result = dump_frozen(d, s, o, was_paused, err);
    cgroup_close(d->cgroup);
    images_close(&d->images);
    return result;
}

static int checkpoint(const struct checkpoint_request *q, struct error *err)
{
    scoped_store s = NULL;
    struct record *r;
    struct container_view view;
    struct criu_options o = {0};
    struct dump d = {.options = &q->criu, .root = q->root, .images = IMAGES_NONE, .places = {.root_fd = -1}};
    if (check_request(&q->criu, &o, err) < 0 || store_open(q->root, q->id, STORE_EXCLUSIVE, &s, err) < 0 ||
        store_read(s, &r, err) < 0 || container_view_of(r, &view, err) < 0)
        return -1;
    if (view.status != STATUS_RUNNING && view.status != STATUS_PAUSED)
        return fail(err, ERR_WRONG_STATE, "container not running: it is %s", name_of(status_names, view.status));
    if (container_kept_config(s, &d.config, err) < 0)
        return -1;
    if (!d.config)
        return fail(err, ERR_SYSTEM, "the container's config.json is missing");
    const struct namespace *users = config_namespace(d.config, CLONE_NEWUSER);
    if (users && users->path)
        return fail(err, ERR_NOT_SUPPORTED, "its user namespace was joined by a path: criu could not restore it");
    d.record = r;
    d.pid = view.pid;
    if (dump(&d, s, &o, view.status == STATUS_PAUSED, err) < 0)
        return -1;
    if (q->criu.leave_running || q->criu.pre_dump)
        return 0;
    return container_end_init(r, err) < 0 ? -1 : container_cleanup(s, r, d.config, err);
}

int container_checkpoint(const struct checkpoint_request *q, struct error *err)
{
    return checkpoint(q, err) < 0 ? error_context(err, "cannot checkpoint %s", q->id) : 0;
}
