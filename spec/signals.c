#include "spec/names.h"

#include "base/arena.h"
#include "base/str.h"

#include <signal.h>
#include <strings.h>

#define SIGNAL_LIMIT 64
/* As the kernel counts: glibc keeps the first two for its threads, but a container's program need not use glibc. */
#define RTMIN 34
#define RTMAX 64

// clang-format off
#define SIGNAL(s) {#s, s}
static const struct name signal_names[] = {
    SIGNAL(SIGHUP), SIGNAL(SIGINT), SIGNAL(SIGQUIT), SIGNAL(SIGILL), SIGNAL(SIGTRAP), SIGNAL(SIGABRT),
    SIGNAL(SIGIOT), SIGNAL(SIGBUS), SIGNAL(SIGFPE), SIGNAL(SIGKILL), SIGNAL(SIGUSR1), SIGNAL(SIGSEGV),
    SIGNAL(SIGUSR2), SIGNAL(SIGPIPE), SIGNAL(SIGALRM), SIGNAL(SIGTERM), SIGNAL(SIGSTKFLT), SIGNAL(SIGCHLD),
    SIGNAL(SIGCLD), SIGNAL(SIGCONT), SIGNAL(SIGSTOP), SIGNAL(SIGTSTP), SIGNAL(SIGTTIN), SIGNAL(SIGTTOU),
    SIGNAL(SIGURG), SIGNAL(SIGXCPU), SIGNAL(SIGXFSZ), SIGNAL(SIGVTALRM), SIGNAL(SIGPROF), SIGNAL(SIGWINCH),
    SIGNAL(SIGIO), SIGNAL(SIGPOLL), SIGNAL(SIGPWR), SIGNAL(SIGSYS),
    {"SIGRTMIN", RTMIN}, {"SIGRTMAX", RTMAX}, {NULL, 0},
};
// clang-format on

/* "RTMIN+3" and "RTMAX-1", without SIG. */
static bool real_time_find(const char *text, int *out_signal)
{
    bool is_low = strncasecmp(text, "RTMIN+", 6) == 0;
    if (!is_low && strncasecmp(text, "RTMAX-", 6) != 0)
        return false;
    uint64_t distance;
    if (!str_to_uint(text + 6, RTMAX - RTMIN, &distance))
        return false;
    *out_signal = is_low ? RTMIN + (int)distance : RTMAX - (int)distance;
    return true;
}

bool signal_find(const char *text, int *out_signal)
{
    uint64_t number;
    if (str_to_uint(text, SIGNAL_LIMIT, &number)) {
        *out_signal = (int)number;
        return true;
    }
    if (strncasecmp(text, "SIG", 3) == 0)
        text += 3;
    for (const struct name *n = signal_names; n->text; n++) {
        if (strcasecmp(n->text + 3, text) == 0) {
            *out_signal = (int)n->value;
            return true;
        }
    }
    return real_time_find(text, out_signal);
}

const char *signal_name(struct arena *a, int signal)
{
    const char *known = name_of(signal_names, signal);
    if (known)
        return known;
    if (signal > RTMIN && signal < RTMAX)
        return arena_printf(a, "SIGRTMIN+%d", signal - RTMIN);
    return arena_printf(a, "%d", signal);
}

bool capability_find(const char *text, int *out_capability)
{
    if (strncasecmp(text, "CAP_", 4) == 0)
        text += 4;
    for (const struct name *n = capability_names; n->text; n++) {
        if (strcasecmp(n->text + 4, text) == 0) {
            *out_capability = (int)n->value;
            return true;
        }
    }
    return false;
}
