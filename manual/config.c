/* The page of config.json, from the rows of spec/config*.c. */
#include "manual/manual.h"

#include "spec/config.h"
#include "spec/schema.h"

#define DEPTH 16

static const char *type_text(const struct slot *s)
{
    switch (s->kind) {
    case SLOT_BOOL:
    case SLOT_FLAG:
        return "true or false";
    case SLOT_INT:
    case SLOT_UINT:
        return "number";
    case SLOT_STRING:
        return "text";
    case SLOT_ENUM:
        return "name";
    case SLOT_OBJECT:
        return "object";
    case SLOT_STRINGS:
        return "list of texts";
    case SLOT_SET:
        return "list of names";
    case SLOT_LIST:
        return "list of objects";
    case SLOT_MAP:
        return "object with members of any name";
    case SLOT_UINTS:
        return "list of numbers";
    case SLOT_RAW:
        return "anything";
    }
    return "";
}

static void print_names(FILE *out, const struct slot *s)
{
    /* The capabilities would fill a page: capabilities(7) has them. */
    if (!s->names || s->lenient)
        return;
    fputs(s->kind == SLOT_SET ? " Any of " : " One of ", out);
    for (const struct name *n = s->names; n->text; n++)
        fprintf(out, "%s%s", n == s->names ? "" : ", ", n->text);
    fputs(".", out);
}

static void print_slot(FILE *out, const char *path, const struct slot *s)
{
    fputs(".TP\n\\fB", out);
    print_plain(out, path);
    fprintf(out, "\\fR (%s%s)\n", type_text(s), s->required ? ", required" : "");
    print_plain(out, s->doc);
    print_names(out, s);
    if (s->since)
        fprintf(out, " Needs Linux %s.", s->since);
    fputc('\n', out);
}

/* The members of an object and of all below it, each by its path: "mounts[].options". */
static void print_members(FILE *out, const struct object *o, const char *path, unsigned depth)
{
    for (const struct slot *s = o->slots; s->key && depth < DEPTH; s++) {
        char member[256];
        snprintf(member, sizeof member, "%s%s%s", path, *path ? "." : "", s->key);
        print_slot(out, member, s);
        /* A map of plain values has one row without a name. */
        if (!s->element || !*s->element->slots->key)
            continue;
        const char *below = s->kind == SLOT_LIST ? "[]" : s->kind == SLOT_MAP ? ".NAME" : "";
        snprintf(member, sizeof member, "%s%s%s%s", path, *path ? "." : "", s->key, below);
        print_members(out, s->element, member, depth + 1);
    }
}

void print_config_manual(FILE *out)
{
    fputs(".TH DAVIT\\-CONFIG 5 \"\" davit \"File Formats\"\n"
          ".SH NAME\ndavit\\-config \\- config.json, the configuration of a bundle\n"
          ".SH DESCRIPTION\n"
          "A bundle is a directory with a file config.json and, usually, a directory rootfs. These are the members of "
          "config.json that davit knows, from the OCI runtime specification. A list's elements are written as [], an "
          "object's freely chosen member as NAME. Members that davit does not know are ignored; \\fBdavit check\\fR "
          "tells of them.\n"
          ".SH MEMBERS\n",
          out);
    print_members(out, &config_object, "", 0);
    fputs(".SH SEE ALSO\n.BR davit (1),\n.BR davit\\-check (1),\n.BR davit\\-spec (1)\n", out);
}
