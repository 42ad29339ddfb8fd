#include "libcontainer/launch/idmap.h"

#include "base/arena.h"
#include "base/child.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/str.h"
#include "libcontainer/launch/accounts.h"
#include "libcontainer/launch/launch.h"
#include "libcontainer/launch/refused.h"
#include "spec/config.h"
#include "spec/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    ACCOUNT_FILE_LIMIT = 1 << 20,
    MESSAGE_LIMIT = 2048,
    MAP_BYTES = 4096, /* a page: uid_map is written by one write that is shorter */
};

static size_t count_of(const struct id_mapping *const *mappings)
{
    size_t count = 0;
    while (mappings && mappings[count])
        count++;
    return count;
}

int idmap_text(const struct id_mapping *const *mappings, const char *member, const char **out_text, struct error *err)
{
    size_t count = count_of(mappings), length = 0;
    if (count == 0)
        return fail_config(err, member, "a new user namespace needs id mappings");
    if (count > IDMAP_LINES)
        return fail_config(err, member, "%zu ranges are more than the kernel takes (%d)", count, IDMAP_LINES);
    size_t size = count * 64 + 1;
    char *text = arena_alloc(err->arena, size);
    for (size_t i = 0; i < count; i++)
        length += (size_t)snprintf(text + length, size - length, "%" PRId64 " %" PRId64 " %" PRId64 "\n",
                                   *mappings[i]->container_id, *mappings[i]->host_id, *mappings[i]->size);
    if (length >= MAP_BYTES)
        return fail_config(err, member, "%zu ranges are %zu bytes of text, and the kernel takes %d at once", count,
                           length, MAP_BYTES - 1);
    *out_text = text;
    return 0;
}

static const struct id_mapping *new_mapping(struct arena *a, uint64_t container, uint64_t host, uint64_t size)
{
    int64_t *numbers = arena_array(a, 3, sizeof *numbers);
    struct id_mapping *m = arena_new(a, struct id_mapping);
    numbers[0] = (int64_t)container;
    numbers[1] = (int64_t)host;
    numbers[2] = (int64_t)size;
    m->container_id = &numbers[0];
    m->host_id = &numbers[1];
    m->size = &numbers[2];
    return m;
}

const struct id_mapping **idmap_subordinate(struct arena *a, const char *text, const char *name, uint64_t own)
{
    const struct id_mapping **list = arena_array(a, IDMAP_LINES + 1, sizeof *list);
    size_t count = 0;
    uint64_t next = 1;
    list[count++] = new_mapping(a, 0, own, 1);
    const char **lines = str_split(a, text, '\n');
    for (size_t i = 0; lines[i] && count < IDMAP_LINES; i++) {
        uint64_t first, size;
        const char **fields = str_split(a, lines[i], ':');
        if (str_count(fields) != 3 || !str_equal(fields[0], name) || !str_to_uint(fields[1], UINT32_MAX, &first) ||
            !str_to_uint(fields[2], UINT32_MAX, &size) || size == 0)
            continue;
        if (size > UINT32_MAX - first || size > UINT32_MAX - next) /* no id is 4294967295 or more: -1 */
            continue;
        list[count++] = new_mapping(a, next, first, size);
        next += size;
    }
    return list;
}

/* Where distributions put the helpers; the caller's PATH comes first, and may be missing. */
static const char *find_helper(struct arena *a, const char *name)
{
    const char *from_user = secure_getenv("PATH");
    const char *path = arena_printf(a, "%s:/usr/bin:/bin:/usr/sbin:/usr/local/bin", from_user ? from_user : "");
    const char **directories = str_split(a, path, ':');
    for (size_t i = 0; directories[i]; i++) {
        const char *file = arena_printf(a, "%s/%s", directories[i], name);
        if (directories[i][0] == '/' && access(file, X_OK) == 0)
            return file;
    }
    return NULL;
}

struct owner {
    const char *name, *number; /* as in /etc/subuid; the name may be unknown: NULL */
    const char *note;          /* why one id alone is mapped */
};

static const struct id_mapping **default_of(const char *file, const char *helper, struct owner *who, uint64_t own,
                                            struct error *err)
{
    char *text = NULL;
    const struct id_mapping **list = idmap_subordinate(err->arena, "", "", own);
    if (!find_helper(err->arena, helper)) {
        who->note = arena_printf(err->arena, "%s is not installed (package uidmap or shadow-utils)", helper);
        return list;
    }
    if (file_read_at(AT_FDCWD, file, ACCOUNT_FILE_LIMIT, &text, NULL, err) < 0) {
        error_clear(err);
        who->note = arena_printf(err->arena, "%s cannot be read", file);
        return list;
    }
    if (who->name)
        list = idmap_subordinate(err->arena, text, who->name, own);
    if (!list[1])
        list = idmap_subordinate(err->arena, text, who->number, own);
    if (!list[1])
        who->note = arena_printf(err->arena, "%s has no line for %s", file, who->name ? who->name : who->number);
    return list;
}

int idmap_default(const struct config *c, const struct config **out, const char **out_note, struct error *err)
{
    const struct linux_config *given = c->linux_;
    const struct namespace *user = c->linux_ ? config_namespace(c, CLONE_NEWUSER) : NULL;
    *out = c;
    *out_note = NULL;
    if (!given && !(given = schema_decode(&linux_config_object, "", "{}", 2, NULL, err)))
        return -1;
    if (geteuid() == 0 || (user && user->path) || *given->uid_mappings || *given->gid_mappings)
        return 0;

    char *passwd = NULL;
    struct account account;
    struct owner who = {.number = arena_printf(err->arena, "%u", (unsigned)geteuid())};
    if (file_read_at(AT_FDCWD, "/etc/passwd", ACCOUNT_FILE_LIMIT, &passwd, NULL, err) < 0)
        error_clear(err);
    else if (account_find(err->arena, passwd, NULL, geteuid(), &account))
        who.name = account.name;

    struct linux_config *l = arena_new(err->arena, struct linux_config);
    struct config *changed = arena_new(err->arena, struct config);
    *l = *given;
    *changed = *c;
    changed->linux_ = l;
    l->uid_mappings = default_of("/etc/subuid", "newuidmap", &who, geteuid(), err);
    l->gid_mappings = default_of("/etc/subgid", "newgidmap", &who, getegid(), err);
    if (who.note)
        log_debug("only your own id is mapped: %s", who.note);
    *out_note = who.note;
    *out = changed;
    return 0;
}

/* In the helper's process: only what it needs of the surroundings. */
_Noreturn static void run_helper(const char *file, const char **argv, int output, struct error *ignored)
{
    static char *const environment[] = {NULL};
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    if (fd_cloexec_from(STDERR_FILENO + 1, ignored) < 0)
        _exit(127);
    execve(file, (char *const *)argv, environment);
    _exit(127);
}

static int call_helper(const char *name, pid_t pid, const struct id_mapping *const *mappings, struct error *err)
{
    const char *file = find_helper(err->arena, name);
    if (!file) {
        fail(err, ERR_NOT_PERMITTED, "only %s can map more than the caller's own id, and it is not installed", name);
        return error_hint(err,
                          "install it (package uidmap or shadow-utils), or map container id 0 to your own id alone");
    }
    size_t count = count_of(mappings), argc = 0;
    const char **argv = arena_array(err->arena, count * 3 + 3, sizeof *argv);
    argv[argc++] = name;
    argv[argc++] = arena_printf(err->arena, "%d", (int)pid);
    for (size_t i = 0; i < count; i++) {
        argv[argc++] = arena_printf(err->arena, "%" PRId64, *mappings[i]->container_id);
        argv[argc++] = arena_printf(err->arena, "%" PRId64, *mappings[i]->host_id);
        argv[argc++] = arena_printf(err->arena, "%" PRId64, *mappings[i]->size);
    }
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return fail_errno(err, "cannot make a pipe for %s", name);
    scoped_fd input = ends[0], output = ends[1];
    scoped_child child = fork();
    if (child < 0)
        return fail_errno(err, "cannot start %s", name);
    if (child == 0)
        run_helper(file, argv, output, err);
    fd_close(&output);
    char message[MESSAGE_LIMIT] = "";
    ssize_t got;
    size_t length = 0;
    while (length < sizeof message - 1 && (got = read(input, message + length, sizeof message - 1 - length)) > 0)
        length += (size_t)got;
    int status;
    if (child_reap(take_child(&child), &status, err) < 0)
        return -1;
    if (status == 0)
        return 0;
    message[strcspn(message, "\n")] = '\0';
    fail(err, ERR_NOT_PERMITTED, "%s %s: %s", name, child_status_text(err->arena, status),
         str_printable(err->arena, message));
    bool is_user = str_has_prefix(name, "newu");
    return error_hint(err, "the ranges must be granted to you in %s: usermod --add-%ss FIRST-LAST NAME",
                      is_user ? "/etc/subuid" : "/etc/subgid", is_user ? "subuid" : "subgid");
}

static bool is_single(const struct id_mapping *const *mappings, uint64_t own)
{
    return count_of(mappings) == 1 && *mappings[0]->size == 1 && (uint64_t)*mappings[0]->host_id == own;
}

static int write_file(struct launch *l, const char *name, const char *text, struct error *err)
{
    return proc_write(l->proc_fd, arena_printf(l->arena, "%d/%s", (int)l->pid, name), text, err);
}

struct map {
    const char *file, *helper, *member;
    const struct id_mapping *const *mappings;
    uint64_t own;
    bool is_group;
};

static int write_map(struct launch *l, const struct map *m, struct error *err)
{
    const char *text;
    if (idmap_text(m->mappings, m->member, &text, err) < 0)
        return -1;
    if (geteuid() != 0 && !is_single(m->mappings, m->own))
        return call_helper(m->helper, l->pid, m->mappings, err);
    /* An unprivileged gid_map write is allowed only once setgroups says "deny" (CVE-2014-8989). */
    if (geteuid() != 0 && m->is_group && write_file(l, "setgroups", "deny", err) < 0)
        return error_context(err, "forbidding setgroups in the user namespace");
    if (write_file(l, m->file, text, err) == 0)
        return 0;
    errno = err->errnum;
    fail_errno(err, "cannot map the ids of the user namespace");
    if (err->errnum == EINVAL || err->errnum == EPERM) {
        error_at(err, "%s", m->member);
        error_hint(err, err->errnum == EINVAL ? "the ranges overlap, are empty, or go beyond 4294967295"
                                              : "every host id must be mapped in davit's own user namespace, and davit "
                                                "needs CAP_SETUID and CAP_SETGID there");
    }
    return refused_in_user_namespace(geteuid() == 0, err);
}

int idmap_write(struct launch *l, struct error *err)
{
    const struct linux_config *c = l->config->linux_;
    const struct map groups = {"gid_map", "newgidmap", "linux.gidMappings", c ? c->gid_mappings : NULL,
                               getegid(), true};
    const struct map users = {"uid_map", "newuidmap", "linux.uidMappings", c ? c->uid_mappings : NULL,
                              geteuid(), false};
    if (l->proc_fd < 0 && proc_open(false, &l->proc_fd, err) < 0)
        return -1;
    if (write_map(l, &groups, err) < 0)
        return -1;
    return write_map(l, &users, err);
}
