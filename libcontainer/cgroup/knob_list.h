/* knob_list.h - inside cgroup/: the list that knobs.c and knob_tables.c add to. */
#pragma once

#include "libcontainer/cgroup/knobs.h"
#include <stddef.h>

struct knob_listing {
    const struct resources *r;
    const struct knob_host *host;
    struct error *err;
    struct knob_write *list;
    size_t count, room;
    bool failed; /* err says why */
};

struct knob_write *knob_add(struct knob_listing *l, int controller, int version, const char *file, const char *text);
/* The version of the controller's hierarchy; 0, with the failure set, when there is none. */
int knob_version(struct knob_listing *l, int controller, const char *path);
void knob_refuse(struct knob_listing *l, const char *path, const char *why);
/* knob_tables.c: the members that are lists, and `unified`. */
void knob_list_tables(struct knob_listing *l);
