/* features.h - what davit recognises, as the features structure of the specification (features.md). The same on every
 * host: it depends on the build alone. */
#pragma once

struct arena;

#define SPEC_VERSION     "1.3.0"
#define SPEC_VERSION_MIN "1.0.0"

/* JSON of several lines, without a newline at its end. */
const char *features_text(struct arena *a);
