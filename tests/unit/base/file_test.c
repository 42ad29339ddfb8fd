#include "base/file.h"

#include "tests/unit/base/fixture.h"

TEST(a_file_is_read_whole_up_to_its_limit)
{
    char *text;
    size_t length;
    write_test_file("f", "0123456789");
    expect_ok(file_read_at(test_directory(), "f", 10, &text, &length, &err));
    assert_int_equal(length, 10);
    assert_string_equal(text, "0123456789");
    expect_error(file_read_at(test_directory(), "f", 9, &text, &length, &err),
                 "f: cannot read more than 9 bytes: File too large (EFBIG)");
    expect_error(file_read_at(test_directory(), "g", 9, &text, &length, &err),
                 "cannot open g: No such file or directory (ENOENT)");
}

TEST(files_without_a_size_are_read_whole)
{
    int fds[2];
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    scoped_fd in = fds[0], out = fds[1];
    char block[3000];
    memset(block, 'x', sizeof block);
    for (int i = 0; i < 10; i++)
        expect_ok(file_write_all(out, block, sizeof block, &err));
    fd_close(&out);
    char *text;
    size_t length;
    expect_ok(file_read(in, 1 << 20, &text, &length, &err));
    assert_int_equal(length, 30000);
    assert_int_equal(strlen(text), 30000);
}

TEST(a_control_file_is_neither_made_nor_cut)
{
    write_test_file("control", "old text");
    expect_ok(file_write_control(test_directory(), "control", "new", &err));
    char *text;
    expect_ok(file_read_at(test_directory(), "control", 100, &text, NULL, &err));
    assert_string_equal(text, "new text");
    expect_error(file_write_control(test_directory(), "absent", "x", &err),
                 "cannot open absent: No such file or directory (ENOENT)");
    expect_error(file_write_control(AT_FDCWD, "/dev/full", "7", &err),
                 "cannot write \"7\" to /dev/full: No space left on device (ENOSPC)");
}

static void expect_names(const char *expected)
{
    const char **names;
    expect_ok(file_list_directory(test_directory(), &names, &err));
    assert_string_equal(str_join(&arena, names, " "), expected);
}

TEST(a_file_is_replaced_whole_and_nothing_is_left_beside_it)
{
    char *text;
    expect_ok(file_replace(test_directory(), "state", 0600, "one", 3, &err));
    expect_ok(file_replace_synced(test_directory(), "state", 0600, "two!", 4, &err));
    expect_ok(file_read_at(test_directory(), "state", 100, &text, NULL, &err));
    assert_string_equal(text, "two!");
    struct stat st;
    assert_int_equal(fstatat(test_directory(), "state", &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    expect_names("state");
    assert_int_equal(mkdirat(test_directory(), "dir", 0700), 0);
    expect_error(file_replace(test_directory(), "dir", 0600, "x", 1, &err),
                 "cannot replace dir: Is a directory (EISDIR)");
    expect_names("dir state");
}

TEST(a_file_named_by_a_path_is_replaced_in_its_own_directory)
{
    test_directory();
    const char *path = arena_printf(&arena, "%s/pid", test_path);
    expect_ok(file_replace(AT_FDCWD, path, 0644, "42", 2, &err));
    expect_names("pid");
}

TEST(names_are_listed_in_order)
{
    for (int i = 0; i < 150; i++)
        write_test_file(arena_printf(&arena, "%03d", (i * 7) % 150), "");
    const char **names;
    expect_ok(file_list_directory(test_directory(), &names, &err));
    assert_int_equal(str_count(names), 150);
    for (int i = 0; i < 150; i++)
        assert_string_equal(names[i], arena_printf(&arena, "%03d", i));
}

TEST(a_tree_is_removed_without_following_links)
{
    int top = test_directory();
    assert_int_equal(mkdirat(top, "kept", 0700), 0);
    write_test_file("kept/file", "x");
    assert_int_equal(mkdirat(top, "tree", 0700), 0);
    assert_int_equal(mkdirat(top, "tree/a", 0700), 0);
    assert_int_equal(mkdirat(top, "tree/a/b", 0700), 0);
    write_test_file("tree/a/b/file", "x");
    assert_int_equal(symlinkat("../kept", top, "tree/link"), 0);
    assert_int_equal(mkfifoat(top, "tree/fifo", 0600), 0);
    assert_int_equal(symlinkat("kept", top, "link"), 0);
    expect_ok(file_remove_tree(top, "tree", &err));
    expect_ok(file_remove_tree(top, "link", &err));
    expect_ok(file_remove_tree(top, "absent", &err));
    expect_names("kept");
    struct stat st;
    assert_int_equal(fstatat(top, "kept/file", &st, 0), 0);
}

TEST(a_bottomless_tree_is_refused)
{
    const char *path = "d";
    assert_int_equal(mkdirat(test_directory(), path, 0700), 0);
    for (int i = 0; i < 260; i++) {
        path = arena_printf(&arena, "%s/d", path);
        assert_int_equal(mkdirat(test_directory(), path, 0700), 0);
    }
    assert_int_equal(file_remove_tree(test_directory(), "d", &err), -1);
    assert_string_equal(err.message, "cannot remove d: more than 256 directories deep");
    for (int i = 260; i >= 0; i--) { /* the fixture removes no such tree either */
        const char *inner = arena_strndup(&arena, path, (size_t)i * 2 + 1);
        assert_int_equal(unlinkat(test_directory(), inner, AT_REMOVEDIR), 0);
    }
}
