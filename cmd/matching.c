#include "cmd/matching.h"

#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "libcontainer/store/store.h"

#include <regex.h>
#include <stdlib.h>

#define REASON_LENGTH 200

static int compile(const char *text, regex_t *out, struct error *err)
{
    /* A script's empty variable must not mean every container. */
    if (!*text) {
        fail(err, ERR_INVALID_ARGUMENT, "option --regex: the expression is empty");
        return error_hint(err, "every container is \".*\"");
    }
    int result = regcomp(out, text, REG_EXTENDED | REG_NOSUB);
    if (result == 0)
        return 0;
    char reason[REASON_LENGTH];
    regerror(result, out, reason, sizeof reason);
    return fail(err, ERR_INVALID_ARGUMENT, "option --regex: \"%s\" is not a regular expression: %s",
                str_printable(err->arena, text), reason);
}

static bool is_gone(const char *root, const char *id, struct arena *a)
{
    scoped_store s = NULL;
    struct error err;
    error_init(&err, a);
    return store_open(root, id, STORE_READ, &s, &err) < 0 && err.code == ERR_NOT_FOUND;
}

static void act_on(const struct matching *m, const char *id, int *out_status, struct arena *a)
{
    struct error err;
    error_init(&err, a);
    if (m->act(m->root, id, m->data, &err) == 0)
        return;
    if (err.code == ERR_NOT_FOUND && is_gone(m->root, id, a)) /* deleted meanwhile */
        return;
    log_write_error(&err);
    *out_status = EXIT_FAILURE;
}

int matching_act(const struct matching *m, int *out_status, struct error *err)
{
    const char **ids;
    regex_t expression;
    if (compile(m->id, &expression, err) < 0)
        return -1;
    int result = store_list(m->root, &ids, err);
    for (; result == 0 && *ids; ids++)
        if (regexec(&expression, *ids, 0, NULL, 0) == 0)
            act_on(m, *ids, out_status, err->arena);
    regfree(&expression);
    return result;
}
