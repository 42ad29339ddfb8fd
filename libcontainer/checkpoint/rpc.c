#include "libcontainer/checkpoint/rpc.h"

#include "base/str.h"

#include <stddef.h>

/* ---- requests -------------------------------------------------------------------------------------- */

enum field_kind {
    FIELD_FLAG,   /* bool */
    FIELD_NUMBER, /* const int64_t * */
    FIELD_TEXT,   /* const char * */
    FIELD_TEXTS,  /* const char ** */
};

struct field {
    unsigned number;
    enum field_kind kind;
    size_t offset;
};

#define FIELD(number, kind, member)                             \
    {                                                           \
        (number), (kind), offsetof(struct criu_options, member) \
    }

/* As rpc.proto numbers them. */
static const struct field fields[] = {
    FIELD(1, FIELD_NUMBER, images_dir_fd),
    FIELD(2, FIELD_NUMBER, pid),
    FIELD(3, FIELD_FLAG, leave_running),
    FIELD(4, FIELD_FLAG, ext_unix_sk),
    FIELD(5, FIELD_FLAG, tcp_established),
    FIELD(7, FIELD_FLAG, shell_job),
    FIELD(8, FIELD_FLAG, file_locks),
    FIELD(9, FIELD_NUMBER, log_level),
    FIELD(10, FIELD_TEXT, log_file),
    FIELD(12, FIELD_FLAG, notify_scripts),
    FIELD(13, FIELD_TEXT, root),
    FIELD(14, FIELD_TEXT, parent_img),
    FIELD(15, FIELD_FLAG, track_mem),
    FIELD(16, FIELD_FLAG, auto_dedup),
    FIELD(17, FIELD_NUMBER, work_dir_fd),
    FIELD(18, FIELD_FLAG, link_remap),
    FIELD(26, FIELD_FLAG, rst_sibling),
    FIELD(29, FIELD_FLAG, ext_sharing),
    FIELD(30, FIELD_FLAG, ext_masters),
    FIELD(34, FIELD_NUMBER, manage_cgroups_mode),
    FIELD(37, FIELD_TEXTS, external),
    FIELD(38, FIELD_NUMBER, empty_ns),
    FIELD(44, FIELD_TEXT, freeze_cgroup),
    FIELD(46, FIELD_FLAG, tcp_skip_in_flight),
    FIELD(48, FIELD_FLAG, lazy_pages),
    FIELD(50, FIELD_FLAG, orphan_pts_master),
    FIELD(51, FIELD_TEXT, config_file),
    FIELD(52, FIELD_FLAG, tcp_close),
    FIELD(53, FIELD_TEXT, lsm_profile),
    FIELD(60, FIELD_TEXT, cgroup_yard),
    FIELD(63, FIELD_TEXT, lsm_mount_context),
    FIELD(64, FIELD_NUMBER, network_lock),
};

enum {
    OPTION_PAGE_SERVER = 11,
    OPTION_CGROUP_ROOT = 25,
    OPTION_INHERIT_FD = 27,
    OPTION_JOIN_NS = 39,
};

static void encode_field(const struct criu_options *o, const struct field *f, struct protobuf *out)
{
    const void *at = (const char *)o + f->offset;
    switch (f->kind) {
    case FIELD_FLAG:
        if (*(const bool *)at)
            protobuf_number(out, f->number, 1);
        break;
    case FIELD_NUMBER:
        if (*(const int64_t *const *)at)
            protobuf_number(out, f->number, **(const int64_t *const *)at);
        break;
    case FIELD_TEXT:
        if (*(const char *const *)at)
            protobuf_text(out, f->number, *(const char *const *)at);
        break;
    case FIELD_TEXTS:
        for (const char *const *t = *(const char *const *const *)at; t && *t; t++)
            protobuf_text(out, f->number, *t);
        break;
    }
}

/* Two members: key and text, or key and descriptor. A cgroup root of all controllers has no key. */
static void encode_entries(const struct criu_entry **list, unsigned number, bool has_fd, struct protobuf *out)
{
    for (; list && *list; list++) {
        struct protobuf entry = {.arena = out->arena};
        if ((*list)->key)
            protobuf_text(&entry, 1, (*list)->key);
        if (has_fd)
            protobuf_number(&entry, 2, (*list)->fd);
        else
            protobuf_text(&entry, 2, (*list)->text);
        protobuf_message(out, number, &entry);
    }
}

static void encode_options(const struct criu_options *o, struct protobuf *out)
{
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
        encode_field(o, &fields[i], out);
    if (o->page_server_port) {
        struct protobuf server = {.arena = out->arena};
        if (o->page_server_address)
            protobuf_text(&server, 1, o->page_server_address);
        protobuf_number(&server, 2, *o->page_server_port);
        protobuf_message(out, OPTION_PAGE_SERVER, &server);
    }
    encode_entries(o->cgroup_roots, OPTION_CGROUP_ROOT, false, out);
    encode_entries(o->inherit, OPTION_INHERIT_FD, true, out);
    encode_entries(o->join_ns, OPTION_JOIN_NS, false, out);
}

void criu_encode(const struct criu_request *q, struct protobuf *out)
{
    protobuf_number(out, 1, q->type);
    if (q->options) {
        struct protobuf options = {.arena = out->arena};
        encode_options(q->options, &options);
        protobuf_message(out, 2, &options);
    }
    if (q->type == CRIU_NOTIFY)
        protobuf_number(out, 3, q->notify_success);
    if (q->keep_open)
        protobuf_number(out, 4, 1);
    if (q->check_mem_track || q->check_lazy_pages) {
        struct protobuf features = {.arena = out->arena};
        protobuf_number(&features, 1, q->check_mem_track);
        protobuf_number(&features, 2, q->check_lazy_pages);
        protobuf_message(out, 5, &features);
    }
}

/* ---- responses ------------------------------------------------------------------------------------- */

/* Calls `take` for each field of a message. */
static bool decode(struct arena *a, struct protobuf_reader r, struct criu_response *out,
                   bool (*take)(struct arena *a, const struct protobuf_field *f, struct criu_response *out))
{
    struct protobuf_field f;
    int next;
    while ((next = protobuf_next(&r, &f)) == PROTOBUF_FIELD)
        if (!take(a, &f, out))
            return false;
    return next == PROTOBUF_END;
}

static bool take_restore(struct arena *a, const struct protobuf_field *f, struct criu_response *out)
{
    (void)a;
    if (f->number == 1 && f->is_number)
        out->pid = (int32_t)f->value;
    return true;
}

static bool take_notify(struct arena *a, const struct protobuf_field *f, struct criu_response *out)
{
    if (f->number == 1 && !f->is_number)
        out->script = protobuf_string(a, f);
    if (f->number == 2 && f->is_number)
        out->pid = (int32_t)f->value;
    return true;
}

static bool take_features(struct arena *a, const struct protobuf_field *f, struct criu_response *out)
{
    (void)a;
    if (f->number == 1)
        out->mem_track = f->value != 0;
    if (f->number == 2)
        out->lazy_pages = f->value != 0;
    return true;
}

static bool take_version(struct arena *a, const struct protobuf_field *f, struct criu_response *out)
{
    static const unsigned weights[] = {[1] = 10000, [2] = 100, [4] = 1};
    (void)a;
    if (f->is_number && f->number < ARRAY_SIZE(weights) && f->value < 1000)
        out->version += weights[f->number] * (unsigned)f->value;
    return true;
}

static bool take_response(struct arena *a, const struct protobuf_field *f, struct criu_response *out)
{
    switch (f->number) {
    case 1:
        out->type = (int64_t)f->value;
        return f->is_number;
    case 2:
        out->success = f->value != 0;
        return f->is_number;
    case 4:
        return !f->is_number && decode(a, f->rest, out, take_restore);
    case 5:
        return !f->is_number && decode(a, f->rest, out, take_notify);
    case 7:
        out->errnum = (int32_t)f->value;
        return f->is_number;
    case 8:
        return !f->is_number && decode(a, f->rest, out, take_features);
    case 9:
        out->message = f->is_number ? NULL : protobuf_string(a, f);
        return !f->is_number;
    case 10:
        return !f->is_number && decode(a, f->rest, out, take_version);
    default:
        return true;
    }
}

bool criu_decode(struct arena *a, const void *bytes, size_t length, struct criu_response *out)
{
    *out = (struct criu_response){0};
    return decode(a, (struct protobuf_reader){bytes, length}, out, take_response) && out->type > 0;
}
