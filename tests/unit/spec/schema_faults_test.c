#include "tests/unit/base/fixture.h"

#include "spec/config.h"
#include "spec/schema.h"
#include "spec/schema_faults.h"

/* Each fault as "line:column text", one a line. */
static const char *faults_of(const char *json)
{
    const struct error **faults;
    const char *all = "";
    const struct config *c = schema_decode_all(&config_object, "-", json, strlen(json), NULL, &faults, &err);
    assert_int_equal(c != NULL, faults[0] == NULL);
    assert_int_equal(err.code, ERR_NONE);
    for (; *faults; faults++)
        all = arena_printf(&arena, "%s%s%zu:%zu %s", all, *all ? "\n" : "", (*faults)->line, (*faults)->column,
                           error_line(*faults));
    return all;
}

TEST(every_fault_of_a_document_is_found)
{
    static const struct {
        const char *sentence, *json, *expected;
    } cases[] = {
        {"none",                                    "{\"ociVersion\":\"1.0.0\"}",                             ""                                                                                                  },
        {"wrong kinds, brackets too",
         "{\"ociVersion\":\"1.0.0\",\"hostname\":{\"a\":[1]},\"mounts\":7,\n\"root\":[{}],\"process\":\"\"}", "1:34 hostname: expected a string, got an object\n1:53 mounts: expected an array of objects, got a number\n"
         "2:8 root: expected an object, got an array\n2:23 process: expected an object, got a string"},
        {"later elements keep their index",
         "{\"ociVersion\":\"1.0.0\",\"mounts\":[1,[],{\"destination\":true},null,{}]}",                       "1:33 mounts[0]: expected an object, got a number\n1:35 mounts[1]: expected an object, got an array\n"
         "1:53 mounts[2].destination: expected a string, got a boolean\n1:59 mounts[3]: expected an object, got null\n"
         "1:64 mounts[4].destination: is required"                                                                         },
        {"what is missing, and what appears twice",
         "{\"hostname\":\"a\",\"hostname\":[1],\"annotations\":{\"k\":\"\",\"k\":{},\"l\":2}}",               "1:17 hostname: appears twice\n1:54 annotations.k: appears twice\n"
         "1:65 annotations.l: expected a string, got a number\n1:1 ociVersion: is required"                        },
        {"unknown names and numbers out of range",
         "{\"ociVersion\":\"1.0.0\",\"linux\":{\"namespaces\":[{\"type\":\"pidd\"},{\"type\":7}],\"rootfsPropagation\":"
         "\"x\"},"
         "\"process\":{\"cwd\":\"a\",\"user\":{\"uid\":-1,\"gid\":1.5,\"additionalGids\":[1,\"2\",-3]}}}",    "1:54 linux.namespaces[0].type: unknown value \"pidd\"\n"
         "1:70 linux.namespaces[1].type: expected a string, got a number\n"
         "1:94 linux.rootfsPropagation: unknown value \"x\"\n1:116 process.cwd: \"a\" is not an absolute path\n"
         "1:134 process.user.uid: -1 is outside 0..4294967294\n"
         "1:143 process.user.gid: expected an integer, got 1.5\n"
         "1:167 process.user.additionalGids[1]: expected an integer, got a string\n"
         "1:171 process.user.additionalGids[2]: -3 is outside 0..4294967294"                            },
        {"a syntax error ends it",                  "{\"hostname\":1,\"root\":{\"path\":",
         "1:13 hostname: expected a string, got a number\n1:30 root.path: not valid JSON: ends in the middle"                                                                                                     },
        {"so does a NUL",                           "{\"hostname\":\"\\u0000\",\"mounts\":1}",
         "1:13 hostname: a string may not contain a NUL character"                                                                                                                                                },
        {"another document",                        "[1]",                                                    "1:1 -: expected an object, got an array"                                                           },
        {"bytes that are no text",                  "{\"hostname\":1,\"a\":\"\xff\"}",                        "1:20 -: is not valid UTF-8"                                                                        },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        expect_text(cases[i].sentence, faults_of(cases[i].json), cases[i].expected);
}

TEST(a_hostile_document_has_a_thousand_faults_at_most)
{
    char elements[2 * 1500 + 1];
    for (size_t i = 0; i < 1500; i++)
        memcpy(elements + 2 * i, i ? ",1" : " 1", 3);
    const char *json = arena_printf(&arena, "{\"process\":{\"args\":[%s]}}", elements);
    const struct error **faults;
    assert_null(schema_decode_all(&config_object, "-", json, strlen(json), NULL, &faults, &err));
    size_t count = 0;
    while (faults[count])
        count++;
    assert_int_equal(count, 1001); /* the last one ended it */
}
