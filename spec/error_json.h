/* error_json.h - an error as JSON: one line of the log for engines, and the message in which a child's error travels
 * to the runtime whole. */
#pragma once

#include <stddef.h>

struct arena;
struct error;

/* {"level","msg","time"} as runc writes them, then what davit adds, in one line. For log_target.encode_error. */
const char *error_json_log(const struct error *err, const char *level, const char *time);

/* Every member, so that error_json_decode gives the same error again. Long texts are cut: at most 48 KiB in all. */
const char *error_json_encode(struct arena *a, const struct error *err);
/* Fills *err with what was encoded, or with an error that says that it cannot be read. Returns -1. */
int error_json_decode(const char *text, size_t length, struct error *err);
