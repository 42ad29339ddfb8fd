/* parsers_fuzz.c - any text as what else davit parses: files of /proc, lists of numbers, words of options, the first
 * bytes of a program. */
#include "base/arena.h"
#include "base/error.h"
#include "base/mountinfo.h"
#include "base/number_list.h"
#include "base/path.h"
#include "base/str.h"
#include "libcontainer/aspects/sysctl_rules.h"
#include "libcontainer/launch/program.h"
#include "libcontainer/mount/options.h"
#include "spec/names.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* What is a number comes out as it was written. */
static void parse_numbers(struct arena *a, const char *text)
{
    uint64_t number;
    int64_t signed_number;
    if (str_to_uint(text, UINT64_MAX, &number))
        require(str_equal(arena_printf(a, "%llu", (unsigned long long)number), text));
    if (str_to_int(text, INT64_MIN, INT64_MAX, &signed_number))
        require(str_equal(arena_printf(a, "%lld", (long long)signed_number), text));
    if (str_to_bytes(text, &signed_number))
        require(signed_number >= 0);
}

static void parse_lists(struct arena *a, const char *text, struct error *err)
{
    struct number_list list;
    struct mount_entry **mounts;
    if (number_list_parse(text, 4096, &list, err) == 0)
        for (size_t i = 1; i < list.count; i++)
            require(list.numbers[i - 1] < list.numbers[i] && list.numbers[i] <= 4096);
    if (mountinfo_parse(text, &mounts, err) == 0)
        for (; *mounts; mounts++)
            require((*mounts)->root && (*mounts)->target && (*mounts)->options && (*mounts)->type);
    require(str_equal(str_join(a, str_split(a, text, ':'), ":"), text));
}

static void parse_words(struct arena *a, const char *text)
{
    int number;
    const char *value;
    const struct mount_option *option = mount_option_find(text, &value);
    require(!option || str_has_prefix(text, option->text));
    (void)mount_option_nearest(text);
    if (signal_find(text, &number))
        require(number >= 0 && number <= 64);
    if (capability_find(text, &number))
        require(number >= 0 && number < 64);
    const char *clean = path_clean(a, text);
    require(*clean == '/' && !strstr(clean, "//") && !strstr(clean, "/../") && str_equal(clean, path_clean(a, clean)));
}

/* Whatever a sysctl is called, its file is below /proc/sys; options keep their values. */
static void parse_members(const char *text, struct error *err)
{
    const char *file, *const options[] = {text, NULL};
    struct mount_options parsed;
    if (sysctl_file(text, &file, err) == 0)
        require(*file != '/' && !strstr(file, "//") && !str_has_prefix(file, "../") && !strstr(file, "/../") &&
                !str_has_suffix(file, "/.."));
    if (mount_options_parse(options, "mounts[0]", &parsed, err) < 0)
        return;
    for (const struct mount_datum *d = parsed.data; d->key; d++) {
        require(strstr(text, d->key) && (!d->value || strstr(text, d->value)));
        require(mount_option_unknown(d, err));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = {0};
    struct error err;
    struct program_head head;
    error_init(&err, &a);
    const char *text = arena_strndup(&a, (const char *)data, size);
    parse_numbers(&a, text);
    parse_lists(&a, text, &err);
    parse_words(&a, text);
    parse_members(text, &err);
    program_inspect(&a, data, size, &head);
    require(!head.interpreter || strlen(head.interpreter) <= size);
    arena_release(&a);
    return 0;
}
