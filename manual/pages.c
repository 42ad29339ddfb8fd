/* Pages in man(7). */
#include "manual/manual.h"

#include "cmd/commands.h"
#include "spec/annotations.h"

#include <ctype.h>
#include <string.h>

void print_plain(FILE *out, const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", out);
    for (; *text; text++) {
        if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '-')
            fputs("\\-", out);
        else
            fputc(*text, out);
    }
}

static void print_title(FILE *out, const char *before, const char *name)
{
    fputs(".TH ", out);
    for (const char *part = before; *part; part++)
        fputc(toupper((unsigned char)*part), out);
    for (const char *part = name; *part; part++)
        fputc(toupper((unsigned char)*part), out);
    fputs(" 1 \"\" davit \"User Commands\"\n", out);
}

/* "Usage of ID [SIGNAL]": words in capitals are what the user puts in. */
static void print_arguments(FILE *out, const char *text)
{
    while (*text) {
        size_t length = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
        if (length > 0) {
            fprintf(out, "\\fI%.*s\\fR", (int)length, text);
            text += length;
        } else {
            fputc(*text++, out);
        }
    }
}

static void print_options(FILE *out, const struct option_row *rows)
{
    for (const struct option_row *r = rows; r->name; r++) {
        if (!r->help)
            continue;
        fputs(".TP\n", out);
        if (r->letter)
            fprintf(out, "\\fB\\-%c\\fR, ", r->letter);
        fputs("\\fB\\-\\-", out);
        print_plain(out, r->name);
        fputs("\\fR", out);
        if (r->value) {
            fputc(' ', out);
            print_arguments(out, r->value);
        }
        fputc('\n', out);
        print_plain(out, r->help);
        fputc('\n', out);
    }
    fputs(".TP\n\\fB\\-h\\fR, \\fB\\-\\-help\\fR\nPrints help.\n", out);
}

static void print_paragraphs(FILE *out, const char *text)
{
    while (*text) {
        size_t length = strcspn(text, "\n");
        char line[4096];
        snprintf(line, sizeof line, "%.*s", (int)length, text);
        fputs(".PP\n", out);
        print_plain(out, line);
        fputc('\n', out);
        text += length;
        text += strspn(text, "\n");
    }
}

void print_command_manual(FILE *out, const struct command *c)
{
    print_title(out, "davit-", c->name);
    fputs(".SH NAME\n", out);
    fprintf(out, "davit\\-%s \\- ", c->name);
    print_plain(out, c->summary);
    fprintf(out, "\n.SH SYNOPSIS\n\\fBdavit\\fR [\\fIGLOBAL OPTION\\fR...] \\fB%s\\fR [\\fIOPTION\\fR...] ", c->name);
    print_arguments(out, c->arguments);
    fputs("\n.SH DESCRIPTION\n", out);
    print_paragraphs(out, c->description);
    fputs(".SH OPTIONS\n", out);
    print_options(out, c->rows);
    fputs(".SH SEE ALSO\n.BR davit (1)\n", out);
}

static void print_annotations(FILE *out)
{
    fputs(".SH ANNOTATIONS\nThese annotations of config.json change what davit does.\n", out);
    for (const struct annotation *a = annotations; a->key; a++) {
        fputs(".TP\n\\fB", out);
        print_plain(out, a->key);
        fprintf(out, "%s\\fR\n", a->key[strlen(a->key) - 1] == '.' ? "\\fINAME" : "");
        print_plain(out, a->doc);
        fputc('\n', out);
    }
}

static const char last_sections[] =
    ".SH EXIT STATUS\n"
    "0 for success and 1 for failure. \\fBrun\\fR and \\fBexec\\fR in the foreground end with the program's own "
    "status, "
    "or 128 plus the number of the signal that killed it; \\fBexec\\fR ends with 255 when the program could not be "
    "started.\n"
    ".SH FILES\n"
    ".TP\n\\fI/run/davit\\fR, \\fI$XDG_RUNTIME_DIR/davit\\fR\n"
    "The state root of root and of an ordinary user: one directory for each container, gone at reboot.\n"
    ".TP\n\\fIconfig.json\\fR\n"
    "The configuration of a bundle, as the OCI runtime specification describes it; \\fBdavit spec\\fR writes one.\n"
    ".SH ENVIRONMENT\n"
    ".TP\n\\fBXDG_RUNTIME_DIR\\fR\n"
    "Where an ordinary user's state root is, and the user's systemd is reached. Empty counts as unset.\n"
    ".SH EXAMPLE\n"
    ".nf\n"
    "mkdir \\-p web/rootfs\n"
    "cp \\-a /some/root/. web/rootfs\n"
    "davit spec \\-\\-bundle web\n"
    "davit run \\-\\-bundle web web\n"
    ".fi\n";

void print_manual(FILE *out)
{
    print_title(out, "", "davit");
    fputs(".SH NAME\ndavit \\- run OCI containers\n.SH SYNOPSIS\n\\fBdavit\\fR [\\fIGLOBAL OPTION\\fR...] "
          "\\fICOMMAND\\fR [\\fIOPTION\\fR...] [\\fIARGUMENT\\fR...]\n.SH DESCRIPTION\n"
          "davit makes, runs and removes containers as the OCI runtime specification describes them. Engines such as "
          "podman, containerd and CRI\\-O call it; it can be called by hand or from a unit of systemd as well.\n"
          ".SH COMMANDS\nEach has a page of its own, davit\\-COMMAND(1).\n",
          out);
    for (const struct command *c = commands; c->name; c++) {
        fprintf(out, ".TP\n\\fB%s\\fR ", c->name);
        print_arguments(out, c->arguments);
        fputc('\n', out);
        print_plain(out, c->summary);
        fputc('\n', out);
    }
    fputs(".SH GLOBAL OPTIONS\nThey stand before the command.\n", out);
    print_options(out, global_rows);
    print_annotations(out);
    fputs(last_sections, out);
    fputs(".SH SEE ALSO\n.BR davit\\-config (5),\n", out);
    for (const struct command *c = commands; c->name; c++)
        fprintf(out, ".BR davit\\-%s (1)%s\n", c->name, c[1].name ? "," : "");
}
