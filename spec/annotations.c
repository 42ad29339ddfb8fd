#include "spec/annotations.h"

#include "base/arena.h"
#include "base/str.h"

#include <stddef.h>

// clang-format off
const struct annotation annotations[] = {
    {ANNOTATION_SYSTEMD_PROPERTY,
     "A property of the container's systemd unit, its value as GVariant text; NameSec stands for NameUSec.", true},
    {ANNOTATION_KEEP_GROUPS,
     "Keeps the caller's supplementary groups when the value is not 0.", true},
    {ANNOTATION_MOUNT_CONTEXT_TYPE,
     "The mount option that carries linux.mountLabel: context (default), fscontext, defcontext or rootcontext.", true},
    {ANNOTATION_SYSTEMD_SUBGROUP,
     "The cgroup below the unit that the container lives in; an empty value is the unit itself.", true},
    {ANNOTATION_DELEGATE_CGROUP,
     "A further cgroup below, which the container's user owns; cgroup v2 only.", true},
    {ANNOTATION_HOOKS_STDOUT,
     "A file to which the output of hooks is appended.", true},
    {ANNOTATION_HOOKS_STDERR,
     "A file to which the errors of hooks are appended.", true},
    {ANNOTATION_SECCOMP_RECEIVER,
     "The socket of the seccomp agent, as linux.seccomp.listenerPath.", true},
    {ANNOTATION_SECCOMP_STRICT,
     "Makes a system call that nobody knows in linux.seccomp an error instead of passing over it.", true},
    {ANNOTATION_SECCOMP_BPF,
     "A seccomp filter as base64 of its BPF instructions, instead of linux.seccomp.", true},
    {ANNOTATION_PIDFD_RECEIVER,
     "A socket that gets the pidfd of the container's first process.", true},
    {ANNOTATION_CRIU_CONFIG,
     "The file of criu's own options for checkpoint and restore; empty: none.", true},
    {NULL, NULL, false},
};
// clang-format on

static bool matches(const char *row, const char *key)
{
    return str_equal(row, key) || (str_has_suffix(row, ".") && str_has_prefix(key, row));
}

/* What other runtimes act on: an image or a user that has one of these expects something to happen. */
const char *annotation_ignored(struct arena *a, const char *key, const char *value)
{
    static const char *const others[] = {"run.oci.", "krun.", "module.wasm.", "org.criu.", NULL};
    static const char *const nothing[] = {"", "0", "false", NULL};
    if (str_in(value, nothing))
        return NULL;
    for (const struct annotation *row = annotations; row->key; row++)
        if (matches(row->key, key))
            return NULL;
    for (size_t i = 0; others[i]; i++)
        if (str_has_prefix(key, others[i]))
            return arena_printf(a, "annotation %s ignored: davit does not implement it", str_printable(a, key));
    return NULL;
}
