#include "base/str.h"

#include "tests/unit/base/fixture.h"

TEST(texts_are_compared_also_when_absent)
{
    assert_true(str_equal(NULL, NULL));
    assert_true(str_equal("a", "a"));
    assert_false(str_equal("a", NULL));
    assert_false(str_equal(NULL, "a"));
    assert_true(str_has_prefix("abc", "ab"));
    assert_false(str_has_prefix("a", "ab"));
    assert_true(str_has_suffix("abc", "bc"));
    assert_false(str_has_suffix("c", "bc"));
    assert_string_equal(str_after("file:/x", "file:"), "/x");
    assert_null(str_after("x", "file:"));
}

TEST(only_plain_decimal_numbers_are_numbers)
{
    static const char *const refused[] = {
        "", "-1", "+1", " 1", "1 ", "01", "00", "0x1", "1a", "18446744073709551616", "99999999999999999999999"};
    uint64_t value = 7;
    for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
        if (str_to_uint(refused[i], UINT64_MAX, &value))
            fail_msg("%s was taken", refused[i]);
    assert_int_equal(value, 7);
    assert_true(str_to_uint("0", 0, &value));
    assert_true(str_to_uint("18446744073709551615", UINT64_MAX, &value));
    assert_true(value == UINT64_MAX);
    assert_false(str_to_uint("4294967295", UINT32_MAX - 1, &value));
}

TEST(a_signed_number_has_one_minus_at_most)
{
    int64_t value;
    assert_true(str_to_int("-9223372036854775808", INT64_MIN, INT64_MAX, &value));
    assert_true(value == INT64_MIN);
    assert_true(str_to_int("9223372036854775807", INT64_MIN, INT64_MAX, &value));
    assert_true(value == INT64_MAX);
    assert_true(str_to_int("-1", -1, 10, &value));
    assert_false(str_to_int("-2", -1, 10, &value));
    assert_false(str_to_int("11", -1, 10, &value));
    assert_false(str_to_int("--1", INT64_MIN, INT64_MAX, &value));
    assert_false(str_to_int("-0", INT64_MIN, INT64_MAX, &value));
    assert_false(str_to_int("-", INT64_MIN, INT64_MAX, &value));
    assert_false(str_to_int("9223372036854775808", INT64_MIN, INT64_MAX, &value));
    assert_false(str_to_int("-9223372036854775809", INT64_MIN, INT64_MAX, &value));
}

TEST(sizes_have_units_of_1024)
{
    static const struct {
        const char *text;
        int64_t bytes; /* -1: refused */
    } cases[] = {
        {"0",                       0                },
        {"512",                     512              },
        {"512b",                    512              },
        {"1k",                      1024             },
        {"64m",                     64 << 20         },
        {"1G",                      1 << 30          },
        {"2KiB",                    2048             },
        {"2kb",                     2048             },
        {"1T",                      INT64_C(1) << 40 },
        {"7E",                      INT64_C(7) << 60 },
        {"8E",                      -1               },
        {"",                        -1               },
        {"k",                       -1               },
        {"1x",                      -1               },
        {"1kk",                     -1               },
        {"1 k",                     -1               },
        {"-1",                      -1               },
        {"1.5G",                    3 << 29          },
        {"0.1k",                    102              },
        {"7.5E",                    INT64_C(15) << 59},
        {"7.99999999999999999999E", -1               },
        {"1.25MiB",                 5 << 18          },
        {"1.5",                     -1               },
        {"1.5b",                    -1               },
        {"1.G",                     -1               },
        {".5G",                     -1               },
        {"1.5.5G",                  -1               },
        {"010",                     -1               },
        {"9223372036854775808",     -1               },
        {"9223372036854775807",     INT64_MAX        },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int64_t bytes = -1;
        bool is_size = str_to_bytes(cases[i].text, &bytes);
        if (is_size != (cases[i].bytes >= 0) || bytes != cases[i].bytes)
            fail_msg("%s gave %lld", cases[i].text, (long long)bytes);
    }
}

TEST(a_text_is_split_and_joined)
{
    const char **pieces = str_split(&arena, "a,,b", ',');
    assert_int_equal(str_count(pieces), 3);
    assert_string_equal(pieces[0], "a");
    assert_string_equal(pieces[1], "");
    assert_string_equal(pieces[2], "b");
    assert_string_equal(str_join(&arena, pieces, ", "), "a, , b");
    assert_int_equal(str_count(str_split(&arena, "", ',')), 1);
    assert_string_equal(str_join(&arena, pieces + 3, ","), "");
    assert_int_equal(str_count(NULL), 0);
    assert_true(str_in("b", pieces));
    assert_false(str_in("c", pieces));
    assert_false(str_in("c", NULL));
}

TEST(distance_counts_edits_and_swaps)
{
    static const struct {
        const char *a, *b;
        unsigned limit, distance;
    } cases[] = {
        {"",        "",          3, 0},
        {"memory",  "memory",    3, 0},
        {"memroy",  "memory",    3, 1},
        {"memor",   "memory",    3, 1},
        {"memoryy", "memory",    3, 1},
        {"mamory",  "memory",    3, 1},
        {"kitten",  "sitting",   5, 3},
        {"kitten",  "sitting",   2, 3},
        {"abc",     "xyzuvwxyz", 2, 3},
        {"",        "abc",       3, 3},
        {"ab",      "ba",        3, 1},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_int_equal(str_distance(cases[i].a, cases[i].b, cases[i].limit), cases[i].distance);
    char wide[200];
    memset(wide, 'a', sizeof wide - 1);
    wide[sizeof wide - 1] = '\0';
    assert_int_equal(str_distance(wide, wide, 2), 3);
}

TEST(control_characters_are_made_visible)
{
    assert_string_equal(str_printable(&arena, "plain ü"), "plain ü");
    assert_string_equal(str_printable(&arena, "a\nb\tc\x01\x7f"), "a\\nb\\tc\\x01\\x7f");
}
