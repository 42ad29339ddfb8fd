#include "tests/unit/base/fixture.h"

#include "cmd/commands.h"
#include "spec/config.h"

#include <stdlib.h>
#include <string.h>

static const char *const words[] = {"table", "json", NULL};

struct target {
    bool all, tty;
    const char *bundle, *format;
    const char **env;
    uint64_t number;
    const struct resources *resources;
};

// clang-format off
static const struct option_row rows[] = {
    FLAG_OPTION(target, all, "all", 'a', "All."),
    FLAG_OPTION(target, tty, "tty", 't', "A terminal."),
    TEXT_OPTION(target, bundle, "bundle", 'b', "DIR", "The bundle."),
    TEXT_OPTION(target, format, "format", 'f', "FORMAT", "The format.", .words = words),
    TEXTS_OPTION(target, env, "env", 'e', "NAME=VALUE", "A variable."),
    NUMBER_OPTION(target, number, "preserve-fds", 0, "N", "A number."),
    MEMBER_OPTION(target, resources, resources, "memory", 'm', "BYTES", "memory.limit", "Memory.",
        .is_size = true),
    MEMBER_OPTION(target, resources, resources, "cpuset-cpus", 0, "LIST", "cpu.cpus", "Processors."),
    IGNORED_OPTION("no-subreaper"),
    IGNORED_VALUE_OPTION("criu"),
    NO_MORE_OPTIONS,
};
// clang-format on

/* What was set, as one line: "all bundle=x; ID rest", or the error. */
static const char *parse(const char *line, bool stops)
{
    error_init(&err, &arena);
    struct target t = {0};
    struct parse_request request = {
        .rows = rows,
        .command = "test",
        .stops_at_argument = stops,
        .arguments = *line ? str_split(&arena, line, ' ') : (const char *const[]){NULL},
    };
    struct parse_result r;
    if (options_parse(&request, &t, &r, &err) < 0)
        return err.hint ? arena_printf(&arena, "%s (%s)", error_line(&err), err.hint) : error_line(&err);
    const char *text = r.wants_help ? "help " : "";
    text = arena_printf(&arena, "%s%s%s", text, t.all ? "all " : "", t.tty ? "tty " : "");
    if (t.bundle)
        text = arena_printf(&arena, "%sbundle=%s ", text, t.bundle);
    if (t.format)
        text = arena_printf(&arena, "%sformat=%s ", text, t.format);
    if (t.env)
        text = arena_printf(&arena, "%senv=%s ", text, str_join(&arena, t.env, ","));
    if (t.number)
        text = arena_printf(&arena, "%snumber=%llu ", text, (unsigned long long)t.number);
    if (t.resources)
        text = arena_printf(&arena, "%s%s ", text, schema_encode(&arena, &resources_object, t.resources, 0));
    return arena_printf(&arena, "%s; %s", text, str_join(&arena, r.arguments, " "));
}

struct parse_case {
    const char *sentence, *line, *expected;
};

static void expect_parsed(const struct parse_case *cases, size_t count, bool stops)
{
    for (size_t i = 0; i < count; i++)
        expect_text(cases[i].sentence, parse(cases[i].line, stops), cases[i].expected);
}

TEST(options_come_in_every_form_that_engines_use)
{
    static const struct parse_case cases[] = {
        {"nothing",                                      "",                           "; "                              },
        {"a value behind a blank",                       "--bundle x ID",              "bundle=x ; ID"                   },
        {"a value behind =",                             "--bundle=x ID",              "bundle=x ; ID"                   },
        {"an empty value is none",                       "--bundle= ID",               "; ID"                            },
        {"a letter",                                     "-b x ID",                    "bundle=x ; ID"                   },
        {"a letter with its value",                      "-bx ID",                     "bundle=x ; ID"                   },
        {"a letter with = and value",                    "-b=x ID",                    "bundle=x ; ID"                   },
        {"one dash before a long name",                  "-bundle x -no-subreaper ID", "bundle=x ; ID"                   },
        {"letters together",                             "-at ID",                     "all tty ; ID"                    },
        {"letters together, the last with a value",      "-atbx ID",                   "all tty bundle=x ; ID"           },
        {"a boolean that is true",                       "--all=true ID",              "all ; ID"                        },
        {"a boolean that is false",                      "--all --all=false ID",       "; ID"                            },
        {"a boolean takes no value from behind a blank", "--all false",                "all ; false"                     },
        {"the last one counts",                          "--bundle x --bundle y",      "bundle=y ; "                     },
        {"a value that looks like an option",            "--memory -1 ID",             "{\"memory\":{\"limit\":-1}} ; ID"},
        {"members of one object",                        "-m 1G --cpuset-cpus 0-1",
         "{\"memory\":{\"limit\":1073741824},\"cpu\":{\"cpus\":\"0-1\"}} ; "                                             },
        {"a value that may be given again",              "-e A=1 --env=B=2 ID",        "env=A=1,B=2 ; ID"                },
        {"a number",                                     "--preserve-fds 2",           "number=2 ; "                     },
        {"what is taken and ignored",                    "--criu x --no-subreaper ID", "; ID"                            },
        {"options behind the argument",                  "ID --all",                   "all ; ID"                        },
        {"a dash alone",                                 "-b - -",                     "bundle=- ; -"                    },
        {"two dashes",                                   "-- --all",                   "; --all"                         },
        {"help",                                         "--help",                     "help ; "                         },
        {"help in short",                                "-ah",                        "help all ; "                     },
    };
    expect_parsed(cases, ARRAY_SIZE(cases), false);
}

TEST(what_follows_the_first_argument_can_be_left_alone)
{
    static const struct parse_case cases[] = {
        {"a program with options",      "-t ID ls -l --all", "tty ; ID ls -l --all"},
        {"its two dashes stay",         "ID sh -- -c",       "; ID sh -- -c"       },
        {"two dashes before it do not", "-- ID -t",          "; ID -t"             },
    };
    expect_parsed(cases, ARRAY_SIZE(cases), true);
}

TEST(what_cannot_be_parsed_is_named)
{
    static const struct parse_case cases[] = {
        {"an unknown option",                "--bundel x",        "unknown option --bundel (did you mean --bundle?)"          },
        {"one that is like none",            "--zzz=1",           "unknown option --zzz (davit test --help lists the options)"},
        {"an unknown letter",                "-x",                "unknown option -x (davit test --help lists the options)"   },
        {"a value that is missing",          "--bundle",
         "option --bundle requires an argument (flag needs an argument: --bundle)"                                            },
        {"a letter's value that is missing", "-ab",
         "option --bundle requires an argument (flag needs an argument: --bundle)"                                            },
        {"a boolean that is neither",        "--all=maybe",       "option --all: \"maybe\" is not true or false"              },
        {"a number that is none",            "--preserve-fds x",  "option --preserve-fds: \"x\" is not a number"              },
        {"a number below nothing",           "--preserve-fds -1", "option --preserve-fds: \"-1\" is not a number"             },
        {"a word that there is not",         "--format xml",      "option --format: \"xml\" is not one of table, json"        },
    };
    expect_parsed(cases, ARRAY_SIZE(cases), false);
}

TEST(a_wrong_limit_names_the_option)
{
    const char *text = parse("--memory much", false);
    assert_true(str_has_prefix(text, "option --memory: "));
    assert_int_equal(err.code, ERR_INVALID_ARGUMENT);
}

TEST(what_came_before_a_fault_is_kept)
{
    struct target t = {0};
    const char *const arguments[] = {"--bundle", "x", "--nonsense", NULL};
    struct parse_request request = {.rows = rows, .arguments = arguments};
    struct parse_result r;
    assert_int_equal(options_parse(&request, &t, &r, &err), -1);
    expect_text("the log could be opened", t.bundle, "x");
}

TEST(every_command_is_whole)
{
    const char *last = "";
    for (const struct command *c = commands; c->name; c++) {
        assert_non_null(c->summary);
        assert_non_null(c->description);
        assert_non_null(c->arguments);
        assert_non_null(c->run);
        assert_in_range(strlen(c->summary), 10, 60);
        if (strcmp(last, c->name) >= 0)
            fail_msg("%s is not in its place of the alphabet", c->name);
        last = c->name;
    }
}

static void expect_rows(const char *command, const struct option_row *r)
{
    for (; r->name; r++) {
        if (r->help && r->help[strlen(r->help) - 1] != '.')
            fail_msg("%s --%s: help is no sentence", command, r->name);
        if (r->help && option_takes_value(r) != (r->value != NULL))
            fail_msg("%s --%s: help does not name the value", command, r->name);
        for (const struct option_row *other = r + 1; other->name; other++)
            if ((other->letter && other->letter == r->letter) ||
                (r->help && str_equal(other->name, r->name) && other->help))
                fail_msg("%s --%s and --%s cannot be told apart", command, r->name, other->name);
    }
}

TEST(every_option_is_described_and_unique)
{
    expect_rows("davit", global_rows);
    for (const struct command *c = commands; c->name; c++)
        expect_rows(c->name, c->rows);
}

TEST(help_fits_a_terminal)
{
    for (const struct command *c = commands;; c++) {
        const char *text = help_text(c->name ? c : NULL, &err);
        for (const char **line = str_split(&arena, text, '\n'); *line; line++)
            if (strlen(*line) > 80 || str_has_suffix(*line, " "))
                fail_msg("%s --help: \"%s\"", c->name ? c->name : "davit", *line);
        if (!c->name)
            break;
    }
}

TEST(misspelt_commands_have_a_neighbour)
{
    expect_text("two letters swapped", command_nearest("sepc"), "spec");
    expect_text("a letter missing", command_nearest("feature"), "features");
    expect_text("like none", command_nearest("frobnicate"), NULL);
}
