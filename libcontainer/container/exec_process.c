#include "libcontainer/container/exec_process.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "base/str.h"
#include "libcontainer/container.h"
#include "libcontainer/launch/accounts.h"
#include "spec/config.h"
#include "spec/config_notes.h"
#include "spec/names.h"
#include "spec/schema.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>

#define PROCESS_FILE_LIMIT ((size_t)16 << 20)

int exec_read_process(const struct exec_request *request, struct process **out, struct error *err)
{
    *out = NULL;
    if (!request->process_file)
        return 0;
    char *text;
    size_t length;
    if (file_read_at(AT_FDCWD, request->process_file, PROCESS_FILE_LIMIT, &text, &length, err) < 0)
        return error_context(err, "reading the process from %s", request->process_file);
    struct schema_notes notes = {0};
    *out = schema_decode(&process_object, request->process_file, text, length, &notes, err);
    return *out ? config_notes_report(&notes, request->process_file, false, err) : -1;
}

int exec_needs_accounts(const struct exec_request *request)
{
    return !request->process_file && request->user && account_choice_has_name(request->user);
}

/* One list behind the other. */
static const char **append(struct arena *a, const char **first, const char **second)
{
    size_t count = str_count(first), more = str_count(second);
    const char **all = arena_array(a, count + more + 1, sizeof *all);
    if (count)
        memcpy(all, first, count * sizeof *all);
    if (more)
        memcpy(all + count, second, more * sizeof *all);
    return all;
}

/* What a process file lacks and the container's process has; an engine sends whole processes, so cwd is its own. */
static void complete(struct process *p, const struct process *own)
{
    if (!own)
        return;
    if (!p->capabilities)
        p->capabilities = own->capabilities;
    if (!*p->rlimits)
        p->rlimits = own->rlimits;
    if (!p->apparmor_profile)
        p->apparmor_profile = own->apparmor_profile;
    if (!p->selinux_label)
        p->selinux_label = own->selinux_label;
    if (!p->io_priority)
        p->io_priority = own->io_priority;
    if (!p->scheduler)
        p->scheduler = own->scheduler;
    if (!p->exec_cpu_affinity)
        p->exec_cpu_affinity = own->exec_cpu_affinity;
    if (!*p->env)
        p->env = own->env;
    if (!p->user)
        p->user = own->user;
    if (!p->oom_score_adj)
        p->oom_score_adj = own->oom_score_adj;
}

static int choose_user(const struct exec_request *request, const struct exec_accounts *accounts, struct process *p,
                       struct error *err)
{
    struct arena *a = err->arena;
    struct user *user = arena_new(a, struct user);
    *user = *process_user(p);
    p->user = user;
    if (request->user) {
        struct user_choice choice;
        if (account_choose(request->user, accounts->passwd, accounts->group, &choice, err) < 0)
            return error_context(err, "--user %s", request->user);
        user->uid = arena_int64(a, choice.uid);
        if (choice.has_gid)
            user->gid = arena_int64(a, choice.gid);
        if (choice.additional_gids)
            user->additional_gids = choice.additional_gids;
    }
    size_t count = 0, more = str_count(request->additional_gids);
    while (user->additional_gids[count])
        count++;
    const uint64_t **gids = arena_array(a, count + more + 1, sizeof *gids);
    if (count)
        memcpy(gids, user->additional_gids, count * sizeof *gids);
    for (size_t i = 0; i < more; i++) {
        uint32_t gid;
        if (!account_number(request->additional_gids[i], &gid))
            return fail(err, ERR_INVALID_ARGUMENT, "--additional-gids %s is not a number from 0 to 4294967294",
                        request->additional_gids[i]);
        gids[count + i] = (const uint64_t *)arena_int64(a, gid);
    }
    user->additional_gids = gids;
    return 0;
}

/* --cap adds to what the process holds; ambient only where the capability can be inherited. */
static int add_capabilities(const struct exec_request *request, struct process *p, struct error *err)
{
    if (!request->capabilities || !*request->capabilities)
        return 0;
    struct capabilities *sets = arena_new(err->arena, struct capabilities);
    if (p->capabilities)
        *sets = *p->capabilities;
    for (const char **name = request->capabilities; *name; name++) {
        char *upper = arena_strdup(err->arena, *name);
        for (char *c = upper; *c; c++)
            *c = (char)toupper((unsigned char)*c);
        const char *full = str_has_prefix(upper, "CAP_") ? upper : arena_printf(err->arena, "CAP_%s", upper);
        int64_t value;
        if (!name_find(capability_names, full, &value))
            return fail(err, ERR_INVALID_ARGUMENT, "--cap %s: there is no such capability", *name);
        uint64_t bit = (uint64_t)1 << value;
        sets->bounding |= bit;
        sets->effective |= bit;
        sets->permitted |= bit;
        if (sets->inheritable & bit)
            sets->ambient |= bit;
    }
    p->capabilities = sets;
    return 0;
}

static int compose_inline(const struct exec_request *request, const struct process *own,
                          const struct exec_accounts *accounts, struct process *p, struct error *err)
{
    struct arena *a = err->arena;
    if (own)
        *p = *own;
    p->args = request->args;
    p->terminal = request->tty;
    if (!request->tty)
        p->console_size = NULL;
    p->env = append(a, p->env, request->env);
    if (request->cwd)
        p->cwd = request->cwd;
    if (!p->cwd)
        p->cwd = "/";
    if (!p->rlimits)
        p->rlimits = arena_array(a, 1, sizeof *p->rlimits);
    if (request->apparmor)
        p->apparmor_profile = request->apparmor;
    if (request->process_label)
        p->selinux_label = request->process_label;
    p->no_new_privileges = p->no_new_privileges || request->no_new_privileges;
    if (choose_user(request, accounts, p, err) < 0)
        return -1;
    return add_capabilities(request, p, err);
}

int exec_compose(const struct exec_request *request, const struct process *given, const struct config *config,
                 const struct exec_accounts *accounts, const struct process **out, struct error *err)
{
    struct process *p = arena_new(err->arena, struct process);
    if (given) {
        *p = *given;
        complete(p, config->process);
    } else if (compose_inline(request, config->process, accounts, p, err) < 0) {
        return -1;
    }
    if (!p->args || !*p->args)
        return fail(err, ERR_INVALID_ARGUMENT, "there is no program to execute: args is empty");
    if (p->cwd[0] != '/')
        return fail(err, ERR_INVALID_ARGUMENT, "cwd \"%s\" is not an absolute path", p->cwd);
    *out = p;
    return 0;
}
