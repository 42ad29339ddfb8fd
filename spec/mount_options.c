#include "spec/names.h"

#include "base/str.h"

#include <string.h>
#include <sys/mount.h>

/* In linux/fs.h, which clashes with sys/mount.h. */
#ifndef MS_LAZYTIME
#define MS_LAZYTIME (1 << 25)
#endif
#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW 256
#endif

/* The kernel has one mode of access time for a mount: each option of these replaces the one before. "atime" and
 * "nostrictatime" lead back to the kernel's default, relatime; "norelatime" cannot turn that off (mount(8)). */
#define ATIME_MODE(mode) .attr = (mode), .attr_clear = MOUNT_ATTR__ATIME

// clang-format off
const struct mount_option mount_options[] = {
    {"async",          .clear = MS_SYNCHRONOUS},
    {"atime",          .clear = MS_NOATIME, ATIME_MODE(MOUNT_ATTR_RELATIME)},
    {"bind",           .set = MS_BIND},
    {.text = "defaults"},
    {"dev",            .clear = MS_NODEV, .attr_clear = MOUNT_ATTR_NODEV},
    {"diratime",       .clear = MS_NODIRATIME, .attr_clear = MOUNT_ATTR_NODIRATIME},
    {"dirsync",        .set = MS_DIRSYNC},
    {"exec",           .clear = MS_NOEXEC, .attr_clear = MOUNT_ATTR_NOEXEC},
    {"iversion",       .set = MS_I_VERSION},
    {"lazytime",       .set = MS_LAZYTIME},
    {"loud",           .clear = MS_SILENT},
    {"mand",           .set = MS_MANDLOCK},
    {"noatime",        .set = MS_NOATIME, ATIME_MODE(MOUNT_ATTR_NOATIME)},
    {"nodev",          .set = MS_NODEV, .attr = MOUNT_ATTR_NODEV},
    {"nodiratime",     .set = MS_NODIRATIME, .attr = MOUNT_ATTR_NODIRATIME},
    {"noexec",         .set = MS_NOEXEC, .attr = MOUNT_ATTR_NOEXEC},
    {"noiversion",     .clear = MS_I_VERSION},
    {"nolazytime",     .clear = MS_LAZYTIME},
    {"nomand",         .clear = MS_MANDLOCK},
    {"norelatime",     .clear = MS_RELATIME},
    {"nostrictatime",  .clear = MS_STRICTATIME, ATIME_MODE(MOUNT_ATTR_RELATIME)},
    {"nosuid",         .set = MS_NOSUID, .attr = MOUNT_ATTR_NOSUID},
    {"nosymfollow",    .set = MS_NOSYMFOLLOW, .attr = MOUNT_ATTR_NOSYMFOLLOW},
    {"rbind",          .set = MS_BIND | MS_REC},
    {"relatime",       .set = MS_RELATIME, ATIME_MODE(MOUNT_ATTR_RELATIME)},
    {"remount",        .set = MS_REMOUNT},
    {"ro",             .set = MS_RDONLY, .attr = MOUNT_ATTR_RDONLY},
    {"rw",             .clear = MS_RDONLY, .attr_clear = MOUNT_ATTR_RDONLY},
    {"silent",         .set = MS_SILENT},
    {"strictatime",    .set = MS_STRICTATIME, ATIME_MODE(MOUNT_ATTR_STRICTATIME)},
    {"suid",           .clear = MS_NOSUID, .attr_clear = MOUNT_ATTR_NOSUID},
    {"symfollow",      .clear = MS_NOSYMFOLLOW, .attr_clear = MOUNT_ATTR_NOSYMFOLLOW},
    {"sync",           .set = MS_SYNCHRONOUS},

    {"private",        .propagation = MS_PRIVATE},
    {"shared",         .propagation = MS_SHARED},
    {"slave",          .propagation = MS_SLAVE},
    {"unbindable",     .propagation = MS_UNBINDABLE},
    {"rprivate",       .propagation = MS_PRIVATE | MS_REC},
    {"rshared",        .propagation = MS_SHARED | MS_REC},
    {"rslave",         .propagation = MS_SLAVE | MS_REC},
    {"runbindable",    .propagation = MS_UNBINDABLE | MS_REC},

    {"ratime",         ATIME_MODE(MOUNT_ATTR_RELATIME), .recursive = true},
    {"rdev",           .attr_clear = MOUNT_ATTR_NODEV, .recursive = true},
    {"rdiratime",      .attr_clear = MOUNT_ATTR_NODIRATIME, .recursive = true},
    {"rexec",          .attr_clear = MOUNT_ATTR_NOEXEC, .recursive = true},
    {"rnoatime",       ATIME_MODE(MOUNT_ATTR_NOATIME), .recursive = true},
    {"rnodev",         .attr = MOUNT_ATTR_NODEV, .recursive = true},
    {"rnodiratime",    .attr = MOUNT_ATTR_NODIRATIME, .recursive = true},
    {"rnoexec",        .attr = MOUNT_ATTR_NOEXEC, .recursive = true},
    {"rnorelatime",    .recursive = true},
    {"rnostrictatime", ATIME_MODE(MOUNT_ATTR_RELATIME), .recursive = true},
    {"rnosuid",        .attr = MOUNT_ATTR_NOSUID, .recursive = true},
    {"rnosymfollow",   .attr = MOUNT_ATTR_NOSYMFOLLOW, .recursive = true},
    {"rrelatime",      ATIME_MODE(MOUNT_ATTR_RELATIME), .recursive = true},
    {"rro",            .attr = MOUNT_ATTR_RDONLY, .recursive = true},
    {"rrw",            .attr_clear = MOUNT_ATTR_RDONLY, .recursive = true},
    {"rstrictatime",   ATIME_MODE(MOUNT_ATTR_STRICTATIME), .recursive = true},
    {"rsuid",          .attr_clear = MOUNT_ATTR_NOSUID, .recursive = true},
    {"rsymfollow",     .attr_clear = MOUNT_ATTR_NOSYMFOLLOW, .recursive = true},

    {"tmpcopyup",      .extension = MOUNT_TMPCOPYUP},
    {"idmap",          .extension = MOUNT_IDMAP, .takes_value = true},
    {"ridmap",         .extension = MOUNT_IDMAP, .takes_value = true, .recursive = true},
    {"copy-symlink",   .extension = MOUNT_COPY_SYMLINK},
    {"src-nofollow",   .extension = MOUNT_SRC_NOFOLLOW},
    {"dest-nofollow",  .extension = MOUNT_DEST_NOFOLLOW},

    /* Words of fstab that mount(8) keeps to itself. */
    {.text = "_netdev"},
    {.text = "auto"},
    {.text = "noauto"},
    {.text = "nofail"},
    {.text = "nouser"},
    {.text = NULL},
};
// clang-format on

const struct mount_option *mount_option_find(const char *text, const char **out_value)
{
    const char *unused;
    if (!out_value)
        out_value = &unused;
    *out_value = NULL;
    for (const struct mount_option *o = mount_options; o->text; o++) {
        const char *rest = str_after(text, o->text);
        if (rest && *rest == '\0')
            return o;
        if (rest && *rest == '=' && o->takes_value) {
            *out_value = rest + 1;
            return o;
        }
    }
    return NULL;
}

const char *mount_option_nearest(const char *text)
{
    const char *best = NULL;
    /* Short words are near to everything: "rx" must not become "ro". */
    unsigned limit = strlen(text) > 3 ? 2 : 1;
    for (const struct mount_option *o = mount_options; o->text; o++) {
        unsigned distance = str_distance(text, o->text, limit);
        if (distance <= limit) {
            best = o->text;
            if (distance == 0)
                break;
            limit = distance - 1;
        }
    }
    return best;
}
