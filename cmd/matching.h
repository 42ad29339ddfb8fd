/* matching.h - what kill and delete do to one container, or with --regex to each whose id matches. */
#pragma once

struct error;

struct matching {
    const char *root;
    const char *id; /* or an extended regular expression, which some part of an id matches */
    /* Does it to one; `data` is the command's. */
    int (*act)(const char *root, const char *id, const void *data, struct error *err);
    const void *data;
};

/* Each failure is told at once and keeps nobody else from its turn; *out_status is then 1. No match is no failure. */
int matching_act(const struct matching *m, int *out_status, struct error *err);
