#include "libcontainer/container/inspect.h"

#include "libcontainer/container.h"
#include "libcontainer/store/identity.h"
#include "libcontainer/store/store.h"
#include "tests/unit/base/fixture.h"

static const int64_t version = RECORD_VERSION;

static struct record record_of(const int64_t *status, const struct identity *creator, const struct identity *init)
{
    return (struct record){
        .version = &version,
        .id = "web",
        .bundle = "/bundle",
        .status = status,
        .creator = creator,
        .init = init,
    };
}

static struct identity *myself(void)
{
    struct identity *id;
    expect_ok(identity_of(getpid(), &id, &err));
    return id;
}

static const struct identity *nobody(void)
{
    static const int64_t pid = 1;
    static const uint64_t start_time = 1;
    static const struct identity id = {&pid, &start_time, "another boot"};
    return &id;
}

static enum container_status status_of(struct record r, pid_t expected_pid)
{
    struct container_view view;
    expect_ok(container_view_of(&r, &view, &err));
    assert_int_equal(view.pid, expected_pid);
    return view.status;
}

TEST(the_status_follows_from_the_record_and_the_processes)
{
    const int64_t creating = STATUS_CREATING, created = STATUS_CREATED, running = STATUS_RUNNING;
    struct identity *me = myself();
    assert_int_equal(status_of(record_of(&creating, me, NULL), 0), STATUS_CREATING);
    assert_int_equal(status_of(record_of(&creating, me, me), getpid()), STATUS_CREATING);
    assert_int_equal(status_of(record_of(&creating, nobody(), NULL), 0), STATUS_STOPPED);
    assert_int_equal(status_of(record_of(&creating, NULL, NULL), 0), STATUS_STOPPED);
    assert_int_equal(status_of(record_of(&created, nobody(), me), getpid()), STATUS_CREATED);
    assert_int_equal(status_of(record_of(&created, nobody(), nobody()), 0), STATUS_STOPPED);
    assert_int_equal(status_of(record_of(&running, nobody(), NULL), 0), STATUS_STOPPED);
    struct record started = record_of(&created, nobody(), me);
    started.started = true;
    assert_int_equal(status_of(started, getpid()), STATUS_RUNNING);
}

TEST(a_stopped_container_has_pid_0_in_its_state)
{
    const int64_t running = STATUS_RUNNING;
    struct record r = record_of(&running, NULL, nobody());
    struct container_view view;
    expect_ok(container_view_of(&r, &view, &err));
    assert_string_equal(schema_encode(&arena, &oci_state_object, container_state(&view, &err), 0),
                        "{\"ociVersion\":\"1.3.0\",\"id\":\"web\",\"pid\":0,\"status\":\"stopped\","
                        "\"bundle\":\"/bundle\"}");
}

TEST(the_first_of_a_pid_namespace_is_recognised)
{
    assert_true(container_status_is_namespace_init("Name:\tx\nNSpid:\t4711\t1\nThreads:\t1\n"));
    assert_true(container_status_is_namespace_init("Name:\tx\nNSpid:\t1"));
    assert_false(container_status_is_namespace_init("Name:\tx\nNSpid:\t4711\t11\nThreads:\t1\n"));
    assert_false(container_status_is_namespace_init("Name:\tx\nNSpid:\t4711\nThreads:\t1\n"));
    assert_false(container_status_is_namespace_init("Name:\tNSpid:\t1\nThreads:\t1\n"));
    assert_false(container_status_is_namespace_init(""));
}

static const char *root(void)
{
    test_directory();
    return arena_printf(&arena, "%s/root", test_path);
}

static void write_container(const int64_t *status, const struct identity *init, bool started)
{
    scoped_store s = NULL;
    struct record r = record_of(status, NULL, init);
    r.started = started;
    expect_ok(store_reserve(root(), "web", &s, &err));
    expect_ok(store_write(s, &r, &err));
}

TEST(a_signal_for_a_container_that_has_stopped_is_refused_unless_it_is_for_all)
{
    const int64_t running = STATUS_RUNNING;
    write_container(&running, nobody(), true);
    expect_error(container_kill(root(), "web", 15, false, &err), "cannot kill web: container not running");
    expect_ok(container_kill(root(), "web", 9, true, &err));
    expect_error(container_kill(root(), "db", 9, true, &err), "cannot kill db: container does not exist");
    expect_ok(container_delete(root(), "web", false, &err));
    expect_error(container_delete(root(), "web", false, &err), "cannot delete web: container does not exist");
    expect_ok(container_delete(root(), "web", true, &err));
}

TEST(a_running_container_is_not_deleted)
{
    const int64_t running = STATUS_RUNNING;
    struct container_view view;
    write_container(&running, myself(), true);
    expect_ok(container_kill(root(), "web", 0, false, &err));
    expect_error(container_delete(root(), "web", false, &err),
                 "cannot delete container web that is not stopped: running");
    expect_ok(container_inspect(root(), "web", &view, &err));
    assert_int_equal(view.status, STATUS_RUNNING);
}

TEST(the_rest_of_a_create_that_was_cut_off_is_deleted)
{
    scoped_store s = NULL;
    struct container_view view;
    expect_ok(store_reserve(root(), "web", &s, &err));
    store_close(s);
    expect_error(container_inspect(root(), "web", &view, &err), "container does not exist");
    expect_ok(container_delete(root(), "web", false, &err));
    const char **ids;
    expect_ok(store_list(root(), &ids, &err));
    assert_null(ids[0]);
}

TEST(a_damaged_container_is_deleted_by_force_alone)
{
    const int64_t running = STATUS_RUNNING;
    write_container(&running, nobody(), true);
    write_test_file("root/web/state.json", "{");
    assert_int_equal(container_delete(root(), "web", false, &err), -1);
    assert_true(str_has_prefix(error_line(&err), "cannot delete web: state of web is damaged ("));
    error_clear(&err);
    expect_ok(container_delete(root(), "web", true, &err));
    expect_error(container_delete(root(), "web", false, &err), "cannot delete web: container does not exist");
}
