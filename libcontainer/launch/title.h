/* title.h - what ps shows for a process of davit that waits in a container. */
#pragma once

/* Once, at the begin of main: where the arguments are. */
void title_init(int argc, char **argv);
char **title_arguments(void); /* argv of main, as long as no title is set */
/* "davit:[init] web", cut to the room that the arguments had. */
void title_set(const char *role, const char *id);
