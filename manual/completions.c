/* Completions of shells. */
#include "manual/manual.h"

#include "base/str.h"
#include "cmd/commands.h"

#include <stdbool.h>
#include <string.h>

enum word_kind kind_of_value(const struct option_row *row)
{
    if (!row->value)
        return WORD_ANY;
    if (str_equal(row->value, "DIR"))
        return WORD_DIRECTORY;
    return str_equal(row->value, "FILE") || str_equal(row->value, "PATH") ? WORD_FILE : WORD_ANY;
}

enum word_kind kind_of_argument(const struct command *c)
{
    static const char *const makers[] = {"create", "restore", "run", NULL}; /* their ID is a new one */
    return str_has_prefix(c->arguments, "ID") && !str_in(c->name, makers) ? WORD_CONTAINER : WORD_ANY;
}

/* ---- bash ---- */

static void print_bash_words(FILE *out, const struct option_row *rows)
{
    for (const struct option_row *r = rows; r->name; r++)
        if (r->help)
            fprintf(out, "--%s ", r->name);
    fputs("--help", out);
}

/* One case for all options of a kind: "--bundle|-b) …". False when there is none. */
static void print_bash_values(FILE *out, const struct option_row *rows)
{
    for (const struct option_row *r = rows; r->name; r++) {
        if (!r->help || !option_takes_value(r))
            continue;
        fprintf(out, "        --%s", r->name);
        if (r->letter)
            fprintf(out, " | -%c", r->letter);
        fputs(") ", out);
        if (r->words) {
            fputs("_davit_words \"", out);
            for (const char *const *w = r->words; *w; w++)
                fprintf(out, "%s%s", w == r->words ? "" : " ", *w);
            fputs("\"", out);
        } else {
            enum word_kind kind = kind_of_value(r);
            fputs(kind == WORD_DIRECTORY ? "compopt -o dirnames" : kind == WORD_FILE ? "compopt -o default" : ":", out);
        }
        fputs("; return ;;\n", out);
    }
}

static void print_bash_case(FILE *out, const char *name, const struct option_row *rows)
{
    fprintf(out, "    %s)\n        case $previous in\n", name);
    print_bash_values(out, rows);
    fputs("        esac\n        options='", out);
    print_bash_words(out, rows);
    fputs("' ;;\n", out);
}

void print_bash_completion(FILE *out)
{
    fputs("# bash completion for davit\n\n"
          "_davit_words() { mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$word\"); }\n\n"
          "_davit() {\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
          "    local commands='",
          out);
    for (const struct command *c = commands; c->name; c++)
        fprintf(out, "%s%s", c == commands ? "" : " ", c->name);
    fputs("'\n    local command='' options='' i root=()\n"
          "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
          "        [[ ${COMP_WORDS[i]} == --root ]] && root=(--root \"${COMP_WORDS[i + 1]}\")\n"
          "        if [[ \" $commands \" == *\" ${COMP_WORDS[i]} \"* ]]; then\n"
          "            command=${COMP_WORDS[i]}\n"
          "            break\n"
          "        fi\n"
          "    done\n"
          "    case $command in\n",
          out);
    print_bash_case(out, "''", global_rows);
    for (const struct command *c = commands; c->name; c++)
        print_bash_case(out, c->name, c->rows);
    fputs("    esac\n"
          "    if [[ $word == -* ]]; then\n"
          "        _davit_words \"$options\"\n"
          "    elif [[ -z $command ]]; then\n"
          "        _davit_words \"$commands\"\n"
          "    else\n"
          "        case $command in\n        ",
          out);
    bool is_first = true;
    for (const struct command *c = commands; c->name; c++) {
        if (kind_of_argument(c) != WORD_CONTAINER)
            continue;
        fprintf(out, "%s%s", is_first ? "" : " | ", c->name);
        is_first = false;
    }
    fputs(") _davit_words \"$(davit \"${root[@]}\" list --quiet 2>/dev/null)\" ;;\n"
          "        esac\n"
          "    fi\n"
          "}\n"
          "complete -F _davit davit\n",
          out);
}

/* ---- zsh ---- */

/* Inside single quotes, where _arguments gives a meaning to brackets and colons. */
static void print_zsh_text(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", out);
        else if (strchr("[]:\\", *text))
            fprintf(out, "\\%c", *text);
        else
            fputc(*text, out);
    }
}

static void print_zsh_value(FILE *out, const struct option_row *r)
{
    fprintf(out, ":%s:", r->value);
    if (r->words) {
        fputs("(", out);
        for (const char *const *w = r->words; *w; w++)
            fprintf(out, "%s%s", w == r->words ? "" : " ", *w);
        fputs(")", out);
        return;
    }
    enum word_kind kind = kind_of_value(r);
    fputs(kind == WORD_DIRECTORY ? "_directories" : kind == WORD_FILE ? "_files" : "", out);
}

static void print_zsh_options(FILE *out, const char *indent, const struct option_row *rows)
{
    for (const struct option_row *r = rows; r->name; r++) {
        if (!r->help)
            continue;
        fprintf(out, "%s", indent);
        if (r->letter)
            fprintf(out, "{-%c,--%s}", r->letter, r->name);
        else
            fprintf(out, "--%s", r->name);
        fputs("'[", out);
        print_zsh_text(out, r->help);
        fputs("]", out);
        if (option_takes_value(r))
            print_zsh_value(out, r);
        fputs("' \\\n", out);
    }
    fprintf(out, "%s{-h,--help}'[Prints help.]'", indent);
}

void print_zsh_completion(FILE *out)
{
    fputs("#compdef davit\n\n"
          "_davit_containers() {\n"
          "    local -a ids\n"
          "    ids=(${(f)\"$(davit ${opt_args[--root]:+--root ${opt_args[--root]}} list --quiet 2>/dev/null)\"})\n"
          "    _describe container ids\n"
          "}\n\n"
          "_davit() {\n"
          "    local context state line\n"
          "    typeset -A opt_args\n"
          "    local -a commands\n"
          "    commands=(\n",
          out);
    for (const struct command *c = commands; c->name; c++) {
        fprintf(out, "        '%s:", c->name);
        print_zsh_text(out, c->summary);
        fputs("'\n", out);
    }
    fputs("    )\n    _arguments -C \\\n", out);
    print_zsh_options(out, "        ", global_rows);
    fputs(" \\\n        '1:command:->command' '*::argument:->argument'\n"
          "    case $state in\n"
          "    command) _describe command commands ;;\n"
          "    argument)\n"
          "        case $words[1] in\n",
          out);
    for (const struct command *c = commands; c->name; c++) {
        fprintf(out, "        %s)\n            _arguments \\\n", c->name);
        print_zsh_options(out, "                ", c->rows);
        if (kind_of_argument(c) == WORD_CONTAINER)
            fputs(" \\\n                '1:container:_davit_containers'", out);
        fputs("\n            ;;\n", out);
    }
    fputs("        esac\n        ;;\n    esac\n}\n\n_davit \"$@\"\n", out);
}

/* ---- fish ---- */

static void print_fish_text(FILE *out, const char *text)
{
    fputc('\'', out);
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            fputc('\\', out);
        fputc(*text, out);
    }
    fputc('\'', out);
}

static void print_fish_options(FILE *out, const char *condition, const struct option_row *rows)
{
    for (const struct option_row *r = rows; r->name; r++) {
        if (!r->help)
            continue;
        fprintf(out, "complete -c davit -n '%s' -l %s", condition, r->name);
        if (r->letter)
            fprintf(out, " -s %c", r->letter);
        if (option_takes_value(r)) {
            fputs(kind_of_value(r) == WORD_ANY ? " -x" : " -r -F", out);
            if (r->words) {
                fputs(" -a '", out);
                for (const char *const *w = r->words; *w; w++)
                    fprintf(out, "%s%s", w == r->words ? "" : " ", *w);
                fputs("'", out);
            }
        }
        fputs(" -d ", out);
        print_fish_text(out, r->help);
        fputc('\n', out);
    }
    fprintf(out, "complete -c davit -n '%s' -s h -l help -d 'Prints help.'\n", condition);
}

void print_fish_completion(FILE *out)
{
    fputs("# fish completion for davit\ncomplete -c davit -f\n", out);
    for (const struct command *c = commands; c->name; c++) {
        fprintf(out, "complete -c davit -n __fish_use_subcommand -a %s -d ", c->name);
        print_fish_text(out, c->summary);
        fputc('\n', out);
    }
    print_fish_options(out, "__fish_use_subcommand", global_rows);
    for (const struct command *c = commands; c->name; c++) {
        char condition[128];
        snprintf(condition, sizeof condition, "__fish_seen_subcommand_from %s", c->name);
        print_fish_options(out, condition, c->rows);
        if (kind_of_argument(c) == WORD_CONTAINER)
            fprintf(out, "complete -c davit -n '%s' -a '(davit list --quiet 2>/dev/null)'\n", condition);
    }
}
