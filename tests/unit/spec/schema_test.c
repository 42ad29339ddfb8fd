#include "tests/unit/base/fixture.h"

#include "spec/schema.h"
#include "spec/schema_faults.h"
#include <stdio.h>

#include <string.h>

/* One member of every kind. */
struct entry {
    const char *key, *value;
};
struct port {
    const char *key;
    const int64_t *number;
};
struct part {
    const char *name;
    const struct part *inner;
};
struct all {
    bool bool_, has_set;
    const bool *flag;
    const int64_t *int_, *any_int, *enum_, *soft_enum;
    const uint64_t *uint_, *small;
    const char *string, *absolute, *raw;
    const struct part *object;
    const char **strings;
    const uint64_t **uints;
    uint64_t set, soft_set;
    const struct part **list;
    const struct entry **map;
    const struct port **ports;
};

static const char *check_absolute(const char *text)
{
    return *text == '/' ? NULL : "is not an absolute path";
}

static const struct name color_names[] = {
    {"red",   1 },
    {"green", 2 },
    {"grey",  2 },
    {"blue",  63},
    {NULL,    0 }
};

extern const struct object entry_object, port_object, part_object, all_object;
// clang-format off
DEFINE_OBJECT(entry, STRING(entry, value, ""));
DEFINE_OBJECT(port, INT(port, number, "number", .required = true, .max = 65535));
DEFINE_OBJECT(part,
    STRING(part, name, "name", .required = true, .hint = "any word"),
    OBJECT(part, inner, "inner", part));
DEFINE_OBJECT(all,
    BOOL(all, bool_, "bool"),
    FLAG(all, flag, "flag"),
    INT(all, int_, "int", .min = -1, .max = 100, .hint = "a small number"),
    INT(all, any_int, "anyInt"),
    UINT(all, uint_, "uint"),
    UINT(all, small, "small", .min = 2, .max = 9),
    STRING(all, string, "string"),
    STRING(all, absolute, "absolute", .check = check_absolute, .hint = "begin with a slash"),
    RAW(all, raw, "raw"),
    ENUM(all, enum_, "enum", color_names),
    ENUM(all, soft_enum, "softEnum", color_names, .lenient = true),
    OBJECT(all, object, "object", part),
    STRINGS(all, strings, "strings", .check = check_absolute),
    UINTS(all, uints, "uints", .max = 1000),
    SET(all, set, "set", color_names, .given = offsetof(struct all, has_set)),
    SET(all, soft_set, "softSet", color_names, .lenient = true),
    LIST(all, list, "list", part),
    MAP(all, map, "map", entry),
    MAP(all, ports, "ports", port));
// clang-format on

static const char *decode_again(const char *text, int indent)
{
    const struct all *value = schema_decode(&all_object, "x.json", text, strlen(text), NULL, &err);
    return value ? schema_encode(&arena, &all_object, value, indent) : error_line(&err);
}

TEST(every_kind_survives_decoding_and_encoding)
{
    static const struct {
        const char *sentence, *json, *expected;
    } cases[] = {
        {"an empty object is fine",                         "{}",                                                                             "{}"                             },
        {"true stays, false is left out",                   "{\"bool\":true}",                                                                NULL                             },
        {"false is the default",                            "{\"bool\":false}",                                                               "{}"                             },
        {"a flag knows false from absent",                  "{\"flag\":false}",                                                               NULL                             },
        {"a flag may be true",                              "{\"flag\":true}",                                                                NULL                             },
        {"an integer",                                      "{\"int\":-1}",                                                                   NULL                             },
        {"the least integer",                               "{\"anyInt\":-9223372036854775808}",                                              NULL                             },
        {"the largest integer",                             "{\"anyInt\":9223372036854775807}",                                               NULL                             },
        {"the largest unsigned integer",                    "{\"uint\":18446744073709551615}",                                                NULL                             },
        {"minus zero is zero",                              "{\"uint\":-0}",                                                                  "{\"uint\":0}"                   },
        {"an exponent that leaves an integer",              "{\"uint\":1e3}",                                                                 "{\"uint\":1000}"                },
        {"a fraction of zeros",                             "{\"int\":10.00}",                                                                "{\"int\":10}"                   },
        {"a fraction that the exponent lifts",              "{\"uint\":1.25E+2}",                                                             "{\"uint\":125}"                 },
        {"a negative exponent that leaves an integer",      "{\"uint\":1200e-2}",                                                             "{\"uint\":12}"                  },
        {"zero to any power is zero",                       "{\"uint\":0.0e999999999999}",                                                    "{\"uint\":0}"                   },
        {"twenty digits by an exponent",                    "{\"uint\":1844674407370955161.5e1}",                                             "{\"uint\":18446744073709551615}"},
        {"text with escapes",                               "{\"string\":\"a\\n\\t\\\"\\\\\\u0001/\\u00e9\"}",
         "{\"string\":\"a\\n\\t\\\"\\\\\\u0001/é\"}"                                                                                                                          },
        {"a pair of surrogates is one character",           "{\"string\":\"\\ud83d\\ude00\"}",                                                "{\"string\":\"😀\"}"          },
        {"other control characters",                        "{\"string\":\"\\b\\f\\r\"}",                                                     NULL                             },
        {"a checked text",                                  "{\"absolute\":\"/\"}",                                                           NULL                             },
        {"any value as text",                               "{\"raw\": { \"a b\" : [ 1 , \"x \\\" y\" , null ] } }",
         "{\"raw\":{\"a b\":[1,\"x \\\" y\",null]}}"                                                                                                                           },
        {"a scalar as text",                                "{\"raw\": -1.50e3 }",                                                            "{\"raw\":-1.50e3}"              },
        {"a text as text",                                  "{\"raw\": \"a b\" }",                                                            "{\"raw\":\"a b\"}"              },
        {"a boolean as text",                               "{\"raw\":true,\"int\":1}",                                                       "{\"int\":1,\"raw\":true}"       },
        {"null is absent in every place",                   "{\"raw\":null,\"int\":null,\"map\":null,\"list\":null,\"bool\":null}",           "{}"                             },
        {"a name",                                          "{\"enum\":\"red\"}",                                                             NULL                             },
        {"two names of one value are written as the first", "{\"enum\":\"grey\"}",                                                            "{\"enum\":\"green\"}"           },
        {"an object in an object",                          "{\"object\":{\"name\":\"a\",\"inner\":{\"name\":\"b\"}}}",                       NULL                             },
        {"a list of texts",                                 "{\"strings\":[\"/a\",\"/b\",\"/c\",\"/d\",\"/e\",\"/f\",\"/g\",\"/h\",\"/i\"]}", NULL                             },
        {"an empty list is left out",                       "{\"strings\":[],\"list\":[],\"map\":{},\"uints\":[]}",                           "{}"                             },
        {"a list of numbers",                               "{\"uints\":[0,1000]}",                                                           NULL                             },
        {"a set of names",                                  "{\"set\":[\"blue\",\"red\",\"red\"]}",                                           "{\"set\":[\"red\",\"blue\"]}"   },
        {"an empty set that was given",                     "{\"set\":[]}",                                                                   NULL                             },
        {"a list of objects",                               "{\"list\":[{\"name\":\"a\"},{\"name\":\"b\",\"inner\":{\"name\":\"c\"}}]}",      NULL                             },
        {"a map of texts",                                  "{\"map\":{\"a.b\":\"1\",\"c\":\"\",\"\":\"x\"}}",                                NULL                             },
        {"a null in a map is absent",                       "{\"map\":{\"a\":null,\"b\":\"1\"}}",                                             "{\"map\":{\"b\":\"1\"}}"        },
        {"a map of objects",                                "{\"ports\":{\"http\":{\"number\":80},\"x\":{\"number\":0}}}",                    NULL                             },
        {"unknown members have no effect",                  "{\"new\":{\"a\":[{}, null, 1e400]},\"int\":1,\"x\":null,\"y\":3}",
         "{\"int\":1}"                                                                                                                                                         },
        {"lenient names have no effect",                    "{\"softEnum\":\"pink\",\"softSet\":[\"pink\",\"red\"]}",
         "{\"softSet\":[\"red\"]}"                                                                                                                                             },
        {"blanks do not matter",                            " \t\r\n{ \"int\" : 1 }\n ",                                                      "{\"int\":1}"                    },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        expect_text(cases[i].sentence, decode_again(cases[i].json, 0),
                    cases[i].expected ? cases[i].expected : cases[i].json);
}

TEST(faults_are_refused_with_place_and_reason)
{
    static const struct {
        const char *sentence, *json, *expected;
    } cases[] = {
        {"a boolean is no number",             "{\"bool\":1}",                                 "1:9 bool: expected a boolean, got a number"                      },
        {"a flag is no text",                  "{\"flag\":\"true\"}",                          "1:9 flag: expected a boolean, got a string"                      },
        {"a number is no text",                "{\"int\":\"1\"}",                              "1:8 int: expected an integer, got a string (a small number)"     },
        {"a number is no boolean",             "{\"uint\":true}",                              "1:9 uint: expected an integer, got a boolean"                    },
        {"a number is no object",              "{\"uint\":{}}",                                "1:9 uint: expected an integer, got an object"                    },
        {"a text is no array",                 "{\"string\":[]}",                              "1:11 string: expected a string, got an array"                    },
        {"a name is no number",                "{\"enum\":1}",                                 "1:9 enum: expected a string, got a number"                       },
        {"an object is no array",              "{\"object\":[]}",                              "1:11 object: expected an object, got an array"                   },
        {"an array is no text",                "{\"strings\":\"/a\"}",                         "1:12 strings: expected an array of strings, got a string"        },
        {"a set is no text",                   "{\"set\":\"red\"}",                            "1:8 set: expected an array of strings, got a string"             },
        {"a list is no object",                "{\"list\":{}}",                                "1:9 list: expected an array of objects, got an object"           },
        {"numbers are no number",              "{\"uints\":1}",                                "1:10 uints: expected an array of integers, got a number"         },
        {"an element of texts",                "{\"strings\":[\"/a\",7]}",                     "1:18 strings[1]: expected a string, got a number"                },
        {"an element of numbers",              "{\"uints\":[1,\"2\"]}",                        "1:13 uints[1]: expected an integer, got a string"                },
        {"an element of a set",                "{\"set\":[[]]}",                               "1:9 set[0]: expected a string, got an array"                     },
        {"an element of objects",              "{\"list\":[{\"name\":\"a\"},1]}",              "1:23 list[1]: expected an object, got a number"                  },
        {"null is no element",                 "{\"list\":[null]}",                            "1:10 list[0]: expected an object, got null"                      },
        {"a map is no array",                  "{\"map\":[]}",                                 "1:8 map: expected an object, got an array"                       },
        {"a value of a map",                   "{\"map\":{\"a.b\":1}}",                        "1:15 map.a.b: expected a string, got a number"                   },
        {"an object of a map",                 "{\"ports\":{\"http\":80}}",                    "1:18 ports.http: expected an object, got a number"               },
        {"a member of an object of a map",     "{\"ports\":{\"http\":{\"number\":65536}}}",
         "1:28 ports.http.number: 65536 is outside 0..65535"                                                                                                     },
        {"a fraction",                         "{\"int\":1.5}",                                "1:8 int: expected an integer, got 1.5 (a small number)"          },
        {"a hidden fraction",                  "{\"int\":15e-1}",                              "1:8 int: expected an integer, got 15e-1 (a small number)"        },
        {"too small",                          "{\"int\":-2}",                                 "1:8 int: -2 is outside -1..100 (a small number)"                 },
        {"too large",                          "{\"int\":1e2000}",                             "1:8 int: 1e2000 is outside -1..100 (a small number)"             },
        {"beyond 64 bits",                     "{\"anyInt\":9223372036854775808}",
         "1:11 anyInt: 9223372036854775808 is outside -9223372036854775808..9223372036854775807"                                                                 },
        {"below 64 bits",                      "{\"anyInt\":-9223372036854775809}",
         "1:11 anyInt: -9223372036854775809 is outside -9223372036854775808..9223372036854775807"                                                                },
        {"beyond 64 unsigned bits",            "{\"uint\":18446744073709551616}",
         "1:9 uint: 18446744073709551616 is outside 0..18446744073709551615"                                                                                     },
        {"no sign",                            "{\"uint\":-1}",                                "1:9 uint: -1 is outside 0..18446744073709551615"                 },
        {"an unsigned range below",            "{\"small\":1}",                                "1:10 small: 1 is outside 2..9"                                   },
        {"an unsigned range above",            "{\"small\":10}",                               "1:10 small: 10 is outside 2..9"                                  },
        {"an element's range",                 "{\"uints\":[1001]}",                           "1:11 uints[0]: 1001 is outside 0..1000"                          },
        {"a checked text",                     "{\"absolute\":\"work\"}",
         "1:13 absolute: \"work\" is not an absolute path (begin with a slash)"                                                                                  },
        {"a checked element",                  "{\"strings\":[\"a\"]}",                        "1:13 strings[0]: \"a\" is not an absolute path"                  },
        {"an unknown name",                    "{\"enum\":\"pink\"}",                          "1:9 enum: unknown value \"pink\" (one of red, green, grey, blue)"},
        {"a misspelt name",                    "{\"set\":[\"red\",\"gren\"]}",
         "1:15 set[1]: unknown value \"gren\" (did you mean \"green\"?)"                                                                                         },
        {"control characters are shown",       "{\"enum\":\"\\u0007\"}",
         "1:9 enum: unknown value \"\\x07\" (one of red, green, grey, blue)"                                                                                     },
        {"a repeated member",                  "{\"int\":1,\"int\":1}",                        "1:10 int: appears twice"                                         },
        {"a repeated null",                    "{\"int\":null,\"int\":1}",                     "1:13 int: appears twice"                                         },
        {"a repeated key of a map",            "{\"map\":{\"a\":\"\",\"b\":\"\",\"a\":\"\"}}", "1:23 map.a: appears twice"                                       },
        {"a missing member",                   "{\n \"object\": {\"inner\":null}}",            "2:12 object.name: is required (any word)"                        },
        {"a member that is null is missing",   "{\"list\":[{\"name\":null}]}",
         "1:10 list[0].name: is required (any word)"                                                                                                             },
        {"a missing member of a map's object", "{\"ports\":{\"x\":{}}}",                       "1:15 ports.x.number: is required"                                },
        {"a NUL in a text",                    "{\"string\":\"a\\u0000b\"}",                   "1:11 string: a string may not contain a NUL character"           },
        {"a NUL in an unknown text",           "{\"new\":\"\\u0000\"}",                        "1:8 x.json: a string may not contain a NUL character"            },
        {"a NUL in a key",                     "{\"\\u0000\":1}",                              "1:2 x.json: a key may not contain a NUL character"               },
        {"bytes that are no UTF-8",            "{\"string\":\n \"\xff\"}",                     "2:3 x.json: is not valid UTF-8"                                  },
        {"a character that is cut",            "{\"string\":\"\xe2\x82\"}",                    "1:12 x.json: is not valid UTF-8"                                 },
        {"a character that is too long",       "{\"string\":\"\xc0\x80\"}",                    "1:12 x.json: is not valid UTF-8"                                 },
        {"a surrogate in UTF-8",               "{\"string\":\"\xed\xa0\x80\"}",                "1:12 x.json: is not valid UTF-8"                                 },
        {"a number beyond Unicode",            "{\"string\":\"\xf4\x90\x80\x80\"}",            "1:12 x.json: is not valid UTF-8"                                 },
        {"a long form of three bytes",         "{\"string\":\"\xe0\x80\x80\"}",                "1:12 x.json: is not valid UTF-8"                                 },
        {"a long form of four bytes",          "{\"string\":\"\xf0\x80\x80\x80\"}",            "1:12 x.json: is not valid UTF-8"                                 },
        {"half of a pair",                     "{\"string\":\"\\ud83d\"}",                     "1:12 x.json: has half of a surrogate pair"                       },
        {"the second half alone",              "{\"string\":\"\\ude00\"}",                     "1:12 x.json: has half of a surrogate pair"                       },
        {"two first halves",                   "{\"string\":\"\\ud83d\\ud83d\"}",              "1:12 x.json: has half of a surrogate pair"                       },
        {"no document",                        "",                                             "1:1 x.json: is empty"                                            },
        {"blanks only",                        " \n",                                          "2:1 x.json: is empty"                                            },
        {"another document",                   "[1]",                                          "1:1 x.json: expected an object, got an array"                    },
        {"a bare text",                        "\"a\"",                                        "1:1 x.json: expected an object, got a string"                    },
        {"a bare boolean",                     "true",                                         "1:1 x.json: expected an object, got a boolean"                   },
        {"a bare null",                        "null",                                         "1:1 x.json: expected an object, got null"                        },
        {"an end in the middle",               "{\"int\":",                                    "1:8 int: not valid JSON: ends in the middle"                     },
        {"text behind the end",                "{} {}",                                        "1:4 x.json: not valid JSON: text behind the end of the document" },
        {"a byte order mark",                  "\xef\xbb\xbf{}",
         "1:1 x.json: begins with a byte order mark (save it as UTF-8 without one)"                                                                              },
        {"columns count characters",           "{\"string\":\"éé\",\"int\":\"\"}",
         "1:22 int: expected an integer, got a string (a small number)"                                                                                          },
        {"lines count",                        "{\"string\":\"x\",\n\n  \"int\":\n []}",
         "4:2 int: expected an integer, got an array (a small number)"                                                                                           },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        error_clear(&err);
        const char *json = cases[i].json;
        assert_null(schema_decode(&all_object, "x.json", json, strlen(json), NULL, &err));
        assert_int_equal(err.code, ERR_INVALID_CONFIG);
        expect_text(cases[i].sentence, err.file, "x.json");
        const char *got = arena_printf(&arena, "%zu:%zu %s%s%s%s", err.line, err.column, error_line(&err),
                                       err.hint ? " (" : "", err.hint ? err.hint : "", err.hint ? ")" : "");
        expect_text(cases[i].sentence, got, cases[i].expected);
    }
}

TEST(syntax_errors_are_explained)
{
    static const char *const broken[] = {"{\"a\" 1}",  "{,}",        "{\"a\":tru}",     "{\"a\":01}",
                                         "{\"a\":1,}", "{'a':1}",    "{\"a\":\"\n\"}",  "{\"a\":[1 2]}",
                                         "}",          "{\"a\":1]",  "{\"a\":\"\\x\"}", "nul",
                                         "{\"a\":-}",  "{\"a\":1.}", "{\"a\":1e}",      "{\"string\":\"\\u12"};
    for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
        assert_null(schema_decode(&all_object, NULL, broken[i], strlen(broken[i]), NULL, &err));
        if (!str_has_prefix(error_line(&err), "JSON: not valid JSON: ") &&
            !str_has_prefix(error_line(&err), "string: not valid JSON: "))
            fail_msg("%s: %s", broken[i], error_line(&err));
        assert_true(err.line == 1 || err.line == 2);
    }
}

static char *repeat(const char *part, size_t count, const char *tail)
{
    size_t length = strlen(part);
    char *text = arena_alloc(&arena, length * count + strlen(tail) + 1);
    for (size_t i = 0; i < count; i++)
        memcpy(text + i * length, part, length);
    memcpy(text + length * count, tail, strlen(tail));
    return text;
}

TEST(depth_and_size_have_limits)
{
    const char *deep = arena_printf(&arena, "{\"new\":%s", repeat("[", 64, ""));
    assert_null(schema_decode(&all_object, "x.json", deep, strlen(deep), NULL, &err));
    expect_text("unknown members count too", error_line(&err), "x.json: is nested more than 64 levels deep");
    assert_int_equal(err.column, 71);

    const char *nested = repeat("{\"name\":\"a\",\"inner\":", 70, "");
    assert_null(schema_decode(&part_object, "x.json", nested, strlen(nested), NULL, &err));
    assert_true(str_has_suffix(error_line(&err), ".inner: is nested more than 64 levels deep"));

    const char *fits = arena_printf(&arena, "{\"new\":%s%s}", repeat("[", 63, ""), repeat("]", 63, ""));
    assert_non_null(schema_decode(&all_object, "x.json", fits, strlen(fits), NULL, &err));

    const char *large = repeat(" ", (16 << 20) - 2, "{}");
    assert_non_null(schema_decode(&all_object, "x.json", large, 16 << 20, NULL, &err));
    assert_null(schema_decode(&all_object, "x.json", large, (16 << 20) + 1, NULL, &err));
    expect_text("size", error_line(&err), "x.json: is larger than 16 MiB");

    assert_null(schema_decode(&all_object, "x.json", "{\"string\":\0\"\"}", 14, NULL, &err));
    expect_text("a NUL byte", error_line(&err), "x.json: has a NUL byte");
}

TEST(long_values_are_cut_in_messages)
{
    const char *text = arena_printf(&arena, "{\"enum\":\"a%s\"}", repeat("é", 1000, ""));
    assert_null(schema_decode(&all_object, "x.json", text, strlen(text), NULL, &err));
    const char *line = error_line(&err);
    assert_true(str_has_prefix(line, "enum: unknown value \"aéé"));
    assert_true(str_has_suffix(line, "é...\""));
    assert_true(strlen(line) < 160);
}

TEST(a_thousand_keys_of_a_map_are_told_apart)
{
    char *text = arena_strdup(&arena, "{\"map\":{\"key0\":\"0\"");
    for (int i = 1; i < 300; i++)
        text = arena_printf(&arena, "%s,\"key%d\":\"%d\"", text, i, i);
    const char *good = arena_printf(&arena, "%s}}", text);
    const struct all *value = schema_decode(&all_object, "x.json", good, strlen(good), NULL, &err);
    assert_non_null(value);
    expect_text("in order", value->map[299]->key, "key299");
    assert_null(value->map[300]);
    const char *bad = arena_printf(&arena, "%s,\"key7\":\"\"}}", text);
    assert_null(schema_decode(&all_object, "x.json", bad, strlen(bad), NULL, &err));
    expect_text("twice", error_line(&err), "map.key7: appears twice");
}

TEST(unknown_members_and_names_are_noted)
{
    static const struct {
        const char *sentence, *json, *expected;
    } cases[] = {
        {"another case",                "{\"Int\":1}",                                 "1:2 Int: unknown member; int; member"                },
        {"one letter",                  "{\n \"strinng\":{}}",                         "2:2 strinng: unknown member; string; member"         },
        {"two letters swapped",         "{\"object\":{\"name\":\"\",\"inenr\":1}}",
         "1:22 object.inenr: unknown member; inner; member"                                                                                  },
        {"nothing is near",             "{\"list\":[{\"name\":\"\",\"colour\":[1]}]}",
         "1:21 list[0].colour: unknown member; -; member"                                                                                    },
        {"short words are not guessed", "{\"in\":1}",                                  "1:2 in: unknown member; -; member"                   },
        {"a name of a set",             "{\"softSet\":[\"red\",\"Blue\"]}",            "1:19 softSet[1]: unknown value \"Blue\"; blue; value"},
        {"a name",                      "{\"softEnum\":\"pink\"}",                     "1:13 softEnum: unknown value \"pink\"; -; value"     },
        {"a key is printable",          "{\"a\\nb\":1}",                               "1:2 a\\nb: unknown member; -; member"                },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct schema_notes notes = {0};
        assert_non_null(schema_decode(&all_object, "x.json", cases[i].json, strlen(cases[i].json), &notes, &err));
        assert_non_null(notes.items);
        const struct schema_note *n = notes.items[0];
        assert_null(notes.items[1]);
        expect_text(cases[i].sentence,
                    arena_printf(&arena, "%zu:%zu %s: %s; %s; %s", n->line, n->column, n->path, n->message,
                                 n->did_you_mean ? n->did_you_mean : "-", n->is_unknown_member ? "member" : "value"),
                    cases[i].expected);
    }
    struct schema_notes none = {0};
    assert_non_null(schema_decode(&all_object, "x.json", "{}", 2, &none, &err));
    assert_null(none.items);
}

TEST(notes_have_a_limit)
{
    struct schema_notes notes = {0};
    char *text = repeat("\"new\":1,", 2000, "");
    text = arena_printf(&arena, "{%s\"int\":1}", text);
    assert_non_null(schema_decode(&all_object, "x.json", text, strlen(text), &notes, &err));
    assert_int_equal(str_count((const char *const *)notes.items), 1000);
}

TEST(a_mutated_document_is_decoded_or_refused)
{
    static const char seed[] =
        "{\"bool\":true,\"flag\":false,\"int\":7,\"uint\":18446744073709551615,\"string\":\"a\\u00e9\",\"raw\":{\"x\":["
        "1]},"
        "\"enum\":\"red\",\"object\":{\"name\":\"n\",\"inner\":{\"name\":\"m\"}},\"strings\":[\"/a\"],\"uints\":[1,2],"
        "\"set\":[\"red\"],\"list\":[{\"name\":\"\"}],\"map\":{\"k\":\"v\"},\"ports\":{\"p\":{\"number\":1}},\"new\":[{"
        "}]}";
    static const char letters[] = "{}[]\",:\\u0e-1 \xff\xc3tn";
    char text[sizeof seed];
    unsigned random = 1;
    for (int round = 0; round < 5000; round++) {
        memcpy(text, seed, sizeof text);
        size_t length = sizeof seed - 1;
        for (int change = 0; change < 1 + round % 4; change++) {
            random = random * 1103515245 + 12345;
            size_t at = (random >> 8) % length;
            random = random * 1103515245 + 12345;
            if ((random >> 16) % 3 == 0)
                length = at ? at : 1;
            else
                text[at] = letters[(random >> 8) % (sizeof letters - 1)];
        }
        struct schema_notes notes = {0};
        const struct all *value = schema_decode(&all_object, "x.json", text, length, &notes, &err);
        const struct error **faults;
        error_clear(&err);
        const void *all = schema_decode_all(&all_object, "x.json", text, length, NULL, &faults, &err);
        assert_int_equal(all != NULL, value != NULL);
        assert_int_equal(faults[0] == NULL, value != NULL);
        size_t line, column;
        (void)schema_locate(text, length, "object.inner.name", &line, &column);
        if (value)
            assert_non_null(schema_encode(&arena, &all_object, value, round % 3));
        else
            assert_true(faults[0]->message && faults[0]->line >= 1 && faults[0]->column >= 1);
        arena_release(&arena);
        error_clear(&err);
    }
}
