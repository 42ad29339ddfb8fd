#include "base/number_list.h"

#include "tests/unit/base/fixture.h"

static const char *as_text(const char *text, uint32_t max)
{
    struct number_list list;
    if (number_list_parse(text, max, &list, &err) < 0)
        return error_line(&err);
    const char *result = "";
    for (size_t i = 0; i < list.count; i++)
        result = arena_printf(&arena, "%s%s%u", result, i == 0 ? "" : " ", list.numbers[i]);
    return result;
}

TEST(lists_are_understood_or_refused_with_the_reason)
{
    static const struct {
        const char *sentence, *text, *expected;
    } cases[] = {
        {"one number",              "7",          "7"                                      },
        {"a range",                 "0-3",        "0 1 2 3"                                },
        {"ranges and numbers",      "0-2,7",      "0 1 2 7"                                },
        {"any order, each once",    "7,1-2,2",    "1 2 7"                                  },
        {"nothing",                 "",           ""                                       },
        {"a range of one",          "5-5",        "5"                                      },
        {"the highest number",      "100",        "100"                                    },
        {"too high",                "101",        "\"101\" has a number above 100"         },
        {"too high in a range",     "99-101",     "\"99-101\" has a number above 100"      },
        {"backwards",               "3-1",        "\"3-1\" has a range that runs backwards"},
        {"an empty piece",          "1,,2",       "\"1,,2\" is not a list of numbers"      },
        {"a comma at the end",      "1,",         "\"1,\" is not a list of numbers"        },
        {"a comma at the start",    ",1",         "\",1\" is not a list of numbers"        },
        {"an open range",           "1-",         "\"1-\" is not a list of numbers"        },
        {"a sign",                  "-1",         "\"-1\" is not a list of numbers"        },
        {"blanks",                  "1, 2",       "\"1, 2\" is not a list of numbers"      },
        {"a newline",               "1\n",        "\"1\\n\" is not a list of numbers"      },
        {"a leading zero",          "01",         "\"01\" is not a list of numbers"        },
        {"letters",                 "all",        "\"all\" is not a list of numbers"       },
        {"a double range",          "1-2-3",      "\"1-2-3\" is not a list of numbers"     },
        {"a number that overflows", "4294967296", "\"4294967296\" is not a list of numbers"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        expect_text(cases[i].sentence, as_text(cases[i].text, 100), cases[i].expected);
}

TEST(a_mask_has_words_up_to_the_highest_number)
{
    uint64_t *mask;
    size_t words;
    expect_ok(number_list_mask("0,63,64", 1000, &mask, &words, &err));
    assert_int_equal(words, 2);
    assert_true(mask[0] == (UINT64_C(1) << 63 | 1));
    assert_true(mask[1] == 1);
    expect_ok(number_list_mask("", 1000, &mask, &words, &err));
    assert_int_equal(words, 0);
}

TEST(a_refused_list_comes_with_an_example)
{
    assert_int_equal(number_list_mask("x", 10, &(uint64_t *){NULL}, &(size_t){0}, &err), -1);
    assert_string_equal(err.hint, "a list of numbers and ranges: 0-3,7");
    assert_int_equal(err.code, ERR_INVALID_ARGUMENT);
}
