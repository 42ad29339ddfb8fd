#include "libcontainer/launch/title.h"

#include "base/arena.h"
#include "base/str.h"

#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static char *area;
static size_t area_size;
static char **arguments;

char **title_init(struct arena *a, int argc, char **argv)
{
    arguments = arena_array(a, (size_t)argc + 1, sizeof *arguments);
    area = argv[0];
    char *end = area;
    for (int i = 0; i < argc; i++) {
        arguments[i] = arena_strdup(a, argv[i]);
        /* The kernel lays the texts out one behind the other; count those of which that is true. */
        if (argv[i] == end)
            end += strlen(end) + 1;
    }
    area_size = (size_t)(end - area);
    return arguments;
}

char **title_arguments(void)
{
    return arguments;
}

static void take_environment(struct arena *a)
{
    size_t count = str_count((const char *const *)environ);
    char **copy = arena_array(a, count + 1, sizeof *copy);
    char *end = area + area_size;
    for (size_t i = 0; i < count; i++) {
        if (environ[i] == end)
            end += strlen(environ[i]) + 1;
        copy[i] = arena_strdup(a, environ[i]);
    }
    environ = copy;
    area_size = (size_t)(end - area);
}

void title_set(struct arena *a, const char *role, const char *id)
{
    char name[16];
    snprintf(name, sizeof name, "davit:[%s]", role);
    prctl(PR_SET_NAME, name);
    if (area_size == 0)
        return;
    size_t needed = strlen("davit:[] ") + strlen(role) + strlen(id) + 1;
    /* The kernel goes on behind the arguments when their last byte is not NUL: the environment's texts make way. */
    if (needed > area_size)
        take_environment(a);
    memset(area, 0, area_size);
    snprintf(area, area_size, "davit:[%s] %s", role, id);
}
