#include "spec/features.h"

#include "base/arena.h"
#include "base/str.h"
#include "build-config.h"
#include "spec/annotations.h"
#include "spec/config.h"
#include "spec/names.h"
#include "spec/schema.h"

#if DAVIT_WITH_SECCOMP
#include <seccomp.h>
#endif

struct cgroup_features {
    bool v1, v2, systemd, systemd_user, rdma;
};
struct seccomp_features {
    bool enabled;
    const char **actions, **operators, **archs, **known_flags, **supported_flags;
};
struct enabled_feature {
    bool enabled;
};
struct memory_policy_features {
    const char **modes, **flags;
};
struct intel_rdt_features {
    bool enabled, schemata, monitoring;
};
struct mount_extensions {
    const struct enabled_feature *idmap;
};
struct linux_features {
    const char **namespaces, **capabilities;
    const struct cgroup_features *cgroup;
    const struct seccomp_features *seccomp;
    const struct enabled_feature *apparmor, *selinux, *net_devices;
    const struct intel_rdt_features *intel_rdt;
    const struct memory_policy_features *memory_policy;
    const struct mount_extensions *mount_extensions;
};
struct features {
    const char *version_min, *version_max;
    const char **hooks, **mount_options;
    const struct linux_features *linux_;
    const struct pair **annotations;
    const char **unsafe_annotations;
};

// clang-format off
#define ALWAYS .required = true /* "false" is said, not left out */
DEFINE_OBJECT(cgroup_features,
    BOOL(cgroup_features, v1, "v1", ALWAYS),
    BOOL(cgroup_features, v2, "v2", ALWAYS),
    BOOL(cgroup_features, systemd, "systemd", ALWAYS),
    BOOL(cgroup_features, systemd_user, "systemdUser", ALWAYS),
    BOOL(cgroup_features, rdma, "rdma", ALWAYS));
DEFINE_OBJECT(seccomp_features,
    BOOL(seccomp_features, enabled, "enabled", ALWAYS),
    STRINGS(seccomp_features, actions, "actions"),
    STRINGS(seccomp_features, operators, "operators"),
    STRINGS(seccomp_features, archs, "archs"),
    STRINGS(seccomp_features, known_flags, "knownFlags"),
    STRINGS(seccomp_features, supported_flags, "supportedFlags"));
DEFINE_OBJECT(enabled_feature,
    BOOL(enabled_feature, enabled, "enabled", ALWAYS));
DEFINE_OBJECT(memory_policy_features,
    STRINGS(memory_policy_features, modes, "modes"),
    STRINGS(memory_policy_features, flags, "flags"));
DEFINE_OBJECT(intel_rdt_features,
    BOOL(intel_rdt_features, enabled, "enabled", ALWAYS),
    BOOL(intel_rdt_features, schemata, "schemata", ALWAYS),
    BOOL(intel_rdt_features, monitoring, "monitoring", ALWAYS));
DEFINE_OBJECT(mount_extensions,
    OBJECT(mount_extensions, idmap, "idmap", enabled_feature));
DEFINE_OBJECT(linux_features,
    STRINGS(linux_features, namespaces, "namespaces"),
    STRINGS(linux_features, capabilities, "capabilities"),
    OBJECT(linux_features, cgroup, "cgroup", cgroup_features),
    OBJECT(linux_features, seccomp, "seccomp", seccomp_features),
    OBJECT(linux_features, apparmor, "apparmor", enabled_feature),
    OBJECT(linux_features, selinux, "selinux", enabled_feature),
    OBJECT(linux_features, intel_rdt, "intelRdt", intel_rdt_features),
    OBJECT(linux_features, memory_policy, "memoryPolicy", memory_policy_features),
    OBJECT(linux_features, mount_extensions, "mountExtensions", mount_extensions),
    OBJECT(linux_features, net_devices, "netDevices", enabled_feature));
DEFINE_OBJECT(features,
    STRING(features, version_min, "ociVersionMin"),
    STRING(features, version_max, "ociVersionMax"),
    STRINGS(features, hooks, "hooks"),
    STRINGS(features, mount_options, "mountOptions"),
    OBJECT(features, linux_, "linux", linux_features),
    MAP(features, annotations, "annotations", pair),
    STRINGS(features, unsafe_annotations, "potentiallyUnsafeConfigAnnotations"));
// clang-format on

static const char **texts_of(struct arena *a, const struct name *names)
{
    size_t count = 0;
    while (names[count].text)
        count++;
    const char **list = arena_array(a, count + 1, sizeof *list);
    for (size_t i = 0; i < count; i++)
        list[i] = names[i].text;
    return list;
}

static const char **mount_option_texts(struct arena *a)
{
    size_t count = 0;
    while (mount_options[count].text)
        count++;
    const char **list = arena_array(a, count + 1, sizeof *list);
    for (size_t i = 0; i < count; i++)
        list[i] = mount_options[i].text;
    return list;
}

static const char **hook_names(struct arena *a)
{
    const struct slot *hooks = schema_find(&config_object, "hooks");
    size_t count = 0;
    while (hooks->element->slots[count].key)
        count++;
    const char **list = arena_array(a, count + 1, sizeof *list);
    for (size_t i = 0; i < count; i++)
        list[i] = hooks->element->slots[i].key;
    return list;
}

static const char **unsafe_annotation_keys(struct arena *a)
{
    size_t count = 0, used = 0;
    while (annotations[count].key)
        count++;
    const char **list = arena_array(a, count + 1, sizeof *list);
    for (size_t i = 0; i < count; i++)
        if (annotations[i].is_unsafe)
            list[used++] = annotations[i].key;
    return list;
}

static const struct seccomp_features *seccomp_of_build(struct arena *a)
{
    struct seccomp_features *s = arena_new(a, struct seccomp_features);
#if DAVIT_WITH_SECCOMP
    s->enabled = true;
    s->actions = texts_of(a, seccomp_action_names);
    s->operators = texts_of(a, seccomp_operator_names);
    s->archs = texts_of(a, seccomp_arch_names);
    s->known_flags = texts_of(a, seccomp_flag_names);
    s->supported_flags = s->known_flags;
#endif
    return s;
}

/* What engines read beyond the specification. */
static const struct pair **annotations_of_build(struct arena *a)
{
    static const struct pair checkpoint = {.key = "org.opencontainers.runc.checkpoint.enabled", .value = "true"};
    const struct pair **list = arena_array(a, 3, sizeof *list);
    list[0] = &checkpoint;
#if DAVIT_WITH_SECCOMP
    struct pair *libseccomp = arena_new(a, struct pair);
    libseccomp->key = "io.github.seccomp.libseccomp.version";
    libseccomp->value = arena_printf(a, "%d.%d.%d", SCMP_VER_MAJOR, SCMP_VER_MINOR, SCMP_VER_MICRO);
    list[1] = libseccomp;
#endif
    return list;
}

const char *features_text(struct arena *a)
{
    static const struct enabled_feature enabled = {true};
    static const struct enabled_feature selinux = {DAVIT_WITH_SELINUX};
    static const struct cgroup_features cgroup = {true, true, DAVIT_WITH_SYSTEMD, DAVIT_WITH_SYSTEMD, true};
    static const struct intel_rdt_features intel_rdt = {true, true, true};
    static const struct mount_extensions mount_extensions = {&enabled};
    struct memory_policy_features memory_policy = {
        .modes = texts_of(a, memory_policy_mode_names),
        .flags = texts_of(a, memory_policy_flag_names),
    };
    struct linux_features linux_features = {
        .namespaces = texts_of(a, namespace_names),
        .capabilities = texts_of(a, capability_names),
        .cgroup = &cgroup,
        .seccomp = seccomp_of_build(a),
        .apparmor = &enabled,
        .selinux = &selinux,
        .net_devices = &enabled,
        .intel_rdt = &intel_rdt,
        .memory_policy = &memory_policy,
        .mount_extensions = &mount_extensions,
    };
    struct features features = {
        .version_min = SPEC_VERSION_MIN,
        .version_max = SPEC_VERSION,
        .hooks = hook_names(a),
        .mount_options = mount_option_texts(a),
        .linux_ = &linux_features,
        .annotations = annotations_of_build(a),
        .unsafe_annotations = unsafe_annotation_keys(a),
    };
    return schema_encode(a, &features_object, &features, 2);
}
