/* device_interpreter.h - runs a program for devices, for the unit tests and the fuzzer. */
#pragma once

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the kernel's interpreter does with the few instructions that are used. -1: something is wrong with them. */
static int interpret(const struct bpf_insn *program, size_t count, const struct bpf_cgroup_dev_ctx *context)
{
    uint64_t r[11] = {0};
    bool is_set[11] = {[1] = true};
    for (size_t at = 0; at < count; at++) {
        const struct bpf_insn *i = &program[at];
        switch (i->code) {
        case BPF_LDX | BPF_W | BPF_MEM:
            r[i->dst_reg] = *(const uint32_t *)(const void *)((const char *)context + i->off);
            is_set[i->dst_reg] = true;
            break;
        case BPF_ALU64 | BPF_MOV | BPF_K:
            r[i->dst_reg] = (uint64_t)(int64_t)i->imm;
            is_set[i->dst_reg] = true;
            break;
        case BPF_ALU64 | BPF_MOV | BPF_X:
            r[i->dst_reg] = r[i->src_reg];
            is_set[i->dst_reg] = is_set[i->src_reg];
            break;
        case BPF_ALU64 | BPF_AND | BPF_K:
            r[i->dst_reg] &= (uint64_t)(int64_t)i->imm;
            break;
        case BPF_ALU64 | BPF_RSH | BPF_K:
            r[i->dst_reg] >>= i->imm;
            break;
        case BPF_JMP32 | BPF_JNE | BPF_K:
            at += (uint32_t)r[i->dst_reg] != (uint32_t)i->imm ? (size_t)i->off : 0;
            break;
        case BPF_JMP | BPF_JSET | BPF_K:
            at += r[i->dst_reg] & (uint64_t)(int64_t)i->imm ? (size_t)i->off : 0;
            break;
        case BPF_JMP | BPF_JA:
            at += (size_t)i->off;
            break;
        case BPF_JMP | BPF_EXIT:
            return is_set[0] && r[0] <= 1 ? (int)r[0] : -1;
        default:
            return -1;
        }
    }
    return -1; /* ran off the end */
}
