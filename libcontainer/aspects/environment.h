/* environment.h - what the program's aspect needs of the environment's, and its pure parts for tests. */
#pragma once

struct arena;
struct error;
struct launch;

/* The value of a variable, or NULL. */
const char *environment_value(const char *const *env, const char *name);
/* process.env with the last of equal names kept; `home`, unless NULL, fills a missing or empty HOME. In the arena. */
const char **environment_build(struct arena *a, const char *const *env, const char *home);
/* Changes to process.cwd and proves that it lies inside the container (SECURITY R9). */
int environment_enter(struct launch *l, struct error *err);
