#include "libcontainer/cgroup/internal.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/str.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROC_LIMIT  (16 * 1024 * 1024)
#define CACHE_NAME  "cgroup-layout"
#define CACHE_LIMIT (64 * 1024)

static const struct {
    const char *v1, *v2; /* v2 NULL: has no controller of that kind */
} controller_names[CONTROLLERS] = {
    [CONTROLLER_CPU] = {"cpu",        "cpu"    },
    [CONTROLLER_CPUACCT] = {"cpuacct",    NULL     },
    [CONTROLLER_CPUSET] = {"cpuset",     "cpuset" },
    [CONTROLLER_MEMORY] = {"memory",     "memory" },
    [CONTROLLER_IO] = {"blkio",      "io"     },
    [CONTROLLER_PIDS] = {"pids",       "pids"   },
    [CONTROLLER_DEVICES] = {"devices",    NULL     },
    [CONTROLLER_FREEZER] = {"freezer",    NULL     },
    [CONTROLLER_HUGETLB] = {"hugetlb",    "hugetlb"},
    [CONTROLLER_NET_CLS] = {"net_cls",    NULL     },
    [CONTROLLER_NET_PRIO] = {"net_prio",   NULL     },
    [CONTROLLER_RDMA] = {"rdma",       "rdma"   },
    [CONTROLLER_MISC] = {"misc",       "misc"   },
    [CONTROLLER_PERF_EVENT] = {"perf_event", NULL     },
    [CONTROLLER_DMEM] = {NULL,         "dmem"   },
};

const char *controller_name(enum controller controller, int version)
{
    if (controller >= CONTROLLERS)
        return "cgroup";
    const char *v1 = controller_names[controller].v1, *v2 = controller_names[controller].v2;
    if (version == 2)
        return v2 ? v2 : v1;
    return v1 ? v1 : v2;
}

uint32_t controllers_parse(const char *text, char separator)
{
    uint32_t mask = 0;
    while (*text) {
        size_t length = strcspn(text, (const char[]){separator, '\n', '\0'});
        for (unsigned i = 0; i < CONTROLLERS; i++) {
            const char *v1 = controller_names[i].v1, *v2 = controller_names[i].v2;
            if ((v1 && strlen(v1) == length && strncmp(v1, text, length) == 0) ||
                (v2 && strlen(v2) == length && strncmp(v2, text, length) == 0))
                mask |= CONTROLLER_BIT(i);
        }
        text += length;
        if (*text)
            text++;
    }
    return mask;
}

/* mountinfo writes blanks, tabs, newlines and backslashes as \OOO. */
static const char *unescape(struct arena *a, const char *s)
{
    char *out = arena_strdup(a, s), *to = out;
    while (*s) {
        if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' && s[3] >= '0' && s[3] <= '7') {
            *to++ = (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 + (s[3] - '0'));
            s += 4;
        } else {
            *to++ = *s++;
        }
    }
    *to = '\0';
    return out;
}

/* Of a v1 superblock's options, those that name what it controls: "rw,xattr,cpu,cpuacct" -> "cpu,cpuacct". */
static const char *v1_names(struct arena *a, const char *super_options)
{
    const char *names = "";
    for (const char **option = str_split(a, super_options, ','); *option; option++)
        if (str_has_prefix(*option, "name=") || controllers_parse(*option, ','))
            names = arena_printf(a, "%s%s%s", names, *names ? "," : "", *option);
    return names;
}

const char *hierarchy_path(struct arena *a, const char *proc_cgroup, const struct hierarchy *h)
{
    for (const char **line = str_split(a, proc_cgroup, '\n'); *line; line++) {
        const char *names = strchr(*line, ':');
        const char *path = names ? strchr(names + 1, ':') : NULL;
        if (!path)
            continue;
        const char *text = arena_strndup(a, names + 1, (size_t)(path - names - 1));
        bool is_v2 = *text == '\0' && str_has_prefix(*line, "0:");
        if (h->version == 2
                ? is_v2
                : str_equal(text, h->names) || (h->controllers && controllers_parse(text, ',') == h->controllers))
            return path + 1;
    }
    return NULL;
}

/* `own` as seen below a mount that shows the hierarchy from `root` on; NULL when it is not below it. */
static const char *below_root(const char *own, const char *root)
{
    if (str_equal(root, "/"))
        return own;
    const char *rest = str_after(own, root);
    if (rest && *rest == '\0')
        return "/";
    return rest && *rest == '/' ? rest : NULL;
}

const char *hierarchy_directory(struct arena *a, const struct hierarchy *h, const char *path)
{
    const char *below = below_root(path, h->root);
    if (!below)
        return NULL;
    return str_equal(below, "/") ? h->mount : arena_printf(a, "%s%s", h->mount, below);
}

/* One line of mountinfo: "36 35 98:0 /root /mount options… - type source super-options". */
static bool parse_mount(struct arena *a, const char *line, const char *self_cgroup, struct hierarchy *out)
{
    const char **field = str_split(a, line, ' ');
    size_t count = str_count(field), dash = 6;
    while (dash < count && !str_equal(field[dash], "-"))
        dash++;
    if (dash + 3 >= count)
        return false;
    bool v2 = str_equal(field[dash + 1], "cgroup2");
    if (!v2 && !str_equal(field[dash + 1], "cgroup"))
        return false;
    const char *names = v2 ? "" : v1_names(a, field[dash + 3]);
    *out = (struct hierarchy){
        .version = v2 ? 2 : 1,
        .names = names,
        .controllers = controllers_parse(names, ','),
        .mount = unescape(a, field[4]),
        .root = unescape(a, field[3]),
    };
    const char *own = hierarchy_path(a, self_cgroup, out);
    out->own = own ? below_root(own, out->root) : NULL;
    return v2 || *names;
}

static struct hierarchy *same_hierarchy(struct layout *l, const struct hierarchy *h)
{
    for (size_t i = 0; i < l->count; i++)
        if (l->list[i].version == h->version && str_equal(l->list[i].names, h->names))
            return &l->list[i];
    return NULL;
}

void layout_parse(struct arena *a, const char *mountinfo, const char *self_cgroup, struct layout *out)
{
    const char **lines = str_split(a, mountinfo, '\n');
    *out = (struct layout){.list = arena_array(a, str_count(lines) + 1, sizeof(struct hierarchy))};
    for (; *lines; lines++) {
        struct hierarchy h;
        if (!strstr(*lines, " cgroup") || !parse_mount(a, *lines, self_cgroup, &h))
            continue;
        struct hierarchy *known = same_hierarchy(out, &h);
        if (!known)
            out->list[out->count++] = h;
        else if (!known->own && h.own) /* a mount that shows where we are is better than one that does not */
            *known = h;
    }
    for (size_t i = 0; i < out->count; i++)
        if (!out->list[i].own)
            out->list[i].own = "/";
}

/* What the cache depends on: this boot, this mount namespace, and the set of hierarchies, which the first two fields
 * of /proc/self/cgroup list even when they are mounted later. */
static int cache_key(const char *self_cgroup, const char **out, struct error *err)
{
    char boot_id[37];
    struct stat ns;
    if (proc_boot_id(boot_id, err) < 0)
        return -1;
    if (stat("/proc/self/ns/mnt", &ns) < 0)
        return fail_errno(err, "cannot inspect the mount namespace");
    const char **set = str_split(err->arena, self_cgroup, '\n');
    size_t count = 0;
    for (const char **line = set; *line; line++) {
        const char *names = strchr(*line, ':');
        const char *path = names ? strchr(names + 1, ':') : NULL;
        if (path)
            set[count++] = arena_strndup(err->arena, *line, (size_t)(path - *line));
    }
    set[count] = NULL;
    *out = arena_printf(err->arena, "1 %s %llu %u %s\n", boot_id, (unsigned long long)ns.st_ino, geteuid(),
                        str_join(err->arena, set, " "));
    return 0;
}

/* Whether this line's mount is what its mount point leads to: mountinfo lists covered mounts too, and later another one
 * may cover it. Kernels before 5.8 have no mount ids to ask for. */
static bool is_on_top(struct arena *a, const char *line)
{
    const char **field = str_split(a, line, ' ');
    struct statx st;
    if (str_count(field) < 5 ||
        statx(AT_FDCWD, unescape(a, field[4]), AT_NO_AUTOMOUNT, STATX_TYPE | STATX_MNT_ID, &st) < 0)
        return false;
    if ((st.stx_mask & STATX_MNT_ID) &&
        !str_equal(field[0], arena_printf(a, "%llu", (unsigned long long)st.stx_mnt_id)))
        return false;
    return str_equal(field[2], arena_printf(a, "%u:%u", st.stx_dev_major, st.stx_dev_minor));
}

/* A line for each cgroup mount, as mountinfo has it: the parser stays the same. */
static const char *cgroup_lines(struct arena *a, const char *mountinfo)
{
    const char *kept = "";
    for (const char **line = str_split(a, mountinfo, '\n'); *line; line++)
        if (strstr(*line, " - cgroup") && is_on_top(a, *line))
            kept = arena_printf(a, "%s%s\n", kept, *line);
    return kept;
}

/* Each mount is still what it was, and each hierarchy has one: another may be mounted, or shown again, later. */
static bool still_holds(struct arena *a, const char *lines, const char *self_cgroup, struct layout *out)
{
    size_t hierarchies = 0;
    for (const char **line = str_split(a, lines, '\n'); *line; line++)
        if (**line && !is_on_top(a, *line))
            return false;
    for (const char **line = str_split(a, self_cgroup, '\n'); *line; line++)
        hierarchies += **line != '\0';
    layout_parse(a, lines, self_cgroup, out);
    return out->count > 0 && out->count >= hierarchies;
}

static bool cache_read(const char *state_root, const char *key, const char *self_cgroup, struct layout *out,
                       struct error *err)
{
    const char *path = arena_printf(err->arena, "%s/.cache/" CACHE_NAME, state_root);
    scoped_fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 022))
        return false;
    char *text;
    if (file_read(fd, CACHE_LIMIT, &text, NULL, err) < 0) {
        error_clear(err);
        return false;
    }
    const char *lines = str_after(text, key);
    return lines && still_holds(err->arena, lines, self_cgroup, out);
}

/* A cache that cannot be written costs time, nothing else. */
static void cache_write(const char *state_root, const char *key, const char *lines, struct error *err)
{
    const char *directory = arena_printf(err->arena, "%s/.cache", state_root);
    if (mkdir(directory, 0700) < 0 && errno != EEXIST)
        return;
    scoped_fd fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return;
    const char *text = arena_printf(err->arena, "%s%s", key, lines);
    if (file_replace(fd, CACHE_NAME, 0600, text, strlen(text), err) < 0) {
        log_debug("the layout of the cgroups is not cached: %s", error_line(err));
        error_clear(err);
    }
}

static int find_mounts(const char *state_root, const char *self_cgroup, struct layout *out, struct error *err)
{
    const char *key = NULL;
    if (state_root && cache_key(self_cgroup, &key, err) < 0) {
        log_debug("the layout of the cgroups is not cached: %s", error_line(err));
        error_clear(err);
    }
    if (key && cache_read(state_root, key, self_cgroup, out, err))
        return 0;
    char *mountinfo;
    if (file_read_at(AT_FDCWD, "/proc/self/mountinfo", PROC_LIMIT, &mountinfo, NULL, err) < 0)
        return -1;
    const char *lines = cgroup_lines(err->arena, mountinfo);
    if (key)
        cache_write(state_root, key, lines, err);
    layout_parse(err->arena, lines, self_cgroup, out);
    return 0;
}

int layout_read(const char *state_root, struct layout *out, struct error *err)
{
    char *self_cgroup;
    if (file_read_at(AT_FDCWD, "/proc/self/cgroup", PROC_LIMIT, &self_cgroup, NULL, err) < 0)
        return error_context(err, "finding the cgroups");
    if (find_mounts(state_root, self_cgroup, out, err) < 0)
        return error_context(err, "finding the cgroups");
    for (size_t i = 0; i < out->count; i++) {
        struct hierarchy *h = &out->list[i];
        if (h->version != 2)
            continue;
        char *text;
        const char *file = arena_printf(err->arena, "%s/cgroup.controllers", h->mount);
        if (file_read_at(AT_FDCWD, file, 4096, &text, NULL, err) < 0) {
            error_clear(err);
            continue;
        }
        h->controllers = controllers_parse(text, ' ');
    }
    return 0;
}

const char *layout_describe_v2(const struct layout *l, struct arena *a)
{
    const char *names = "";
    if (l->count != 1 || l->list[0].version != 2)
        return NULL;
    for (unsigned i = 0; i < CONTROLLERS; i++)
        if (l->list[0].controllers & CONTROLLER_BIT(i))
            names = arena_printf(a, "%s%s%s", names, *names ? " " : "", controller_name((enum controller)i, 2));
    return arena_printf(a, "%s, which has \"%s\"", l->list[0].mount, names);
}
