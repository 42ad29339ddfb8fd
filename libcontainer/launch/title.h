/* title.h - what ps shows for a process of davit that waits in a container. */
#pragma once

struct arena;

/* Once, at the begin of main: notes where the arguments are, and returns a copy that a title does not overwrite. */
char **title_init(struct arena *a, int argc, char **argv);
/* The copy; NULL when title_init was not called. */
char **title_arguments(void);
/* "davit:[init] web", in place of the arguments and, where these are short, of the environment, whose texts move. */
void title_set(struct arena *a, const char *role, const char *id);
