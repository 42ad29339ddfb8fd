/* devices_fuzz.c - any rules as a program for devices: it stays inside itself, always ends, and decides as the rules do
 * when they are read one by one. */
#include "base/arena.h"
#include "base/error.h"
#include "libcontainer/cgroup/devices.h"
#include "spec/config.h"
#include "spec/schema.h"
#include "tests/unit/libcontainer/cgroup/device_interpreter.h"
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_jump(const struct bpf_insn *i)
{
    unsigned class = BPF_CLASS(i->code), operation = BPF_OP(i->code);
    return (class == BPF_JMP || class == BPF_JMP32) && operation != BPF_EXIT && operation != BPF_CALL;
}

/* Jumps go forward only and stay inside, so that the program ends; the last instruction is the exit. */
static void verify(const struct bpf_insn *program, size_t count)
{
    if (count == 0 || program[count - 1].code != (BPF_JMP | BPF_EXIT))
        abort();
    for (size_t i = 0; i < count; i++)
        if (is_jump(&program[i]) && (program[i].off < 0 || i + 1 + (size_t)program[i].off >= count))
            abort();
}

static bool speaks_of(const struct device_access *rule, char type, int64_t major, int64_t minor, unsigned kind)
{
    return (rule->type == 'a' || rule->type == type) && (rule->major < 0 || rule->major == major) &&
           (rule->minor < 0 || rule->minor == minor) && (rule->access & kind);
}

/* For each kind of access that is asked for, the last rule that speaks of it decides. */
static bool is_open(const struct device_access *rules, char type, int64_t major, int64_t minor, unsigned access)
{
    for (unsigned kind = DEVICE_MKNOD; kind <= DEVICE_WRITE; kind <<= 1) {
        bool allowed = false;
        for (const struct device_access *rule = rules; rule->type; rule++)
            if (speaks_of(rule, type, major, minor, kind))
                allowed = rule->allow;
        if ((access & kind) && !allowed)
            return false;
    }
    return true;
}

/* Asks for each rule's own device and its neighbours. */
static void compare(const struct device_access *rules, const struct bpf_insn *program, size_t count)
{
    for (const struct device_access *rule = rules; rule->type; rule++) {
        for (unsigned i = 0; i < 16; i++) {
            uint32_t major = (uint32_t)(rule->major < 0 ? 7 : rule->major) + (i & 1);
            uint32_t minor = (uint32_t)(rule->minor < 0 ? 3 : rule->minor) + (i >> 1 & 1);
            char type = i & 4 ? 'b' : 'c';
            unsigned access = i & 8 ? DEVICE_ALL : rule->access & DEVICE_ALL;
            const struct bpf_cgroup_dev_ctx context = {
                .access_type = access << 16 | (type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR),
                .major = major,
                .minor = minor};
            int decided = program ? interpret(program, count, &context) : 1;
            if (access && decided != is_open(rules, type, major, minor, access))
                abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = {0};
    struct error err;
    struct device_access *rules;
    size_t count = 0;
    error_init(&err, &a);
    const struct resources *r = schema_decode(&resources_object, "-", (const char *)data, size, NULL, &err);
    if (r && device_rules(r, &rules, &err) == 0) {
        for (size_t i = 0; rules[i].type; i++)
            (void)device_rule_text(&a, &rules[i]);
        const struct bpf_insn *program = device_program(&a, rules, &count);
        if (program)
            verify(program, count);
        compare(rules, program, count);
    }
    arena_release(&a);
    return 0;
}
