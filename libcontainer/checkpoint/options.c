#include "libcontainer/checkpoint/options.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "libcontainer/checkpoint/rpc.h"
#include "libcontainer/container.h"
#include "spec/schema.h"

#include <limits.h>
#include <sched.h>
#include <string.h>

#define LOG_DEBUG 4 /* only there are the texts that tell why */

static const struct name cgroups_modes[] = {
    {"soft",   CRIU_CGROUPS_SOFT  },
    {"full",   CRIU_CGROUPS_FULL  },
    {"strict", CRIU_CGROUPS_STRICT},
    {"ignore", CRIU_CGROUPS_IGNORE},
    {NULL,     0                  },
};
static const struct name network_locks[] = {
    {"iptables", CRIU_LOCK_IPTABLES},
    {"nftables", CRIU_LOCK_NFTABLES},
    {"skip",     CRIU_LOCK_SKIP    },
    {NULL,       0                 },
};

static int choose(const char *option, const struct name *names, const char *word, const int64_t **out,
                  struct error *err)
{
    int64_t value;
    if (!word)
        return 0;
    if (name_find(names, word, &value)) {
        *out = arena_int64(err->arena, value);
        return 0;
    }
    const char *known = names->text;
    for (const struct name *n = names + 1; n->text; n++)
        known = arena_printf(err->arena, "%s, %s", known, n->text);
    fail(err, ERR_INVALID_ARGUMENT, "%s: \"%s\" is not known", option, str_printable(err->arena, word));
    return error_hint(err, "one of %s", known);
}

static int take_page_server(const char *text, struct criu_options *out, struct error *err)
{
    uint64_t port;
    if (!text)
        return 0;
    const char *colon = strrchr(text, ':');
    if (!colon || !str_to_uint(colon + 1, USHRT_MAX, &port) || port == 0) {
        fail(err, ERR_INVALID_ARGUMENT, "--page-server: \"%s\" is not ADDRESS:PORT", str_printable(err->arena, text));
        return error_hint(err, "for example 192.0.2.1:9876");
    }
    out->page_server_address = colon == text ? NULL : arena_strndup(err->arena, text, (size_t)(colon - text));
    out->page_server_port = arena_int64(err->arena, (int64_t)port);
    return 0;
}

static int take_empty_ns(const char *const *list, struct criu_options *out, struct error *err)
{
    for (; list && *list; list++) {
        if (!str_equal(*list, "network")) {
            fail(err, ERR_INVALID_ARGUMENT, "--empty-ns: \"%s\" cannot be left empty",
                 str_printable(err->arena, *list));
            return error_hint(err, "only network can");
        }
        out->empty_ns = arena_int64(err->arena, CLONE_NEWNET);
    }
    return 0;
}

static int check_lsm(const char *profile, struct error *err)
{
    if (!profile || str_has_prefix(profile, "apparmor:") || str_has_prefix(profile, "selinux:"))
        return 0;
    fail(err, ERR_INVALID_ARGUMENT, "--lsm-profile: \"%s\" is not TYPE:NAME", str_printable(err->arena, profile));
    return error_hint(err, "TYPE is apparmor or selinux");
}

static int check_parent(const char *path, struct error *err)
{
    if (!path || *path != '/')
        return 0;
    fail(err, ERR_INVALID_ARGUMENT, "--parent-path: %s is absolute", str_printable(err->arena, path));
    return error_hint(err, "it is relative to --image-path: ../pre-dump");
}

int checkpoint_options_apply(const struct checkpoint_options *o, struct criu_options *out, struct error *err)
{
    out->log_level = arena_int64(err->arena, LOG_DEBUG);
    out->manage_cgroups_mode = arena_int64(err->arena, CRIU_CGROUPS_SOFT);
    out->parent_img = o->parent_path;
    out->lsm_profile = o->lsm_profile;
    out->lsm_mount_context = o->lsm_mount_context;
    out->ext_unix_sk = o->ext_unix_sk;
    out->tcp_established = o->tcp_established;
    out->tcp_skip_in_flight = o->tcp_skip_in_flight;
    out->tcp_close = o->tcp_close;
    out->shell_job = o->shell_job;
    out->file_locks = o->file_locks;
    out->auto_dedup = o->auto_dedup;
    out->link_remap = o->link_remap;
    out->lazy_pages = o->lazy_pages;
    if (choose("--manage-cgroups-mode", cgroups_modes, o->manage_cgroups_mode, &out->manage_cgroups_mode, err) < 0 ||
        choose("--network-lock", network_locks, o->network_lock, &out->network_lock, err) < 0 ||
        take_page_server(o->page_server, out, err) < 0 || take_empty_ns(o->empty_ns, out, err) < 0 ||
        check_lsm(o->lsm_profile, err) < 0 || check_parent(o->parent_path, err) < 0)
        return -1;
    return 0;
}
