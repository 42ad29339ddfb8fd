#include "libcontainer/launch/idmap.h"

#include "spec/config.h"
#include "spec/schema.h"
#include "tests/unit/base/fixture.h"

static const char *text_of(const struct id_mapping *const *mappings)
{
    const char *text = NULL;
    if (idmap_text(mappings, "linux.uidMappings", &text, &err) < 0)
        return error_line(&err);
    return text;
}

static const struct id_mapping *mapping(int64_t container, int64_t host, int64_t size)
{
    int64_t *n = arena_array(&arena, 3, sizeof *n);
    struct id_mapping *m = arena_new(&arena, struct id_mapping);
    n[0] = container;
    n[1] = host;
    n[2] = size;
    m->container_id = &n[0];
    m->host_id = &n[1];
    m->size = &n[2];
    return m;
}

TEST(each_range_is_a_line)
{
    const struct id_mapping *list[] = {mapping(0, 1000, 1), mapping(1, 100000, 65535), NULL};
    expect_text("two ranges", text_of(list), "0 1000 1\n1 100000 65535\n");
}

TEST(the_largest_numbers_fit)
{
    const struct id_mapping *list[] = {mapping(INT64_MAX, INT64_MAX, INT64_MAX), NULL};
    expect_text("numbers of 64 bits", text_of(list), "9223372036854775807 9223372036854775807 9223372036854775807\n");
}

TEST(no_range_is_refused)
{
    const struct id_mapping *list[] = {NULL};
    expect_text("an empty map", text_of(list), "linux.uidMappings: a new user namespace needs id mappings");
    expect_text("no map", text_of(NULL), "linux.uidMappings: a new user namespace needs id mappings");
}

TEST(as_many_ranges_as_the_kernel_takes_and_no_more)
{
    const struct id_mapping *list[IDMAP_LINES + 2] = {NULL};
    for (int64_t i = 0; i < IDMAP_LINES; i++)
        list[i] = mapping(i, i, 1);
    assert_int_equal(idmap_text(list, "linux.uidMappings", &(const char *){NULL}, &err), 0);
    list[IDMAP_LINES] = mapping(IDMAP_LINES, IDMAP_LINES, 1);
    expect_text("one more", text_of(list), "linux.uidMappings: 341 ranges are more than the kernel takes (340)");
}

TEST(a_map_longer_than_a_page_is_refused)
{
    const struct id_mapping *list[IDMAP_LINES + 1] = {NULL};
    for (int64_t i = 0; i < IDMAP_LINES; i++)
        list[i] = mapping(i, 1000000 + i, 1);
    expect_text("long numbers", text_of(list),
                "linux.uidMappings: 340 ranges are 4650 bytes of text, and the kernel takes 4095 at once");
}

TEST(subordinate_ranges_follow_the_callers_own_id)
{
    const char *file = "root:100000:65536\nuser:200000:65536\n# user:1:1\nuser:300000:10\nusers:1:5\n";
    expect_text("both ranges of the user", text_of(idmap_subordinate(&arena, file, "user", 1000)),
                "0 1000 1\n1 200000 65536\n65537 300000 10\n");
    expect_text("a user without ranges", text_of(idmap_subordinate(&arena, file, "other", 1000)), "0 1000 1\n");
}

TEST(broken_lines_of_subuid_are_passed_over)
{
    const char *file = "user\nuser:1\nuser:x:5\nuser:-1:5\nuser:1:0\nuser:5:5:5\nuser:99999999999:1\nuser:7:3";
    expect_text("only the last one is a range", text_of(idmap_subordinate(&arena, file, "user", 5)), "0 5 1\n1 7 3\n");
}

TEST(ranges_of_subuid_that_leave_the_numbers_of_ids_are_passed_over)
{
    const char *file = "user:1:4294967295\nuser:4294967290:6\nuser:4294967290:5\nuser:0:4294967290\nuser:7:3";
    expect_text("what fits", text_of(idmap_subordinate(&arena, file, "user", 5)), "0 5 1\n1 4294967290 5\n6 7 3\n");
}

static const struct config *decode(const char *json)
{
    const struct config *c = schema_decode(&config_object, "config.json", json, strlen(json), NULL, &err);
    if (!c)
        fail_msg("%s", error_line(&err));
    return c;
}

TEST(mappings_that_are_given_stay)
{
    const struct config *c = decode("{\"ociVersion\":\"1.0.0\",\"linux\":{\"uidMappings\":[{\"containerID\":0,"
                                    "\"hostID\":5,\"size\":1}]}}");
    const struct config *out;
    const char *note;
    expect_ok(idmap_default(c, &out, &note, &err));
    assert_ptr_equal(out, c);
}

TEST(a_joined_user_namespace_gets_no_mappings)
{
    const struct config *c = decode("{\"ociVersion\":\"1.0.0\",\"linux\":{\"namespaces\":[{\"type\":\"user\","
                                    "\"path\":\"/proc/1/ns/user\"}]}}");
    const struct config *out;
    const char *note;
    expect_ok(idmap_default(c, &out, &note, &err));
    assert_ptr_equal(out, c);
}
