/* restore.c - what a checkpoint has written, to a running container: everything around the processes is made as for
 * create, and CRIU makes the processes. */
#include "libcontainer/container.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/str.h"
#include "libcontainer/aspects/aspects.h"
#include "libcontainer/cgroup/cgroup.h"
#include "libcontainer/checkpoint/externals.h"
#include "libcontainer/checkpoint/images.h"
#include "libcontainer/checkpoint/options.h"
#include "libcontainer/checkpoint/places.h"
#include "libcontainer/checkpoint/reach.h"
#include "libcontainer/checkpoint/service.h"
#include "libcontainer/container/creation.h"
#include "libcontainer/container/foreground.h"
#include "libcontainer/container/notify.h"
#include "libcontainer/container/pid_file.h"
#include "libcontainer/container/run.h"
#include "libcontainer/launch/aspect.h"
#include "libcontainer/launch/channel.h"
#include "libcontainer/launch/hooks.h"
#include "libcontainer/launch/namespaces.h"
#include "libcontainer/launch/sequence.h"
#include "libcontainer/launch/service.h"
#include "libcontainer/mount/plan.h"
#include "libcontainer/store/identity.h"
#include "libcontainer/store/store.h"
#include "spec/config.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

enum {
    ENTRIES_MAX = 5, /* stdin, stdout, stderr, the network and the pid namespace */
};

struct restore {
    const struct restore_request *request;
    struct launch *l;
    const char *program;
    struct places places;
    struct images images;
    const char *targets[3];
    int inherited[CRIU_DIRECTORIES + ENTRIES_MAX];
    const struct criu_entry *entries[ENTRIES_MAX + 1];
    size_t entry_count;
};

/* ---- what comes from outside ----------------------------------------------------------------------- */

static void inherit(struct restore *r, const char *key, int fd)
{
    struct criu_entry *e = arena_new(r->l->arena, struct criu_entry);
    size_t place = CRIU_DIRECTORIES + r->entry_count;
    *e = (struct criu_entry){.key = key, .fd = CRIU_FIRST_INHERITED + (int)place};
    r->inherited[place] = fd;
    r->entries[r->entry_count++] = e;
}

static void inherit_stdio(struct restore *r)
{
    for (int i = 0; i < 3; i++) {
        bool is_known = false; /* stdout and stderr may be one */
        for (int k = 0; k < i; k++)
            is_known |= str_equal(r->targets[i], r->targets[k]);
        if (!is_known && external_is_inherited(r->targets[i]))
            inherit(r, r->targets[i], i);
    }
}

static int join_namespaces(struct restore *r, struct criu_options *o, struct error *err)
{
    const struct linux_config *config = r->l->config->linux_;
    size_t count = 0;
    while (config && config->namespaces[count])
        count++;
    o->join_ns = arena_array(err->arena, count + 1, sizeof *o->join_ns);
    for (size_t i = 0, joined = 0; i < count; i++) {
        const struct namespace *n = config->namespaces[i];
        if (!n->path)
            continue;
        int fd = r->l->plan->join_fds[plan_type_index((uint64_t)*n->type)];
        struct criu_entry *e = arena_new(err->arena, struct criu_entry);
        if (*n->type == CLONE_NEWNET || *n->type == CLONE_NEWPID) {
            inherit(r, *n->type == CLONE_NEWNET ? "extRootNetNS" : "extRootPidNS", fd);
            continue;
        }
        if (*n->type != CLONE_NEWIPC && *n->type != CLONE_NEWUTS) {
            fail(err, ERR_NOT_SUPPORTED, "criu cannot join a %s namespace", plan_type_name((uint64_t)*n->type));
            return error_at(err, "linux.namespaces[%zu].path", i);
        }
        *e = (struct criu_entry){.key = *n->type == CLONE_NEWIPC ? "ipc" : "uts", .text = n->path};
        o->join_ns[joined++] = e;
    }
    return 0;
}

static bool is_own_place(const struct launch *l, const struct cgroup_mount *m)
{
    for (const char *const *p = l->record->cgroup ? l->record->cgroup->places : NULL; p && *p; p++) {
        const char *directory = strstr(*p, ":/");
        if (directory && str_equal(directory + 1, m->directory))
            return true;
    }
    return false;
}

/* The processes go to this container's cgroups, whatever those of the checkpoint were called. */
static int place_in_cgroups(struct launch *l, struct criu_options *o, struct error *err)
{
    struct cgroup_mount *list;
    size_t count = 0, room = 64;
    if (cgroup_mounts(l->cgroup, l->state_root, &list, err) < 0)
        return -1;
    o->cgroup_roots = arena_array(err->arena, room + 1, sizeof *o->cgroup_roots);
    for (; list->mount; list++) {
        if (!is_own_place(l, list) || strlen(list->directory) <= strlen(list->mount))
            continue;
        const char *path = list->directory + strlen(list->mount);
        const char **names = str_split(err->arena, list->version == 2 ? "" : list->controllers, ',');
        for (; *names && count < room; names++) {
            struct criu_entry *e = arena_new(err->arena, struct criu_entry);
            *e = (struct criu_entry){.key = *names, .text = path};
            o->cgroup_roots[count++] = e;
        }
    }
    return 0;
}

static int describe(struct restore *r, struct criu_options *o, struct error *err)
{
    struct launch *l = r->l;
    struct text_list external = {.arena = err->arena};
    o->images_dir_fd = arena_int64(err->arena, CRIU_IMAGES);
    o->work_dir_fd = arena_int64(err->arena, CRIU_WORK);
    o->log_file = r->images.log;
    o->root = r->places.rootfs;
    if (l->cgroup && r->places.cgroups)
        o->cgroup_yard = path_join(err->arena, r->places.directory, PLACES_CGROUPS);
    o->rst_sibling = o->notify_scripts = o->orphan_pts_master = true;
    o->ext_masters = o->ext_sharing = true;
    o->config_file = images_config_file(l->config);
    o->inherit = r->entries;
    if (!l->cgroup && !r->request->criu.manage_cgroups_mode)
        o->manage_cgroups_mode = arena_int64(err->arena, CRIU_CGROUPS_IGNORE);
    if (externals_at_restore(l->config, l->mounts, r->places.directory, l->cgroup, l->state_root, &external, err) < 0)
        return -1;
    o->external = external.items;
    return l->cgroup ? place_in_cgroups(l, o, err) : 0;
}

/* ---- around criu ----------------------------------------------------------------------------------- */

/* In criu to be: what it makes is born in the container's cgroup, and sees the root as a mount. */
static int enter(void *context, struct error *err)
{
    struct restore *r = context;
    if (cgroup_enter(r->l->cgroup, err) < 0 || places_enter(&r->places, &r->images, err) < 0)
        return -1;
    r->inherited[0] = r->images.images_fd;
    r->inherited[1] = r->images.work_fd;
    return 0;
}

/* systemd makes no cgroup without a process, and a class of resources goes from process to process. */
static int attach(void *context, pid_t pid, struct error *err)
{
    const struct restore *r = context;
    struct launch *l = r->l;
    l->pid = pid;
    int result = cgroup_needs_process(l->cgroup) ? cgroup.attach(l, err) : 0;
    if (result == 0)
        result = intel_rdt.attach(l, err);
    l->pid = 0;
    return result;
}

static int run_hooks(const struct launch *l, enum hook_kind kind, struct error *err)
{
    const struct hook_call call = {
        .kind = kind,
        .config = l->config,
        .id = l->id,
        .bundle = l->bundle,
        .pid = l->pid,
        .bundle_fd = l->bundle_fd,
    };
    return hooks_run(&call, err);
}

/* From here on a davit that dies leaves something behind that delete must know of. */
static int adopt(struct launch *l, pid_t pid, struct error *err)
{
    struct identity *init;
    if (l->pid > 0)
        return 0;
    l->pid = pid;
    l->pidfd = pidfd_open(pid, 0);
    if (l->pidfd < 0)
        return fail_errno(err, "cannot open a descriptor of the restored process");
    if (identity_of(pid, &init, err) < 0)
        return -1;
    l->record->init = init;
    return store_write(l->store, l->record, err);
}

static int take_terminal(struct launch *l, int *fd, struct error *err)
{
    struct service_reply reply = {.fd_count = 0};
    struct message m = {
        .kind = CHANNEL_TERMINAL, .fds = {take_fd(fd), -1, -1, -1},
             .fd_count = 1
    };
    int result = terminal_service.serve(l, &m, &reply, err);
    message_close(&m);
    return result;
}

static int notified(void *context, const struct criu_response *event, int *fd, struct error *err)
{
    const struct restore *r = context;
    struct launch *l = r->l;
    if (str_equal(event->script, "orphan-pts-master"))
        return take_terminal(l, fd, err);
    if (str_equal(event->script, "setup-namespaces")) {
        if (adopt(l, (pid_t)event->pid, err) < 0 || run_hooks(l, HOOK_PRESTART, err) < 0)
            return -1;
        return run_hooks(l, HOOK_CREATE_RUNTIME, err);
    }
    if (!str_equal(event->script, "post-restore"))
        return 0;
    if (adopt(l, (pid_t)event->pid, err) < 0 || (!cgroup_needs_process(l->cgroup) && cgroup.attach(l, err) < 0))
        return -1;
    return creation_record(l, true, err);
}

static int call(struct restore *r, struct criu_options *o, struct error *err)
{
    scoped_criu c = CRIU_NONE;
    struct criu_response response;
    const struct criu_start start = {
        .program = r->program,
        .inherited = r->inherited,
        .inherited_count = CRIU_DIRECTORIES + r->entry_count,
        .keeps_session = r->request->criu.shell_job,
        .prepare = enter,
        .attach = attach,
        .context = r,
    };
    const struct criu_request q = {.type = CRIU_RESTORE, .options = o};
    if (criu_begin(&start, &c, err) < 0 || describe(r, o, err) < 0)
        return -1;
    if (criu_call(&c, &q, notified, r, &response, err) < 0)
        return err->code == ERR_PROCESS_DIED ? images_explain(&r->images, &c, NULL, err) : -1;
    if (!response.success)
        return images_explain(&r->images, &c, &response, err);
    if (r->l->pid <= 0 || !r->l->record->started)
        return fail(err, ERR_SYSTEM, "criu has not told which process it has restored");
    return 0;
}

/* What criu restores opens images itself, as the root of the container. */
static int call_lending(struct restore *r, gid_t group, struct criu_options *o, struct error *err)
{
    struct lent *lent;
    if (reach_lend(r->images.images_fd, group, &lent, err) < 0)
        return -1;
    int result = call(r, o, err);
    reach_return(lent);
    return result;
}

/* ---- the verb -------------------------------------------------------------------------------------- */

static int make(struct restore *r, struct criu_options *o, struct error *err)
{
    struct launch *l = r->l;
    gid_t group = 0;
    const char *created = images_read_created(&r->images, err);
    if (created)
        l->record->created = created;
    char *root = realpath(l->rootfs, NULL);
    r->places = (struct places){
        .rootfs = root ? arena_strdup(err->arena, root) : l->rootfs,
        .root_fd = l->root_source_fd,
        .plan = l->mounts,
        .for_everybody = reach_group(l->config, &group),
    };
    free(root);
    if (!l->mounts->own_namespace)
        return fail(err, ERR_NOT_SUPPORTED, "a container without a mount namespace of its own cannot be restored");
    if (places_make(l->mounts, l->root_source_fd, err) < 0 || images_read_descriptors(&r->images, r->targets, err) < 0)
        return -1;
    inherit_stdio(r);
    if (join_namespaces(r, o, err) < 0 || places_begin(&r->places, l->store, l->state_root, err) < 0)
        return -1;
    int result = r->places.for_everybody ? call_lending(r, group, o, err) : call(r, o, err);
    places_end(&r->places, l->store);
    return result;
}

/* The container runs, whether or not the service manager hears of it; and who asks for it need not wait. */
static void tell_manager(struct launch *l)
{
    struct error err;
    struct store *s = l->store;
    l->store = NULL;
    store_close(s);
    error_init(&err, l->arena);
    if (notify_restored(l->foreground ? 0 : l->pid, &err) < 0)
        log_warning("%s", error_line(&err));
}

static int restore(struct restore *r, struct criu_options *o, struct foreground *f, int *out_status, struct error *err)
{
    const struct create_request *q = &r->request->create;
    struct launch *l;
    if (creation_prepare(q, true, f, &l, err) < 0)
        return -1;
    r->l = l;
    if (make(r, o, err) < 0 || pid_file_write(l->options->pid_file, l->pid, err) < 0)
        return creation_undo(l, err);
    if (f && foreground_attach(f, l->terminal_fd, err) < 0)
        return creation_undo(l, err);
    tell_manager(l);
    *out_status = 0;
    if (f)
        return container_stay(l, q, -1, out_status, err);
    creation_end(l);
    return 0;
}

static int check_request(struct restore *r, struct criu_options *o, struct error *err)
{
    const struct checkpoint_options *c = &r->request->criu;
    if (!proc_is_real_root()) {
        fail(err, ERR_NOT_PERMITTED, "restoring takes root's rights on the host");
        return error_hint(err, "criu writes other processes' memory and registers");
    }
    if (checkpoint_options_apply(c, o, err) < 0 || criu_find(c->criu, &r->program, err) < 0 ||
        images_open(c, false, "restore.log", &r->images, err) < 0)
        return -1;
    return images_check(&r->images, err) < 0 ? -1 : criu_check(r->program, false, c->lazy_pages, err);
}

int container_restore(const struct restore_request *request, int *out_status, struct error *err)
{
    struct restore_request q = *request;
    struct criu_options o = {0};
    struct restore r = {.request = &q, .images = IMAGES_NONE};
    struct foreground *f = NULL;
    q.create.options.foreground = !q.create.options.detach;
    int result = check_request(&r, &o, err);
    if (result == 0 && q.create.options.foreground)
        result = foreground_prepare(true, &f, err);
    if (result == 0)
        result = restore(&r, &o, f, out_status, err);
    foreground_end(f);
    images_close(&r.images);
    return result < 0 ? error_context(err, "cannot restore %s", q.create.id) : 0;
}
