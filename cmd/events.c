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
        "Between statistics: 500ms, 5s (default), 1m, 1h; a number alone is seconds."),
    NO_MORE_OPTIONS,
};
// clang-format on

static int parse_interval(const char *text, unsigned *out_ms, struct error *err)
{
    static const struct {
        const char *unit;
        unsigned ms;
    } units[] = {
        {"ms", 1      },
        {"s",  1000   },
        {"m",  60000  },
        {"h",  3600000},
        {"",   1000   },
    };
    size_t digits = strspn(text, "0123456789");
    const char *unit = text + digits;
    uint64_t number;
    for (size_t i = 0; i < ARRAY_SIZE(units); i++)
        if (str_equal(unit, units[i].unit) &&
            str_to_uint(arena_strndup(err->arena, text, digits), INT32_MAX / units[i].ms, &number) && number > 0) {
            *out_ms = (unsigned)number * units[i].ms;
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
