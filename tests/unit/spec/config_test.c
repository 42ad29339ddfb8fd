#include "tests/unit/base/fixture.h"

#include "spec/config.h"
#include "spec/example.h"
#include "spec/schema.h"

#include <sched.h>
#include <string.h>

static struct config *decode(const char *json)
{
    error_init(&err, &arena);
    return schema_decode(&config_object, "config.json", json, strlen(json), NULL, &err);
}

/* "path: message" of the first fault, NULL when there is none. The members belong to a whole config. */
static const char *fault_of(const char *members)
{
    if (decode(arena_printf(&arena, "{\"ociVersion\":\"1.2.0\",%s}", members)))
        return NULL;
    return arena_printf(&arena, "%s: %s", err.path, err.message);
}

#define PROCESS(members) "\"process\":{\"cwd\":\"/\"," members "}"
#define LINUX(members)   "\"linux\":{" members "}"

TEST(wrong_members_are_refused_where_they_stand)
{
    static const struct {
        const char *sentence, *members, *expected;
    } cases[] = {
        {"a relative cwd",              "\"process\":{\"cwd\":\"x\"}",                                                  "process.cwd: \"x\" is not an absolute path"     },
        {"no cwd",                      "\"process\":{}",                                                               "process.cwd: is required"                       },
        {"a user as text",              PROCESS("\"user\":{\"uid\":\"0\",\"gid\":0}"),
         "process.user.uid: expected an integer, got a string"                                                                                                           },
        {"the id that is none",         PROCESS("\"user\":{\"uid\":4294967295,\"gid\":0}"),
         "process.user.uid: 4294967295 is outside 0..4294967294"                                                                                                         },
        {"a limit that is none",        PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_FOO\",\"soft\":1,\"hard\":1}]"),
         "process.rlimits[0].type: unknown value \"RLIMIT_FOO\""                                                                                                         },
        {"a variable without value",    PROCESS("\"env\":[\"A=1\",\"B\"]"),
         "process.env[1]: \"B\" is not of the form NAME=VALUE"                                                                                                           },
        {"a variable without name",     PROCESS("\"env\":[\"=1\"]"),                                                    "process.env[0]: \"=1\" has no name before \"=\""},
        {"an oom score out of range",   PROCESS("\"oomScoreAdj\":1001"),
         "process.oomScoreAdj: 1001 is outside -1000..1000"                                                                                                              },
        {"an affinity that is no list", PROCESS("\"execCPUAffinity\":{\"initial\":\"0-\"}"),
         "process.execCPUAffinity.initial: \"0-\" is not a list of numbers and ranges such as 0-3,7"                                                                     },
        {"an unknown namespace",        LINUX("\"namespaces\":[{\"type\":\"pidd\"}]"),
         "linux.namespaces[0].type: unknown value \"pidd\""                                                                                                              },
        {"a relative namespace",        LINUX("\"namespaces\":[{\"type\":\"pid\",\"path\":\"ns\"}]"),
         "linux.namespaces[0].path: \"ns\" is not an absolute path"                                                                                                      },
        {"a mask as text",              LINUX("\"maskedPaths\":\"/proc/kcore\""),
         "linux.maskedPaths: expected an array of strings, got a string"                                                                                                 },
        {"a relative mask",             LINUX("\"maskedPaths\":[\"proc\"]"),
         "linux.maskedPaths[0]: \"proc\" is not an absolute path"                                                                                                        },
        {"memory with a unit",          LINUX("\"resources\":{\"memory\":{\"limit\":\"1G\"}}"),
         "linux.resources.memory.limit: expected an integer, got a string"                                                                                               },
        {"a range of no ids",           LINUX("\"uidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":0}]"),
         "linux.uidMappings[0].size: 0 is outside 1..4294967295"                                                                                                         },
        {"a page size without unit",    LINUX("\"resources\":{\"hugepageLimits\":[{\"pageSize\":\"2\",\"limit\":1}]}"),
         "linux.resources.hugepageLimits[0].pageSize: \"2\" is not a page size such as 2MB or 1GB"                                                                       },
        {"an access that is none",      LINUX("\"resources\":{\"devices\":[{\"allow\":true,\"access\":\"rx\"}]}"),
         "linux.resources.devices[0].access: \"rx\" has letters other than r, w and m"                                                                                   },
        {"an unknown seccomp action",   LINUX("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_NO\"}"),
         "linux.seccomp.defaultAction: unknown value \"SCMP_ACT_NO\""                                                                                                    },
        {"an unknown architecture",
         LINUX("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_Z80\"]}"),
         "linux.seccomp.architectures[0]: \"SCMP_ARCH_Z80\" is not an architecture that davit knows"                                                                     },
        {"a seventh argument",
         LINUX("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"],"
               "\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":6,\"value\":0,\"op\":\"SCMP_CMP_EQ\"}]}]}"),
         "linux.seccomp.syscalls[0].args[0].index: 6 is outside 0..5"                                                                                                    },
        {"a hook without path",         "\"hooks\":{\"poststop\":[{\"path\":\"x\"}]}",
         "hooks.poststop[0].path: \"x\" is not an absolute path"                                                                                                         },
        {"a timeout of nothing",        "\"hooks\":{\"poststop\":[{\"path\":\"/x\",\"timeout\":0}]}",
         "hooks.poststop[0].timeout: 0 is outside 1..2147483647"                                                                                                         },
        {"a mount to nowhere",          "\"mounts\":[{\"destination\":\"\"}]",                                          "mounts[0].destination: \"\" is empty"           },
        {"a root without path",         "\"root\":{}",                                                                  "root.path: is required"                         },
        {"a bandwidth without MB",      LINUX("\"intelRdt\":{\"memBwSchema\":\"L3:0=1\"}"),
         "linux.intelRdt.memBwSchema: \"L3:0=1\" does not begin with \"MB:\""                                                                                            },
        {"an interface with a slash",   LINUX("\"netDevices\":{\"eth0\":{\"name\":\"a/b\"}}"),
         "linux.netDevices.eth0.name: \"a/b\" is not a name for a network interface"                                                                                     },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        expect_text(cases[i].sentence, fault_of(cases[i].members), cases[i].expected);
}

TEST(what_engines_send_is_taken)
{
    static const struct {
        const char *sentence, *members;
    } cases[] = {
        {"a weight of 0 for none",           LINUX("\"resources\":{\"blockIO\":{\"weight\":0}}")                 },
        {"a mode with the bits of its type",
         LINUX("\"devices\":[{\"type\":\"c\",\"path\":\"/dev/x\",\"major\":1,\"minor\":3,\"fileMode\":8624}]")   },
        {"any device",                       LINUX("\"resources\":{\"devices\":[{\"allow\":false,\"major\":-1,\"minor\":-1,"
                             "\"access\":\"rwm\"}]}")                                      },
        {"no limit of processes",            LINUX("\"resources\":{\"pids\":{\"limit\":-1}}")                    },
        {"null for absent",                  LINUX("\"seccomp\":null,\"maskedPaths\":null")                      },
        {"an unknown capability",            PROCESS("\"capabilities\":{\"bounding\":[\"CAP_TOMORROW\"]}")       },
        {"a member that nobody knows",       "\"tomorrow\":{\"a\":[1,2]}"                                        },
        {"other platforms",                  "\"windows\":{\"layerFolders\":[\"C:\"]},\"vm\":{}"                 },
        {"a relative destination",           "\"mounts\":[{\"destination\":\"mnt\"}]"                            },
        {"a propagation with r",             LINUX("\"rootfsPropagation\":\"rslave\"")                           },
        {"a list with blanks",               LINUX("\"resources\":{\"cpu\":{\"cpus\":\"0-3, 7\",\"mems\":\"\"}}")},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        expect_text(cases[i].sentence, fault_of(cases[i].members), NULL);
}

TEST(versions_of_the_specification_begin_with_1)
{
    assert_non_null(decode("{\"ociVersion\":\"1.0.2-dev\"}"));
    assert_non_null(decode("{\"ociVersion\":\"1.0.0-rc5\"}"));
    assert_null(decode("{\"ociVersion\":\"2.0.0\"}"));
    expect_text("the next one", err.message,
                "\"2.0.0\" is not a version of the specification that davit knows, 1.0 to 1.3");
}

TEST(masks_are_made_of_names)
{
    const struct config *c = decode("{\"ociVersion\":\"1.2.0\"," PROCESS(
        "\"capabilities\":{\"bounding\":[\"CAP_CHOWN\",\"CAP_KILL\",\"CAP_NEW\"]}") "}");
    assert_non_null(c);
    assert_int_equal(c->process->capabilities->bounding, 1 << 0 | 1 << 5);
}

TEST(flags_of_seccomp_may_be_empty_or_absent)
{
    const struct config *c =
        decode("{\"ociVersion\":\"1.2.0\"," LINUX("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\"}") "}");
    assert_false(c->linux_->seccomp->has_flags);
    c = decode(
        "{\"ociVersion\":\"1.2.0\"," LINUX("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[]}") "}");
    assert_true(c->linux_->seccomp->has_flags);
    assert_int_equal(c->linux_->seccomp->flags, 0);
}

TEST(namespaces_and_annotations_are_found)
{
    const struct config *c = decode("{\"ociVersion\":\"1.2.0\",\"annotations\":{\"a.b\":\"1\",\"a\":\"\"}," LINUX(
        "\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"network\",\"path\":\"/n\"}"
        "]") "}");
    assert_non_null(c);
    expect_text("a value", config_annotation(c, "a.b"), "1");
    expect_text("an empty value", config_annotation(c, "a"), "");
    expect_text("no value", config_annotation(c, "b"), NULL);
    assert_true(config_creates(c, CLONE_NEWPID));
    assert_false(config_creates(c, CLONE_NEWNET));
    assert_non_null(config_namespace(c, CLONE_NEWNET));
    assert_null(config_namespace(c, CLONE_NEWUTS));
    const struct config empty = {0};
    assert_null(config_namespace(&empty, CLONE_NEWUTS));
    assert_null(config_annotation(&empty, "a"));
}

TEST(a_process_needs_a_program)
{
    const struct config *c = decode("{\"ociVersion\":\"1.2.0\"}");
    assert_int_equal(config_check_process(c->process, "process", "run", &err), -1);
    expect_text("no process", err.message, "missing, required by \"run\"");
    c = decode("{\"ociVersion\":\"1.2.0\"," PROCESS("\"args\":[]") "}");
    assert_int_equal(config_check_process(c->process, "process", "run", &err), -1);
    expect_text("no arguments", err.message, "must have at least one element");
    expect_text("their place", err.path, "process.args");
    c = decode("{\"ociVersion\":\"1.2.0\"," PROCESS("\"args\":[\"\"]") "}");
    assert_int_equal(config_check_process(c->process, "", "exec", &err), -1);
    expect_text("the place in a document of its own", err.path, "args[0]");
    c = decode("{\"ociVersion\":\"1.2.0\"," PROCESS("\"args\":[\"sh\"]") "}");
    assert_int_equal(config_check_process(c->process, "process", "run", &err), 0);
}

/* The rows of an object and of all below it; each object once. */
static void expect_docs(const struct object *o, const struct object **seen, size_t *count)
{
    for (size_t i = 0; i < *count; i++)
        if (seen[i] == o)
            return;
    seen[(*count)++] = o;
    for (const struct slot *s = o->slots; s->key; s++) {
        if (*s->key && (!s->doc || s->doc[strlen(s->doc) - 1] != '.'))
            fail_msg("%s.%s has no sentence of documentation", o->name, s->key);
        if (s->element)
            expect_docs(s->element, seen, count);
    }
}

TEST(every_member_is_documented)
{
    const struct object *seen[100];
    size_t count = 0;
    expect_docs(&config_object, seen, &count);
    assert_in_range(count, 30, 99);
}

TEST(examples_are_valid_and_know_no_strange_member)
{
    for (int i = 0; i < 4; i++) {
        const struct example_request request = {
            .rootless = i & 1, .uid = 1000, .gid = 100, .has_cgroup_namespace = i & 2};
        const char *text = example_text(&arena, &request);
        struct schema_notes notes = {0};
        const struct config *c = schema_decode(&config_object, "-", text, strlen(text), &notes, &err);
        expect_text("no fault", c ? NULL : error_line(&err), NULL);
        assert_true(!notes.items || !notes.items[0]);
        assert_int_equal(config_creates(c, CLONE_NEWUSER), request.rootless);
        assert_int_equal(config_creates(c, CLONE_NEWNET), !request.rootless);
        assert_int_equal(config_creates(c, CLONE_NEWCGROUP), request.has_cgroup_namespace);
    }
}
