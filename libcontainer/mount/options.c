#include "libcontainer/mount/options.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "spec/config.h"
#include "spec/names.h"

#include <string.h>
#include <sys/mount.h>

#ifndef MS_LAZYTIME
#define MS_LAZYTIME (1 << 25)
#endif

#define LAST_ID (UINT32_MAX - 1)

bool mount_options_bind(const struct mount_options *o)
{
    return (o->flags & MS_BIND) != 0;
}

static void change_attributes(struct mount_options *o, const struct mount_option *row)
{
    struct mount_change *change = row->recursive ? &o->below : &o->own;
    uint64_t bits = row->attr & ~(uint64_t)MOUNT_ATTR__ATIME;
    change->set = (change->set & ~row->attr_clear) | row->attr;
    change->clear = (change->clear & ~bits) | row->attr_clear;
    if (!row->recursive)
        return;
    /* What is said of the whole tree later holds for its top as well. */
    o->own.set &= ~(row->attr | row->attr_clear);
    o->own.clear &= ~(row->attr | row->attr_clear);
}

static void change_propagation(struct mount_options *o, uint64_t propagation)
{
    if (propagation & MS_REC) {
        o->propagation_below = propagation & ~(uint64_t)MS_REC;
        o->propagation = 0;
    } else if (propagation) {
        o->propagation = propagation;
    }
}

/* "10-1000-5" of "uids=0-1000-10#10-…": ids in the source, ids that they appear as, how many. */
static int parse_range(const char *text, const char *path, const struct id_mapping **out, struct error *err)
{
    const char **numbers = str_split(err->arena, text, '-');
    uint64_t values[3] = {0};
    bool good = str_count(numbers) == ARRAY_SIZE(values);
    for (size_t i = 0; good && i < ARRAY_SIZE(values); i++)
        good = str_to_uint(numbers[i], LAST_ID, &values[i]);
    if (!good || values[2] == 0) {
        fail_config(err, path, "\"%s\" is not a range of ids", text);
        return error_hint(err,
                          "FROM-TO-COUNT: idmap=uids=0-100000-1000;gids=0-100000-1000; @FROM-TO-COUNT, where TO is an "
                          "id inside the container");
    }
    int64_t *copy = arena_array(err->arena, ARRAY_SIZE(values), sizeof *copy);
    for (size_t i = 0; i < ARRAY_SIZE(values); i++)
        copy[i] = (int64_t)values[i];
    struct id_mapping *mapping = arena_new(err->arena, struct id_mapping);
    *mapping = (struct id_mapping){.container_id = copy, .host_id = copy + 1, .size = copy + 2};
    *out = mapping;
    return 0;
}

static int parse_ranges(const char *text, const char *path, const struct id_mapping ***out, const bool **out_relative,
                        struct error *err)
{
    const char **ranges = str_split(err->arena, text, '#');
    const struct id_mapping **list = arena_array(err->arena, str_count(ranges) + 1, sizeof *list);
    bool *relative = arena_array(err->arena, str_count(ranges) + 1, sizeof *relative);
    for (size_t i = 0; ranges[i]; i++) {
        relative[i] = ranges[i][0] == '@';
        if (parse_range(ranges[i] + relative[i], path, &list[i], err) < 0)
            return -1;
    }
    *out = list;
    *out_relative = relative;
    return 0;
}

static int parse_idmap(struct mount_options *o, const char *value, const char *path, struct error *err)
{
    const char **parts = str_split(err->arena, value, ';');
    for (size_t i = 0; parts[i]; i++) {
        const char *uids = str_after(parts[i], "uids="), *gids = str_after(parts[i], "gids=");
        if (!uids && !gids)
            return fail_config(err, path, "\"%s\" is neither uids= nor gids=", parts[i]);
        if (uids ? parse_ranges(uids, path, &o->uid_mappings, &o->uids_relative, err) < 0
                 : parse_ranges(gids, path, &o->gid_mappings, &o->gids_relative, err) < 0)
            return -1;
    }
    if (!o->uid_mappings || !o->gid_mappings)
        return fail_config(err, path, "idmap= needs both uids= and gids=");
    return 0;
}

static int apply_extension(struct mount_options *o, const struct mount_option *row, const char *value, const char *path,
                           struct error *err)
{
    switch (row->extension) {
    case MOUNT_PLAIN:
        break;
    case MOUNT_TMPCOPYUP:
        o->tmpcopyup = true;
        break;
    case MOUNT_IDMAP:
        o->idmap = true;
        o->idmap_recursive = row->recursive;
        return value ? parse_idmap(o, value, path, err) : 0;
    case MOUNT_COPY_SYMLINK:
        o->copy_symlink = true;
        break;
    case MOUNT_SRC_NOFOLLOW:
        o->source_nofollow = true;
        break;
    case MOUNT_DEST_NOFOLLOW:
        o->target_nofollow = true;
        break;
    }
    return 0;
}

static int apply_row(struct mount_options *o, const struct mount_option *row, const char *value, const char *path,
                     struct error *err)
{
    o->flags = (o->flags & ~row->clear) | row->set;
    o->cleared = (o->cleared & ~row->set) | row->clear;
    if (row->extension == MOUNT_PLAIN)
        change_attributes(o, row);
    change_propagation(o, row->propagation);
    return apply_extension(o, row, value, path, err);
}

/* The end of the first piece: a comma that is not within double quotes, nor behind a backslash (overlay's way to have
 * one in a directory's name), or the end of the text. */
static size_t piece_length(const char *text)
{
    bool quoted = false;
    size_t n = 0;
    for (; text[n] && (quoted || text[n] != ','); n++) {
        if (text[n] == '"')
            quoted = !quoted;
        else if (text[n] == '\\' && text[n + 1] == ',')
            n++;
    }
    return n;
}

/* mount(2) takes context="a,b" with its quotes; fsconfig takes the value itself. */
static const char *unquoted(struct arena *a, const char *value)
{
    size_t length = strlen(value);
    if (length < 2 || value[0] != '"' || value[length - 1] != '"')
        return value;
    return arena_strndup(a, value + 1, length - 2);
}

static struct mount_datum datum(struct arena *a, const char *piece, size_t option)
{
    const char *equals = strchr(piece, '=');
    if (!equals)
        return (struct mount_datum){.key = piece, .option = option};
    return (struct mount_datum){
        .key = arena_strndup(a, piece, (size_t)(equals - piece)), .value = unquoted(a, equals + 1), .option = option};
}

/* Notes for people and for mount(8) itself. */
static bool is_comment(const char *piece)
{
    return *piece == '\0' || str_has_prefix(piece, "x-") || str_has_prefix(piece, "X-") ||
           str_has_prefix(piece, "comment=");
}

static size_t count_pieces(const char *const *options)
{
    size_t count = 0;
    for (; *options; options++) {
        count++;
        for (const char *c = *options; *c; c++)
            count += *c == ',';
    }
    return count;
}

int mount_options_parse(const char *const *options, const char *base, struct mount_options *out, struct error *err)
{
    struct arena *a = err->arena;
    struct mount_datum *data = arena_array(a, count_pieces(options) + 1, sizeof *data);
    size_t count = 0;
    *out = (struct mount_options){.data = data};
    for (size_t i = 0; options[i]; i++) {
        for (const char *rest = options[i];;) {
            size_t length = piece_length(rest);
            const char *value, *piece = arena_strndup(a, rest, length);
            const struct mount_option *row = mount_option_find(piece, &value);
            /* No other one can be wrong. */
            const char *path =
                row && row->extension == MOUNT_IDMAP ? arena_printf(a, "%s.options[%zu]", base, i) : NULL;
            if (row && apply_row(out, row, value, path, err) < 0)
                return -1;
            if (!row && !is_comment(piece))
                data[count++] = datum(a, piece, i);
            if (rest[length] == '\0')
                break;
            rest += length + 1;
        }
    }
    return 0;
}

/* Words of other tools, too far from ours to be found by their letters. */
const char *mount_option_meant(const char *key)
{
    static const char *const others[][2] = {
        {"rdonly",    "ro" },
        {"readonly",  "ro" },
        {"read-only", "ro" },
        {"rdwr",      "rw" },
        {"readwrite", "rw" },
        {"writable",  "rw" },
        {"rbindro",   "rro"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        if (str_equal(key, others[i][0]))
            return others[i][1];
    }
    return mount_option_nearest(key);
}

const char *mount_option_unknown(const struct mount_datum *d, struct error *err)
{
    const char *near = mount_option_meant(d->key);
    const char *text = d->value ? arena_printf(err->arena, "%s=%s", d->key, d->value) : d->key;
    return near ? arena_printf(err->arena, "\"%s\" is not a known option (did you mean \"%s\"?)", text, near)
                : arena_printf(err->arena, "\"%s\" is not a known option", text);
}

size_t mount_options_superblock(const struct mount_options *o, const char *keys[MOUNT_SUPERBLOCK_KEYS])
{
    static const struct {
        uint64_t flag;
        const char *set, *clear;
    } rows[] = {
        {MS_SYNCHRONOUS, "sync",     "async"     },
        {MS_DIRSYNC,     "dirsync",  NULL        },
        {MS_MANDLOCK,    "mand",     "nomand"    },
        {MS_LAZYTIME,    "lazytime", "nolazytime"},
        {MS_RDONLY,      "ro",       "rw"        },
    };
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (o->flags & rows[i].flag)
            keys[count++] = rows[i].set;
        else if ((o->cleared & rows[i].flag) && rows[i].clear)
            keys[count++] = rows[i].clear;
    }
    return count;
}
