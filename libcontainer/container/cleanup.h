/* cleanup.h - the end of a container, from its record alone: after a failed create, at the end of a run, at delete. */
#pragma once

struct config;
struct error;
struct record;
struct store;

/* Undoes what the record's `begun` names, runs poststop hooks (config may be NULL: none), removes the directory. The
 * container has stopped, or is stopped by this. When something could not be undone, the directory stays, so that
 * delete can be tried again. `s` is locked. */
int container_cleanup(struct store *s, const struct record *r, const struct config *c, struct error *err);
/* The config as it was kept at create; NULL in *out when there is none. */
int container_kept_config(struct store *s, const struct config **out, struct error *err);
/* Kills init if it lives, and waits until it is gone (at most 10 seconds, then ERR_TIMED_OUT). */
int container_end_init(const struct record *r, struct error *err);
