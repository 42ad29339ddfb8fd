/* selinux.c - process.selinuxLabel: asked of the kernel for the coming execve, and read back (SECURITY R6).
 *
 * libselinux is not needed: its setters open /proc by path, and its one question is answered by a statfs. */
#include "base/error.h"
#include "base/proc.h"
#include "base/str.h"
#include "libcontainer/launch/aspect.h"
#include "libcontainer/launch/launch.h"
#include "spec/config.h"

#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>

#define EXEC_FILE "self/attr/exec"

static const char *label_of(const struct launch *l)
{
    const char *label = l->process ? l->process->selinux_label : NULL;
    return label && *label ? label : NULL;
}

static bool is_enabled(void)
{
    struct statfs fs;
    return statfs("/sys/fs/selinux", &fs) == 0 && fs.f_type == SELINUX_MAGIC;
}

static int before(struct launch *l, struct error *err)
{
    if (!label_of(l) || is_enabled())
        return 0;
    fail(err, ERR_NOT_SUPPORTED, "process.selinuxLabel set, but SELinux is not enabled here");
    error_at(err, "process.selinuxLabel");
    return error_hint(err, "leave it out, or boot with SELinux (sestatus tells)");
}

static int apply(struct launch *l, struct error *err)
{
    const char *label = label_of(l);
    char *text;
    int proc;
    if (!label)
        return 0;
    if (launch_proc(l, &proc, err) < 0)
        return -1;
    if (proc_write(proc, EXEC_FILE, label, err) < 0) {
        int errnum = err->errnum;
        error_context(err, "setting the SELinux label \"%s\" through `/proc/self/attr/exec`", label);
        error_at(err, "process.selinuxLabel");
        return errnum == EINVAL ? error_hint(err, "the loaded policy does not know this context") : -1;
    }
    if (proc_read(proc, EXEC_FILE, &text, err) < 0)
        return error_context(err, "reading the SELinux label back");
    text[strcspn(text, "\n")] = '\0';
    if (str_equal(text, label))
        return 0;
    fail(err, ERR_SYSTEM, "the kernel took the SELinux label \"%s\" as \"%s\"", label, str_printable(err->arena, text));
    return error_at(err, "process.selinuxLabel");
}

const struct aspect selinux = {.name = "selinux", .before = before, .apply = apply};
