/* keyring.c - a session keyring of the container's own, so that it shares no keys with davit's caller. */
#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/syscalls.h"
#include "libcontainer/launch/aspect.h"
#include "libcontainer/launch/launch.h"
#include "spec/config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <unistd.h>

#define USER_SEARCH 0x00080000 /* KEY_USR_SEARCH of the kernel: exec finds the keyring by its name */

/* "12/200" for this uid, from /proc/key-users: "uid: usage nkeys/nikeys qnkeys/maxkeys qnbytes/maxbytes" */
static const char *quota_text(struct arena *a, uid_t uid)
{
    struct error ignored;
    char *text;
    error_init(&ignored, a);
    if (file_read_at(AT_FDCWD, "/proc/key-users", 1 << 20, &text, NULL, &ignored) < 0)
        return "?/?";
    for (const char **line = str_split(a, text, '\n'); *line; line++) {
        unsigned owner;
        char keys[64];
        if (sscanf(*line, " %u: %*u %*u/%*u %63s", &owner, keys) == 2 && owner == uid)
            return arena_strdup(a, keys);
    }
    return "?/?";
}

/* The kernel gives the new keyring this label (keycreate holds for the calling thread alone). */
static int label_keys(struct launch *l, const char *label, struct error *err)
{
    int proc;
    if (launch_proc(l, &proc, err) < 0 || proc_write(proc, "thread-self/attr/keycreate", label, err) < 0)
        return error_context(err, "labelling the session keyring");
    return 0;
}

static int apply(struct launch *l, struct error *err)
{
    if (l->options && l->options->no_new_keyring)
        return 0;
    const char *label = l->process ? l->process->selinux_label : NULL;
    if (label && *label && label_keys(l, label, err) < 0)
        return error_at(err, "process.selinuxLabel");
    const char *name = arena_printf(l->arena, "_ses.%s", l->id);
    int key = sys_keyctl(KEYCTL_JOIN_SESSION_KEYRING, (unsigned long)name, 0, 0, 0);
    if (key < 0 && errno == ENOSYS) {
        log_debug("keyring: this kernel has none");
        return 0;
    }
    if (key < 0 && errno == EDQUOT) {
        fail_errno(err, "kernel key quota for uid %u used up (%s, sysctl kernel.keys.maxkeys)", (unsigned)getuid(),
                   quota_text(l->arena, getuid()));
        return error_hint(err, "raise kernel.keys.maxkeys, or use --no-new-keyring");
    }
    if (key < 0) {
        fail_errno(err, "cannot join the session keyring %s", name);
        return error_hint(err, "where the host forbids keyrings, use --no-new-keyring");
    }
    char description[256];
    unsigned permissions;
    int length = sys_keyctl(KEYCTL_DESCRIBE, (unsigned long)key, (unsigned long)description, sizeof description, 0);
    if (length > 0 && sscanf(description, "%*[^;];%*d;%*d;%x;", &permissions) == 1 &&
        sys_keyctl(KEYCTL_SETPERM, (unsigned long)key, permissions | USER_SEARCH, 0, 0) < 0)
        log_debug("keyring: %s cannot be made searchable: exec gets one of its own", name);
    if (label && *label)
        return label_keys(l, "", err);
    return 0;
}

const struct aspect keyring = {.name = "keyring", .apply = apply};
