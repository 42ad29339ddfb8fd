#include "base/mountinfo.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "base/str.h"

#include <fcntl.h>
#include <stddef.h>
#include <string.h>

#define TEXT_LIMIT ((size_t)64 << 20) /* tens of thousands of mounts are seen on busy hosts */

static bool is_octal(char c)
{
    return c >= '0' && c <= '7';
}

/* "\040" and its relatives, in place. */
static void unescape(char *s)
{
    char *end = s;
    while (*s != '\0') {
        if (s[0] == '\\' && is_octal(s[1]) && is_octal(s[2]) && is_octal(s[3])) {
            *end++ = (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 + (s[3] - '0'));
            s += 4;
        } else {
            *end++ = *s++;
        }
    }
    *end = '\0';
}

/* Cuts the next word off; NULL when the line has ended. */
static char *next_word(char **rest)
{
    char *word = *rest;
    if (word == NULL)
        return NULL;
    char *blank = strchr(word, ' ');
    if (blank != NULL)
        *blank = '\0';
    *rest = blank == NULL ? NULL : blank + 1;
    return word;
}

static bool parse_device(char *word, struct mount_entry *m)
{
    char *colon = strchr(word, ':');
    if (colon == NULL)
        return false;
    *colon = '\0';
    uint64_t major, minor;
    if (!str_to_uint(word, UINT32_MAX, &major) || !str_to_uint(colon + 1, UINT32_MAX, &minor))
        return false;
    m->major = (unsigned)major;
    m->minor = (unsigned)minor;
    return true;
}

/* The optional fields up to "-", joined in place. */
static bool parse_tags(char **rest, struct mount_entry *m)
{
    char *first = *rest, *word;
    m->tags = "";
    while ((word = next_word(rest)) != NULL) {
        if (str_equal(word, "-"))
            return true;
        if (word == first)
            m->tags = first;
        else
            word[-1] = ' ';
    }
    return false;
}

static bool parse_line(char *line, struct mount_entry *m)
{
    char *words[6], *rest = line;
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if ((words[i] = next_word(&rest)) == NULL)
            return false;
    if (!str_to_uint(words[0], UINT64_MAX, &m->id) || !str_to_uint(words[1], UINT64_MAX, &m->parent))
        return false;
    if (!parse_device(words[2], m) || !parse_tags(&rest, m))
        return false;
    char *type = next_word(&rest), *source = next_word(&rest), *super_options = next_word(&rest);
    if (super_options == NULL) /* type and source are there, then */
        return false;
    char *texts[] = {words[3], words[4], words[5], type, source, super_options};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        unescape(texts[i]);
    m->root = texts[0];
    m->target = texts[1];
    m->options = texts[2];
    m->type = texts[3];
    m->source = texts[4];
    m->super_options = texts[5];
    return true;
}

int mountinfo_parse(const char *text, struct mount_entry ***out, struct error *err)
{
    size_t count = 1;
    for (const char *p = text; *p != '\0'; p++)
        count += *p == '\n';
    struct mount_entry **entries = arena_array(err->arena, count + 1, sizeof *entries);
    char *copy = arena_strdup(err->arena, text);
    for (size_t i = 0; *copy != '\0'; i++) {
        char *end = strchrnul(copy, '\n');
        char *next = *end == '\0' ? end : end + 1;
        *end = '\0';
        entries[i] = arena_new(err->arena, struct mount_entry);
        if (!parse_line(copy, entries[i]))
            return fail(err, ERR_SYSTEM, "cannot understand line %zu of mountinfo", i + 1);
        copy = next;
    }
    *out = entries;
    return 0;
}

int mountinfo_read(const char *path, struct mount_entry ***out, struct error *err)
{
    char *text;
    if (path == NULL)
        path = "/proc/self/mountinfo";
    if (file_read_at(AT_FDCWD, path, TEXT_LIMIT, &text, NULL, err) < 0)
        return -1;
    return mountinfo_parse(text, out, err) < 0 ? error_context(err, "%s", path) : 0;
}

bool mountinfo_has_option(const char *options, const char *word)
{
    size_t length = strlen(word);
    for (const char *p = options; *p != '\0';) {
        const char *end = strchrnul(p, ',');
        if ((size_t)(end - p) == length && memcmp(p, word, length) == 0)
            return true;
        p = *end == '\0' ? end : end + 1;
    }
    return false;
}

const struct mount_entry *mountinfo_find(struct mount_entry *const *entries, const char *target)
{
    const struct mount_entry *found = NULL;
    for (; *entries != NULL; entries++)
        if (str_equal((*entries)->target, target))
            found = *entries;
    return found;
}
