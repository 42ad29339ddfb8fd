/* cgroup_fuzz.c - any text as what is read of cgroups: mounts, a process's cgroups, statistics, schemata; and as
 * cgroupsPath, a slice or a property of a unit: whatever it is, the cgroup stays below its mount. Input: a first text
 * NUL a second one. */
#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "libcontainer/cgroup/internal.h"
#include "libcontainer/cgroup/resctrl.h"
#include "libcontainer/cgroup/stats_file.h"
#include "libcontainer/cgroup/unit_properties.h"
#include "spec/annotations.h"
#include "spec/config.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static bool climbs(const char *path)
{
    return str_equal(path, "..") || str_has_prefix(path, "../") || strstr(path, "/../") || str_has_suffix(path, "/..");
}

static void parse_layout(struct arena *a, const char *first, const char *second)
{
    struct layout layout = {0};
    layout_parse(a, first, second, &layout);
    for (size_t i = 0; i < layout.count; i++) {
        const struct hierarchy *h = &layout.list[i];
        require((h->version == 1 || h->version == 2) && h->names && h->mount && h->own);
        (void)hierarchy_path(a, second, h);
    }
    (void)controllers_parse(first, ' ');
    (void)controllers_parse(second, ',');
}

static void parse_statistics(struct arena *a, const char *text, const char *key)
{
    (void)stats_number(a, text);
    (void)stats_field(a, text, key, 1000);
    (void)stats_fields(a, text);
    (void)stats_numbers(a, text);
    (void)stats_pressure(a, text);
    for (const struct blkio_entry **e = stats_blkio_v1(a, text); e && *e; e++)
        require((*e)->op);
    (void)stats_blkio_v2(a, text, "rbytes", key);
}

/* What came out is what D-Bus carries: names and texts without a break, numbers that fit their type. */
static void set_property(struct arena *a, const char *name, const char *value, struct error *err)
{
    const struct pair given = {arena_printf(a, ANNOTATION_SYSTEMD_PROPERTY "%s", name), value};
    const struct pair *const list[] = {&given, NULL};
    struct unit_properties p = {0};
    error_clear(err);
    if (unit_properties_of_annotations(&p, list, err) < 0) {
        require(err->message != NULL && p.count == 0);
        return;
    }
    require(p.count == 1 && unit_property_text(a, p.list) != NULL);
    const struct unit_property *one = &p.list[0];
    require(str_has_prefix(one->name, "US") || strncmp(one->name, name, strlen(name) > 3 ? strlen(name) - 3 : 0) == 0);
    require((one->type == PROPERTY_STRING) == (one->text != NULL));
    require((one->type == PROPERTY_STRINGS) == (one->texts != NULL));
    require(!one->text || strlen(one->text) < strlen(value));
    if (one->type == PROPERTY_INT32)
        require((int64_t)one->number >= INT32_MIN && (int64_t)one->number <= INT32_MAX);
    if (one->type == PROPERTY_UINT32)
        require(one->number <= UINT32_MAX);
}

/* Texts for files of cgroup v2 as properties. */
static void set_limits(struct arena *a, const char *value)
{
    const struct knob_write writes[] = {
        {.file = "memory.max", .text = value, .version = 2},
        {.file = "cpu.max",        .text = value, .version = 2},
        {.file = "cpuset.cpus",    .text = value, .version = 2},
        {0       },
    };
    struct unit_properties p = {0};
    unit_properties_of_writes(&p, a, writes);
    for (size_t i = 0; i < p.count; i++)
        require(unit_property_text(a, &p.list[i]) != NULL);
}

/* A line of resctrl has what is written in it, and nothing is read beyond either. */
static void compare_schemata(struct arena *a, const char *text, const char *wanted)
{
    const char *line = resctrl_line_of(a, text, "L3:");
    require(!line || (str_has_prefix(line, "L3:") && resctrl_line_has(a, line, line)));
    (void)resctrl_line_of(a, text, wanted);
    if (resctrl_line_has(a, text, wanted))
        require(strchr(wanted, ':') && strchr(text, ':'));
}

static void name_slice(struct arena *a, const char *slice)
{
    const char *path = slice_path(a, slice);
    require(!path || (!climbs(path) && (*path == '\0' || str_has_suffix(path, ".slice"))));
}

static void name_cgroup(struct arena *a, const char *cgroups_path, const char *id, struct error *err)
{
    for (int systemd = 0; systemd < 2; systemd++) {
        struct cgroup_name name = {0};
        error_clear(err);
        if (cgroup_name_of(cgroups_path, id, systemd, false, &name, err) < 0) {
            require(err->message);
            continue;
        }
        require(!name.path || (*name.path == '/' && !climbs(name.path)));
        require(!name.relative || !climbs(name.relative));
        require(!name.unit || !strchr(name.unit, '/'));
        const char *path = name.slice ? slice_path(a, name.slice) : NULL;
        require(!path || !climbs(path));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = {0};
    struct error err;
    error_init(&err, &a);
    const uint8_t *end = memchr(data, 0, size);
    size_t length = end ? (size_t)(end - data) : size;
    const char *first = arena_strndup(&a, (const char *)data, length);
    const char *second = end ? arena_strndup(&a, (const char *)end + 1, size - length - 1) : "";
    parse_layout(&a, first, second);
    parse_statistics(&a, first, second);
    name_cgroup(&a, first, "c1", &err);
    name_slice(&a, first);
    set_property(&a, first, second, &err);
    set_limits(&a, first);
    compare_schemata(&a, first, second);
    arena_release(&a);
    return 0;
}
