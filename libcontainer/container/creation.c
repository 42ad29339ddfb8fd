#include "libcontainer/container/creation.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/str.h"
#include "build-config.h"
#include "libcontainer/cgroup/cgroup.h"
#include "libcontainer/container.h"
#include "libcontainer/container/cleanup.h"
#include "libcontainer/container/notify.h"
#include "libcontainer/container/pid_file.h"
#include "libcontainer/container/probe.h"
#include "libcontainer/container/watch.h"
#include "libcontainer/launch/accounts.h"
#include "libcontainer/launch/idmap.h"
#include "libcontainer/launch/namespaces.h"
#include "libcontainer/launch/parent.h"
#include "libcontainer/launch/sequence.h"
#include "libcontainer/launch/spawn.h"
#include "libcontainer/launch/start_socket.h"
#include "libcontainer/store/identity.h"
#include "libcontainer/store/store.h"
#include "spec/annotations.h"
#include "spec/config.h"
#include "spec/state.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

static const char *owner_name(struct error *err)
{
    char *passwd;
    struct account account;
    if (geteuid() == 0)
        return "root";
    if (file_read_at(AT_FDCWD, "/etc/passwd", 1 << 20, &passwd, NULL, err) == 0 &&
        account_find(err->arena, passwd, NULL, geteuid(), &account))
        return account.name;
    error_clear(err);
    return arena_printf(err->arena, "%u", (unsigned)geteuid());
}

static int make_record(struct launch *l, const struct create_request *q, struct error *err)
{
    char now[40];
    struct identity *creator;
    struct record *r = arena_new(l->arena, struct record);
    if (identity_of(getpid(), &creator, err) < 0)
        return -1;
    static const char *none[] = {NULL};
    r->version = arena_int64(l->arena, RECORD_VERSION);
    r->davit_version = PACKAGE_VERSION;
    r->id = l->id;
    r->bundle = l->bundle;
    r->rootfs = l->rootfs;
    r->created = arena_strdup(l->arena, log_time(now, sizeof now));
    r->owner = owner_name(err);
    r->status = arena_int64(l->arena, STATUS_CREATING);
    r->creator = creator;
    r->begun = none;
    r->annotations = l->config->annotations;
    r->rootless = l->rootless;
    r->detached = !l->options->foreground || q->keep;
    l->record = r;
    return 0;
}

static int check_host(struct error *err)
{
    struct utsname host;
    return uname(&host) < 0 ? 0 : probe_check_kernel(host.release, err);
}

static int open_bundle(struct launch *l, const struct create_request *q, struct error *err)
{
    char *cwd = getcwd(NULL, 0);
    const char *base = cwd ? arena_strdup(l->arena, cwd) : "/";
    free(cwd);
    l->bundle = path_absolute(l->arena, base, q->bundle ? q->bundle : ".");
    l->bundle_fd = open(l->bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (l->bundle_fd >= 0)
        return 0;
    fail_errno(err, "cannot open the bundle %s", l->bundle);
    return error_hint(err, "a bundle is a directory with config.json; name it with --bundle");
}

static const char *config_file(const struct launch *l, const struct create_request *q)
{
    return q->config_file ? q->config_file : path_join(l->arena, l->bundle, "config.json");
}

static void warn_of_annotations(struct launch *l, const struct config *c)
{
    for (const struct pair *const *p = (const struct pair *const *)c->annotations; p && *p; p++) {
        const char *text = annotation_ignored(l->arena, (*p)->key, (*p)->value);
        if (text)
            log_warning("%s", text);
    }
}

static int read_config(struct launch *l, const struct create_request *q, const char **text, size_t *length,
                       struct error *err)
{
    const struct config *c;
    if (container_load_config(config_file(l, q), q->strict, &c, text, length, err) < 0)
        return -1;
    if (!c->root)
        return fail_config(err, "root", "missing: there is nothing to run in");
    if (l->starts_at_once && config_check_process(c->process, "process", "run", err) < 0)
        return -1;
    if (idmap_default(c, &c, &l->id_note, err) < 0)
        return -1;
    warn_of_annotations(l, c);
    l->config = c;
    l->process = c->process;
    l->rootfs = path_absolute(l->arena, l->bundle, c->root->path);
    return 0;
}

static void locate_fault(const struct launch *l, const struct create_request *q, const char *text, size_t length,
                         struct error *err)
{
    if (l->bundle)
        container_locate_fault(config_file(l, q), text, length, err);
}

/* When a container died together with its foreground davit, or before that had done anything: nobody else is left
 * to delete it. *out is NULL when there is no record. */
static bool is_orphan(struct store *s, struct record **out, struct error *err)
{
    *out = NULL;
    if (store_read(s, out, err) < 0) {
        *out = NULL;
        return err->code == ERR_NOT_FOUND;
    }
    const struct record *r = *out;
    return !r->detached && !(r->init && identity_is_alive(r->init)) && !(r->creator && identity_is_alive(r->creator));
}

static bool remove_orphan(const char *root, const char *id, struct error *err)
{
    scoped_store seen = NULL;
    scoped_store s = NULL;
    struct record *r;
    const struct config *c;
    if (store_open(root, id, STORE_READ, &seen, err) < 0 || !is_orphan(seen, &r, err))
        return false;
    /* Without a record, and locked: somebody is creating the container at this moment. */
    enum store_lock kind = r ? STORE_EXCLUSIVE : STORE_UNCLAIMED;
    error_clear(err);
    if (store_open(root, id, kind, &s, err) < 0 || !is_orphan(s, &r, err))
        return false;
    if (!r)
        return store_remove(s, err) == 0;
    log_debug("the container %s has lost its davit: removing what is left", id);
    return container_kept_config(s, &c, err) == 0 && container_cleanup(s, r, c, err) == 0;
}

static int reserve(struct launch *l, struct error *err)
{
    if (store_reserve(l->state_root, l->id, &l->store, err) == 0)
        return 0;
    if (err->code != ERR_ALREADY_EXISTS)
        return -1;
    struct error other;
    error_init(&other, err->arena);
    return remove_orphan(l->state_root, l->id, &other) ? store_reserve(l->state_root, l->id, &l->store, err) : -1;
}

/* Cgroups below the container's own are made in units alone. */
static void warn_of_subgroups(struct launch *l)
{
    static const char *const keys[] = {ANNOTATION_SYSTEMD_SUBGROUP, ANNOTATION_DELEGATE_CGROUP, NULL};
    for (size_t i = 0; keys[i] && !str_equal(l->record->cgroup->manager, "systemd"); i++) {
        const char *value = config_annotation(l->config, keys[i]);
        if (value && *value)
            log_warning("annotation %s ignored: it needs --cgroup-manager=systemd", keys[i]);
    }
}

static int plan_cgroup(struct launch *l, struct error *err)
{
    const struct cgroup_request request = {
        .id = l->id,
        .manager = l->options->cgroup_manager   ? l->options->cgroup_manager
                   : l->options->systemd_cgroup ? "systemd"
                                                : NULL,
        .config = l->config,
        .rootless = l->rootless,
        .state_root = l->state_root,
    };
    if (cgroup_plan(&request, &l->cgroup, err) < 0)
        return -1;
    l->record->cgroup = cgroup_describe(l->cgroup, l->arena);
    warn_of_subgroups(l);
    /* systemd moves the process; an ordinary user's davit loses sight of it once it has other ids. */
    l->attach_first = l->rootless || str_equal(l->record->cgroup->manager, "systemd");
    return 0;
}

static int send_pidfd(struct launch *l, struct error *err)
{
    const char *option = l->options->pidfd_socket;
    const char *path = option ? option : config_annotation(l->config, ANNOTATION_PIDFD_RECEIVER);
    return pidfd_socket_send(path, option ? "--pidfd-socket" : ANNOTATION_PIDFD_RECEIVER, "standard", l->pidfd, err);
}

/* While init sets itself up. The last process of a pid namespace takes the others with it; elsewhere the watch finds
 * them by their cgroup. */
static int work_beside(struct launch *l, struct error *err)
{
    struct identity *init;
    if (identity_of(l->pid, &init, err) < 0)
        return -1;
    l->record->init = init;
    l->record->cgroup = cgroup_describe(l->cgroup, l->arena);
    if (l->foreground)
        watch_begin(l, config_creates(l->config, CLONE_NEWPID) ? NULL : l->record->cgroup);
    return store_write_copy(l->store, l->record, err);
}

/* From the reservation on: what fails here is undone. */
static int prepare(struct launch *l, const char *text, size_t length, struct error *err)
{
    if (sequence_point(l, "runtime: reserved", err) < 0 || store_save_config(l->store, text, length, err) < 0 ||
        notify_prepare(l, err) < 0)
        return -1;
    if (plan_prepare(l, err) < 0)
        return error_step(err, "runtime: namespaces");
    if (plan_cgroup(l, err) < 0)
        return error_step(err, "runtime: cgroup");
    return sequence_before(l, err);
}

static int make_init(struct launch *l, struct error *err)
{
    l->child_waits |= l->attach_first && !l->plan->forks;
    if (!l->starts_at_once && start_socket_listen(l, err) < 0)
        return -1;
    l->beside = work_beside;
    if (sequence_point(l, "runtime: spawn", err) < 0)
        return -1;
    if (spawn(l, err) < 0)
        return error_step(err, "runtime: spawn");
    if (sequence_point(l, "runtime: spawned", err) < 0 || parent_serve(l, err) < 0)
        return -1;
    return send_pidfd(l, err);
}

struct text {
    const char *begin;
    size_t length;
};

static int begin(const struct create_request *q, bool at_once, struct foreground *f, struct launch **out,
                 struct text *config, struct error *err)
{
    struct launch *l = launch_new(err->arena, LAUNCH_CREATE);
    l->id = q->id;
    l->state_root = q->root;
    l->options = &q->options;
    l->foreground = f;
    l->starts_at_once = at_once;
    l->rootless = q->rootless || !proc_is_real_root();
    *out = NULL;
    *config = (struct text){"", 0};
    if (store_check_id(q->id, err) < 0 || check_host(err) < 0 || open_bundle(l, q, err) < 0 ||
        read_config(l, q, &config->begin, &config->length, err) < 0 || make_record(l, q, err) < 0 ||
        reserve(l, err) < 0) {
        locate_fault(l, q, config->begin, config->length, err);
        launch_free(l);
        return -1;
    }
    *out = l;
    if (prepare(l, config->begin, config->length, err) == 0)
        return 0;
    locate_fault(l, q, config->begin, config->length, err);
    *out = NULL;
    return creation_undo(l, err);
}

int creation_prepare(const struct create_request *q, bool at_once, struct foreground *f, struct launch **out,
                     struct error *err)
{
    struct text config;
    return begin(q, at_once, f, out, &config, err);
}

int creation_begin(const struct create_request *q, bool at_once, struct foreground *f, struct launch **out,
                   struct error *err)
{
    struct text config;
    if (begin(q, at_once, f, out, &config, err) < 0)
        return error_context(err, "cannot create %s", q->id);
    if (make_init(*out, err) == 0)
        return 0;
    locate_fault(*out, q, config.begin, config.length, err);
    creation_undo(*out, err);
    *out = NULL;
    return error_context(err, "cannot create %s", q->id);
}

int creation_record(struct launch *l, bool is_running, struct error *err)
{
    if (sequence_point(l, "runtime: record", err) < 0)
        return -1;
    l->record->status = arena_int64(l->arena, is_running ? STATUS_RUNNING : STATUS_CREATED);
    l->record->started = is_running;
    if (store_write(l->store, l->record, err) < 0)
        return error_step(err, "runtime: record");
    return sequence_point(l, "runtime: recorded", err);
}

int creation_undo(struct launch *l, struct error *err)
{
    struct error second;
    error_init(&second, err->arena);
    watch_end(l);
    spawn_end(l);
    if (container_cleanup(l->store, l->record, l->config, &second) < 0)
        log_warning("cannot undo all of it: %s; try davit delete --force %s", error_line(&second), l->id);
    creation_end(l);
    return -1;
}

void creation_end(struct launch *l)
{
    struct store *s = l->store;
    launch_free(l);
    l->store = NULL;
    store_close(s);
}
