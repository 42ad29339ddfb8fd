#include "libcontainer/cgroup/bus_journal.h"

#include "base/arena.h"
#include "base/str.h"
#include <dlfcn.h>
#include <stddef.h>
#include <string.h>
#include <systemd/sd-journal.h>
#include <time.h>

#define LINES    16
#define ATTEMPTS 10
#define PAUSE_NS 30000000L
#define MESSAGE  "MESSAGE="

/* clang-format off */
#define FUNCTIONS(X)                                                                               \
    X(sd_journal_open) X(sd_journal_close) X(sd_journal_add_match) X(sd_journal_seek_tail)         \
    X(sd_journal_previous) X(sd_journal_get_data) X(sd_journal_get_realtime_usec)
/* clang-format on */

struct library {
#define MEMBER(name) __typeof__(&name) name;
    FUNCTIONS(MEMBER)
#undef MEMBER
};

static bool load(struct library *lib)
{
    void *library = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return false;
#define FIND(name)                                               \
    if (!(*(void **)(void *)&lib->name = dlsym(library, #name))) \
        return false;
    FUNCTIONS(FIND)
#undef FIND
    return true;
}

/* That it failed is known by now: the lines before say why. */
static bool names_a_cause(const char *text)
{
    return !str_has_prefix(text, "Failed to start ") && !str_has_prefix(text, "Failed to stop ") &&
           !strstr(text, "Failed with result ") && !str_has_prefix(text, "Starting ") &&
           !str_has_prefix(text, "Stopping ");
}

static const char *find(const struct library *lib, struct arena *a, const char *match, uint64_t since_usec)
{
    sd_journal *journal = NULL;
    const char *found = NULL;
    uint64_t at_usec;
    if (lib->sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY) < 0)
        return NULL;
    if (lib->sd_journal_add_match(journal, match, 0) >= 0 && lib->sd_journal_seek_tail(journal) >= 0)
        for (int i = 0; i < LINES && !found && lib->sd_journal_previous(journal) > 0; i++) {
            const void *data;
            size_t length;
            if (lib->sd_journal_get_realtime_usec(journal, &at_usec) < 0 || at_usec < since_usec)
                break;
            if (lib->sd_journal_get_data(journal, "MESSAGE", &data, &length) < 0 || length < strlen(MESSAGE))
                continue;
            const char *text = arena_strndup(a, (const char *)data + strlen(MESSAGE), length - strlen(MESSAGE));
            if (names_a_cause(text))
                found = text;
        }
    lib->sd_journal_close(journal);
    return found;
}

const char *bus_journal_last_line(struct arena *a, const char *unit, bool user, uint64_t since_usec)
{
    struct library lib;
    if (!load(&lib))
        return NULL;
    const char *match = arena_printf(a, "%s=%s", user ? "USER_UNIT" : "UNIT", unit), *found = NULL;
    for (int i = 0; i < ATTEMPTS && !found; i++) {
        if (i)
            nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
        found = find(&lib, a, match, since_usec);
    }
    return found;
}
