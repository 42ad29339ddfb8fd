#include "spec/state.h"

#include "spec/config.h"

#include <stddef.h>

const struct name status_names[] = {
    {"creating", STATUS_CREATING},
    {"created",  STATUS_CREATED },
    {"running",  STATUS_RUNNING },
    {"paused",   STATUS_PAUSED  },
    {"stopped",  STATUS_STOPPED },
    {NULL,       0              },
};

/* clang-format off */
DEFINE_OBJECT(identity,
    INT(identity, pid, "pid", .min = 1, .max = INT32_MAX, .required = true),
    UINT(identity, start_time, "startTime", .required = true, .doc = "clock ticks since boot"),
    STRING(identity, boot_id, "bootId", .required = true));

DEFINE_OBJECT(cgroup_record,
    STRING(cgroup_record, manager, "manager", .required = true, .doc = "cgroupfs, systemd or disabled"),
    STRING(cgroup_record, path, "path"),
    STRING(cgroup_record, unit, "unit"),
    STRING(cgroup_record, slice, "slice"),
    BOOL(cgroup_record, user_bus, "userBus"),
    STRINGS(cgroup_record, places, "places", .doc = "the container's own directories"),
    STRINGS(cgroup_record, made, "made", .doc = "parents that davit made too, deepest last"));

DEFINE_OBJECT(stacked_root,
    STRING(stacked_root, path, "path", .required = true),
    INT(stacked_root, mount_id, "mountId", .required = true, .max = INT64_MAX),
    INT(stacked_root, namespace_id, "namespaceId", .required = true, .max = INT64_MAX),
    STRING(stacked_root, namespace_path, "namespacePath"));

DEFINE_OBJECT(record,
    INT(record, version, "version", .min = 1, .max = INT32_MAX, .required = true),
    STRING(record, davit_version, "davitVersion"),
    STRING(record, id, "id", .required = true),
    STRING(record, bundle, "bundle", .required = true),
    STRING(record, rootfs, "rootfs"),
    STRING(record, created, "created"),
    STRING(record, owner, "owner"),
    ENUM(record, status, "status", status_names, .required = true, .doc = "as last written; what is true is derived"),
    OBJECT(record, creator, "creator", identity, .doc = "the davit that is creating it"),
    OBJECT(record, init, "init", identity),
    STRINGS(record, begun, "begun", .doc = "aspects whose `before` was begun, in order"),
    OBJECT(record, cgroup, "cgroup", cgroup_record),
    MAP(record, annotations, "annotations", pair),
    BOOL(record, rootless, "rootless"),
    BOOL(record, detached, "detached"),
    BOOL(record, started, "started", .doc = "GO was sent, or is about to be"),
    STRING(record, ended, "ended"),
    INT(record, exit_code, "exitCode", .max = 255),
    STRING(record, clos_id, "closId"),
    BOOL(record, made_clos, "madeClos"),
    BOOL(record, made_mon, "madeMon"),
    OBJECT(record, stacked_root, "stackedRoot", stacked_root),
    MAP(record, net_devices, "netDevices", pair));

/* Scripts match both as text, so each has its members in the order in which other runtimes print them. */
#define NAME_ROWS                                                                                                      \
    STRING(oci_state, oci_version, "ociVersion", .required = true), STRING(oci_state, id, "id", .required = true)
#define STATUS_ROW ENUM(oci_state, status, "status", status_names, .required = true)
#define PID_ROW    INT(oci_state, pid, "pid", .max = INT32_MAX)
#define BUNDLE_ROW STRING(oci_state, bundle, "bundle", .required = true)

DEFINE_OBJECT(oci_state,
    NAME_ROWS,
    PID_ROW,
    STATUS_ROW,
    BUNDLE_ROW,
    STRING(oci_state, rootfs, "rootfs"),
    STRING(oci_state, created, "created", .doc = "RFC 3339"),
    STRING(oci_state, owner, "owner"),
    MAP(oci_state, annotations, "annotations", pair));

static const struct slot hook_state_slots[] = {
    NAME_ROWS,
    STATUS_ROW,
    PID_ROW,
    BUNDLE_ROW,
    MAP(oci_state, annotations, "annotations", pair),
    END,
};
const struct object hook_state_object = {"hook_state", sizeof(struct oci_state), hook_state_slots};
