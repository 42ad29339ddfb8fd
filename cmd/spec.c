#include "spec/example.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "cmd/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#define CGROUP2_MAGIC 0x63677270

struct spec_options {
    const char *bundle, *file;
    bool rootless;
};

// clang-format off
COMMAND_ROWS(spec, spec_options) = {
    TEXT_OPTION(spec_options, bundle, "bundle", 'b', "DIR", "The directory to write to. Default: this one."),
    TEXT_OPTION(spec_options, file, "file", 'f', "NAME", "The name of the file. Default: config.json."),
    FLAG_OPTION(spec_options, rootless, "rootless", 0,
        "For an ordinary user: root in the container is the present user outside."),
    NO_MORE_OPTIONS,
};
// clang-format on

/* With cgroup v1 a namespace of its own would show the container less than its mounts do. */
static bool host_is_cgroup2(void)
{
    struct statfs fs;
    return statfs("/sys/fs/cgroup", &fs) == 0 && fs.f_type == CGROUP2_MAGIC;
}

int run_spec(struct invocation *i, struct error *err)
{
    const struct spec_options *o = i->options;
    const char *name = o->file ? o->file : "config.json";
    scoped_fd directory = AT_FDCWD;
    if (o->bundle) {
        directory = open(o->bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (directory < 0)
            return fail_errno(err, "cannot open the bundle %s", o->bundle);
    }
    scoped_fd fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 && errno == EEXIST) {
        fail(err, ERR_ALREADY_EXISTS, "%s exists already", name);
        return error_hint(err, "remove it first, or give another directory with --bundle");
    }
    if (fd < 0)
        return fail_errno(err, "cannot create %s", name);
    const struct example_request request = {
        .rootless = o->rootless,
        .uid = geteuid(),
        .gid = getegid(),
        .has_cgroup_namespace = host_is_cgroup2(),
    };
    const char *text = example_text(err->arena, &request);
    return file_write_all(fd, text, strlen(text), err);
}
