/* schema_faults.h - every fault of a document at once, where decoding stops at the first one. */
#pragma once

#include <stddef.h>

struct error;
struct object;
struct schema_notes;

/* As schema_decode, but goes on behind wrong values, up to 1,000 of them, as long as the text is JSON. Returns the
 * struct when there is no fault, else NULL. *out_faults: NULL-terminated, never NULL, as they were met. *err lends its
 * arena and is empty afterwards. */
void *schema_decode_all(const struct object *root, const char *file, const char *text, size_t length,
                        struct schema_notes *notes, const struct error ***out_faults, struct error *err);
