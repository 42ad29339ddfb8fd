#include "libcontainer/store/store.h"

#include "base/child.h"
#include "spec/config.h"
#include "spec/state.h"
#include "tests/unit/base/fixture.h"

#include <sys/wait.h>

static const char *root(void)
{
    test_directory();
    return arena_printf(&arena, "%s/root", test_path);
}

static const int64_t version = RECORD_VERSION, status = STATUS_CREATING, init_pid = 4711;
static const uint64_t start_time = UINT64_MAX;
static const struct identity init = {&init_pid, &start_time, "boot"};
static const char *begun[] = {"cgroup", "mounts", NULL};
static const struct pair note = {"key", "value \"x\"/y"};
static const struct pair *notes[] = {&note, NULL};

static struct record sample(void)
{
    return (struct record){
        .version = &version,
        .id = "web",
        .bundle = "/bundle",
        .rootfs = "/bundle/rootfs",
        .created = "2026-01-02T03:04:05.000000006Z",
        .owner = "root",
        .status = &status,
        .init = &init,
        .begun = begun,
        .annotations = notes,
        .started = true,
    };
}

static struct store *reserve(void)
{
    struct store *s;
    expect_ok(store_reserve(root(), "web", &s, &err));
    return s;
}

static void reserve_and_write(void)
{
    scoped_store s = reserve();
    struct record r = sample();
    expect_ok(store_write(s, &r, &err));
    expect_ok(store_write_copy(s, &r, &err));
}

TEST(ids_are_checked)
{
    static const struct {
        const char *id, *expected;
    } cases[] = {
        {"web",     NULL                                                                     },
        {"A.b_c+-", NULL                                                                     },
        {"-x",      NULL                                                                     },
        {"",        "\"\" is not a valid container id: it is empty"                          },
        {"..",      "\"..\" is not a valid container id: it begins with a dot"               },
        {".x",      "\".x\" is not a valid container id: it begins with a dot"               },
        {"../x",    "\"../x\" is not a valid container id: it begins with a dot"             },
        {"a/b",     "\"a/b\" is not a valid container id: invalid character `/` in the ID"   },
        {"a b",     "\"a b\" is not a valid container id: invalid character ` ` in the ID"   },
        {"a\n",     "\"a\\n\" is not a valid container id: invalid character `\\n` in the ID"},
        {"ä",      "\"ä\" is not a valid container id: invalid character `ä` in the ID"   },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *got = store_check_id(cases[i].id, &err) == 0 ? NULL : error_line(&err);
        expect_text(cases[i].id, got, cases[i].expected);
    }
    assert_int_equal(store_check_id(arena_printf(&arena, "%0255d", 1), &err), 0);
    assert_int_equal(store_check_id(arena_printf(&arena, "%0256d", 1), &err), -1);
    assert_string_equal(err.message + 259, "is not a valid container id: it is longer than 255 characters");
}

TEST(the_root_is_absolute_and_never_slash)
{
    const char *got;
    expect_ok(store_root("/a//b/../c", &got, &err));
    assert_string_equal(got, "/a/c");
    expect_error(store_root("/", &got, &err), "--root must not be /");
    expect_error(store_root("/x/..", &got, &err), "--root must not be /");
    expect_error(store_root("", &got, &err), "--root is empty");
    assert_int_equal(chdir("/usr"), 0);
    expect_ok(store_root("state", &got, &err));
    assert_string_equal(got, "/usr/state");
}

TEST(an_id_is_reserved_once)
{
    scoped_store s = reserve();
    struct store *other;
    struct stat st;
    assert_int_equal(stat(root(), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(fstat(store_directory(s), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    expect_error(store_reserve(root(), "web", &other, &err), "container with given ID already exists");
    assert_null(other);
}

TEST(what_was_written_is_read)
{
    reserve_and_write();
    struct record *r;
    scoped_store s = NULL;
    expect_ok(store_open(root(), "web", STORE_READ, &s, &err));
    expect_ok(store_read(s, &r, &err));
    assert_string_equal(r->id, "web");
    assert_string_equal(r->bundle, "/bundle");
    assert_int_equal(*r->status, STATUS_CREATING);
    assert_int_equal(*r->init->pid, 4711);
    assert_true(*r->init->start_time == UINT64_MAX);
    assert_string_equal(r->begun[1], "mounts");
    assert_null(r->begun[2]);
    assert_string_equal(r->annotations[0]->value, "value \"x\"/y");
    assert_null(r->cgroup);
    assert_true(r->started);
    assert_false(r->detached);
    assert_string_equal(store_id(s), "web");
}

TEST(the_config_is_kept_byte_for_byte)
{
    scoped_store s = reserve();
    const char *text;
    size_t length;
    expect_error(store_load_config(s, &text, &length, &err),
                 arena_printf(&arena, "cannot open %s/web/config.json: No such file or directory (ENOENT)", root()));
    expect_ok(store_save_config(s, "{ \"a\": 1 }\n", 11, &err));
    expect_ok(store_load_config(s, &text, &length, &err));
    assert_int_equal(length, 11);
    assert_string_equal(text, "{ \"a\": 1 }\n");
}

TEST(an_unknown_container_does_not_exist)
{
    struct store *s;
    expect_error(store_open(root(), "web", STORE_READ, &s, &err), "container does not exist");
    reserve_and_write();
    assert_int_equal(store_open(root(), "db", STORE_EXCLUSIVE, &s, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    expect_error(store_open(root(), "../x", STORE_READ, &s, &err),
                 "\"../x\" is not a valid container id: it begins with a dot");
}

TEST(a_create_that_was_cut_off_leaves_no_container_to_read)
{
    scoped_store s = reserve();
    struct record *r;
    assert_int_equal(store_read(s, &r, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_string_equal(error_text(&err),
                        "davit: container does not exist\n"
                        "   hint   creating web was cut off; remove the rest: davit delete --force web\n");
}

static const char *error_of_state(const char *text)
{
    write_test_file("root/web/state.json", text);
    scoped_store s = NULL;
    struct record *r;
    expect_ok(store_open(root(), "web", STORE_READ, &s, &err));
    if (store_read(s, &r, &err) == 0)
        return NULL;
    return error_line(&err);
}

TEST(a_damaged_state_is_an_error_that_names_the_file)
{
    static const struct {
        const char *sentence, *text, *cause;
    } cases[] = {
        {"empty",             "",                                                                       "bytes): it is empty"},
        {"no object",         "[]",                                                                     "bytes): "           },
        {"truncated",         "{\"version\":1,\"id\":\"web\"",                                          "bytes): "           },
        {"incomplete",        "{\"version\":1}",                                                        "bytes): "           },
        {"binary",            "\x01\x02\xff",                                                           "bytes): "           },
        {"wrong type",        "{\"version\":\"1\"}",                                                    "bytes): "           },
        {"another id",        "{\"version\":1,\"id\":\"db\",\"bundle\":\"/b\",\"status\":\"created\"}",
         "bytes): it is that of \"db\""                                                                                      },
        {"a relative bundle", "{\"version\":1,\"id\":\"web\",\"bundle\":\"b\",\"status\":\"created\"}",
         "bytes): bundle is not absolute"                                                                                    },
        {"a bad status",      "{\"version\":1,\"id\":\"web\",\"bundle\":\"/b\",\"status\":\"gone\"}",   "bytes): "           },
        {"a hostile pid",
         "{\"version\":1,\"id\":\"web\",\"bundle\":\"/b\",\"status\":\"created\",\"init\":{\"pid\":-1,"
         "\"startTime\":1,\"bootId\":\"\"}}",                                                           " bytes): "          },
    };
    reserve_and_write();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *line = error_of_state(cases[i].text);
        const char *begin = arena_printf(&arena, "state of web is damaged (%s/web/state.json, ", root());
        if (line == NULL || !str_has_prefix(line, begin) || strstr(line, cases[i].cause) == NULL)
            fail_msg("%s: %s", cases[i].sentence, line == NULL ? "no error" : line);
        assert_string_equal(err.hint, "use delete --force, which will kill pid 4711");
    }
}

TEST(a_damaged_state_has_a_copy)
{
    reserve_and_write();
    error_of_state("");
    scoped_store s = NULL;
    struct record *r;
    expect_ok(store_open(root(), "web", STORE_EXCLUSIVE, &s, &err));
    expect_ok(store_read_copy(s, &r, &err));
    assert_int_equal(*r->init->pid, 4711);
}

TEST(the_state_of_a_newer_davit_is_refused)
{
    reserve_and_write();
    const char *expected = "state of web was written by a newer davit (version 99, this one knows 1)";
    expect_text("readable", error_of_state("{\"version\":99,\"id\":\"web\",\"bundle\":\"/b\",\"status\":\"created\"}"),
                expected);
    expect_text("not readable", error_of_state("{\"version\":99,\"id\":7}"), expected);
    assert_string_equal(err.hint, "use the davit that created it");
}

TEST(a_state_that_is_no_file_of_davits_is_refused)
{
    reserve_and_write();
    int top = test_directory();
    struct record *r;
    scoped_store s = NULL;
    expect_ok(store_open(root(), "web", STORE_READ, &s, &err));
    assert_int_equal(fchmodat(top, "root/web/state.json", 0666, 0), 0);
    assert_int_equal(store_read(s, &r, &err), -1);
    assert_non_null(strstr(error_line(&err), "): others may write to it"));
    assert_int_equal(unlinkat(top, "root/web/state.json", 0), 0);
    assert_int_equal(symlinkat("state.copy.json", top, "root/web/state.json"), 0);
    assert_int_equal(store_read(s, &r, &err), -1);
    assert_non_null(strstr(error_line(&err), "): it is not a regular file"));
    assert_int_equal(unlinkat(top, "root/web/state.json", 0), 0);
    assert_int_equal(mkfifoat(top, "root/web/state.json", 0600), 0);
    assert_int_equal(store_read(s, &r, &err), -1);
    assert_non_null(strstr(error_line(&err), "): it is not a regular file"));
}

TEST(a_removed_container_leaves_its_id_free_and_nothing_else)
{
    reserve_and_write();
    {
        scoped_store s = NULL;
        expect_ok(store_open(root(), "web", STORE_EXCLUSIVE, &s, &err));
        expect_ok(store_remove(s, &err));
    }
    scoped_fd dir = open(root(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const char **names;
    expect_ok(file_list_directory(dir, &names, &err));
    assert_null(names[0]);
    reserve_and_write();
}

TEST(containers_are_listed_by_id)
{
    const char **ids;
    expect_ok(store_list(root(), &ids, &err));
    assert_null(ids[0]);
    static const char *const made[] = {"web", "db", ".cache", ".trash-old.1", "cache"};
    assert_int_equal(mkdirat(test_directory(), "root", 0700), 0);
    for (size_t i = 0; i < ARRAY_SIZE(made); i++)
        assert_int_equal(mkdirat(test_directory(), arena_printf(&arena, "root/%s", made[i]), 0700), 0);
    write_test_file("root/a-file", "");
    expect_ok(store_list(root(), &ids, &err));
    assert_string_equal(str_join(&arena, ids, " "), "cache db web");
    struct stat st;
    assert_int_equal(fstatat(test_directory(), "root/.trash-old.1", &st, 0), -1);
    assert_int_equal(fstatat(test_directory(), "root/.cache", &st, 0), 0);
}

/* A child holds the lock until it is told to remove the container, or just ends. */
static void hold_lock(int ready_fd, int go_fd, bool removes)
{
    struct store *s;
    char byte = 'x';
    if (store_open(root(), "web", STORE_EXCLUSIVE, &s, &err) < 0 || write(ready_fd, &byte, 1) != 1)
        _exit(1);
    if (read(go_fd, &byte, 1) != 1)
        _exit(2);
    _exit(removes && store_remove(s, &err) < 0 ? 3 : 0);
}

static void expect_after_wait(bool removes, int expected)
{
    int ready[2], go[2];
    char byte = 'x';
    reserve_and_write();
    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    assert_int_equal(pipe2(go, O_CLOEXEC), 0);
    scoped_child pid = fork();
    if (pid == 0)
        hold_lock(ready[1], go[0], removes);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(write(go[1], &byte, 1), 1);
    scoped_store s = NULL;
    assert_int_equal(store_open(root(), "web", STORE_EXCLUSIVE, &s, &err), expected);
    int child_status;
    expect_ok(child_reap(take_child(&pid), &child_status, &err));
    assert_int_equal(child_status, 0);
    for (int i = 0; i < 2; i++) {
        fd_close(&ready[i]);
        fd_close(&go[i]);
    }
}

TEST(a_lock_is_waited_for)
{
    expect_after_wait(false, 0);
}

TEST(a_container_that_is_removed_while_its_lock_is_waited_for_does_not_exist)
{
    expect_after_wait(true, -1);
}

TEST(readers_and_shared_locks_do_not_wait_for_each_other)
{
    reserve_and_write();
    scoped_store a = NULL;
    scoped_store b = NULL;
    scoped_store c = NULL;
    expect_ok(store_open(root(), "web", STORE_SHARED, &a, &err));
    expect_ok(store_open(root(), "web", STORE_SHARED, &b, &err));
    expect_ok(store_open(root(), "web", STORE_READ, &c, &err));
}

TEST(what_somebody_has_claimed_is_busy_at_once)
{
    reserve_and_write();
    scoped_store a = NULL;
    expect_ok(store_open(root(), "web", STORE_UNCLAIMED, &a, &err));
    scoped_store b = NULL;
    assert_int_equal(store_open(root(), "web", STORE_UNCLAIMED, &b, &err), -1);
    assert_int_equal(err.code, ERR_BUSY);
}

TEST(a_closed_store_has_no_lock_even_when_a_fork_has_its_descriptor)
{
    reserve_and_write();
    struct store *s;
    expect_ok(store_open(root(), "web", STORE_EXCLUSIVE, &s, &err));
    scoped_child pid = fork();
    if (pid == 0) {
        store_close(s); /* must not take the parent's lock away */
        pause();
        _exit(0);
    }
    store_close(s);
    scoped_store again = NULL;
    expect_ok(store_open(root(), "web", STORE_EXCLUSIVE, &again, &err));
}
