/* bus.h - the few things that davit asks of systemd's manager, over D-Bus by libsystemd, which is loaded on first use.
 *
 * A connection lives for one command. Nothing here knows of cgroups. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct bus;
struct error;
struct unit_properties;

/* To the system's manager, or to the user's. ERR_NOT_SUPPORTED without libsystemd, else what the connection says. */
int bus_open(bool user, struct bus **out, struct error *err);
void bus_close(struct bus *b); /* NULL is fine */
void bus_close_p(struct bus **b);
#define scoped_bus __attribute__((cleanup(bus_close_p))) struct bus *

enum {
    BUS_DONE = 0,
    BUS_EXISTS = 1,  /* a unit of that name is there */
    BUS_ABSENT = 2,  /* no such unit */
    BUS_REFUSED = 3, /* a property is not known or cannot be set: bus_refused names it */
};

/* StartTransientUnit, and waits for its job; -1 when that does not end as "done" within 30 s. */
int bus_start_unit(struct bus *b, const char *unit, const struct unit_properties *p, struct error *err);
/* StopUnit and its job. */
int bus_stop_unit(struct bus *b, const char *unit, struct error *err);
int bus_reset_failed(struct bus *b, const char *unit, struct error *err);
/* AttachProcessesToUnit: into the cgroup `below` ("" or "/a/b") the unit's. */
int bus_attach_process(struct bus *b, const char *unit, const char *below, pid_t pid, struct error *err);
/* SetUnitProperties for the unit's life time. */
int bus_set_properties(struct bus *b, const char *unit, const struct unit_properties *p, struct error *err);
/* The property of the last BUS_REFUSED; NULL when systemd did not name one. */
const char *bus_refused(const struct bus *b);
