#include "spec/state.h"

#include "spec/config.h"
#include "tests/unit/base/fixture.h"

static const int64_t status = STATUS_RUNNING, pid = 42;
static const struct pair note = {"a/b", "c"};
static const struct pair *notes[] = {&note, NULL};
static const struct oci_state shown = {
    .oci_version = "1.3.0",
    .id = "web",
    .status = &status,
    .pid = &pid,
    .bundle = "/b",
    .rootfs = "/b/rootfs",
    .created = "2026-01-02T03:04:05.000000006Z",
    .owner = "root",
    .annotations = notes,
};

TEST(the_state_has_the_members_that_engines_read)
{
    assert_string_equal(schema_encode(&arena, &oci_state_object, &shown, 0),
                        "{\"ociVersion\":\"1.3.0\",\"id\":\"web\",\"pid\":42,\"status\":\"running\",\"bundle\":\"/b\","
                        "\"rootfs\":\"/b/rootfs\",\"created\":\"2026-01-02T03:04:05.000000006Z\",\"owner\":\"root\","
                        "\"annotations\":{\"a/b\":\"c\"}}");
}

TEST(hooks_read_what_the_specification_names_on_one_line)
{
    assert_string_equal(schema_encode(&arena, &hook_state_object, &shown, 0),
                        "{\"ociVersion\":\"1.3.0\",\"id\":\"web\",\"status\":\"running\",\"pid\":42,\"bundle\":\"/b\","
                        "\"annotations\":{\"a/b\":\"c\"}}");
    struct oci_state stopped = shown;
    stopped.pid = NULL;
    stopped.annotations = NULL;
    assert_string_equal(schema_encode(&arena, &hook_state_object, &stopped, 0),
                        "{\"ociVersion\":\"1.3.0\",\"id\":\"web\",\"status\":\"running\",\"bundle\":\"/b\"}");
}

TEST(every_status_has_its_name)
{
    assert_string_equal(name_of(status_names, STATUS_CREATING), "creating");
    assert_string_equal(name_of(status_names, STATUS_CREATED), "created");
    assert_string_equal(name_of(status_names, STATUS_RUNNING), "running");
    assert_string_equal(name_of(status_names, STATUS_PAUSED), "paused");
    assert_string_equal(name_of(status_names, STATUS_STOPPED), "stopped");
}
