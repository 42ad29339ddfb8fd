/* seccomp_simulate.c - runs a filter over one call, as the kernel would: for traces and explanations. Pure. */
#include "base/arena.h"
#include "base/str.h"
#include "libcontainer/aspects/seccomp_filter.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

struct machine {
    uint32_t a, x;
    uint32_t memory[BPF_MEMWORDS];
};

/* The subset of classic BPF that the kernel admits in seccomp (seccomp_check_filter) and libseccomp emits. */
static bool load(struct machine *m, const struct sock_filter *i, const struct seccomp_data *call)
{
    uint32_t *to = BPF_CLASS(i->code) == BPF_LD ? &m->a : &m->x;
    switch (BPF_MODE(i->code)) {
    case BPF_ABS:
        if (i->k > sizeof *call - sizeof(uint32_t) || i->k % sizeof(uint32_t))
            return false;
        memcpy(to, (const char *)call + i->k, sizeof *to);
        return true;
    case BPF_IMM:
        *to = i->k;
        return true;
    case BPF_MEM:
        if (i->k >= BPF_MEMWORDS)
            return false;
        *to = m->memory[i->k];
        return true;
    case BPF_LEN:
        *to = sizeof *call;
        return true;
    default:
        return false;
    }
}

static bool compute(struct machine *m, const struct sock_filter *i)
{
    uint32_t operand = BPF_SRC(i->code) == BPF_X ? m->x : i->k;
    switch (BPF_OP(i->code)) {
    case BPF_ADD:
        m->a += operand;
        return true;
    case BPF_SUB:
        m->a -= operand;
        return true;
    case BPF_AND:
        m->a &= operand;
        return true;
    case BPF_OR:
        m->a |= operand;
        return true;
    case BPF_XOR:
        m->a ^= operand;
        return true;
    case BPF_LSH:
        m->a = operand < 32 ? m->a << operand : 0;
        return true;
    case BPF_RSH:
        m->a = operand < 32 ? m->a >> operand : 0;
        return true;
    case BPF_NEG:
        m->a = -m->a;
        return true;
    default:
        return false;
    }
}

/* Where to go on, counted from the instruction behind. */
static uint32_t jump(const struct machine *m, const struct sock_filter *i)
{
    uint32_t operand = BPF_SRC(i->code) == BPF_X ? m->x : i->k;
    switch (BPF_OP(i->code)) {
    case BPF_JA:
        return i->k;
    case BPF_JEQ:
        return m->a == operand ? i->jt : i->jf;
    case BPF_JGT:
        return m->a > operand ? i->jt : i->jf;
    case BPF_JGE:
        return m->a >= operand ? i->jt : i->jf;
    case BPF_JSET:
        return m->a & operand ? i->jt : i->jf;
    default:
        return UINT32_MAX;
    }
}

static bool step(struct machine *m, const struct sock_filter *i, const struct seccomp_data *call)
{
    switch (BPF_CLASS(i->code)) {
    case BPF_LD:
    case BPF_LDX:
        return load(m, i, call);
    case BPF_ST:
    case BPF_STX:
        if (i->k >= BPF_MEMWORDS)
            return false;
        m->memory[i->k] = BPF_CLASS(i->code) == BPF_ST ? m->a : m->x;
        return true;
    case BPF_ALU:
        return compute(m, i);
    case BPF_MISC:
        if (BPF_MISCOP(i->code) == BPF_TAX)
            m->x = m->a;
        else
            m->a = m->x;
        return true;
    default:
        return false;
    }
}

uint32_t seccomp_simulate(const struct seccomp_filter *f, const struct seccomp_data *call)
{
    struct machine m = {0};
    for (uint64_t pc = 0; pc < f->count; pc++) { /* jumps lead forward: it ends */
        const struct sock_filter *i = &f->instructions[pc];
        if (BPF_CLASS(i->code) == BPF_RET)
            return BPF_RVAL(i->code) == BPF_A ? m.a : i->k;
        if (BPF_CLASS(i->code) == BPF_JMP)
            pc += jump(&m, i);
        else if (!step(&m, i, call))
            break;
    }
    return SECCOMP_RET_KILL_PROCESS;
}

bool seccomp_is_refusal(uint32_t action)
{
    switch (action & SECCOMP_RET_ACTION_FULL) {
    case SECCOMP_RET_KILL_PROCESS:
    case SECCOMP_RET_KILL_THREAD:
    case SECCOMP_RET_TRAP:
    case SECCOMP_RET_ERRNO:
        return true;
    default:
        return false;
    }
}

/* What davit still calls when a filter was loaded early, with the arguments that a filter could look at. Names that
 * this machine has not are passed over. */
static const struct {
    const char *name;
    uint64_t arguments[2];
} to_come[] = {
    {"capget",      {0}                          },
    {"capset",      {0}                          },
    {"clone",       {CLONE_PARENT | SIGCHLD}     },
    {"exit_group",  {0}                          },
    {"prctl",       {PR_SET_DUMPABLE, 0}         },
    {"prctl",       {PR_SET_NAME, 0}             },
    {"prctl",       {PR_SET_PDEATHSIG, SIGKILL}  },
    {"getpid",      {0}                          },
    {"pidfd_open",  {0}                          },
    {"poll",        {0}                          },
    {"ppoll",       {0}                          },
    {"sendmsg",     {0}                          },
    {"recvmsg",     {0}                          },
    {"setsid",      {0}                          },
    {"ioctl",       {STDIN_FILENO, TIOCSCTTY}    },
    {"fcntl",       {STDERR_FILENO + 1, F_GETFD} },
    {"close",       {0}                          },
    {"close_range", {STDERR_FILENO + 1, UINT_MAX}},
    {"prlimit64",   {0}                          },
    {"brk",         {0}                          },
    {"mmap",        {0}                          },
    {"munmap",      {0}                          },
    {"execve",      {0}                          },
};

const char *seccomp_refused_to_come(const struct seccomp_filter *f)
{
    for (size_t i = 0; i < sizeof to_come / sizeof *to_come; i++) {
        struct seccomp_data call = {.nr = seccomp_call_number(to_come[i].name), .arch = seccomp_native_arch()};
        if (call.nr < 0)
            continue;
        memcpy(call.args, to_come[i].arguments, sizeof to_come[i].arguments);
        uint32_t action = seccomp_simulate(f, &call) & SECCOMP_RET_ACTION_FULL;
        if (action != SECCOMP_RET_ALLOW && action != SECCOMP_RET_LOG)
            return to_come[i].name;
    }
    return NULL;
}

void seccomp_make_tracing(struct arena *a, const struct seccomp_filter *f, struct seccomp_filter *out)
{
    out->count = f->count;
    out->instructions = arena_array(a, f->count, sizeof *out->instructions);
    for (uint32_t i = 0; i < f->count; i++) {
        out->instructions[i] = f->instructions[i];
        if (f->instructions[i].code == (BPF_RET | BPF_K) && seccomp_is_refusal(f->instructions[i].k))
            out->instructions[i].k = SECCOMP_RET_USER_NOTIF;
    }
}

static int base64_value(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = c ? strchr(digits, c) : NULL;
    return found ? (int)(found - digits) : -1;
}

bool seccomp_decode_base64(struct arena *a, const char *text, struct seccomp_filter *out)
{
    size_t length = strlen(text), size = 0;
    while (length > 0 && text[length - 1] == '=')
        length--;
    unsigned char *bytes = arena_alloc(a, length / 4 * 3 + 4);
    uint32_t bits = 0;
    for (size_t i = 0; i < length; i++) {
        int value = base64_value(text[i]);
        if (value < 0)
            return false;
        bits = bits << 6 | (uint32_t)value;
        if (i % 4)
            bytes[size++] = (unsigned char)(bits >> (2 * (3 - i % 4)));
    }
    out->instructions = (struct sock_filter *)(void *)bytes;
    out->count = (uint32_t)(size / sizeof *out->instructions);
    return length % 4 != 1 && size && size % sizeof *out->instructions == 0 && out->count <= BPF_MAXINSNS;
}
