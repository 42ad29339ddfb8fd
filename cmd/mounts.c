#include "cmd/commands.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/str.h"
#include "libcontainer/container.h"
#include "libcontainer/store/store.h"
#include "spec/config.h"
#include "spec/config_notes.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define LIST_LIMIT ((size_t)16 * 1024 * 1024)

struct mounts_options {
    bool unused;
};

COMMAND_ROWS(mounts, mounts_options) = {NO_MORE_OPTIONS};

struct list_file {
    const char *name, *text; /* the text as it was read: an array */
    size_t length;
};

static int read_file(const char *name, struct list_file *out, struct error *err)
{
    bool is_stdin = str_equal(name, "-");
    char *text;
    scoped_fd fd = is_stdin ? -1 : open(name, O_RDONLY | O_CLOEXEC);
    if (!is_stdin && fd < 0) {
        fail_errno(err, "cannot open %s", name);
        return error_hint(err, "FILE holds a JSON array of mounts as in config.json; - is standard input");
    }
    out->name = is_stdin ? "(standard input)" : name;
    if (file_read(is_stdin ? STDIN_FILENO : fd, LIST_LIMIT, &text, &out->length, err) < 0)
        return error_context(err, "%s", out->name);
    out->text = text;
    return 0;
}

/* The schema's documents are objects: the array becomes the member of one, on its first line. */
static const struct mount_list *decode(const struct list_file *file, struct error *err)
{
    static const char head[] = "{\"mounts\":";
    struct schema_notes notes = {0};
    if (file->text[strspn(file->text, " \t\r\n")] != '[') {
        fail(err, ERR_INVALID_CONFIG, "%s is not a JSON array of mounts", file->name);
        error_hint(err,
                   "[{\"destination\": \"/mnt\", \"type\": \"bind\", \"source\": \"/srv\", \"options\": [\"bind\"]}]");
        return NULL;
    }
    const char *whole = arena_printf(err->arena, "%s%s}", head, file->text);
    const struct mount_list *list = schema_decode(&mount_list_object, file->name, whole, strlen(whole), &notes, err);
    if (!list && err->line == 1 && err->column > strlen(head))
        err->column -= strlen(head);
    return list && config_notes_report(&notes, file->name, false, err) == 0 ? list : NULL;
}

/* "mounts[0].source" of the request is "[0].source" of the file. */
static void locate(const struct list_file *file, struct error *err)
{
    const char *path = err->path ? str_after(err->path, "mounts") : NULL;
    if (!path || err->file)
        return;
    err->file = file->name;
    schema_locate(file->text, file->length, path, &err->line, &err->column);
}

int run_mounts(struct invocation *i, struct error *err)
{
    const char *verb = i->arguments[0];
    struct list_file file;
    struct mounts_request request = {.id = i->arguments[1], .remove = str_equal(verb, "remove")};
    if (!request.remove && !str_equal(verb, "add")) {
        fail(err, ERR_INVALID_ARGUMENT, "mounts: \"%s\" is neither add nor remove", str_printable(err->arena, verb));
        return error_hint(err, "usage: davit mounts add|remove ID FILE");
    }
    if (store_root(i->global->root, &request.root, err) < 0 || read_file(i->arguments[2], &file, err) < 0)
        return -1;
    request.list = decode(&file, err);
    if (!request.list)
        return -1;
    if (container_mounts(&request, err) == 0)
        return 0;
    locate(&file, err);
    return -1;
}
