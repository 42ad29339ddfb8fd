#include "spec/config.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "spec/config_checks.h"
#include "spec/names.h"
#include "spec/schema.h"

#define ID_MAX UINT32_MAX

// clang-format off
DEFINE_OBJECT(pair,
    STRING(pair, value, ""));

DEFINE_OBJECT(root,
    STRING(root, path, "path", .required = true, .check = check_not_empty,
        .hint = "the directory of the root filesystem: \"rootfs\"",
        .doc = "The container's root directory on the host, absolute or below the bundle."),
    BOOL(root, readonly, "readonly",
        .doc = "Mounts the root read-only. Default: false."));

DEFINE_OBJECT(id_mapping,
    INT(id_mapping, container_id, "containerID", .required = true, .min = 0, .max = ID_MAX,
        .doc = "The first id inside the container."),
    INT(id_mapping, host_id, "hostID", .required = true, .min = 0, .max = ID_MAX,
        .doc = "The id on the host that it stands for."),
    INT(id_mapping, size, "size", .required = true, .min = 1, .max = ID_MAX,
        .doc = "How many ids are mapped, one after the other."));

DEFINE_OBJECT(mount,
    STRING(mount, destination, "destination", .required = true, .check = check_not_empty,
        .hint = "an absolute path inside the container: \"/data\"",
        .doc = "Where it appears, a path inside the container. Missing directories are made."),
    STRING(mount, type, "type",
        .doc = "A filesystem of /proc/filesystems; of no effect with the options bind and rbind."),
    STRING(mount, source, "source",
        .doc = "What is mounted: a path on the host, absolute or below the bundle, or a device or any word."),
    STRINGS(mount, options, "options",
        .doc = "Options of mount(8), their recursive forms (rro, rnosuid, ...), and those of the filesystem itself."),
    LIST(mount, uid_mappings, "uidMappings", id_mapping,
        .doc = "User ids of this mount, for the options idmap and ridmap. Default: those of the user namespace. "
               "The filesystem has to allow it: btrfs does since Linux 5.15, overlay since 5.19, tmpfs since 6.3."),
    LIST(mount, gid_mappings, "gidMappings", id_mapping,
        .doc = "Group ids of this mount; given together with uidMappings."));

DEFINE_OBJECT(mount_list,
    LIST(mount_list, mounts, "mounts", mount,
        .doc = "What is mounted, in this order."));

DEFINE_OBJECT(hook,
    STRING(hook, path, "path", .required = true, .check = check_absolute,
        .hint = "hooks are not looked up in $PATH: give the whole path",
        .doc = "The program, an absolute path."),
    STRINGS(hook, args, "args",
        .doc = "Its arguments, the name of the program first."),
    STRINGS(hook, env, "env", .check = check_environment,
        .doc = "Its whole environment as NAME=VALUE."),
    INT(hook, timeout, "timeout", .min = 1, .max = INT32_MAX,
        .hint = "seconds, at least 1; leave it out for no limit",
        .doc = "Seconds after which the hook is killed and counts as failed. Default: no limit."));

DEFINE_OBJECT(hooks,
    LIST(hooks, prestart, "prestart", hook,
        .doc = "Deprecated: run on the host during create, after the namespaces are made, before createRuntime."),
    LIST(hooks, create_runtime, "createRuntime", hook,
        .doc = "Run on the host during create, after the namespaces are made, before the root is entered."),
    LIST(hooks, create_container, "createContainer", hook,
        .doc = "Run in the container's namespaces during create, before the root is entered; paths are the host's."),
    LIST(hooks, start_container, "startContainer", hook,
        .doc = "Run inside the container during start, before its program; paths are the container's."),
    LIST(hooks, poststart, "poststart", hook,
        .doc = "Run on the host after the program was started, before start returns."),
    LIST(hooks, poststop, "poststop", hook,
        .doc = "Run on the host after the container was deleted, before delete returns."));

DEFINE_OBJECT(config,
    STRING(config, oci_version, "ociVersion", .required = true, .check = check_version, .hint = "\"1.3.0\"",
        .doc = "The version of the specification that the bundle is written for."),
    OBJECT(config, process, "process", process,
        .doc = "The container's program. Needed for start."),
    OBJECT(config, root, "root", root,
        .doc = "The container's root filesystem."),
    STRING(config, hostname, "hostname", .check = check_host_name,
        .doc = "The host name inside the container; needs a uts namespace."),
    STRING(config, domainname, "domainname", .check = check_host_name,
        .doc = "The NIS domain name inside the container; needs a uts namespace."),
    LIST(config, mounts, "mounts", mount,
        .doc = "What is mounted besides the root, in this order."),
    OBJECT(config, hooks, "hooks", hooks,
        .doc = "Programs that run at moments of the container's life; each reads its state from stdin."),
    MAP(config, annotations, "annotations", pair,
        .doc = "Words for engines and for davit, see davit features; they appear in the container's state."),
    OBJECT(config, linux_, "linux", linux_config,
        .doc = "What only Linux has."),
    RAW(config, solaris, "solaris", .doc = "For Solaris; of no effect here."),
    RAW(config, windows, "windows", .doc = "For Windows; of no effect here."),
    RAW(config, vm, "vm", .doc = "For runtimes with virtual machines; of no effect here."),
    RAW(config, zos, "zos", .doc = "For z/OS; of no effect here."),
    RAW(config, freebsd, "freebsd", .doc = "For FreeBSD; of no effect here."));
// clang-format on

const char *config_annotation(const struct config *c, const char *key)
{
    if (!c->annotations)
        return NULL;
    for (const struct pair **p = c->annotations; *p; p++)
        if (str_equal((*p)->key, key))
            return (*p)->value;
    return NULL;
}

const struct namespace *config_namespace(const struct config *c, int64_t type)
{
    if (!c->linux_ || !c->linux_->namespaces)
        return NULL;
    for (const struct namespace **n = c->linux_->namespaces; *n; n++)
        if (*(*n)->type == type)
            return *n;
    return NULL;
}

bool config_creates(const struct config *c, int64_t type)
{
    const struct namespace *n = config_namespace(c, type);
    return n && !n->path;
}

int config_check_process(const struct process *process, const char *path, const char *command, struct error *err)
{
    if (!process)
        return fail_config(err, path, "missing, required by \"%s\"", command);
    if (!process->args || !process->args[0]) {
        fail_config(err, path, "must have at least one element");
        err->path = arena_printf(err->arena, "%s%sargs", path, *path ? "." : "");
        return error_hint(err, "the program and its arguments: [\"/bin/sh\"]");
    }
    if (!*process->args[0]) {
        fail_config(err, path, "is empty: there is no program to run");
        err->path = arena_printf(err->arena, "%s%sargs[0]", path, *path ? "." : "");
        return -1;
    }
    return 0;
}
