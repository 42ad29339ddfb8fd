#include "libcontainer/checkpoint/criu_log.h"

#include "tests/unit/base/fixture.h"

static const struct {
    const char *sentence, *log, *errors;
} cases[] = {
    {"an empty log has none",               "",                                                                         NULL                                           },
    {"a log of a success has none",         "(00.000001) Version: 3.17.1\n(00.000002) Dumping finished successfully\n", NULL                                           },
    {"place and time are left out",
     "(00.046893) Error (criu/sk-inet.c:191): inet: Connected TCP socket, consider using it\n",                         "inet: Connected TCP socket, consider using it"},
    {"a process's number is left out",      "(00.577865)      1: Error (criu/files-reg.c:2093): File x has bad size\n",
     "File x has bad size"                                                                                                                                             },
    {"an error without a place",            "Error: cannot\n",                                                          "cannot"                                       },
    {"the last line may lack its end",      "(00.1) Error (a.c:1): b",                                                  "b"                                            },
    {"the summary alone is none",           "(00.591713) Error (criu/cr-restore.c:2537): Restoring FAILED.\n",          NULL                                           },
    {"the same text twice in a row is one", "Error (a.c:1): b\nError (a.c:1): b\n",                                     "b"                                            },
    {"cause first, three and the last",
     "Error (a.c:1): one\nError (a.c:1): two\nWarn  (a.c:2): other\nError (a.c:1): three\nError (a.c:1): four\n"
     "Error (a.c:1): five\nError (a.c:9): Dumping FAILED.\n",                                                           "one; two; three; five"                        },
    {"control characters are printable",    "Error (a.c:1): a\tb\x1b[31m\n",                                            "a\\tb\\x1b[31m"                               },
    {"words that begin so are no errors",   "(00.1) Errors were found: 3\n(00.1) 7: Errand\n",                          NULL                                           },
    {"a cut line is no error",              "(00.1) Error (a.c:1",                                                      NULL                                           },
};

TEST(errors_are_found_in_a_log)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        expect_text(cases[i].sentence, criu_log_errors(&arena, cases[i].log), cases[i].errors);
}
