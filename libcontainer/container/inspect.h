/* inspect.h - inside the library: a container's status from a record that was read already, and what tells it. */
#pragma once

#include <stdbool.h>

struct container_view;
struct error;
struct record;

int container_view_of(struct record *r, struct container_view *out, struct error *err);
/* Pure: is the process of this /proc/PID/status the first of a pid namespace, whose end ends all others in it? */
bool container_status_is_namespace_init(const char *text);
