/* config_doc: prints docs/config.md, every member of config.json that davit knows, from the rows that decode it. */
#include "spec/config.h"
#include "spec/names.h"
#include "spec/schema.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PATH_SIZE = 256
};

/* Text in a cell of a table: a bar would end it. */
static void print_cell(const char *text)
{
    for (; *text; text++) {
        if (*text == '|')
            putchar('\\');
        putchar(*text == '\n' ? ' ' : *text);
    }
}

static const char *kind_words(const struct slot *s)
{
    switch (s->kind) {
    case SLOT_BOOL:
    case SLOT_FLAG:
        return "boolean";
    case SLOT_INT:
    case SLOT_UINT:
        return "integer";
    case SLOT_STRING:
        return "string";
    case SLOT_ENUM:
        return "a word";
    case SLOT_OBJECT:
        return "object";
    case SLOT_STRINGS:
        return "array of strings";
    case SLOT_SET:
        return "array of words";
    case SLOT_LIST:
        return "array of objects";
    case SLOT_MAP:
        return "object with keys of your own";
    case SLOT_UINTS:
        return "array of integers";
    case SLOT_RAW:
        return "any value";
    }
    return "";
}

static void print_range(const struct slot *s)
{
    bool is_number = s->kind == SLOT_INT || s->kind == SLOT_UINT || s->kind == SLOT_UINTS;
    if (!is_number || (s->min == 0 && s->max == 0))
        return;
    if (s->max == 0 || s->max == INT64_MAX)
        printf(", at least %" PRId64, s->min);
    else
        printf(", %" PRId64 " to %" PRId64, s->min, s->max);
}

static void print_names(const struct name *names)
{
    printf(" One of");
    for (const struct name *n = names; n->text; n++)
        printf("%s `%s`", n == names ? "" : ",", n->text);
    putchar('.');
}

static void print_row(const struct slot *s)
{
    printf("| `%s`%s | %s", s->key, s->required ? " (required)" : "", kind_words(s));
    print_range(s);
    printf(" | ");
    print_cell(s->doc ? s->doc : "");
    if (s->names)
        print_names(s->names);
    if (s->hint) {
        printf(" *Hint:* ");
        print_cell(s->hint);
        putchar('.');
    }
    if (s->lenient)
        printf(" Unknown words are passed over with a warning.");
    if (s->since)
        printf(" Needs Linux %s.", s->since);
    printf(" |\n");
}

/* "mounts" and "uidMappings" make "mounts[].uidMappings". */
static void join(char *path, const char *above, const struct slot *s)
{
    const char *suffix = s->kind == SLOT_LIST ? "[]" : s->kind == SLOT_MAP ? ".KEY" : "";
    snprintf(path, PATH_SIZE, "%s%s%s%s", above, *above ? "." : "", s->key, suffix);
}

static bool has_members(const struct slot *s)
{
    return s->element && *s->element->slots[0].key;
}

static void print_object(const struct object *object, const char *path)
{
    if (*path)
        printf("\n## `%s`\n", path);
    printf("\n| Member | Value | Meaning |\n| --- | --- | --- |\n");
    for (const struct slot *s = object->slots; s->key; s++)
        print_row(s);
    for (const struct slot *s = object->slots; s->key; s++) {
        char below[PATH_SIZE];
        join(below, path, s);
        if (has_members(s))
            print_object(s->element, below);
    }
}

int main(void)
{
    printf(
        "# config.json, member by member\n\n"
        "Every member of the runtime specification for Linux, and what davit does with it. This page is printed from\n"
        "the tables that decode the file (`spec/config*.c`) by `make docs`: change it there.\n\n"
        "Members that are not listed here are passed over, as the specification wants it. davit warns of those that\n"
        "look misspelt and of unknown ones in `process`, `root` and `linux`; `--strict` refuses them all, and\n"
        "`davit check BUNDLE` lists every fault of a bundle. `null` is the same as leaving a member out. A member "
        "that\n"
        "is given twice, a number with a fraction, a number in quotes and a word that is not known are errors, told\n"
        "with line and column.\n\n"
        "davit needs Linux 5.14. What needs a later kernel says so here, and is an error on an older one; what needs "
        "a\n"
        "part of the kernel that it was built without is an error there too.\n");
    print_object(&config_object, "");
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
