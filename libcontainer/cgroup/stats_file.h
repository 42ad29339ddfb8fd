/* stats_file.h - inside cgroup/: the kernel's statistics files as numbers. What is not there is NULL. */
#pragma once

#include "libcontainer/cgroup/stats.h"

struct arena;
struct place;

/* The file's text; NULL when it cannot be read. */
const char *stats_text(const struct place *p, struct arena *a, const char *file);
/* Pure: all below take the text of a file, or NULL. "max" is 2^64-1. */
const uint64_t *stats_number(struct arena *a, const char *text);
/* The number behind "key " in lines "key number", times `unit`. */
const uint64_t *stats_field(struct arena *a, const char *text, const char *key, uint64_t unit);
/* Lines "key number". */
const struct stat_value **stats_fields(struct arena *a, const char *text);
/* Numbers separated by blanks. */
const uint64_t **stats_numbers(struct arena *a, const char *text);
/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=0", and the same for "full". */
const struct pressure *stats_pressure(struct arena *a, const char *text);
/* v1: "8:0 Read 4096"; lines without an operation have op "". */
const struct blkio_entry **stats_blkio_v1(struct arena *a, const char *text);
/* v2's io.stat: "8:0 rbytes=1 wbytes=2 …"; takes `read_key` and `write_key` of each line. */
const struct blkio_entry **stats_blkio_v2(struct arena *a, const char *text, const char *read_key,
                                          const char *write_key);
