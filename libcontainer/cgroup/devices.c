#include "libcontainer/cgroup/devices.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"
#include "base/syscalls.h"
#include "libcontainer/cgroup/internal.h"
#include "spec/config.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define VERIFIER_LOG_SIZE (256 * 1024)
#define PROGRAMS_MAX      64
#define NO_DEVICE_CONTROL "device control on cgroup v2 needs Linux 4.15 or newer, with CONFIG_CGROUP_BPF"

/* The two files of a v1 cgroup, open for all rules. */
struct lists {
    const struct place *place;
    int allow_fd, deny_fd;
};

static int write_list(const struct lists *l, bool allow, const char *text, struct error *err)
{
    if (write(allow ? l->allow_fd : l->deny_fd, text, strlen(text)) >= 0)
        return 0;
    fail_errno(err, "cannot write \"%s\" to %s/devices.%s", text, l->place->directory, allow ? "allow" : "deny");
    if (err->errnum == EINVAL && str_equal(text, "a"))
        error_hint(err, "there are cgroups below it, and then version 1 changes no rule for all devices");
    return -1;
}

/* A list knows no "all" but with everything: other rules on both types are two. */
static int write_rule(const struct lists *l, const struct device_access *rule, struct error *err)
{
    struct device_access half = *rule;
    if (rule->type != 'a' || device_rule_is_whole(rule))
        return write_list(l, rule->allow, device_rule_is_whole(rule) ? "a" : device_rule_text(err->arena, rule), err);
    half.type = 'b';
    if (write_list(l, rule->allow, device_rule_text(err->arena, &half), err) < 0)
        return -1;
    half.type = 'c';
    return write_list(l, rule->allow, device_rule_text(err->arena, &half), err);
}

static int write_rules(const struct lists *l, const struct device_access *rules, struct error *err)
{
    bool begins_with_none = rules[0].type && device_rule_is_whole(&rules[0]) && !rules[0].allow;
    if (!begins_with_none && write_list(l, false, "a", err) < 0)
        return error_context(err, "limiting the devices");
    for (size_t i = 0; rules[i].type; i++) {
        if (write_rule(l, &rules[i], err) == 0)
            continue;
        if (rules[i].index < 0 && err->errnum == EPERM) { /* a default device that the cgroup above has not: fine */
            error_clear(err);
            continue;
        }
        if (rules[i].index >= 0)
            error_at(err, "linux.resources.devices[%d]", rules[i].index);
        if (err->errnum == EPERM)
            error_hint(err, "the cgroup above does not have this device itself");
        return -1;
    }
    return 0;
}

static int apply_v1(const struct place *p, const struct device_access *rules, struct error *err)
{
    scoped_fd allow = open(arena_printf(err->arena, "%s/devices.allow", p->directory), O_WRONLY | O_CLOEXEC);
    scoped_fd deny = open(arena_printf(err->arena, "%s/devices.deny", p->directory), O_WRONLY | O_CLOEXEC);
    if (allow < 0 || deny < 0)
        return fail_errno(err, "cannot open the device lists of %s", p->directory);
    const struct lists l = {p, allow, deny};
    return write_rules(&l, rules, err);
}

static int load(const struct bpf_insn *program, size_t count, char *log, size_t log_size)
{
    union bpf_attr attr = {
        .prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
        .insns = (uintptr_t)program,
        .insn_cnt = (uint32_t)count,
        .license = (uintptr_t) "Apache-2.0",
        .log_level = log != NULL,
        .log_buf = (uintptr_t)log,
        .log_size = (uint32_t)log_size,
    };
    memcpy(attr.prog_name, "davit_devices", sizeof "davit_devices");
    return sys_bpf(BPF_PROG_LOAD, &attr, sizeof attr);
}

static int load_program(const struct bpf_insn *program, size_t count, int *out_fd, struct error *err)
{
    *out_fd = load(program, count, NULL, 0);
    if (*out_fd >= 0)
        return 0;
    fail_errno(err, "cannot load the program that filters devices");
    if (err->errnum == EPERM)
        error_hint(err, "it needs CAP_BPF or CAP_SYS_ADMIN in the initial user namespace, and bpf(2) not filtered");
    else if (err->errnum == EINVAL || err->errnum == ENOSYS)
        error_hint(err, NO_DEVICE_CONTROL);
    if (log_is_debug()) {
        char *log = arena_alloc(err->arena, VERIFIER_LOG_SIZE);
        scoped_fd again = load(program, count, log, VERIFIER_LOG_SIZE);
        (void)again;
        log_debug("verifier: %s", log);
    }
    return -1;
}

/* The programs that are attached to this very cgroup. */
static int attached(int cgroup_fd, uint32_t *ids, uint32_t *out_count, struct error *err)
{
    union bpf_attr attr = {0};
    attr.query.target_fd = (uint32_t)cgroup_fd;
    attr.query.attach_type = BPF_CGROUP_DEVICE;
    attr.query.prog_ids = (uintptr_t)ids;
    attr.query.prog_cnt = PROGRAMS_MAX;
    if (sys_bpf(BPF_PROG_QUERY, &attr, sizeof attr) < 0) {
        fail_errno(err, "cannot list the device programs of the cgroup");
        return err->errnum == EINVAL || err->errnum == ENOSYS ? error_hint(err, NO_DEVICE_CONTROL) : -1;
    }
    *out_count = attr.query.prog_cnt;
    return 0;
}

static int program_by_id(uint32_t id)
{
    union bpf_attr attr = {.prog_id = id};
    return sys_bpf(BPF_PROG_GET_FD_BY_ID, &attr, sizeof attr);
}

static int detach(int cgroup_fd, int program_fd)
{
    union bpf_attr attr = {
        .target_fd = (uint32_t)cgroup_fd,
        .attach_bpf_fd = (uint32_t)program_fd,
        .attach_type = BPF_CGROUP_DEVICE,
    };
    return sys_bpf(BPF_PROG_DETACH, &attr, sizeof attr);
}

/* Puts the program in the place of those that are there: the first is replaced in one step, so that at no moment
 * nothing is filtered. */
static int attach(int cgroup_fd, int program_fd, const uint32_t *ids, uint32_t count, struct error *err)
{
    scoped_fd old = count ? program_by_id(ids[0]) : -1;
    union bpf_attr attr = {
        .target_fd = (uint32_t)cgroup_fd,
        .attach_bpf_fd = (uint32_t)program_fd,
        .attach_type = BPF_CGROUP_DEVICE,
        .attach_flags = BPF_F_ALLOW_MULTI | (old >= 0 ? BPF_F_REPLACE : 0),
        .replace_bpf_fd = (uint32_t)(old >= 0 ? old : 0),
    };
    if (sys_bpf(BPF_PROG_ATTACH, &attr, sizeof attr) < 0)
        return fail_errno(err, "cannot attach the program that filters devices");
    for (uint32_t i = 1; i < count; i++) {
        scoped_fd other = program_by_id(ids[i]);
        if (other >= 0 && detach(cgroup_fd, other) < 0)
            log_debug("a device program of the cgroup stays: %s", strerror(errno));
    }
    return 0;
}

static int apply_v2(const struct place *p, const struct device_access *rules, struct error *err)
{
    size_t count;
    uint32_t ids[PROGRAMS_MAX], attached_count = 0;
    const struct bpf_insn *program = device_program(err->arena, rules, &count);
    if (!program && p->made)
        return 0;
    scoped_fd cgroup_fd = open(p->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (cgroup_fd < 0)
        return fail_errno(err, "cannot open %s", p->directory);
    if (!p->made && attached(cgroup_fd, ids, &attached_count, err) < 0)
        return -1;
    if (program) {
        scoped_fd program_fd = -1;
        if (load_program(program, count, &program_fd, err) < 0)
            return -1;
        return attach(cgroup_fd, program_fd, ids, attached_count, err);
    }
    for (uint32_t i = 0; i < attached_count; i++) {
        scoped_fd old = program_by_id(ids[i]);
        if (old >= 0 && detach(cgroup_fd, old) < 0)
            return fail_errno(err, "cannot take a device program off %s", p->directory);
    }
    return 0;
}

int devices_apply(struct cgroup *c, const struct resources *r, struct error *err)
{
    struct place *p = cgroup_place(c, CONTROLLER_DEVICES);
    struct device_access *rules;
    if (!p)
        p = cgroup_unified(c);
    if (!p)
        return 0;
    if (device_rules(r, &rules, err) < 0)
        return -1;
    return p->version == 1 ? apply_v1(p, rules, err) : apply_v2(p, rules, err);
}
