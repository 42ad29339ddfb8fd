/* accounts.h - the container's passwd and group files, as text: who is "www-data", where is uid 33 at home, which
 * groups has it. Pure: the files are hostile, so lines are parsed strictly and what does not fit is passed over; a
 * number is never a name (SECURITY R13). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;

struct account {
    const char *name, *home; /* in the arena */
    uint32_t uid, gid;
};

/* `name` NULL: the entry with that uid. False when there is none. */
bool account_find(struct arena *a, const char *passwd, const char *name, uint32_t uid, struct account *out);
bool group_find(struct arena *a, const char *group, const char *name, uint32_t *out_gid);
/* Groups that list `name` as a member; ended by NULL as in struct user. In the arena. */
const uint64_t **group_memberships(struct arena *a, const char *group, const char *name);

/* "UID", "UID:GID", "name", "name:group", "UID:group": who that is. Names are looked up in the texts (either
 * may be NULL: no such file). A name brings the groups that login would give; a number changes nothing but itself, as
 * with other runtimes. */
struct user_choice {
    uint32_t uid, gid;
    bool has_gid;                     /* else the process keeps the group that it has */
    const uint64_t **additional_gids; /* NULL: the process keeps those that it has */
};
/* False when it can be chosen without the texts. */
bool account_choice_has_name(const char *choice);
int account_choose(const char *choice, const char *passwd, const char *group, struct user_choice *out,
                   struct error *err);
/* A number of a user or group: 0 to 4294967294, digits only. */
bool account_number(const char *text, uint32_t *out);
