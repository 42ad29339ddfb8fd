#include "libcontainer/cgroup/devices.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "spec/config.h"
#include <string.h>

/* config-linux.md#default-devices, the ptys behind /dev/ptmx, and making any node: using it is another matter. */
static const struct device_access default_rules[] = {
    {true, 'c', -1,  -1, DEVICE_MKNOD, -1},
    {true, 'b', -1,  -1, DEVICE_MKNOD, -1},
    {true, 'c', 1,   3,  DEVICE_ALL,   -1},
    {true, 'c', 1,   5,  DEVICE_ALL,   -1},
    {true, 'c', 1,   7,  DEVICE_ALL,   -1},
    {true, 'c', 1,   8,  DEVICE_ALL,   -1},
    {true, 'c', 1,   9,  DEVICE_ALL,   -1},
    {true, 'c', 5,   0,  DEVICE_ALL,   -1},
    {true, 'c', 5,   2,  DEVICE_ALL,   -1},
    {true, 'c', 136, -1, DEVICE_ALL,   -1},
};

static unsigned access_mask(const char *text)
{
    unsigned mask = 0;
    for (; text && *text; text++)
        mask |= *text == 'm' ? DEVICE_MKNOD : *text == 'r' ? DEVICE_READ : *text == 'w' ? DEVICE_WRITE : 8;
    return mask;
}

static int decode_rule(const struct device_rule *rule, size_t index, struct device_access *out, struct error *err)
{
    const char *path = arena_printf(err->arena, "linux.resources.devices[%zu]", index);
    *out = (struct device_access){
        .allow = rule->allow,
        .type = rule->type && *rule->type ? rule->type[0] : 'a',
        .major = rule->major ? *rule->major : -1,
        .minor = rule->minor ? *rule->minor : -1,
        .access = rule->access && *rule->access ? access_mask(rule->access) : DEVICE_ALL,
        .index = (int)index,
    };
    if ((rule->type && strlen(rule->type) > 1) || !strchr("abc", out->type)) {
        fail_config(err, arena_printf(err->arena, "%s.type", path), "\"%s\" is not a type of devices", rule->type);
        return error_hint(err, "one of a (all), b (block), c (character)");
    }
    if (out->access & ~(unsigned)DEVICE_ALL) {
        fail_config(err, arena_printf(err->arena, "%s.access", path), "\"%s\" is not an access to devices",
                    rule->access);
        return error_hint(err, "letters of \"rwm\": read, write, mknod");
    }
    if (out->major < -1 || out->major > UINT32_MAX || out->minor < -1 || out->minor > UINT32_MAX)
        return fail_config(err, path, "device number %lld:%lld is out of range", (long long)out->major,
                           (long long)out->minor);
    return 0;
}

bool device_rule_is_whole(const struct device_access *rule)
{
    return rule->type == 'a' && rule->major < 0 && rule->minor < 0 && rule->access == DEVICE_ALL;
}

int device_rules(const struct resources *r, struct device_access **out, struct error *err)
{
    const struct device_rule *const *given = r ? (const struct device_rule *const *)r->devices : NULL;
    size_t count = given ? str_count((const char *const *)given) : 0, base = 0;
    struct device_access *list = arena_array(err->arena, count + ARRAY_SIZE(default_rules) + 1, sizeof *list);
    for (size_t i = 0; i < count; i++) {
        if (decode_rule(given[i], i, &list[i], err) < 0)
            return -1;
        if (device_rule_is_whole(&list[i]))
            base = i + 1;
    }
    /* Behind what the config allows, which keeps its place in the list, and before what it then denies. */
    while (base < count && list[base].allow)
        base++;
    memmove(&list[base + ARRAY_SIZE(default_rules)], &list[base], (count - base) * sizeof *list);
    memcpy(&list[base], default_rules, sizeof default_rules);
    *out = list;
    return 0;
}

static const char *number_text(struct arena *a, int64_t number)
{
    return number < 0 ? "*" : arena_printf(a, "%lld", (long long)number);
}

const char *device_access_text(struct arena *a, unsigned access)
{
    return arena_printf(a, "%s%s%s", access & DEVICE_READ ? "r" : "", access & DEVICE_WRITE ? "w" : "",
                        access & DEVICE_MKNOD ? "m" : "");
}

const char *device_rule_text(struct arena *a, const struct device_access *rule)
{
    return arena_printf(a, "%c %s:%s %s", rule->type, number_text(a, rule->major), number_text(a, rule->minor),
                        device_access_text(a, rule->access));
}

/* Whatever stands before the last rule on everything is overruled by it. */
static bool allows_everything(const struct device_access *rules, size_t count)
{
    while (count-- > 0) {
        if (!rules[count].allow)
            return false;
        if (device_rule_is_whole(&rules[count]))
            return true;
    }
    return false;
}

/* Registers: 2 what is asked for and not yet decided, 3 the type, 4 and 5 the numbers. */
#define LOAD(to, offset)      ((struct bpf_insn){BPF_LDX | BPF_W | BPF_MEM, (to), BPF_REG_1, (offset), 0})
#define SET(to, value)        ((struct bpf_insn){BPF_ALU64 | BPF_MOV | BPF_K, (to), 0, 0, (value)})
#define COPY(to, from)        ((struct bpf_insn){BPF_ALU64 | BPF_MOV | BPF_X, (to), (from), 0, 0})
#define AND(to, value)        ((struct bpf_insn){BPF_ALU64 | BPF_AND | BPF_K, (to), 0, 0, (value)})
#define SHIFT_RIGHT(to, bits) ((struct bpf_insn){BPF_ALU64 | BPF_RSH | BPF_K, (to), 0, 0, (bits)})
#define UNLESS_EQUAL(reg, value, skip) \
    ((struct bpf_insn){BPF_JMP32 | BPF_JNE | BPF_K, (reg), 0, (int16_t)(skip), (int32_t)(value)})
#define IF_ANY_OF(reg, bits, skip) ((struct bpf_insn){BPF_JMP | BPF_JSET | BPF_K, (reg), 0, (skip), (bits)})
#define SKIP(count)                ((struct bpf_insn){BPF_JMP | BPF_JA, 0, 0, (count), 0})
#define EXIT                       ((struct bpf_insn){BPF_JMP | BPF_EXIT, 0, 0, 0, 0})

enum {
    INSNS_PER_RULE = 8,
    INSNS_AROUND = 8
};

/* Appends what one rule does; returns the new end. */
static struct bpf_insn *compile_rule(struct bpf_insn *to, const struct device_access *rule)
{
    struct bpf_insn body[4];
    size_t n = 0;
    if (rule->access != DEVICE_ALL && rule->allow) {
        body[n++] = AND(BPF_REG_2, ~(int32_t)rule->access);
        body[n++] = UNLESS_EQUAL(BPF_REG_2, 0, 2);
    } else if (rule->access != DEVICE_ALL) {
        body[n++] = IF_ANY_OF(BPF_REG_2, (int32_t)rule->access, 1);
        body[n++] = SKIP(2);
    }
    body[n++] = SET(BPF_REG_0, rule->allow);
    body[n++] = EXIT;
    size_t tests = (rule->type != 'a') + (rule->major >= 0) + (rule->minor >= 0);
    if (rule->type != 'a')
        *to++ = UNLESS_EQUAL(BPF_REG_3, rule->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR, --tests + n);
    if (rule->major >= 0)
        *to++ = UNLESS_EQUAL(BPF_REG_4, rule->major, --tests + n);
    if (rule->minor >= 0)
        *to++ = UNLESS_EQUAL(BPF_REG_5, rule->minor, --tests + n);
    memcpy(to, body, n * sizeof *body);
    return to + n;
}

struct bpf_insn *device_program(struct arena *a, const struct device_access *rules, size_t *out_count)
{
    size_t count = 0;
    while (rules[count].type)
        count++;
    *out_count = 0;
    if (allows_everything(rules, count))
        return NULL;
    struct bpf_insn *program = arena_array(a, count * INSNS_PER_RULE + INSNS_AROUND, sizeof *program), *to = program;
    *to++ = LOAD(BPF_REG_2, offsetof(struct bpf_cgroup_dev_ctx, access_type));
    *to++ = LOAD(BPF_REG_4, offsetof(struct bpf_cgroup_dev_ctx, major));
    *to++ = LOAD(BPF_REG_5, offsetof(struct bpf_cgroup_dev_ctx, minor));
    *to++ = COPY(BPF_REG_3, BPF_REG_2);
    *to++ = AND(BPF_REG_3, 0xffff);
    *to++ = SHIFT_RIGHT(BPF_REG_2, 16);
    bool decided = false;
    while (count-- > 0 && !decided) {
        to = compile_rule(to, &rules[count]);
        decided = device_rule_is_whole(&rules[count]);
    }
    if (!decided) {
        *to++ = SET(BPF_REG_0, 0);
        *to++ = EXIT;
    }
    *out_count = (size_t)(to - program);
    return program;
}
