#include "libcontainer/checkpoint/criu_log.h"

#include "base/arena.h"
#include "base/str.h"

#include <stddef.h>
#include <string.h>

enum {
    FIRST_KEPT = 3, /* the cause comes first, then what follows from it */
    KEPT = FIRST_KEPT + 1,
};

/* "(00.046893) Error (criu/sk-inet.c:191): inet: Connected TCP socket": what follows the place in the source, as some
 * versions of it leave it out. NULL for another line. */
static const char *error_of(const char *line)
{
    const char *text = line;
    if (*text == '(' && (text = strstr(text, ") ")))
        text += 2;
    while (text && *text == ' ')
        text++;
    /* A process in its own pid namespace puts its number before. */
    const char *number = text ? text + strspn(text, " 0123456789") : NULL;
    if (number && number != text && *number == ':')
        text = number + 1 + strspn(number + 1, " ");
    text = text ? str_after(text, "Error") : NULL;
    if (!text)
        return NULL;
    if (text[0] == ' ' && text[1] == '(') {
        const char *end = strstr(text, "):");
        text = end ? end + 1 : text;
    }
    if (*text != ':')
        return NULL;
    return text + 1 + strspn(text + 1, " ");
}

static bool is_summary(const char *text)
{
    static const char *const summaries[] = {"Dumping FAILED.", "Pre-dumping FAILED.", "Restoring FAILED.", "", NULL};
    return str_in(text, summaries);
}

const char *criu_log_errors(struct arena *a, const char *log)
{
    const char *kept[KEPT + 1] = {NULL};
    size_t count = 0;
    for (const char *line = log; *line;) {
        size_t length = strcspn(line, "\n");
        const char *text = error_of(arena_strndup(a, line, length));
        line += length + (line[length] == '\n');
        if (!text || is_summary(text))
            continue;
        text = str_printable(a, text);
        if (count > 0 && str_equal(kept[count - 1], text))
            continue;
        kept[count < KEPT ? count++ : KEPT - 1] = text;
    }
    return count > 0 ? str_join(a, kept, "; ") : NULL;
}
