/* manual.h - manual pages and completions, printed from the tables of cmd/ at build time. Not part of davit itself. */
#pragma once

#include <stdio.h>

struct command;
struct option_row;

/* Text that roff prints as it is. */
void print_plain(FILE *out, const char *text);
void print_manual(FILE *out);
void print_config_manual(FILE *out);
void print_command_manual(FILE *out, const struct command *c);
void print_bash_completion(FILE *out);
void print_zsh_completion(FILE *out);
void print_fish_completion(FILE *out);

/* What follows an option or stands as a command's first argument. */
enum word_kind {
    WORD_ANY,
    WORD_FILE,
    WORD_DIRECTORY,
    WORD_CONTAINER,
};
enum word_kind kind_of_value(const struct option_row *row);
enum word_kind kind_of_argument(const struct command *c);
