#include "libcontainer/checkpoint/rpc.h"

#include "tests/unit/base/fixture.h"

static const char *hex(const uint8_t *bytes, size_t length)
{
    const char *text = "";
    for (size_t i = 0; i < length; i++)
        text = arena_printf(&arena, "%s%02x", text, bytes[i]);
    return text;
}

static const char *encoded(const struct criu_request *q)
{
    struct protobuf p = {.arena = &arena};
    criu_encode(q, &p);
    return hex(p.bytes, p.length);
}

TEST(a_request_without_options_is_its_type)
{
    expect_text("version", encoded(&(struct criu_request){.type = CRIU_VERSION}), "080a");
    expect_text("version, more to come", encoded(&(struct criu_request){.type = CRIU_VERSION, .keep_open = true}),
                "080a2001");
}

TEST(a_notification_is_answered_with_yes_or_no)
{
    expect_text("yes", encoded(&(struct criu_request){.type = CRIU_NOTIFY, .notify_success = true}), "08061801");
    expect_text("no", encoded(&(struct criu_request){.type = CRIU_NOTIFY}), "08061800");
}

TEST(features_are_asked_for_by_name)
{
    const struct criu_request q = {.type = CRIU_FEATURE_CHECK, .check_lazy_pages = true};
    expect_text("features", encoded(&q), "08092a0408001001");
}

TEST(options_are_encoded_by_their_numbers)
{
    static const char *external[] = {"mnt[/a]:/a", NULL};
    const struct criu_options o = {
        .images_dir_fd = arena_int64(&arena, 4),
        .work_dir_fd = arena_int64(&arena, 5),
        .pid = arena_int64(&arena, 300),
        .leave_running = true,
        .log_file = "dump.log",
        .manage_cgroups_mode = arena_int64(&arena, CRIU_CGROUPS_IGNORE),
        .external = external,
    };
    const struct criu_request q = {.type = CRIU_DUMP, .options = &o};
    /* In the order of the table: 1: 4, 2: 300, 3: true, 10: text, 17: 5, 34: 0 (given, though it is 0), 37: text. */
    expect_text("dump", encoded(&q),
                "08011224"
                "0804"
                "10ac02"
                "1801"
                "520864756d702e6c6f67"
                "880105"
                "900200"
                "aa020a6d6e745b2f615d3a2f61");
}

TEST(entries_are_messages_of_two_members)
{
    const struct criu_entry pipe = {.key = "pipe:[7]", .fd = 6}, ipc = {.key = "ipc", .text = "/n"};
    const struct criu_entry everywhere = {.text = "/c"};
    const struct criu_entry *inherit[] = {&pipe, NULL}, *join[] = {&ipc, NULL}, *roots[] = {&everywhere, NULL};
    const struct criu_options o = {.inherit = inherit, .join_ns = join, .cgroup_roots = roots};
    const struct criu_request q = {.type = CRIU_RESTORE, .options = &o};
    expect_text("restore", encoded(&q),
                "08021222"
                "ca010412022f63"
                "da010c0a08706970653a5b375d1006"
                "ba02090a0369706312022f6e");
}

TEST(a_page_server_has_an_address_and_a_port)
{
    const struct criu_options o = {.page_server_address = "::1", .page_server_port = arena_int64(&arena, 9876)};
    const struct criu_request q = {.type = CRIU_DUMP, .options = &o};
    expect_text("page server", encoded(&q), "0801120a5a080a033a3a3110944d");
}

static bool decoded(const char *text, struct criu_response *out)
{
    uint8_t *bytes = arena_alloc(&arena, strlen(text) / 2 + 1);
    size_t length = 0;
    for (; *text; text += 2) {
        unsigned byte = 0;
        assert_int_equal(sscanf(text, "%2x", &byte), 1);
        bytes[length++] = (uint8_t)byte;
    }
    return criu_decode(&arena, bytes, length, out);
}

TEST(responses_are_decoded)
{
    struct criu_response r;
    assert_true(decoded("080210012202080a", &r));
    assert_int_equal(r.type, CRIU_RESTORE);
    assert_true(r.success);
    assert_int_equal(r.pid, 10);
    assert_true(decoded("0801100038624a026e6f", &r));
    assert_false(r.success);
    assert_int_equal(r.errnum, 98);
    expect_text("message", r.message, "no");
    assert_true(decoded("080a1001520608031011"
                        "2001",
                        &r));
    assert_int_equal(r.version, 31701);
    assert_true(decoded("08061001"
                        "2a0f0a0b7072652d726573746f7265102a",
                        &r));
    expect_text("script", r.script, "pre-restore");
    assert_int_equal(r.pid, 42);
    assert_true(decoded("0809100142040801"
                        "1001",
                        &r));
    assert_true(r.mem_track && r.lazy_pages);
}

TEST(fields_that_are_not_known_are_passed_over)
{
    struct criu_response r;
    assert_true(decoded("08011001"
                        "fd3f01020304"         /* 1023, 32 bits */
                        "f93f0102030405060708" /* 1023, 64 bits */
                        "9a3f0161",
                        &r));
    assert_true(r.success);
}

TEST(what_is_no_response_is_refused)
{
    static const char *const bad[] = {
        "",                           /* no type */
        "1001",                       /* no type */
        "08",                         /* a key without its value */
        "0a0101",                     /* the type as text */
        "0801100152ff",               /* a length beyond the end */
        "08012a050a0b7072",           /* a text beyond its message */
        "080110ffffffffffffffffff7f", /* a number of more than 64 bits */
        "0001",                       /* field 0 */
        "080107",                     /* a kind that there is not */
        "08012a02ff",                 /* cut inside a message */
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct criu_response r;
        if (decoded(bad[i], &r))
            fail_msg("%s was taken for a response", bad[i]);
    }
}
