/* example.h - a config.json to begin with, as `davit spec` writes it. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct arena;

struct example_request {
    bool rootless; /* for an ordinary user: a user namespace with one user and one group, no network of its own */
    uid_t uid;     /* whom the container's root stands for then */
    gid_t gid;
    bool has_cgroup_namespace;
};

/* Indented by tabs, with a newline at its end. In the arena. */
const char *example_text(struct arena *a, const struct example_request *request);
