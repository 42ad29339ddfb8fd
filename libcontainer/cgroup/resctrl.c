#include "libcontainer/cgroup/resctrl.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/str.h"
#include "libcontainer/cgroup/stats.h"
#include "spec/config.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_LIMIT (256 * 1024)

static bool has_schemata(const struct intel_rdt *rdt)
{
    return rdt->l3_cache_schema || rdt->mem_bw_schema || str_count(rdt->schemata) > 0;
}

static const char *directory_of(struct arena *a, const char *root, const char *clos_id)
{
    return *clos_id ? arena_printf(a, "%s/%s", root, clos_id) : root;
}

static const char *monitor_of(struct arena *a, const char *root, const char *clos_id, const char *id)
{
    return arena_printf(a, "%s/mon_groups/%s", directory_of(a, root, clos_id), id);
}

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

int resctrl_plan(const char *root, const struct intel_rdt *rdt, const char *id, struct resctrl_group *out,
                 struct error *err)
{
    struct arena *a = err->arena;
    *out = (struct resctrl_group){.clos_id = id};
    if (!exists(arena_printf(a, "%s/schemata", root))) {
        fail(err, ERR_NOT_SUPPORTED, "no resctrl filesystem is mounted at %s", root);
        error_at(err, "linux.intelRdt");
        return error_hint(err,
                          "mount -t resctrl resctrl %s; the processor and the kernel (CONFIG_X86_CPU_RESCTRL) must "
                          "have it",
                          root);
    }
    if (rdt->clos_id) {
        out->clos_id = str_equal(rdt->clos_id, "/") ? "" : rdt->clos_id;
        if (strchr(out->clos_id, '/') || str_equal(out->clos_id, ".") || str_equal(out->clos_id, ".."))
            return fail_config(err, "linux.intelRdt.closID", "\"%s\" is not a name below resctrl", rdt->clos_id);
    }
    const char *directory = directory_of(a, root, out->clos_id);
    bool is_there = exists(directory);
    if (rdt->clos_id && !has_schemata(rdt) && !is_there) {
        fail(err, ERR_NOT_FOUND, "there is no class of service %s", directory);
        error_at(err, "linux.intelRdt.closID");
        return error_hint(err, "make it first, or give its schemata");
    }
    out->made_clos = !rdt->clos_id && !is_there;
    out->made_mon = rdt->enable_monitoring && !exists(monitor_of(a, root, out->clos_id, id));
    return 0;
}

/* The lines in the order that the specification asks for. */
static const char **lines_of(struct arena *a, const struct intel_rdt *rdt)
{
    const char **lines = arena_array(a, str_count(rdt->schemata) + 3, sizeof *lines);
    size_t count = 0;
    if (rdt->l3_cache_schema)
        lines[count++] = rdt->l3_cache_schema;
    if (rdt->mem_bw_schema)
        lines[count++] = rdt->mem_bw_schema;
    for (const char **s = rdt->schemata; s && *s; s++)
        lines[count++] = *s;
    return lines;
}

static int read_text(const char *path, const char **out, struct error *err)
{
    char *text;
    if (file_read_at(AT_FDCWD, path, FILE_LIMIT, &text, NULL, err) < 0)
        return -1;
    *out = text;
    return 0;
}

/* The kernel says in info/last_cmd_status why it did not take a line. */
static int write_line(const char *root, const char *directory, const char *line, struct error *err)
{
    struct error ignored;
    const char *why;
    const char *file = arena_printf(err->arena, "%s/schemata", directory);
    scoped_fd fd = open(file, O_WRONLY | O_CLOEXEC);
    const char *text = arena_printf(err->arena, "%s\n", line);
    if (fd >= 0 && write(fd, text, strlen(text)) >= 0)
        return 0;
    fail_errno(err, "cannot write \"%s\" to %s", line, file);
    error_at(err, "linux.intelRdt");
    error_init(&ignored, err->arena);
    if (read_text(arena_printf(err->arena, "%s/info/last_cmd_status", root), &why, &ignored) == 0 && *why &&
        !str_equal(why, "ok\n"))
        error_hint(err, "the kernel says: %.*s", (int)strcspn(why, "\n"), why);
    return -1;
}

bool resctrl_line_has(struct arena *a, const char *line, const char *wanted)
{
    line += strspn(line, " ");
    const char *colon = strchr(wanted, ':');
    size_t kind = colon ? (size_t)(colon - wanted) + 1 : 0;
    if (kind == 0 || strncmp(line, wanted, kind) != 0)
        return false;
    const char **present = str_split(a, line + kind, ';');
    for (const char **part = str_split(a, wanted + kind, ';'); *part; part++)
        if (**part && !str_in(*part, present))
            return false;
    return true;
}

static int compare(const char *directory, const struct intel_rdt *rdt, struct error *err)
{
    const char *text;
    if (read_text(arena_printf(err->arena, "%s/schemata", directory), &text, err) < 0)
        return -1;
    const char **there = str_split(err->arena, text, '\n');
    for (const char **wanted = lines_of(err->arena, rdt); *wanted; wanted++) {
        bool found = false;
        for (const char **line = there; *line && !found; line++)
            found = resctrl_line_has(err->arena, *line, *wanted);
        if (!found) {
            fail(err, ERR_INVALID_CONFIG, "%s exists, and its schemata are not \"%s\"", directory, *wanted);
            error_at(err, "linux.intelRdt");
            return error_hint(err, "see %s/schemata, or choose another closID", directory);
        }
    }
    return 0;
}

static int make_directory(const char *path, struct error *err)
{
    if (mkdir(path, 0755) == 0 || errno == EEXIST)
        return 0;
    fail_errno(err, "cannot make %s", path);
    error_at(err, "linux.intelRdt");
    return err->errnum == ENOSPC ? error_hint(err, "the processor has no more classes of service or monitors: see "
                                                   "info/*/num_closids and num_rmids")
                                 : -1;
}

int resctrl_make(const char *root, const struct intel_rdt *rdt, const char *id, const struct resctrl_group *g,
                 struct error *err)
{
    const char *directory = directory_of(err->arena, root, g->clos_id);
    bool was_there = exists(directory);
    if (!was_there && make_directory(directory, err) < 0)
        return -1;
    if (was_there && rdt->clos_id) {
        if (has_schemata(rdt) && compare(directory, rdt, err) < 0)
            return -1;
    } else {
        for (const char **line = lines_of(err->arena, rdt); *line; line++)
            if (write_line(root, directory, *line, err) < 0)
                return -1;
    }
    return rdt->enable_monitoring ? make_directory(monitor_of(err->arena, root, g->clos_id, id), err) : 0;
}

static int put_pid(const char *directory, pid_t pid, struct error *err)
{
    char text[16];
    const char *file = arena_printf(err->arena, "%s/tasks", directory);
    scoped_fd fd = open(file, O_WRONLY | O_CLOEXEC);
    int length = snprintf(text, sizeof text, "%d\n", (int)pid);
    if (fd >= 0 && write(fd, text, (size_t)length) == length)
        return 0;
    fail_errno(err, "cannot put process %d into %s", (int)pid, directory);
    return error_at(err, "linux.intelRdt");
}

int resctrl_enter(const char *root, const char *id, const struct resctrl_group *g, pid_t pid, struct error *err)
{
    if (put_pid(directory_of(err->arena, root, g->clos_id), pid, err) < 0)
        return -1;
    return g->made_mon ? put_pid(monitor_of(err->arena, root, g->clos_id, id), pid, err) : 0;
}

int resctrl_set(const char *root, const char *clos_id, const struct intel_rdt *rdt, struct error *err)
{
    const char *directory = directory_of(err->arena, root, clos_id);
    for (const char **line = lines_of(err->arena, rdt); *line; line++)
        if (write_line(root, directory, *line, err) < 0)
            return -1;
    return 0;
}

static int remove_directory(const char *path, struct error *err)
{
    return rmdir(path) == 0 || errno == ENOENT ? 0 : fail_errno(err, "cannot remove %s", path);
}

int resctrl_remove(const char *root, const char *id, const struct resctrl_group *g, struct error *err)
{
    /* As a damaged record has it: nothing above or beside resctrl is removed. */
    if (strchr(g->clos_id, '/') || str_equal(g->clos_id, ".") || str_equal(g->clos_id, ".."))
        return 0;
    if (g->made_mon && remove_directory(monitor_of(err->arena, root, g->clos_id, id), err) < 0)
        return -1;
    return g->made_clos ? remove_directory(directory_of(err->arena, root, g->clos_id), err) : 0;
}

const char *resctrl_line_of(struct arena *a, const char *text, const char *kind)
{
    for (const char **line = str_split(a, text, '\n'); *line; line++) {
        const char *start = *line + strspn(*line, " ");
        if (str_has_prefix(start, kind))
            return start;
    }
    return NULL;
}

const struct rdt_stats *resctrl_stats(const char *root, const char *clos_id, struct arena *a)
{
    struct error ignored;
    const char *own, *whole;
    error_init(&ignored, a);
    if (read_text(arena_printf(a, "%s/schemata", directory_of(a, root, clos_id)), &own, &ignored) < 0 ||
        read_text(arena_printf(a, "%s/schemata", root), &whole, &ignored) < 0)
        return NULL;
    struct rdt_stats *s = arena_new(a, struct rdt_stats);
    s->l3_cache_schema = resctrl_line_of(a, own, "L3:");
    s->mem_bw_schema = resctrl_line_of(a, own, "MB:");
    s->l3_cache_schema_root = resctrl_line_of(a, whole, "L3:");
    s->mem_bw_schema_root = resctrl_line_of(a, whole, "MB:");
    s->schemata = own;
    return s;
}
