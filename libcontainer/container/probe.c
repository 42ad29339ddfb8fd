#include "libcontainer/container/probe.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "base/str.h"
#include "spec/schema.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

struct probe_row {
    const char *name;
    const bool *available;
    const char *reason, *hint;
};
struct probe_document {
    const char *kernel;
    const struct probe_row **probes;
};

// clang-format off
DEFINE_OBJECT(probe_row,
    STRING(probe_row, name, "name"),
    FLAG(probe_row, available, "available"),
    STRING(probe_row, reason, "reason"),
    STRING(probe_row, hint, "hint"));
DEFINE_OBJECT(probe_document,
    STRING(probe_document, kernel, "kernel"),
    LIST(probe_document, probes, "probes", probe_row));
// clang-format on

/* A small file without the line's end, or NULL. */
static const char *read_text(struct arena *a, const char *path)
{
    struct error ignored;
    char *text;
    error_init(&ignored, a);
    if (file_read_at(AT_FDCWD, path, 1 << 16, &text, NULL, &ignored) < 0)
        return NULL;
    return arena_strndup(a, text, strcspn(text, "\n"));
}

static bool try_cgroup(struct arena *a, struct probe_result *out)
{
    const char *v2 = read_text(a, "/sys/fs/cgroup/cgroup.controllers");
    const char *hybrid = read_text(a, "/sys/fs/cgroup/unified/cgroup.controllers");
    bool v1 = access("/sys/fs/cgroup/memory", F_OK) == 0 || access("/sys/fs/cgroup/pids", F_OK) == 0;
    if (v2)
        out->reason = arena_printf(a, "cgroup v2 with %s", *v2 ? v2 : "no controllers");
    else if (hybrid)
        out->reason = arena_printf(a, "hybrid: v2 with %s, the others on v1", *hybrid ? hybrid : "no controllers");
    else
        out->reason = v1 ? "cgroup v1" : "no hierarchy is mounted below /sys/fs/cgroup";
    return v2 || hybrid || v1;
}

/* Whether the caller's own cgroup is his to use; root's always is. */
static bool try_delegation(struct arena *a, struct probe_result *out)
{
    const char *own = read_text(a, "/proc/self/cgroup");
    const char *path = own ? str_after(own, "0::") : NULL;
    if (geteuid() == 0 && access("/sys/fs/cgroup", W_OK) == 0)
        return true;
    out->hint = "systemctl --user, or systemd-run --user --scope -p Delegate=yes, gives a cgroup of one's own";
    if (!path) {
        out->reason = "only cgroup v2 can be delegated";
        return false;
    }
    const char *file = arena_printf(a, "/sys/fs/cgroup%s/cgroup.procs", path);
    if (access(file, W_OK) == 0)
        return true;
    out->reason = arena_printf(a, "%s may not be written", file);
    return false;
}

static bool try_systemd(struct arena *a, struct probe_result *out)
{
    (void)a;
    if (access("/run/systemd/system", F_OK) == 0)
        return true;
    out->reason = "systemd does not run this host";
    return false;
}

static bool try_apparmor(struct arena *a, struct probe_result *out)
{
    if (str_equal(read_text(a, "/sys/module/apparmor/parameters/enabled"), "Y"))
        return true;
    out->reason = "AppArmor is not enabled here";
    return false;
}

static bool try_selinux(struct arena *a, struct probe_result *out)
{
    const char *enforce = read_text(a, "/sys/fs/selinux/enforce");
    if (enforce) {
        out->reason = str_equal(enforce, "1") ? "enforcing" : "permissive";
        return true;
    }
    out->reason = "SELinux is not enabled here";
    return false;
}

static bool try_resctrl(struct arena *a, struct probe_result *out)
{
    (void)a;
    if (access("/sys/fs/resctrl/schemata", F_OK) == 0)
        return true;
    out->reason = "no resctrl is mounted at /sys/fs/resctrl";
    out->hint = "mount -t resctrl resctrl /sys/fs/resctrl, where the processor has it";
    return false;
}

static bool is_in_path(struct arena *a, const char *program)
{
    const char *path = secure_getenv("PATH");
    for (const char **part = str_split(a, path ? path : "/usr/sbin:/usr/bin:/sbin:/bin", ':'); *part; part++)
        if (access(arena_printf(a, "%s/%s", *part, program), X_OK) == 0)
            return true;
    return false;
}

static bool try_id_helpers(struct arena *a, struct probe_result *out)
{
    if (geteuid() == 0) {
        out->reason = "not needed by root";
        return true;
    }
    if (!is_in_path(a, "newuidmap") || !is_in_path(a, "newgidmap")) {
        out->reason = "newuidmap or newgidmap is not in $PATH: one user and one group can be mapped";
        out->hint = "install the package uidmap";
        return false;
    }
    if (access("/etc/subuid", R_OK) < 0 || access("/etc/subgid", R_OK) < 0) {
        out->reason = "/etc/subuid or /etc/subgid cannot be read";
        return false;
    }
    return true;
}

static bool try_criu(struct arena *a, struct probe_result *out)
{
    if (is_in_path(a, "criu"))
        return true;
    out->reason = "criu is not in $PATH";
    out->hint = "install criu for checkpoint and restore";
    return false;
}

static const struct probe file_probes[] = {
    {"cgroups",           try_cgroup    },
    {"cgroup-delegation", try_delegation},
    {"systemd",           try_systemd   },
    {"apparmor",          try_apparmor  },
    {"selinux",           try_selinux   },
    {"intel-rdt",         try_resctrl   },
    {"id-map-helpers",    try_id_helpers},
    {"checkpoint",        try_criu      },
    {NULL,                NULL          },
};

static size_t count(const struct probe *probes)
{
    size_t n = 0;
    while (probes[n].name)
        n++;
    return n;
}

static void run(struct arena *a, const struct probe *probes, const struct probe_result **out)
{
    for (size_t i = 0; probes[i].name; i++) {
        struct probe_result *r = arena_new(a, struct probe_result);
        r->name = probes[i].name;
        r->available = probes[i].try_it(a, r);
        if (r->available)
            r->hint = NULL;
        out[i] = r;
    }
}

int probe_host(const struct probe_result ***out, struct error *err)
{
    size_t first = count(kernel_probes);
    const struct probe_result **results = arena_array(err->arena, first + count(file_probes) + 1, sizeof *results);
    run(err->arena, kernel_probes, results);
    run(err->arena, file_probes, results + first);
    *out = results;
    return 0;
}

const char *probe_text(struct arena *a, const struct probe_result **results)
{
    struct utsname host;
    size_t n = 0;
    while (results[n])
        n++;
    const struct probe_row **rows = arena_array(a, n + 1, sizeof *rows);
    for (size_t i = 0; i < n; i++) {
        struct probe_row *row = arena_new(a, struct probe_row);
        *row = (struct probe_row){results[i]->name, &results[i]->available, results[i]->reason, results[i]->hint};
        rows[i] = row;
    }
    const struct probe_document document = {.kernel = uname(&host) == 0 ? host.release : NULL, .probes = rows};
    return arena_printf(a, "%s\n", schema_encode(a, &probe_document_object, &document, 4));
}
