#include "libcontainer/cgroup/devices.h"

#include "spec/config.h"
#include "spec/schema.h"
#include "tests/unit/base/fixture.h"
#include "tests/unit/libcontainer/cgroup/device_interpreter.h"

static struct device_access *rules_of(const char *devices)
{
    const char *json = arena_printf(&arena, "{\"devices\":[%s]}", devices);
    struct device_access *rules = NULL;
    const struct resources *r = schema_decode(&resources_object, "t", json, strlen(json), NULL, &err);
    if (!r || device_rules(r, &rules, &err) < 0)
        fail_msg("%s", error_line(&err));
    return rules;
}

static int decision(const char *devices, char type, uint32_t major, uint32_t minor, unsigned access)
{
    size_t count;
    const struct bpf_insn *program = device_program(&arena, rules_of(devices), &count);
    const struct bpf_cgroup_dev_ctx context = {
        .access_type = access << 16 | (type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR),
        .major = major,
        .minor = minor,
    };
    return program ? interpret(program, count, &context) : 1;
}

#define DENY_ALL  "{\"allow\":false,\"access\":\"rwm\"}"
#define ALLOW_ALL "{\"allow\":true,\"access\":\"rwm\"}"
#define FUSE      "\"type\":\"c\",\"major\":10,\"minor\":229"
#define DISK      "\"type\":\"b\",\"major\":8"

TEST(a_device_is_open_to_whom_the_last_word_on_it_allows)
{
    enum {
        M = DEVICE_MKNOD,
        R = DEVICE_READ,
        W = DEVICE_WRITE
    };
    // clang-format off
    static const struct {
        const char *sentence, *devices;
        char type;
        unsigned major, minor, access;
        int expected;
    } cases[] = {
        {"without rules nothing but the default devices is open", "",                                                                        'c', 10,   229, R,         0},
        {"null is always there",                                  "",                                                                        'c', 1,    3,   R | W,     1},
        {"so are terminals",                                      DENY_ALL,                                                                  'c', 136,  77,  R | W,     1},
        {"any node may be made",                                  DENY_ALL,                                                                  'b', 8,    0,   M,         1},
        {"but not made and read",                                 DENY_ALL,                                                                  'b', 8,    0,   M | R,     0},
        {"memory stays closed",                                   DENY_ALL,                                                                  'c', 1,    1,   R,         0},
        {"an allowed device is open",                             DENY_ALL ",{\"allow\":true," FUSE ",\"access\":\"rw\"}",                   'c', 10,   229, R | W,     1},
        {"its neighbour is not",                                  DENY_ALL ",{\"allow\":true," FUSE ",\"access\":\"rw\"}",                   'c', 10,   230, R,         0},
        {"nor the block device of that number",                   DENY_ALL ",{\"allow\":true," FUSE ",\"access\":\"rw\"}",                   'b', 10,   229,
         R,                                                                                                                                                             0},
        {"a minor may be any",                                    DENY_ALL ",{\"allow\":true," DISK ",\"access\":\"r\"}",                    'b', 8,    17,  R,         1},
        {"reading is not writing",                                DENY_ALL ",{\"allow\":true," DISK ",\"access\":\"r\"}",                    'b', 8,    17,  R | W,     0},
        {"reading and writing may be allowed apart",
         DENY_ALL ",{\"allow\":true," DISK ",\"access\":\"r\"},{\"allow\":true," DISK ",\"access\":\"w\"}",                                  'b', 8,    1,
         R | W,                                                                                                                                                         1},
        {"all but one",                                           ALLOW_ALL ",{\"allow\":false," DISK ",\"access\":\"rwm\"}",                'b', 8,    0,   R,         0},
        {"all but one leaves others",                             ALLOW_ALL ",{\"allow\":false," DISK ",\"access\":\"rwm\"}",                'b', 9,    0,   R | W,     1},
        {"all but writing to one",                                ALLOW_ALL ",{\"allow\":false," DISK ",\"access\":\"w\"}",                  'b', 8,    0,   R,         1},
        {"all but writing to one, written",                       ALLOW_ALL ",{\"allow\":false," DISK ",\"access\":\"w\"}",                  'b', 8,    0,   R | W,
         0                                                                                                                                                               },
        {"what is denied may be allowed again",
         ALLOW_ALL ",{\"allow\":false," DISK ",\"access\":\"w\"},{\"allow\":true," DISK
                   ",\"minor\":3,\"access\":\"w\"}",                                                                                         'b', 8,    3,   W,         1},
        {"what is allowed may be denied again",
         DENY_ALL ",{\"allow\":true," DISK ",\"access\":\"rwm\"},{\"allow\":false," DISK
                  ",\"minor\":3,\"access\":\"w\"}",                                                                                          'b', 8,    3,   R | W,     0},
        {"a default device may be denied", DENY_ALL ",{\"allow\":false,\"type\":\"c\",\"major\":1,\"minor\":3,\"access\":\"w\"}", 'c', 1, 3, W, 0},
        {"all but making one", ALLOW_ALL ",{\"allow\":false," DISK ",\"access\":\"rwm\"}", 'b', 8, 0, M, 0},
        {"a later rule on everything overrules",                  "{\"allow\":true," FUSE ",\"access\":\"rw\"}," DENY_ALL,                   'c', 10,   229,
         R,                                                                                                                                                             0},
        {"privileged",                                            ALLOW_ALL,                                                                 'b', 259,  5,   R | W | M, 1},
        {"all types with a number",                               DENY_ALL ",{\"allow\":true,\"type\":\"a\",\"major\":7,\"access\":\"rw\"}", 'b', 7,
         0,                                                                                                                                                  R,         1},
        {"the largest numbers",
         DENY_ALL ",{\"allow\":true,\"type\":\"c\",\"major\":4095,\"minor\":1048575,\"access\":\"r\"}",                                      'c', 4095,
         1048575,                                                                                                                                            R,         1},
    };
    // clang-format on
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int got = decision(cases[i].devices, cases[i].type, cases[i].major, cases[i].minor, cases[i].access);
        expect_text(cases[i].sentence,
                    got == 1   ? "open"
                    : got == 0 ? "closed"
                               : "broken",
                    cases[i].expected ? "open" : "closed");
    }
}

TEST(the_program_agrees_with_the_rules_one_by_one)
{
    static const char devices[] = DENY_ALL ",{\"allow\":true," DISK ",\"access\":\"rw\"},{\"allow\":false," DISK
                                           ",\"minor\":1,\"access\":\"w\"},{\"allow\":true," FUSE ",\"access\":\"m\"}";
    const struct device_access *rules = rules_of(devices);
    // clang-format off
    static const struct {
        char type;
        uint32_t major, minor;
    } nodes[] = {
        {'b', 8,  0  },
        {'b', 8,  1  },
        {'c', 8,  0  },
        {'c', 10, 229},
        {'c', 1,  3  },
        {'c', 5,  1  },
        {'b', 1,  3  }
    };
    // clang-format on
    for (size_t n = 0; n < ARRAY_SIZE(nodes); n++)
        for (unsigned access = 1; access <= DEVICE_ALL; access++) {
            unsigned granted = 0;
            for (const struct device_access *r = rules; r->type; r++)
                if ((r->type == 'a' || r->type == nodes[n].type) && (r->major < 0 || r->major == nodes[n].major) &&
                    (r->minor < 0 || r->minor == nodes[n].minor))
                    granted = r->allow ? granted | r->access : granted & ~r->access;
            assert_int_equal(decision(devices, nodes[n].type, nodes[n].major, nodes[n].minor, access),
                             (access & ~granted) == 0);
        }
}

TEST(whoever_may_open_everything_needs_no_program)
{
    size_t count;
    assert_null(device_program(&arena, rules_of(DENY_ALL "," ALLOW_ALL), &count));
    assert_non_null(device_program(&arena, rules_of(ALLOW_ALL ",{\"allow\":false," DISK ",\"access\":\"w\"}"), &count));
}

TEST(a_rule_is_written_as_the_v1_files_want_it)
{
    assert_string_equal(device_rule_text(&arena, &(struct device_access){true, 'c', 1, 3, DEVICE_ALL, 0}), "c 1:3 rwm");
    assert_string_equal(device_rule_text(&arena, &(struct device_access){true, 'b', -1, -1, DEVICE_MKNOD, 0}),
                        "b *:* m");
}

TEST(a_wrong_rule_is_named)
{
    struct device_access *rules;
    const struct device_rule *const list[] = {
        &(struct device_rule){.type = "x", .access = "r"},
         NULL
    };
    const struct resources r = {.devices = (const struct device_rule **)list};
    expect_error(device_rules(&r, &rules, &err), "linux.resources.devices[0].type: \"x\" is not a type of devices");
    const struct device_rule *const other[] = {
        &(struct device_rule){.type = "c", .access = "rx"},
         NULL
    };
    const struct resources s = {.devices = (const struct device_rule **)other};
    expect_error(device_rules(&s, &rules, &err),
                 "linux.resources.devices[0].access: \"rx\" is not an access to devices");
}
