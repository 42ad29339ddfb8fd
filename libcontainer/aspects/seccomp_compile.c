/* seccomp_compile.c - linux.seccomp to BPF by libseccomp, with a prologue of our own (config-linux.md#seccomp). */
#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"
#include "libcontainer/aspects/seccomp_filter.h"
#include "spec/config.h"
#include "spec/names.h"

#include <errno.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define X32_BIT       0x40000000
#define FILTER_LIMIT  (BPF_MAXINSNS * sizeof(struct sock_filter))
#define ARCHITECTURES 32

static void release(scmp_filter_ctx *context)
{
    if (*context)
        seccomp_release(*context);
}

static uint32_t action_word(int64_t action, const uint64_t *errno_ret)
{
    uint32_t number = errno_ret ? (uint32_t)*errno_ret : EPERM;
    switch ((enum seccomp_action)action) {
    case SECCOMP_KILL_THREAD:
        return SCMP_ACT_KILL_THREAD;
    case SECCOMP_KILL_PROCESS:
        return SCMP_ACT_KILL_PROCESS;
    case SECCOMP_TRAP:
        return SCMP_ACT_TRAP;
    case SECCOMP_ERRNO:
        return SCMP_ACT_ERRNO(number);
    case SECCOMP_TRACE:
        return SCMP_ACT_TRACE(number);
    case SECCOMP_ALLOW:
        return SCMP_ACT_ALLOW;
    case SECCOMP_LOG:
        return SCMP_ACT_LOG;
    case SECCOMP_NOTIFY:
        return SCMP_ACT_NOTIFY;
    }
    return SCMP_ACT_KILL_PROCESS;
}

static enum scmp_compare comparison(int64_t op)
{
    switch ((enum seccomp_operator)op) {
    case SECCOMP_NOT_EQUAL:
        return SCMP_CMP_NE;
    case SECCOMP_LESS:
        return SCMP_CMP_LT;
    case SECCOMP_LESS_OR_EQUAL:
        return SCMP_CMP_LE;
    case SECCOMP_EQUAL:
        return SCMP_CMP_EQ;
    case SECCOMP_GREATER_OR_EQUAL:
        return SCMP_CMP_GE;
    case SECCOMP_GREATER:
        return SCMP_CMP_GT;
    case SECCOMP_MASKED_EQUAL:
        return SCMP_CMP_MASKED_EQ;
    }
    return SCMP_CMP_EQ;
}

/* What is compiled, and what is known of it on the way. */
struct compilation {
    const struct seccomp *profile;
    scmp_filter_ctx context;
    uint32_t architectures[ARCHITECTURES];
    size_t architecture_count;
    const char *unknown; /* names of calls, joined */
    struct error *err;
};

static int fail_seccomp(struct error *err, int result, const char *path, const char *what)
{
    errno = -result;
    fail_errno(err, "%s", what);
    return error_at(err, "%s", path);
}

static int add_architectures(struct compilation *c)
{
    c->architectures[c->architecture_count++] = seccomp_arch_native();
    for (size_t i = 0; c->profile->architectures[i]; i++) {
        const char *name = c->profile->architectures[i];
        int64_t token;
        if (!name_find(seccomp_arch_names, name, &token) || (uint32_t)token == seccomp_arch_native())
            continue;
        int result = seccomp_arch_add(c->context, (uint32_t)token);
        if (result == -EEXIST)
            continue;
        /* Of the other byte order, or newer than libseccomp: no program of that kind runs here. */
        if (result == -EDOM || result == -EINVAL) {
            log_debug("linux.seccomp.architectures[%zu]: %s is passed over", i, name);
            continue;
        }
        if (result < 0)
            return fail_seccomp(c->err, result, arena_printf(c->err->arena, "linux.seccomp.architectures[%zu]", i),
                                "cannot add the architecture");
        if (c->architecture_count < ARCHITECTURES)
            c->architectures[c->architecture_count++] = (uint32_t)token;
    }
    return 0;
}

static int add_rule(struct compilation *c, const struct syscall_rule *r, int call, const struct scmp_arg_cmp *args,
                    unsigned count)
{
    int result = seccomp_rule_add_array(c->context, action_word(*r->action, r->errno_ret), call, count, args);
    /* -EACCES: the same as the default action. -EEXIST: said before. */
    return result == -EACCES || result == -EEXIST || result >= 0 ? 0 : result;
}

static struct scmp_arg_cmp condition(const struct syscall_arg *a)
{
    return (struct scmp_arg_cmp){
        .arg = (unsigned)*a->index,
        .op = comparison(*a->op),
        .datum_a = *a->value,
        .datum_b = a->value_two ? *a->value_two : 0,
    };
}

/* Conditions on different arguments must all hold. Two on the same argument cannot be told to libseccomp: each is then
 * a rule of its own, one of which must hold, as engines have relied on since docker's first profiles. */
static int add_conditional(struct compilation *c, const struct syscall_rule *r, int call)
{
    struct scmp_arg_cmp all[6];
    unsigned count = 0, seen = 0;
    bool has_twice = false;
    for (const struct syscall_arg **a = r->args; *a; a++) {
        has_twice = has_twice || seen & 1U << *(*a)->index || count >= ARRAY_SIZE(all);
        seen |= 1U << *(*a)->index;
        if (!has_twice)
            all[count++] = condition(*a);
    }
    if (!has_twice)
        return add_rule(c, r, call, all, count);
    for (const struct syscall_arg **a = r->args; *a; a++) {
        struct scmp_arg_cmp one = condition(*a);
        int result = add_rule(c, r, call, &one, 1);
        if (result < 0)
            return result;
    }
    return 0;
}

static int add_rules(struct compilation *c)
{
    for (size_t i = 0; c->profile->syscalls[i]; i++) {
        const struct syscall_rule *r = c->profile->syscalls[i];
        for (size_t n = 0; r->names[n]; n++) {
            int call = seccomp_syscall_resolve_name(r->names[n]);
            if (call == __NR_SCMP_ERROR) {
                c->unknown = c->unknown ? arena_printf(c->err->arena, "%s, %s", c->unknown, r->names[n]) : r->names[n];
                continue;
            }
            int result = add_conditional(c, r, call);
            if (result < 0)
                return fail_seccomp(c->err, result, arena_printf(c->err->arena, "linux.seccomp.syscalls[%zu]", i),
                                    arena_printf(c->err->arena, "cannot add a rule for %s", r->names[n]));
        }
    }
    return 0;
}

/* ---- calls that are newer than the profile --------------------------------------------------------- */

/* The highest number of a named call on that architecture; 0 when none is named. */
static uint32_t newest_call(const struct seccomp *s, uint32_t arch)
{
    int newest = 0;
    for (const struct syscall_rule **r = s->syscalls; *r; r++)
        for (const char **name = (*r)->names; *name; name++) {
            int number = seccomp_syscall_resolve_name_arch(arch, *name);
            if (number > newest)
                newest = number;
        }
    return (uint32_t)newest;
}

static bool wants_prologue(const struct seccomp *s)
{
    switch ((enum seccomp_action) * s->default_action) {
    case SECCOMP_ALLOW:
    case SECCOMP_LOG:
    case SECCOMP_TRACE:
    case SECCOMP_NOTIFY:
        return false;
    case SECCOMP_KILL_THREAD:
    case SECCOMP_KILL_PROCESS:
    case SECCOMP_TRAP:
    case SECCOMP_ERRNO:
        return s->syscalls[0] != NULL;
    }
    return false;
}

static void put(struct seccomp_filter *f, uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
    f->instructions[f->count++] = (struct sock_filter){code, jt, jf, k};
}

/* One architecture: a number above the newest call that the profile names is unknown to whoever wrote it, and is
 * answered as an older kernel would, so that libc falls back. x32 shares its architecture with x86_64. */
static void put_limit(struct compilation *c, struct seccomp_filter *f, uint32_t arch)
{
    uint32_t newest = newest_call(c->profile, arch);
    if (!newest)
        return;
    put(f, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
    if (arch == SCMP_ARCH_X32 || arch == SCMP_ARCH_X86_64) {
        bool is_x32 = arch == SCMP_ARCH_X32;
        put(f, BPF_JMP | BPF_JEQ | BPF_K, SCMP_ARCH_X86_64, 0, 4);
        put(f, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
        put(f, BPF_JMP | BPF_JSET | BPF_K, X32_BIT, is_x32 ? 0 : 2, is_x32 ? 2 : 0);
        put(f, BPF_JMP | BPF_JGT | BPF_K, newest, 0, 1);
    } else {
        put(f, BPF_JMP | BPF_JEQ | BPF_K, arch, 0, 3);
        put(f, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
        put(f, BPF_JMP | BPF_JGT | BPF_K, newest, 0, 1);
    }
    put(f, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS, 0, 0);
}

static int export(struct compilation *c, struct seccomp_filter *out)
{
    struct stat st;
    scoped_fd fd = memfd_create("davit-seccomp", MFD_CLOEXEC);
    if (fd < 0)
        return fail_errno(c->err, "cannot make a buffer for the filter");
    int result = seccomp_export_bpf(c->context, fd);
    if (result < 0)
        return fail_seccomp(c->err, result, "linux.seccomp", "cannot generate the filter");
    if (fstat(fd, &st) < 0)
        return fail_errno(c->err, "cannot read the filter");
    out->instructions = arena_alloc(c->err->arena, FILTER_LIMIT + (size_t)st.st_size);
    out->count = 0;
    if (wants_prologue(c->profile))
        for (size_t i = 0; i < c->architecture_count; i++)
            put_limit(c, out, c->architectures[i]);
    if (pread(fd, out->instructions + out->count, (size_t)st.st_size, 0) != st.st_size)
        return fail_errno(c->err, "cannot read the filter");
    out->count += (uint32_t)((size_t)st.st_size / sizeof *out->instructions);
    if (out->count > BPF_MAXINSNS) {
        fail_config(c->err, "linux.seccomp", "the profile makes a filter of %u instructions; the kernel takes %u",
                    out->count, BPF_MAXINSNS);
        return error_hint(c->err, "name fewer calls, or fewer conditions on arguments");
    }
    return 0;
}

int seccomp_compile(const struct seccomp *s, struct seccomp_filter *out, struct error *err)
{
    scmp_filter_ctx context __attribute__((cleanup(release))) =
        seccomp_init(action_word(*s->default_action, s->default_errno_ret));
    struct compilation c = {.profile = s, .context = context, .err = err};
    if (!context)
        return fail_config(err, "linux.seccomp.defaultAction", "%s is not known to this kernel or libseccomp",
                           name_of(seccomp_action_names, *s->default_action));
    /* no_new_privs is the config's to decide. */
    int result = seccomp_attr_set(context, SCMP_FLTATR_CTL_NNP, 0);
    if (result < 0)
        return fail_seccomp(err, result, "linux.seccomp", "cannot set up the filter");
    if (add_architectures(&c) < 0 || add_rules(&c) < 0)
        return -1;
    out->unknown = c.unknown;
    return export(&c, out);
}

const char *seccomp_compiler_identity(struct arena *a)
{
    const struct scmp_version *v = seccomp_version();
    return arena_printf(a, "libseccomp %u.%u.%u (api %u, arch %u)", v->major, v->minor, v->micro, seccomp_api_get(),
                        seccomp_arch_native());
}

const char *seccomp_call_name(struct arena *a, uint32_t arch, int number)
{
    if (arch == SCMP_ARCH_X86_64 && number & X32_BIT)
        arch = SCMP_ARCH_X32;
    char *name = seccomp_syscall_resolve_num_arch(arch, number);
    const char *text = name ? arena_strdup(a, name) : arena_printf(a, "system call %d", number);
    free(name);
    return text;
}

int seccomp_call_number(const char *name)
{
    int number = seccomp_syscall_resolve_name(name);
    return number < 0 ? -1 : number;
}

uint32_t seccomp_native_arch(void)
{
    return seccomp_arch_native();
}
