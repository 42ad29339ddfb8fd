/* seccomp.c - linux.seccomp: which system calls the process may make (config-linux.md#seccomp).
 *
 * The runtime compiles the filter, or takes it from the cache; init loads it as its very last act before execve, so
 * that a profile needs to permit nothing of davit's. Only a filter that notifies an agent is loaded at create, while
 * the runtime can hand the listener over. */
#include "libcontainer/aspects/seccomp.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"
#include "base/syscalls.h"
#include "libcontainer/aspects/seccomp_filter.h"
#include "libcontainer/launch/aspect.h"
#include "libcontainer/launch/launch.h"
#include "libcontainer/launch/service.h"
#include "spec/config.h"
#include "spec/names.h"

#include <errno.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static const struct seccomp *profile_of(const struct config *c)
{
    return c->linux_ ? c->linux_->seccomp : NULL;
}

static bool annotation_is_set(const struct config *c, const char *key)
{
    const char *value = config_annotation(c, key);
    return value && *value && !str_equal(value, "0") && !str_equal(value, "false");
}

static int check_errno(int64_t action, const uint64_t *errno_ret, const char *path, struct error *err)
{
    if (!errno_ret || action == SECCOMP_ERRNO || action == SECCOMP_TRACE)
        return 0;
    fail_config(err, path, "%s takes no errno", name_of(seccomp_action_names, action));
    return error_hint(err, "only SCMP_ACT_ERRNO and SCMP_ACT_TRACE do: leave it out");
}

/* Calls that init itself makes, with the filter in force, to hand the listener over. */
static int check_notified(const struct syscall_rule *r, size_t index, struct error *err)
{
    static const char *const needed[] = {"sendmsg", "recvmsg", NULL};
    if (*r->action != SECCOMP_NOTIFY)
        return 0;
    for (size_t n = 0; r->names[n]; n++) {
        if (!str_in(r->names[n], needed))
            continue;
        fail_config(err, arena_printf(err->arena, "linux.seccomp.syscalls[%zu].names[%zu]", index, n),
                    "SCMP_ACT_NOTIFY cannot be used for %s", r->names[n]);
        return error_hint(err, "the call hands the listener over, and would wait for it");
    }
    return 0;
}

static int check_rules(const struct seccomp *s, struct error *err)
{
    for (size_t i = 0; s->syscalls[i]; i++) {
        const struct syscall_rule *r = s->syscalls[i];
        const char *path = arena_printf(err->arena, "linux.seccomp.syscalls[%zu]", i);
        if (!r->names[0])
            return fail_config(err, arena_printf(err->arena, "%s.names", path), "must have at least one element");
        if (check_errno(*r->action, r->errno_ret, arena_printf(err->arena, "%s.errnoRet", path), err) < 0 ||
            check_notified(r, i, err) < 0)
            return -1;
        for (size_t a = 0; r->args[a]; a++)
            if (*r->args[a]->index > 5)
                return fail_config(err, arena_printf(err->arena, "%s.args[%zu].index", path, a),
                                   "a system call has arguments 0 to 5");
    }
    return 0;
}

static int check(const struct config *c, struct error *err)
{
    const struct seccomp *s = profile_of(c);
    if (!s)
        return 0;
    if (*s->default_action == SECCOMP_NOTIFY) {
        fail_config(err, "linux.seccomp.defaultAction", "SCMP_ACT_NOTIFY cannot be the default action");
        return error_hint(err, "the agent would be asked about davit's own calls: name the calls that it is for");
    }
    if (s->listener_metadata && !s->listener_path)
        return fail_config(err, "linux.seccomp.listenerMetadata", "is given without listenerPath");
    if (check_errno(*s->default_action, s->default_errno_ret, "linux.seccomp.defaultErrnoRet", err) < 0)
        return -1;
    return check_rules(s, err);
}

/* ---- runtime --------------------------------------------------------------------------------------- */

bool seccomp_uses_notify(const struct seccomp *s)
{
    for (const struct syscall_rule **r = s->syscalls; *r; r++)
        if (*(*r)->action == SECCOMP_NOTIFY)
            return true;
    return false;
}

static const char *cache_key(struct launch *l, const struct seccomp *s)
{
    struct utsname host;
    const char *profile = schema_encode(l->arena, &seccomp_object, s, 0);
    const char *kernel = uname(&host) == 0 ? host.release : "?";
    return arena_printf(l->arena, "%s\nLinux %s\n%s", seccomp_compiler_identity(l->arena), kernel, profile);
}

/* A misspelt name protects nothing, so it is said; but profiles of engines name calls newer than libseccomp. */
static int report_unknown(struct launch *l, const struct seccomp_filter *f, struct error *err)
{
    if (!f->unknown)
        return 0;
    const char *names = str_printable(l->arena, f->unknown), *who = seccomp_compiler_identity(l->arena);
    if (!annotation_is_set(l->config, "run.oci.seccomp_fail_unknown_syscall")) {
        log_warning("linux.seccomp.syscalls: passed over, since %s does not know them: %s", who, names);
        return 0;
    }
    fail_config(err, "linux.seccomp.syscalls", "unknown system calls: %s", names);
    return error_hint(err, "%s does not know them; without run.oci.seccomp_fail_unknown_syscall they are passed over",
                      who);
}

static int compile(struct launch *l, const struct seccomp *s, struct seccomp_filter *out, struct error *err)
{
    const char *key = l->state_root ? cache_key(l, s) : NULL;
    int found = key ? seccomp_cache_load(l->state_root, key, out, err) : SECCOMP_NOT_CACHED;
    if (found < 0)
        return -1;
    if (found == SECCOMP_NOT_CACHED) {
        if (seccomp_compile(s, out, err) < 0)
            return -1;
        log_debug("seccomp: compiled to %u instructions", out->count);
        if (key && seccomp_cache_store(l->state_root, key, out, err) < 0) {
            log_debug("seccomp: not cached: %s", error_line(err));
            error_clear(err);
        }
    }
    return report_unknown(l, out, err);
}

static int take_raw(struct launch *l, const char *text, struct seccomp_filter *out, struct error *err)
{
    if (seccomp_decode_base64(l->arena, text, out))
        return 0;
    fail(err, ERR_INVALID_CONFIG, "run.oci.seccomp_bpf_data is no base64 text of BPF instructions");
    return error_at(err, "annotations.run.oci.seccomp_bpf_data");
}

/* Flags that need a listener, or forbid one, are left out where they would make the kernel refuse. */
static uint32_t effective_flags(const struct seccomp *s, bool has_listener)
{
    uint32_t flags = !s || !s->has_flags ? SECCOMP_FILTER_FLAG_SPEC_ALLOW : (uint32_t)s->flags;
    if (has_listener)
        flags &= ~(uint32_t)SECCOMP_FILTER_FLAG_TSYNC; /* init has one thread: nothing to synchronise */
    else
        flags &= ~(1U << SECCOMP_FLAG_WAIT_KILLABLE_RECV);
    return flags;
}

static int before(struct launch *l, struct error *err)
{
    const struct seccomp *s = profile_of(l->config);
    const char *raw = config_annotation(l->config, "run.oci.seccomp_bpf_data");
    struct seccomp_filter filter = {0};
    if (!l->process || (!s && !raw))
        return 0;
    if (raw ? take_raw(l, raw, &filter, err) < 0 : compile(l, s, &filter, err) < 0)
        return -1;
    l->seccomp_has_notify = !raw && seccomp_uses_notify(s);
    l->seccomp_program = filter.instructions;
    l->seccomp_length = filter.count;
    bool traces = l->options && l->options->seccomp_trace;
    l->seccomp_flags = effective_flags(s, l->seccomp_has_notify || traces);
    if (traces && !l->options->foreground)
        return fail(err, ERR_INVALID_ARGUMENT, "--seccomp-trace needs davit to stay: use it without --detach");
    if (traces && l->seccomp_has_notify) {
        fail(err, ERR_NOT_SUPPORTED, "--seccomp-trace cannot watch a profile with SCMP_ACT_NOTIFY");
        return error_hint(err, "the kernel allows one listener, and that is the profile's agent: for the trace, put "
                               "another action in place of SCMP_ACT_NOTIFY");
    }
    return l->seccomp_has_notify ? seccomp_agent_connect(l, err) : 0;
}

/* ---- init ------------------------------------------------------------------------------------------ */

static int load(struct launch *l, const struct seccomp_filter *f, uint32_t flags, struct error *err)
{
    struct sock_fprog program = {.len = (unsigned short)f->count, .filter = f->instructions};
    int result = sys_seccomp(SECCOMP_SET_MODE_FILTER, flags, &program);
    if (result < 0 && errno == EINVAL && flags & SECCOMP_FILTER_FLAG_SPEC_ALLOW && profile_of(l->config) &&
        !profile_of(l->config)->has_flags)
        result = sys_seccomp(SECCOMP_SET_MODE_FILTER, flags & ~(uint32_t)SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program);
    if (result >= 0)
        return result;
    int saved = errno;
    fail_errno(err, "cannot load the system call filter");
    error_at(err, "linux.seccomp");
    if (saved == EACCES)
        return error_hint(err, "without CAP_SYS_ADMIN it takes process.noNewPrivileges: set that to true");
    return saved == EINVAL ? error_hint(err, "this kernel may not know one of linux.seccomp.flags") : -1;
}

static struct seccomp_filter filter_of(const struct launch *l)
{
    return (struct seccomp_filter){.instructions = (struct sock_filter *)(uintptr_t)l->seccomp_program,
                                   .count = l->seccomp_length};
}

static int load_own(struct launch *l, struct error *err)
{
    struct seccomp_filter filter = filter_of(l);
    uint32_t listening = l->seccomp_has_notify ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;
    int result = load(l, &filter, l->seccomp_flags | listening, err);
    if (result < 0)
        return -1;
    if (listening)
        l->seccomp_listener_fd = result;
    l->seccomp_is_loaded = true;
    return 0;
}

/* In exec, before the process is born: then it has no rights that its program has not, and CAP_SYS_ADMIN need not be
 * held until execve. What is to come has to be permitted for it, as by the profiles of engines it is. */
static int apply_early(struct launch *l, struct error *err)
{
    struct seccomp_filter filter = filter_of(l);
    if (!l->seccomp_program || (l->options && l->options->seccomp_trace))
        return 0;
    const char *refused = seccomp_refused_to_come(&filter);
    if (!refused)
        return load_own(l, err);
    log_debug("seccomp: loaded last, since it refuses davit's %s", refused);
    return 0;
}

/* At create, and in exec: the filter that has an agent, or the beginning of the trace. */
static int apply(struct launch *l, struct error *err)
{
    if (!l->seccomp_program)
        return 0;
    if (l->options && l->options->seccomp_trace)
        return channel_ask(l->channel, CHANNEL_SECCOMP_FD, NULL, 0, NULL, 0, NULL, err);
    if (!l->seccomp_has_notify)
        return 0;
    if (!l->seccomp_is_loaded && load_own(l, err) < 0)
        return -1;
    scoped_fd listener = take_fd(&l->seccomp_listener_fd);
    const int sent[] = {listener};
    return channel_ask(l->channel, CHANNEL_SECCOMP_FD, NULL, 0, sent, 1, NULL, err);
}

/* The last act before execve. */
static int apply_last(struct launch *l, struct error *err)
{
    if (!l->seccomp_program || l->seccomp_is_loaded)
        return 0;
    /* Nothing may be written any more that the profile could forbid. */
    log_target.forward = NULL;
    log_target.level = LOG_ERROR_LEVEL;
    if (!(l->options && l->options->seccomp_trace))
        return load_own(l, err);
    struct seccomp_filter filter = filter_of(l), tracing;
    seccomp_make_tracing(l->arena, &filter, &tracing);
    /* The listener closes at execve: the tracer has to have its own before. */
    if (load(l, &tracing, l->seccomp_flags | SECCOMP_FILTER_FLAG_NEW_LISTENER, err) < 0)
        return -1;
    seccomp_trace_await(l);
    return 0;
}

/* ---- explanation ----------------------------------------------------------------------------------- */

static bool kills(const int64_t *action)
{
    return *action == SECCOMP_KILL_THREAD || *action == SECCOMP_KILL_PROCESS || *action == SECCOMP_TRAP;
}

const char *seccomp_explain_death(struct arena *a, const struct config *c, bool *out_is_certain)
{
    *out_is_certain = false;
    const struct seccomp *s = profile_of(c);
    if (!s)
        return NULL;
    bool is_named = false, may_kill = kills(s->default_action);
    for (size_t i = 0; s->syscalls[i]; i++) {
        const struct syscall_rule *r = s->syscalls[i];
        may_kill = may_kill || kills(r->action);
        if (!str_in("execve", (const char *const *)r->names) || r->args[0])
            continue;
        is_named = true;
        *out_is_certain = kills(r->action);
        if (*out_is_certain)
            return arena_printf(a, "killed by seccomp (SIGSYS) in execve: rule linux.seccomp.syscalls[%zu], %s", i,
                                name_of(seccomp_action_names, *r->action));
    }
    *out_is_certain = !is_named && kills(s->default_action);
    if (*out_is_certain)
        return arena_printf(a, "killed by seccomp (SIGSYS) in execve: rule linux.seccomp.defaultAction, %s",
                            name_of(seccomp_action_names, *s->default_action));
    return may_kill ? "killed by seccomp (SIGSYS): run it with --seccomp-trace to see in which system call" : NULL;
}

const struct aspect seccomp = {.name = "seccomp", .check = check, .before = before, .apply = apply};
const struct aspect seccomp_early = {.name = "seccomp_early", .apply = apply_early};
const struct aspect seccomp_last = {.name = "seccomp_last", .apply = apply_last};
