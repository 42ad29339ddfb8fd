#include "libcontainer/launch/accounts.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

#include <string.h>

/* (uid_t)-1 means "leave it" to the kernel, so it names nobody. */
#define LAST_ID (UINT32_MAX - 1)

enum {
    PASSWD_NAME,
    PASSWD_PASSWORD,
    PASSWD_UID,
    PASSWD_GID,
    PASSWD_GECOS,
    PASSWD_HOME,
    PASSWD_SHELL,
    PASSWD_FIELDS
};
enum {
    GROUP_NAME,
    GROUP_PASSWORD,
    GROUP_GID,
    GROUP_MEMBERS,
    GROUP_FIELDS
};

bool account_number(const char *text, uint32_t *out)
{
    uint64_t number;
    if (!str_to_uint(text, LAST_ID, &number))
        return false;
    *out = (uint32_t)number;
    return true;
}

/* The fields of the next line of *text, which moves behind it. NULL at the end. */
static const char **next_line(struct arena *a, const char **text)
{
    if (**text == '\0')
        return NULL;
    size_t length = strcspn(*text, "\n");
    const char **fields = str_split(a, arena_strndup(a, *text, length), ':');
    *text += length + ((*text)[length] == '\n');
    return fields;
}

static bool parse_account(const char **fields, struct account *out)
{
    if (str_count(fields) != PASSWD_FIELDS || fields[PASSWD_NAME][0] == '\0' ||
        !account_number(fields[PASSWD_UID], &out->uid) || !account_number(fields[PASSWD_GID], &out->gid))
        return false;
    out->name = fields[PASSWD_NAME];
    out->home = fields[PASSWD_HOME];
    return true;
}

bool account_find(struct arena *a, const char *passwd, const char *name, uint32_t uid, struct account *out)
{
    const char **fields;
    while (passwd && (fields = next_line(a, &passwd))) {
        if (parse_account(fields, out) && (name ? str_equal(out->name, name) : out->uid == uid))
            return true;
    }
    return false;
}

bool group_find(struct arena *a, const char *group, const char *name, uint32_t *out_gid)
{
    const char **fields;
    while (group && (fields = next_line(a, &group))) {
        if (str_count(fields) == GROUP_FIELDS && str_equal(fields[GROUP_NAME], name) &&
            account_number(fields[GROUP_GID], out_gid))
            return true;
    }
    return false;
}

const uint64_t **group_memberships(struct arena *a, const char *group, const char *name)
{
    size_t room = 1;
    for (const char *c = group; c && *c; c++)
        room += *c == '\n';
    const uint64_t **gids = arena_array(a, room + 1, sizeof *gids);
    size_t count = 0;
    const char **fields;
    while (group && (fields = next_line(a, &group))) {
        uint32_t gid;
        if (str_count(fields) != GROUP_FIELDS || !account_number(fields[GROUP_GID], &gid) ||
            !str_in(name, str_split(a, fields[GROUP_MEMBERS], ',')))
            continue;
        uint64_t *entry = arena_new(a, uint64_t);
        *entry = gid;
        gids[count++] = entry;
    }
    return gids;
}

static bool is_numeric(const char *text)
{
    return text[0] == '-' || (text[0] >= '0' && text[0] <= '9');
}

bool account_choice_has_name(const char *choice)
{
    const char *colon = strchr(choice, ':');
    return !is_numeric(choice) || (colon && !is_numeric(colon + 1));
}

static int choose_user(const char *text, const char *passwd, struct account *out, struct error *err)
{
    if (account_number(text, &out->uid))
        return 0;
    if (is_numeric(text))
        return fail(err, ERR_INVALID_ARGUMENT, "user \"%s\" is not a number from 0 to 4294967294", text);
    if (!account_find(err->arena, passwd, text, 0, out))
        return fail(err, ERR_NOT_FOUND, "unable to find user %s: no matching entries in the container's passwd file",
                    text);
    return 0;
}

static int choose_group(const char *text, const char *group, uint32_t *out_gid, struct error *err)
{
    if (account_number(text, out_gid))
        return 0;
    if (is_numeric(text))
        return fail(err, ERR_INVALID_ARGUMENT, "group \"%s\" is not a number from 0 to 4294967294", text);
    if (!group_find(err->arena, group, text, out_gid))
        return fail(err, ERR_NOT_FOUND, "unable to find group %s: no matching entries in the container's group file",
                    text);
    return 0;
}

int account_choose(const char *choice, const char *passwd, const char *group, struct user_choice *out,
                   struct error *err)
{
    struct arena *a = err->arena;
    const char *colon = strchr(choice, ':');
    const char *user = colon ? arena_strndup(a, choice, (size_t)(colon - choice)) : choice;
    struct account account = {.name = NULL};
    *out = (struct user_choice){.has_gid = colon != NULL};
    if (!*user)
        return fail(err, ERR_INVALID_ARGUMENT, "user \"%s\" has no user", choice);
    if (choose_user(user, passwd, &account, err) < 0)
        return -1;
    out->uid = account.uid;
    if (account.name) {
        out->has_gid = true;
        out->gid = account.gid;
        out->additional_gids = colon ? arena_array(a, 1, sizeof(uint64_t *)) /* the group alone */
                                     : group_memberships(a, group, account.name);
    }
    if (!colon)
        return 0;
    return colon[1] == '\0' ? fail(err, ERR_INVALID_ARGUMENT, "user \"%s\" has no group behind its colon", choice)
                            : choose_group(colon + 1, group, &out->gid, err);
}
