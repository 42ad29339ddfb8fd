/* devices_fuzz.c - any rules as a program for devices: it stays inside itself and always ends. */
#include "base/arena.h"
#include "base/error.h"
#include "libcontainer/cgroup/devices.h"
#include "spec/config.h"
#include "spec/schema.h"
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
    }
    arena_release(&a);
    return 0;
}
