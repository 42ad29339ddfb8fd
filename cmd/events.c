#include "cmd/commands.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "libcontainer/cgroup/stats.h"
#include "libcontainer/container.h"
#include "libcontainer/store/store.h"

#include <string.h>

#define DEFAULT_INTERVAL_MS 5000

struct events_options {
    bool stats;
    const char *interval;
};

// clang-format off
COMMAND_ROWS(events, events_options) = {
    FLAG_OPTION(events_options, stats, "stats", 0, "Prints the statistics once, and ends."),
    TEXT_OPTION(events_options, interval, "interval", 0, "TIME",
        "Between statistics: 500ms, 5s (default), 1m30s, 1h; a number alone is seconds."),
    NO_MORE_OPTIONS,
};
// clang-format on

/* One number with its unit, as "1.5s"; the next one's place in *text. */
static bool take_time(struct arena *a, const char **text, double *out_ms)
{
    static const struct {
        const char *unit;
        double ms;
    } units[] = {
        {"ns", 1e-6 },
        {"us", 1e-3 },
        {"ms", 1    },
        {"s",  1e3  },
        {"m",  6e4  },
        {"h",  3.6e6},
    };
    static const char digits[] = "0123456789";
    size_t length = strspn(*text, digits);
    const char *end = *text + length;
    uint64_t whole, part = 0, scale = 1;
    if (!str_to_uint(arena_strndup(a, *text, length), INT32_MAX, &whole))
        return false;
    if (*end == '.')
        for (end++; strspn(end, digits) > 0 && scale < 1000000000; end++, scale *= 10)
            part = part * 10 + (uint64_t)(*end - '0');
    length = strcspn(end, digits);
    for (size_t i = 0; i < ARRAY_SIZE(units); i++)
        if (str_equal(arena_strndup(a, end, length), units[i].unit)) {
            *out_ms += ((double)whole + (double)part / (double)scale) * units[i].ms;
            *text = end + length;
            return true;
        }
    return false;
}

/* As Go writes times, too: "1m30s". */
static int parse_interval(const char *text, unsigned *out_ms, struct error *err)
{
    double ms = 0;
    uint64_t seconds;
    const char *rest = str_to_uint(text, INT32_MAX, &seconds) ? arena_printf(err->arena, "%ss", text) : text;
    bool is_time;
    do
        is_time = take_time(err->arena, &rest, &ms);
    while (is_time && *rest);
    if (is_time && ms > 0 && ms <= INT32_MAX) {
        *out_ms = ms < 1 ? 1 : (unsigned)ms;
        return 0;
    }
    fail(err, ERR_INVALID_ARGUMENT, "option --interval: \"%s\" is not a time", str_printable(err->arena, text));
    return error_hint(err, "written like 500ms, 5s, 1m");
}

/* One line of JSON; the id has no character that JSON would escape. */
static int print_event(void *data, const struct cgroup_stats *stats, struct error *err)
{
    struct arena *a = err->arena;
    const char *id = data;
    if (!stats)
        return print_text(arena_printf(a, "{\"type\":\"oom\",\"id\":\"%s\"}\n", id), err);
    const char *json = schema_encode(a, &cgroup_stats_object, stats, 0);
    return print_text(arena_printf(a, "{\"type\":\"stats\",\"id\":\"%s\",\"data\":%s}\n", id, json), err);
}

int run_events(struct invocation *i, struct error *err)
{
    const struct events_options *o = i->options;
    struct events_request request = {
        .id = i->arguments[0],
        .once = o->stats,
        .interval_ms = DEFAULT_INTERVAL_MS,
        .report = print_event,
        .data = (void *)(uintptr_t)i->arguments[0],
    };
    if (o->interval && parse_interval(o->interval, &request.interval_ms, err) < 0)
        return -1;
    if (store_root(i->global->root, &request.root, err) < 0)
        return -1;
    return container_events(&request, err);
}
