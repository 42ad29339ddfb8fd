#include "libcontainer/aspects/sysctl_rules.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

#include <sched.h>
#include <string.h>

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("_.:@/-", c);
}

static const char *what_is_wrong(const char *key, const char *file)
{
    if (*key == '\0')
        return "is empty";
    for (const char *c = key; *c; c++) {
        if (!is_plain(*c))
            return "has a character that no kernel parameter has";
    }
    for (const char *part = file, *slash; part; part = slash ? slash + 1 : NULL) {
        slash = strchr(part, '/');
        size_t length = strcspn(part, "/");
        if (length == 0 || (length == 1 && part[0] == '.') || (length == 2 && part[0] == '.' && part[1] == '.'))
            return "has an empty part, \".\" or \"..\"";
    }
    return NULL;
}

int sysctl_file(const char *key, const char **out_file, struct error *err)
{
    char *file = arena_strdup(err->arena, key);
    if (key[strcspn(key, "./")] != '/') {
        for (char *c = file; *c; c++)
            *c = *c == '.' ? '/' : *c == '/' ? '.' : *c;
    }
    const char *wrong = what_is_wrong(key, file);
    if (wrong)
        return fail(err, ERR_INVALID_CONFIG, "sysctl \"%s\" %s", key, wrong);
    *out_file = file;
    return 0;
}

uint64_t sysctl_namespace(const char *file)
{
    static const struct {
        const char *file; /* one that ends in a slash stands for all below it */
        uint64_t namespace;
    } rows[] = {
        {"net/",                   CLONE_NEWNET },
        {"fs/mqueue/",             CLONE_NEWIPC },
        {"kernel/auto_msgmni",     CLONE_NEWIPC },
        {"kernel/msg_next_id",     CLONE_NEWIPC },
        {"kernel/msgmax",          CLONE_NEWIPC },
        {"kernel/msgmnb",          CLONE_NEWIPC },
        {"kernel/msgmni",          CLONE_NEWIPC },
        {"kernel/sem",             CLONE_NEWIPC },
        {"kernel/sem_next_id",     CLONE_NEWIPC },
        {"kernel/shm_next_id",     CLONE_NEWIPC },
        {"kernel/shm_rmid_forced", CLONE_NEWIPC },
        {"kernel/shmall",          CLONE_NEWIPC },
        {"kernel/shmmax",          CLONE_NEWIPC },
        {"kernel/shmmni",          CLONE_NEWIPC },
        {"kernel/domainname",      CLONE_NEWUTS },
        {"kernel/hostname",        CLONE_NEWUTS },
        {"user/",                  CLONE_NEWUSER},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        bool below = str_has_suffix(rows[i].file, "/");
        if (below ? str_has_prefix(file, rows[i].file) : str_equal(file, rows[i].file))
            return rows[i].namespace;
    }
    return 0;
}
