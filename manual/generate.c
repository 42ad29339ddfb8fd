/* generate DIR: writes davit.1, davit-COMMAND.1, davit-config.5 and the completions for bash, zsh and fish into DIR. */
#include "manual/manual.h"

#include "cmd/commands.h"

#include <limits.h>
#include <stdlib.h>

static FILE *open_page(const char *directory, const char *before, const char *name, const char *after)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s%s%s", directory, before, name, after);
    FILE *out = fopen(path, "we");
    if (!out) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    return out;
}

static void close_page(FILE *out)
{
    if (fclose(out) != 0) {
        perror("generate");
        exit(EXIT_FAILURE);
    }
}

static void write_page(const char *directory, const char *name, void (*print)(FILE *out))
{
    FILE *out = open_page(directory, "", name, "");
    print(out);
    close_page(out);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fputs("usage: generate DIR\n", stderr);
        return EXIT_FAILURE;
    }
    write_page(argv[1], "davit.1", print_manual);
    write_page(argv[1], "davit-config.5", print_config_manual);
    write_page(argv[1], "davit.bash", print_bash_completion);
    write_page(argv[1], "_davit", print_zsh_completion);
    write_page(argv[1], "davit.fish", print_fish_completion);
    for (const struct command *c = commands; c->name; c++) {
        FILE *out = open_page(argv[1], "davit-", c->name, ".1");
        print_command_manual(out, c);
        close_page(out);
    }
    return EXIT_SUCCESS;
}
