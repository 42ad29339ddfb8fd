/* store.h - what davit remembers about a container, on disk: ROOT/ID/{state.json,config.json,start.sock}.
 *
 * Safe against crashes and concurrent commands. Does not interpret the OCI config. Readers need no lock: state.json
 * is replaced by rename. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct error;
struct record;
struct store; /* one container's directory, open; locked unless it was opened to read */

enum store_lock {
    STORE_READ,      /* no lock */
    STORE_SHARED,    /* exec */
    STORE_EXCLUSIVE, /* start, delete, update, … */
    STORE_UNCLAIMED, /* the same, but ERR_BUSY at once when somebody has it */
};

/* The state root: the option if given, else $XDG_RUNTIME_DIR/davit for a user, else /run/davit.
 * Absolute, in the arena; "/" is refused. Not created. */
int store_root(const char *option, const char **out_root, struct error *err);
/* ERR_INVALID_ARGUMENT with the reason unless the id may name a directory and a unit. */
int store_check_id(const char *id, struct error *err);
/* Makes ROOT (0700) and ROOT/ID; ERR_ALREADY_EXISTS "container with given ID already exists". Locked. */
int store_reserve(const char *root, const char *id, struct store **out, struct error *err);
/* ERR_NOT_FOUND "container does not exist". Waits for a lock at most 10 seconds, then ERR_BUSY. */
int store_open(const char *root, const char *id, enum store_lock lock, struct store **out, struct error *err);
/* Decoded anew; checks version, size and owner of state.json. ERR_NOT_FOUND when there is none: a create was cut
 * off, or has only begun. */
int store_read(struct store *s, struct record **out, struct error *err);
int store_write(struct store *s, const struct record *r, struct error *err);
/* What to go by when state.json is damaged: the record as it was when init and the cgroups were first known, which
 * stay what they are. */
int store_read_copy(struct store *s, struct record **out, struct error *err);
int store_write_copy(struct store *s, const struct record *r, struct error *err);
/* The snapshot of config.json made at create. */
int store_save_config(struct store *s, const char *text, size_t length, struct error *err);
int store_load_config(struct store *s, const char **out_text, size_t *out_length, struct error *err);
/* Takes the directory away: renamed to .trash-ID first, so that the id is free at once. */
int store_remove(struct store *s, struct error *err);
/* The directory's descriptor, owned by the store. */
int store_directory(const struct store *s);
const char *store_id(const struct store *s);
/* Ids below ROOT, sorted, NULL-terminated, in the error's arena; none when ROOT does not exist. Takes away what a
 * store_remove that was cut off has left. */
int store_list(const char *root, const char ***out_ids, struct error *err);
/* NULL is fine; releases the lock, but in a fork of the process that took it, which shares it. */
void store_close(struct store *s);
#define scoped_store __attribute__((cleanup(store_close_p))) struct store *
void store_close_p(struct store **s);
