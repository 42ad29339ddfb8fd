/* Help, printed from the tables. */
#include "cmd/commands.h"

#include "base/arena.h"
#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_WIDTH   79
#define OPTION_WIDTH 28

/* Words of `text` from column `begin` on, broken before LINE_WIDTH. */
static void print_wrapped(FILE *out, const char *text, size_t column, size_t begin)
{
    while (*text) {
        size_t word = strcspn(text, " ");
        if (column > begin && column + 1 + word > LINE_WIDTH) {
            fprintf(out, "\n%*s", (int)begin, "");
            column = begin;
        } else if (column > begin) {
            fputc(' ', out);
            column++;
        }
        fwrite(text, 1, word, out);
        column += word;
        text += word;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

static void print_item(FILE *out, const char *left, const char *text)
{
    int width = fprintf(out, "  %s", left);
    if (width + 2 > OPTION_WIDTH)
        fprintf(out, "\n%*s", OPTION_WIDTH, "");
    else
        fprintf(out, "%*s", OPTION_WIDTH - width, "");
    print_wrapped(out, text, OPTION_WIDTH, OPTION_WIDTH);
}

static void print_options(FILE *out, struct arena *a, const struct option_row *rows)
{
    for (const struct option_row *r = rows; r->name; r++) {
        if (!r->help)
            continue;
        const char *letter = r->letter ? arena_printf(a, "-%c, ", r->letter) : "    ";
        print_item(out, arena_printf(a, "%s--%s%s%s", letter, r->name, r->value ? " " : "", r->value ? r->value : ""),
                   r->help);
    }
    print_item(out, "-h, --help", "Prints this help.");
}

/* The first two lines are those of other runtimes, by which scripts know a help. */
static void print_command(FILE *out, struct arena *a, const struct command *c)
{
    fprintf(out, "NAME:\n  davit %s - %s\n\n", c->name, c->summary);
    fprintf(out, "Usage: davit [GLOBAL OPTION...] %s [OPTION...]%s%s\n\n", c->name, *c->arguments ? " " : "",
            c->arguments);
    for (const char *paragraph = c->description; *paragraph;) {
        size_t length = strcspn(paragraph, "\n");
        print_wrapped(out, arena_strndup(a, paragraph, length), 0, 0);
        fputc('\n', out);
        paragraph += length;
        paragraph += strspn(paragraph, "\n");
    }
    fputs("Options:\n", out);
    print_options(out, a, c->rows);
}

static void print_davit(FILE *out, struct arena *a)
{
    fputs("NAME:\n  davit - Open Container Initiative runtime\n\n"
          "Usage: davit [GLOBAL OPTION...] COMMAND [OPTION...] [ARGUMENT...]\n\n"
          "davit runs containers as the OCI runtime specification describes them.\n\nCommands:\n",
          out);
    for (const struct command *c = commands; c->name; c++)
        print_item(out, c->name, c->summary);
    fputs("\nGlobal options:\n", out);
    print_options(out, a, global_rows);
    fputs("\ndavit COMMAND --help tells more of a command.\n", out);
}

const char *help_text(const struct command *c, struct error *err)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out)
        return "";
    if (c)
        print_command(out, err->arena, c);
    else
        print_davit(out, err->arena);
    const char *result = fclose(out) == 0 ? arena_strndup(err->arena, text, length) : "";
    free(text);
    return result;
}
