/* devices.h - which device nodes a container may open: lists of v1, a program of v2, from the same rules.
 *
 * The rules are applied in order, from "nothing is allowed". The devices that every container has are allowed behind
 * the last rule on everything: what the config says of single devices after that has the last word. */
#pragma once

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct cgroup;
struct error;
struct resources;

enum {
    DEVICE_MKNOD = 1,
    DEVICE_READ = 2,
    DEVICE_WRITE = 4,
    DEVICE_ALL = 7
};

/* One rule with everything spelled out. */
struct device_access {
    bool allow;
    char type;            /* 'a', 'b', 'c' */
    int64_t major, minor; /* -1: any */
    unsigned access;      /* of DEVICE_x */
    int index;            /* in linux.resources.devices; -1: a default one */
};

/* The rules of the config and the default ones, ended by one whose type is 0. NULL: only the default ones. */
int device_rules(const struct resources *r, struct device_access **out, struct error *err);
/* True for a rule on everything, which overrules those before it. */
bool device_rule_is_whole(const struct device_access *rule);
/* "rwm" */
const char *device_access_text(struct arena *a, unsigned access);
/* "c 1:3 rwm" */
const char *device_rule_text(struct arena *a, const struct device_access *rule);
/* A BPF_PROG_TYPE_CGROUP_DEVICE program that decides as the rules do: for each kind of access that is asked for, the
 * last rule that speaks of it decides. NULL when the rules allow everything. */
struct bpf_insn *device_program(struct arena *a, const struct device_access *rules, size_t *out_count);
/* Sets the rules of a new cgroup, wherever the controller lives. */
int devices_apply(struct cgroup *c, const struct resources *r, struct error *err);
