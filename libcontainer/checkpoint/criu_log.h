/* criu_log.h - what CRIU's log says of a failure. Pure. */
#pragma once

struct arena;

/* The texts of its lines "Error (file.c:1): text": the first three and the last, joined by "; ", without those that
 * only say that it failed. NULL when there is none. In the arena. */
const char *criu_log_errors(struct arena *a, const char *log);
