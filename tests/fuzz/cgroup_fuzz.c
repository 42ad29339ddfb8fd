/* cgroup_fuzz.c - any text as what is read of cgroups: mounts, a process's cgroups, statistics; and as cgroupsPath:
 * whatever it is, the cgroup stays below its mount. Input: a first text NUL a second one. */
#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "libcontainer/cgroup/internal.h"
#include "libcontainer/cgroup/stats_file.h"
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
    arena_release(&a);
    return 0;
}
