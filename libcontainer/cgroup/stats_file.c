#include "libcontainer/cgroup/stats_file.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "libcontainer/cgroup/internal.h"
#include <string.h>

const char *stats_text(const struct place *p, struct arena *a, const char *file)
{
    struct error ignored;
    const char *text;
    error_init(&ignored, a);
    return place_read(p, file, &text, &ignored) == 0 ? text : NULL;
}

static const uint64_t *keep(struct arena *a, uint64_t value)
{
    uint64_t *slot = arena_new(a, uint64_t);
    *slot = value;
    return slot;
}

const uint64_t *stats_number(struct arena *a, const char *text)
{
    uint64_t value;
    if (!text)
        return NULL;
    if (str_equal(text, "max"))
        return keep(a, UINT64_MAX);
    return str_to_uint(text, UINT64_MAX, &value) ? keep(a, value) : NULL;
}

const struct stat_value **stats_fields(struct arena *a, const char *text)
{
    const char **lines = str_split(a, text ? text : "", '\n');
    const struct stat_value **list = arena_array(a, str_count(lines) + 1, sizeof(const struct stat_value *));
    size_t count = 0;
    for (; *lines; lines++) {
        const char **word = str_split(a, *lines, ' ');
        struct stat_value *v = arena_new(a, struct stat_value);
        if (str_count(word) != 2 || !(v->value = stats_number(a, word[1])))
            continue;
        v->key = word[0];
        list[count++] = v;
    }
    return list;
}

const uint64_t *stats_field(struct arena *a, const char *text, const char *key, uint64_t unit)
{
    for (const struct stat_value **v = stats_fields(a, text); *v; v++)
        if (str_equal((*v)->key, key))
            return keep(a, *(*v)->value * unit);
    return NULL;
}

const uint64_t **stats_numbers(struct arena *a, const char *text)
{
    const char **words = str_split(a, text ? text : "", ' ');
    const uint64_t **list = arena_array(a, str_count(words) + 1, sizeof(const uint64_t *));
    size_t count = 0;
    for (; *words; words++)
        if ((list[count] = stats_number(a, *words)))
            count++;
    return list;
}

/* "key=value" of a line; NULL when it has none. */
static const char *value_of(struct arena *a, const char *line, const char *key)
{
    for (const char **word = str_split(a, line, ' '); *word; word++) {
        const char *rest = str_after(*word, key);
        if (rest && *rest == '=')
            return rest + 1;
    }
    return NULL;
}

const struct pressure *stats_pressure(struct arena *a, const char *text)
{
    if (!text || !*text)
        return NULL;
    struct pressure *p = arena_new(a, struct pressure);
    for (const char **line = str_split(a, text, '\n'); *line; line++) {
        struct pressure_line *l = arena_new(a, struct pressure_line);
        *l = (struct pressure_line){
            .avg10 = value_of(a, *line, "avg10"),
            .avg60 = value_of(a, *line, "avg60"),
            .avg300 = value_of(a, *line, "avg300"),
            .total = stats_number(a, value_of(a, *line, "total")),
        };
        if (str_has_prefix(*line, "some "))
            p->some = l;
        else if (str_has_prefix(*line, "full "))
            p->full = l;
    }
    return p;
}

static struct blkio_entry *entry_of(struct arena *a, const char *device, const char *op, const uint64_t *value)
{
    const char **number = str_split(a, device, ':');
    struct blkio_entry *e = arena_new(a, struct blkio_entry);
    if (str_count(number) != 2 || !value)
        return NULL;
    *e = (struct blkio_entry){
        .major = stats_number(a, number[0]),
        .minor = stats_number(a, number[1]),
        .op = op,
        .value = value,
    };
    return e->major && e->minor ? e : NULL;
}

const struct blkio_entry **stats_blkio_v1(struct arena *a, const char *text)
{
    const char **lines = str_split(a, text ? text : "", '\n');
    const struct blkio_entry **list = arena_array(a, str_count(lines) + 1, sizeof(const struct blkio_entry *));
    size_t count = 0;
    for (; *lines; lines++) {
        const char **word = str_split(a, *lines, ' ');
        size_t words = str_count(word);
        if (words != 2 && words != 3) /* "Total 5" has no device and falls out below */
            continue;
        const struct blkio_entry *e = entry_of(a, word[0], words == 3 ? word[1] : "", stats_number(a, word[words - 1]));
        if (e)
            list[count++] = e;
    }
    return list;
}

const struct blkio_entry **stats_blkio_v2(struct arena *a, const char *text, const char *read_key,
                                          const char *write_key)
{
    const char **lines = str_split(a, text ? text : "", '\n');
    const struct blkio_entry **list = arena_array(a, 2 * str_count(lines) + 1, sizeof(const struct blkio_entry *));
    size_t count = 0;
    for (; *lines; lines++) {
        const char *device = str_split(a, *lines, ' ')[0];
        const struct blkio_entry *in = entry_of(a, device, "Read", stats_number(a, value_of(a, *lines, read_key)));
        const struct blkio_entry *out = entry_of(a, device, "Write", stats_number(a, value_of(a, *lines, write_key)));
        if (in)
            list[count++] = in;
        if (out)
            list[count++] = out;
    }
    return list;
}
