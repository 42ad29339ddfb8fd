/* bus_journal.h - what systemd's manager wrote to its journal about a unit, for the error of a job that failed. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct arena;

/* The last line since then that names a cause; NULL when there is none, or the journal cannot be read. Waits a moment,
 * for lines arrive after the job's end. */
const char *bus_journal_last_line(struct arena *a, const char *unit, bool user, uint64_t since_usec);
