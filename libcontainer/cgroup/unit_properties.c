#include "libcontainer/cgroup/unit_properties.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/number_list.h"
#include "base/str.h"
#include "libcontainer/cgroup/devices.h"
#include "libcontainer/cgroup/knobs.h"
#include "spec/annotations.h"
#include "spec/config.h"
#include <string.h>

#define QUOTA_STEP_USEC 10000 /* systemd rounds processor time per second to 10 ms */

struct unit_property *unit_property_add(struct unit_properties *p, struct arena *a, const char *name,
                                        enum property_type type)
{
    if (p->count >= p->room) {
        size_t room = p->room ? p->room * 2 : 16;
        struct unit_property *list = arena_array(a, room, sizeof *list);
        if (p->count)
            memcpy(list, p->list, p->count * sizeof *list);
        p->list = list;
        p->room = room;
    }
    struct unit_property *added = &p->list[p->count++];
    *added = (struct unit_property){.name = name, .type = type};
    return added;
}

int unit_property_drop(struct unit_properties *p, const char *name)
{
    for (size_t i = 0; i < p->count; i++)
        if (str_equal(p->list[i].name, name)) {
            memmove(&p->list[i], &p->list[i + 1], (p->count - i - 1) * sizeof *p->list);
            p->count--;
            return 1;
        }
    return 0;
}

static const struct {
    const char *file, *property;
} numbers[] = {
    {"memory.max",            "MemoryMax"    },
    {"memory.low",            "MemoryLow"    },
    {"memory.min",            "MemoryMin"    },
    {"memory.high",           "MemoryHigh"   },
    {"memory.swap.max",       "MemorySwapMax"},
    {"memory.limit_in_bytes", "MemoryLimit"  },
    {"cpu.weight",            "CPUWeight"    },
    {"cpu.shares",            "CPUShares"    },
    {"blkio.bfq.weight",      "BlockIOWeight"},
    {"pids.max",              "TasksMax"     },
};

/* A number, "max" or "-1". */
static bool limit_of(const char *text, uint64_t *out)
{
    if (str_equal(text, "max") || str_equal(text, "-1")) {
        *out = UINT64_MAX;
        return true;
    }
    return str_to_uint(text, UINT64_MAX, out);
}

/* systemd sets a bit for each processor, lowest byte first. */
static void add_set(struct unit_properties *p, struct arena *a, const char *name, const char *list)
{
    struct error ignored;
    uint64_t *mask;
    size_t words;
    error_init(&ignored, a);
    if (number_list_mask(list, NUMBER_LIST_MAX, &mask, &words, &ignored) < 0)
        return; /* the kernel will say what is wrong with it */
    size_t size = words * 8;
    uint8_t *bytes = arena_alloc(a, size + 1);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(mask[i / 8] >> (i % 8 * 8));
    while (size && bytes[size - 1] == 0)
        size--;
    struct unit_property *added = unit_property_add(p, a, name, PROPERTY_BYTES);
    added->bytes = bytes;
    added->number = size;
}

static void add_quota(struct unit_properties *p, struct arena *a, uint64_t quota, uint64_t period)
{
    uint64_t per_second = UINT64_MAX;
    if (quota <= UINT64_MAX / 1000000 - 1) { /* more, of months, is no limit, and would wrap */
        per_second = quota * 1000000 / (period ? period : 100000);
        per_second = (per_second + QUOTA_STEP_USEC - 1) / QUOTA_STEP_USEC * QUOTA_STEP_USEC;
    }
    unit_property_add(p, a, "CPUQuotaPerSecUSec", PROPERTY_UINT64)->number = per_second;
    if (period)
        unit_property_add(p, a, "CPUQuotaPeriodUSec", PROPERTY_UINT64)->number = period;
}

/* Values of several files that make one property. */
struct quota {
    uint64_t quota, period;
    bool is_given;
};

static bool note_quota(struct quota *q, struct arena *a, const struct knob_write *w)
{
    const char **part;
    if (str_equal(w->file, "cpu.cfs_period_us"))
        return str_to_uint(w->text, UINT64_MAX, &q->period);
    if (str_equal(w->file, "cpu.cfs_quota_us"))
        return q->is_given = limit_of(w->text, &q->quota);
    if (!str_equal(w->file, "cpu.max"))
        return false;
    part = str_split(a, w->text, ' ');
    if (part[1])
        str_to_uint(part[1], UINT64_MAX, &q->period);
    return q->is_given = limit_of(part[0], &q->quota);
}

void unit_properties_of_writes(struct unit_properties *p, struct arena *a, const struct knob_write *writes)
{
    struct quota q = {0};
    for (; writes->file; writes++) {
        uint64_t number;
        if (note_quota(&q, a, writes))
            continue;
        if (str_equal(writes->file, "cpuset.cpus"))
            add_set(p, a, "AllowedCPUs", writes->text);
        else if (str_equal(writes->file, "cpuset.mems"))
            add_set(p, a, "AllowedMemoryNodes", writes->text);
        else if (str_equal(writes->file, "cpu.idle") && writes->version == 2 && str_equal(writes->text, "1"))
            unit_property_add(p, a, "CPUWeight", PROPERTY_UINT64)->number = 0;
        else if (str_equal(writes->file, "io.bfq.weight") && str_after(writes->other_text, "default ") &&
                 str_to_uint(str_after(writes->other_text, "default "), 10000, &number))
            unit_property_add(p, a, "IOWeight", PROPERTY_UINT64)->number = number;
        else if (str_equal(writes->file, "memory.oom.group")) /* else systemd >= 253 writes its own at every reload */
            unit_property_add(p, a, "OOMPolicy", PROPERTY_STRING)->text =
                str_equal(writes->text, "1") ? "kill" : "continue";
        for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
            if (str_equal(numbers[i].file, writes->file) && limit_of(writes->text, &number)) {
                bool no_tasks = number == 0 && str_equal(writes->file, "pids.max"); /* 0 is refused by systemd */
                unit_property_add(p, a, numbers[i].property, PROPERTY_UINT64)->number = no_tasks ? 1 : number;
            }
    }
    if (q.is_given)
        add_quota(p, a, q.quota, q.period);
}

/* Of the rules behind the last one on everything, what is allowed in the end. What is denied only in part of a rule
 * cannot be said to systemd. */
static struct device_access *allowed_devices(struct arena *a, const struct device_access *rules, size_t *out_count)
{
    size_t count = 0, kept = 0;
    while (rules[count].type)
        count++;
    struct device_access *list = arena_array(a, count + 1, sizeof *list);
    for (; rules->type; rules++) {
        if (rules->allow) {
            list[kept++] = *rules;
            continue;
        }
        for (size_t i = 0; i < kept; i++) {
            bool covers = (rules->type == 'a' || rules->type == list[i].type) &&
                          (rules->major < 0 || rules->major == list[i].major) &&
                          (rules->minor < 0 || rules->minor == list[i].minor);
            if (covers)
                list[i].access &= ~rules->access;
        }
    }
    *out_count = kept;
    return list;
}

/* systemd.resource-control(5), DeviceAllow=. NULL for what it cannot name: a minor of any major. */
static const char *device_pattern(struct arena *a, const struct device_access *rule, char type)
{
    const char *kind = type == 'b' ? "block" : "char";
    if (rule->major < 0)
        return rule->minor < 0 ? arena_printf(a, "%s-*", kind) : NULL;
    if (rule->minor < 0)
        return arena_printf(a, "%s-%lld", kind, (long long)rule->major);
    return arena_printf(a, "/dev/%s/%lld:%lld", kind, (long long)rule->major, (long long)rule->minor);
}

void unit_properties_of_devices(struct unit_properties *p, struct arena *a, const struct device_access *rules)
{
    const struct device_access *base = NULL;
    size_t count, texts = 0;
    for (const struct device_access *rule = rules; rule->type; rule++)
        if (device_rule_is_whole(rule))
            base = rule;
    if (base && base->allow)
        return;
    struct device_access *list = allowed_devices(a, base ? base + 1 : rules, &count);
    const char **allow = arena_array(a, count * 4 + 1, sizeof *allow);
    for (size_t i = 0; i < count; i++)
        for (const char *type = "bc"; *type; type++) {
            const char *pattern = device_pattern(a, &list[i], *type);
            if (!list[i].access || !pattern || (list[i].type != 'a' && list[i].type != *type))
                continue;
            allow[texts++] = pattern;
            allow[texts++] = device_access_text(a, list[i].access);
        }
    unit_property_add(p, a, "DevicePolicy", PROPERTY_STRING)->text = "strict";
    unit_property_add(p, a, "DeviceAllow", PROPERTY_DEVICES)->texts = allow;
}

/* 'text' or "text"; *end is behind it. NULL when it is not quoted, or not to its end. */
static const char *quoted(struct arena *a, const char *text, const char **end)
{
    if (*text != '\'' && *text != '"')
        return NULL;
    char *out = arena_strdup(a, text + 1), *to = out;
    for (const char *at = text + 1; *at; at++) {
        if (*at == *text) {
            *to = '\0';
            *end = at + 1;
            return out;
        }
        if (*at == '\\' && at[1])
            at++;
        *to++ = *at;
    }
    return NULL;
}

/* ['a', 'b'] */
static const char **quoted_list(struct arena *a, const char *text)
{
    const char **list = arena_array(a, strlen(text) / 2 + 2, sizeof *list), *at = text + 1;
    size_t count = 0;
    at += strspn(at, " ");
    while (*at && *at != ']') {
        const char *item = quoted(a, at, &at);
        if (!item)
            return NULL;
        list[count++] = item;
        at += strspn(at, " ");
        if (*at == ',')
            at += 1 + strspn(at + 1, " ");
        else if (*at != ']')
            return NULL;
    }
    return at[0] == ']' && at[1] == '\0' ? list : NULL;
}

static bool parse_number(const char *text, struct unit_property *p)
{
    static const struct {
        const char *prefix;
        enum property_type type;
    } kinds[] = {
        {"uint32 ", PROPERTY_UINT32},
        {"uint64 ", PROPERTY_UINT64},
        {"int32 ",  PROPERTY_INT32 },
        {"int64 ",  PROPERTY_INT64 },
        {"",        PROPERTY_INT32 },
    };
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        const char *digits = str_after(text, kinds[i].prefix);
        int64_t number;
        if (!digits)
            continue;
        p->type = kinds[i].type;
        if (p->type == PROPERTY_UINT32 || p->type == PROPERTY_UINT64)
            return str_to_uint(digits, p->type == PROPERTY_UINT32 ? UINT32_MAX : UINT64_MAX, &p->number);
        bool is_small = p->type == PROPERTY_INT32;
        if (!str_to_int(digits, is_small ? INT32_MIN : INT64_MIN, is_small ? INT32_MAX : INT64_MAX, &number))
            return false;
        p->number = (uint64_t)number;
        return true;
    }
    return false;
}

static bool parse_value(struct arena *a, const char *text, struct unit_property *p)
{
    const char *end;
    if (str_equal(text, "true") || str_equal(text, "false")) {
        p->type = PROPERTY_BOOL;
        p->number = str_equal(text, "true");
        return true;
    }
    if (*text == '[') {
        p->type = PROPERTY_STRINGS;
        return (p->texts = quoted_list(a, text)) != NULL;
    }
    if ((p->text = quoted(a, text, &end)) != NULL) {
        p->type = PROPERTY_STRING;
        return *end == '\0';
    }
    return parse_number(text, p);
}

/* As in unit files: TimeoutStopSec=5 is TimeoutStopUSec=5000000 on the bus. */
static bool seconds_to_usec(struct arena *a, struct unit_property *p)
{
    size_t length = strlen(p->name);
    bool is_number = strchr("iuxt", p->type) != NULL;
    if (!str_has_suffix(p->name, "Sec") || str_has_suffix(p->name, "USec"))
        return true;
    if (!is_number || p->number > UINT64_MAX / 1000000)
        return false;
    p->name = arena_printf(a, "%.*sUSec", (int)(length - 3), p->name);
    p->type = PROPERTY_UINT64;
    p->number *= 1000000;
    return true;
}

int unit_properties_of_annotations(struct unit_properties *p, const struct pair *const *given, struct error *err)
{
    for (; given && *given; given++) {
        const char *name = str_after((*given)->key, ANNOTATION_SYSTEMD_PROPERTY);
        if (!name)
            continue;
        struct unit_property parsed = {.name = name};
        const char *path = arena_printf(err->arena, "annotations[\"%s\"]", (*given)->key);
        if (strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") != strlen(name) ||
            strlen(name) < 3)
            return fail_config(err, path, "\"%s\" is not the name of a systemd property", name);
        if (!parse_value(err->arena, (*given)->value, &parsed) || !seconds_to_usec(err->arena, &parsed)) {
            fail_config(err, path, "\"%s\" is no value that davit can give to systemd", (*given)->value);
            return error_hint(err, "GVariant text: true, 'text', ['a', 'b'], 5, uint64 5");
        }
        *unit_property_add(p, err->arena, parsed.name, parsed.type) = parsed;
    }
    return 0;
}

const char *unit_property_text(struct arena *a, const struct unit_property *p)
{
    const char *text = arena_printf(a, "%s=%c:", p->name, p->type);
    switch (p->type) {
    case PROPERTY_STRING:
        return arena_printf(a, "%s%s", text, p->text);
    case PROPERTY_STRINGS:
    case PROPERTY_DEVICES:
        return arena_printf(a, "%s%s", text, str_join(a, p->texts, " "));
    case PROPERTY_BYTES:
        for (uint64_t i = 0; i < p->number; i++)
            text = arena_printf(a, "%s%02x", text, p->bytes[i]);
        return text;
    case PROPERTY_INT32:
    case PROPERTY_INT64:
        return arena_printf(a, "%s%lld", text, (long long)p->number);
    case PROPERTY_BOOL:
    case PROPERTY_UINT32:
    case PROPERTY_UINT64:
    case PROPERTY_PIDS:
        break;
    }
    return p->number == UINT64_MAX ? arena_printf(a, "%smax", text)
                                   : arena_printf(a, "%s%llu", text, (unsigned long long)p->number);
}
