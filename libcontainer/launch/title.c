#include "libcontainer/launch/title.h"

#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

static char *area;
static size_t area_size;
static char **arguments;

void title_init(int argc, char **argv)
{
    if (argc < 1)
        return;
    arguments = argv;
    area = argv[0];
    char *end = argv[0];
    /* The kernel lays the texts out one behind the other; stop where that is not so. */
    for (int i = 0; i < argc && argv[i] == end; i++)
        end = argv[i] + strlen(argv[i]) + 1;
    area_size = (size_t)(end - area);
}

char **title_arguments(void)
{
    return arguments;
}

void title_set(const char *role, const char *id)
{
    char name[16];
    snprintf(name, sizeof name, "davit:[%s]", role);
    prctl(PR_SET_NAME, name);
    if (area_size == 0)
        return;
    memset(area, 0, area_size);
    snprintf(area, area_size, "davit:[%s] %s", role, id);
}
