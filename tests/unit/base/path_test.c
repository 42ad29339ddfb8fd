#include "base/path.h"

#include "tests/unit/base/fixture.h"

#include <sys/socket.h>
#include <sys/un.h>

/* root/ is the container's root; beside it lies what must never be reached. */
static int open_root(void)
{
    static int root;
    int top = test_directory();
    assert_int_equal(mkdirat(top, "root", 0755), 0);
    assert_int_equal(mkdirat(top, "outside", 0755), 0);
    root = openat(top, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_true(root >= 0);
    return root;
}

static void make_link(int root, const char *name, const char *target)
{
    assert_int_equal(symlinkat(target, root, name), 0);
}

static bool exists(int dir, const char *path)
{
    struct stat st;
    return fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static void expect_outside_is_empty(void)
{
    const char **names;
    scoped_fd outside = openat(test_directory(), "outside", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    expect_ok(file_list_directory(outside, &names, &err));
    assert_null(names[0]);
}

TEST(absolute_paths_and_links_stay_inside_the_root)
{
    scoped_fd root = open_root();
    assert_int_equal(mkdirat(root, "etc", 0755), 0);
    make_link(root, "up", "../../../etc");
    make_link(root, "absolute", "/etc");
    static const char *const paths[] = {"/etc", "etc", "../../etc", "up", "/absolute", "etc/../../etc"};
    struct stat etc, st;
    assert_int_equal(fstatat(root, "etc", &etc, 0), 0);
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        scoped_fd fd = -1;
        expect_ok(path_open_inside(root, paths[i], O_PATH, &fd, &err));
        assert_int_equal(fstat(fd, &st), 0);
        assert_int_equal(st.st_ino, etc.st_ino);
    }
}

TEST(an_absent_path_is_a_condition_or_an_error)
{
    scoped_fd root = open_root();
    scoped_fd fd = -1;
    assert_int_equal(path_find_inside(root, "/no", O_PATH, &fd, &err), PATH_ABSENT);
    expect_error(path_open_inside(root, "/no", O_PATH, &fd, &err),
                 "cannot open /no inside the container's root: No such file or directory (ENOENT)");
    make_link(root, "loop", "loop");
    expect_error(path_find_inside(root, "loop", O_PATH, &fd, &err),
                 "cannot open loop inside the container's root: Too many levels of symbolic links (ELOOP)");
}

TEST(beneath_follows_no_link_and_leaves_not)
{
    scoped_fd root = open_root();
    scoped_fd fd = -1;
    make_link(root, "link", ".");
    expect_error(path_open_beneath(root, "link", O_RDONLY, &fd, &err),
                 "cannot open link: Too many levels of symbolic links (ELOOP)");
    expect_error(path_open_beneath(root, "../outside", O_RDONLY, &fd, &err),
                 "cannot open ../outside: Invalid cross-device link (EXDEV)");
    expect_ok(path_open_beneath(root, ".", O_RDONLY | O_DIRECTORY, &fd, &err));
}

TEST(missing_directories_are_made_inside_the_root)
{
    static const struct {
        const char *sentence, *link, *target, *path, *made;
    } cases[] = {
        {"plain",                           NULL, NULL,              "/a/b/c",       "a/b/c"      },
        {"slashes and dots",                NULL, NULL,              "//d/./e///",   "d/e"        },
        {"dots that lead up",               NULL, NULL,              "../../f/../g", "g"          },
        {"a dangling link",                 "l1", "/t1",             "l1/x",         "t1/x"       },
        {"a dangling link at the end",      "l2", "t2/deep",         "l2",           "t2/deep"    },
        {"a link that leads out",           "l3", "../../outside/p", "l3/x",         "outside/p/x"},
        {"an absolute link that leads out", "l4", "/../../q",        "l4",           "q"          },
        {"a link to a link",                "l5", "l1/y",            "l5/z",         "t1/y/z"     },
        {"a link in the middle with dots",  "l6", "/t6/../t7",       "l6/x",         "t7/x"       },
        {"the root itself",                 NULL, NULL,              "/",            "."          },
        {"a link to the root",              "l8", "/",               "l8/w",         "w"          },
    };
    scoped_fd root = open_root();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        scoped_fd fd = -1;
        if (cases[i].link != NULL)
            make_link(root, cases[i].link, cases[i].target);
        expect_ok(path_make_directory(root, cases[i].path, 0755, &fd, &err));
        struct stat st, made = {0};
        assert_int_equal(fstat(fd, &st), 0);
        assert_true(S_ISDIR(st.st_mode));
        fstatat(root, cases[i].made, &made, AT_SYMLINK_NOFOLLOW);
        if (made.st_ino != st.st_ino)
            fail_msg("%s", cases[i].sentence);
    }
    expect_outside_is_empty();
}

TEST(directories_get_the_mode_that_was_asked_for)
{
    scoped_fd root = open_root(), fd = -1;
    mode_t saved = umask(0);
    expect_ok(path_make_directory(root, "private/deep", 0700, &fd, &err));
    umask(saved);
    struct stat st;
    assert_int_equal(fstatat(root, "private", &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
}

TEST(missing_files_are_made_inside_the_root)
{
    static const struct {
        const char *sentence, *link, *target, *path, *made;
    } cases[] = {
        {"plain",                     NULL, NULL,                 "/f",     "f"            },
        {"with its directories",      NULL, NULL,                 "/a/b/f", "a/b/f"        },
        {"a dangling link",           "l1", "/t/resolv.conf",     "l1",     "t/resolv.conf"},
        {"a dangling link to a link", "l2", "l1",                 "l2",     "t/resolv.conf"},
        {"a link that leads out",     "l3", "../../../outside/f", "l3",     "outside/f"    },
        {"a link in the middle",      "l4", "/d4",                "l4/g",   "d4/g"         },
    };
    scoped_fd root = open_root();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        scoped_fd fd = -1;
        if (cases[i].link != NULL)
            make_link(root, cases[i].link, cases[i].target);
        expect_ok(path_make_file(root, cases[i].path, 0644, &fd, &err));
        struct stat st, made = {0};
        assert_int_equal(fstat(fd, &st), 0);
        assert_true(S_ISREG(st.st_mode));
        fstatat(root, cases[i].made, &made, AT_SYMLINK_NOFOLLOW);
        if (made.st_ino != st.st_ino)
            fail_msg("%s", cases[i].sentence);
    }
    expect_outside_is_empty();
}

static void make_socket(int root, const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    scoped_fd fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", root, name);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
}

TEST(what_is_in_the_way_is_an_error_and_never_blocks)
{
    scoped_fd root = open_root(), fd = -1;
    assert_int_equal(mkfifoat(root, "fifo", 0600), 0);
    make_socket(root, "socket");
    make_link(root, "loop", "loop2/x");
    make_link(root, "loop2", "loop");
    make_link(root, "to-fifo", "/fifo");
    static const struct {
        const char *path, *reason;
    } cases[] = {
        {"fifo",      "Not a directory (ENOTDIR)"                },
        {"fifo/x",    "Not a directory (ENOTDIR)"                },
        {"to-fifo/x", "Not a directory (ENOTDIR)"                },
        {"socket",    "Not a directory (ENOTDIR)"                },
        {"socket/x",  "Not a directory (ENOTDIR)"                },
        {"loop",      "Too many levels of symbolic links (ELOOP)"},
        {"loop/x",    "Too many levels of symbolic links (ELOOP)"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *expected = arena_printf(&arena, "cannot make the directory %s inside the container's root: %s",
                                            cases[i].path, cases[i].reason);
        expect_error(path_make_directory(root, cases[i].path, 0755, &fd, &err), expected);
        assert_int_equal(fd, -1);
    }
    expect_error(path_make_file(root, "fifo/x", 0644, &fd, &err),
                 "cannot make the file fifo/x inside the container's root: Not a directory (ENOTDIR)");
    expect_error(path_make_file(root, "loop", 0644, &fd, &err),
                 "cannot make the file loop inside the container's root: Too many levels of symbolic links (ELOOP)");
}

TEST(a_file_that_exists_is_taken_as_it_is_but_for_directories)
{
    scoped_fd root = open_root();
    assert_int_equal(mkfifoat(root, "fifo", 0600), 0);
    assert_int_equal(mkdirat(root, "dir", 0700), 0);
    scoped_fd fd = -1, none = -1;
    expect_ok(path_make_file(root, "/fifo", 0644, &fd, &err));
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    assert_true(S_ISFIFO(st.st_mode));
    static const char *const directories[] = {"dir", "dir/", "new/", "/", ""};
    for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
        expect_error(path_make_file(root, directories[i], 0644, &none, &err),
                     arena_printf(&arena,
                                  "cannot make the file %s inside the container's root: Is a directory (EISDIR)",
                                  directories[i]));
    assert_false(exists(root, "new"));
}

TEST(a_chain_of_links_ends)
{
    scoped_fd root = open_root(), fd = -1;
    for (int i = 0; i < 50; i++)
        make_link(root, arena_printf(&arena, "l%d", i), arena_printf(&arena, "l%d", i + 1));
    expect_error(path_make_directory(root, "l0", 0755, &fd, &err),
                 "cannot make the directory l0 inside the container's "
                 "root: Too many levels of symbolic links (ELOOP)");
    expect_ok(path_make_directory(root, "l40", 0755, &fd, &err));
    assert_true(exists(root, "l50"));
}

TEST(paths_are_cleaned_as_text)
{
    static const struct {
        const char *path, *clean;
    } cases[] = {
        {"",           "/"        },
        {"/",          "/"        },
        {"a",          "/a"       },
        {"/a//b/./c/", "/a/b/c"   },
        {"/a/../b",    "/b"       },
        {"/../../a",   "/a"       },
        {"a/..",       "/"        },
        {"/a/b/../..", "/"        },
        {"/...",       "/..."     },
        {"/a/..b/.c",  "/a/..b/.c"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        expect_text(cases[i].path, path_clean(&arena, cases[i].path), cases[i].clean);
    assert_string_equal(path_absolute(&arena, "/base", "x/../y"), "/base/y");
    assert_string_equal(path_absolute(&arena, "/base", "/z/"), "/z");
}

TEST(paths_are_split_and_joined_as_text)
{
    static const struct {
        const char *path, *directory, *name;
    } cases[] = {
        {"c",     ".",   "c"},
        {"a/b/c", "a/b", "c"},
        {"/c",    "/",   "c"},
        {"/a/c",  "/a",  "c"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *directory, *name;
        path_split(&arena, cases[i].path, &directory, &name);
        expect_text(cases[i].path, directory, cases[i].directory);
        expect_text(cases[i].path, name, cases[i].name);
    }
    assert_string_equal(path_join(&arena, "/a", "b"), "/a/b");
    assert_string_equal(path_join(&arena, "/", "b"), "/b");
    assert_string_equal(path_join(&arena, "/a/", "/b"), "/a/b");
    assert_true(path_is_below("/a", "/a"));
    assert_true(path_is_below("/a", "/a/b"));
    assert_true(path_is_below("/", "/a"));
    assert_false(path_is_below("/a", "/ab"));
    assert_false(path_is_below("/a/b", "/a"));
    char buffer[32];
    assert_string_equal(path_of_fd(buffer, sizeof buffer, 7), "/proc/self/fd/7");
}
