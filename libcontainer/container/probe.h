/* probe.h - what this host lets davit do, tried out and undone at once, with the reason for each no. */
#pragma once

#include <stdbool.h>

struct arena;
struct error;

struct probe_result {
    const char *name; /* "user-namespaces" */
    bool available;
    const char *reason; /* NULL, or why it is not, or what it is */
    const char *hint;   /* NULL, or a next action */
};

/* Tries everything; NULL-terminated, in the error's arena. */
int probe_host(const struct probe_result ***out, struct error *err);
/* The results and the kernel's version as JSON, with a newline at its end. */
const char *probe_text(struct arena *a, const struct probe_result **results);

/* Refuses a kernel older than davit's floor, and names what it lacks. `release` is uname's: "5.14.0-427.el9.x86_64". */
int probe_check_kernel(const char *release, struct error *err);

/* One thing that is tried: fills reason and hint, returns whether it works. For probe.c and probe_kernel.c. */
struct probe {
    const char *name;
    bool (*try_it)(struct arena *a, struct probe_result *out);
};
/* Those that ask the kernel for something, ended by one without a name. */
extern const struct probe kernel_probes[];
