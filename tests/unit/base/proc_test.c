#include "base/proc.h"

#include "base/child.h"
#include "tests/unit/base/fixture.h"

#include <linux/magic.h>
#include <sys/vfs.h>

TEST(davit_has_a_procfs_of_its_own_pid_namespace)
{
    scoped_fd proc = -1;
    expect_ok(proc_open(false, &proc, &err));
    struct statfs fs;
    assert_int_equal(fstatfs(proc, &fs), 0);
    assert_int_equal(fs.f_type, PROC_SUPER_MAGIC);
    char *text;
    expect_ok(proc_read(proc, "self/stat", &text, &err));
    assert_string_equal(arena_strndup(&arena, text, strcspn(text, " ")), arena_printf(&arena, "%d", (int)getpid()));
}

TEST(sysctls_are_seen_where_asked_for)
{
    scoped_fd proc = -1;
    expect_ok(proc_open(true, &proc, &err));
    char *text;
    expect_ok(proc_read(proc, "sys/kernel/ostype", &text, &err));
    assert_string_equal(text, "Linux\n");
}

TEST(magic_links_lead_nowhere)
{
    scoped_fd proc = -1, fd = -1;
    expect_ok(proc_open(false, &proc, &err));
    expect_error(proc_open_file(proc, "self/root/etc", O_PATH, &fd, &err),
                 "cannot open /proc/self/root/etc: Too many levels of symbolic links (ELOOP)");
    expect_error(proc_open_file(proc, "self/fd/0", O_RDONLY, &fd, &err),
                 "cannot open /proc/self/fd/0: Too many levels of symbolic links (ELOOP)");
    expect_error(proc_open_file(proc, "../etc", O_PATH, &fd, &err),
                 "cannot open /proc/../etc: Invalid cross-device link (EXDEV)");
}

TEST(a_namespace_is_opened_by_kind)
{
    scoped_fd proc = -1, fd = -1;
    expect_ok(proc_open(false, &proc, &err));
    expect_ok(proc_open_namespace(proc, getpid(), "uts", &fd, &err));
    struct stat a, b;
    assert_int_equal(fstat(fd, &a), 0);
    assert_int_equal(stat("/proc/self/ns/uts", &b), 0);
    assert_int_equal(a.st_ino, b.st_ino);
    const char *expected =
        arena_printf(&arena, "cannot open /proc/%d/ns/none: No such file or directory (ENOENT)", (int)getpid());
    fd_close(&fd);
    expect_error(proc_open_namespace(proc, getpid(), "none", &fd, &err), expected);
}

TEST(a_process_attribute_is_written)
{
    scoped_fd proc = -1;
    expect_ok(proc_open(false, &proc, &err));
    expect_ok(proc_write(proc, "self/comm", "renamed", &err));
    char *text;
    expect_ok(proc_read(proc, "self/comm", &text, &err));
    assert_string_equal(text, "renamed\n");
    expect_error(proc_write(proc, "self/oom_score_adj", "x\n", &err),
                 "cannot write \"x\\n\" to /proc/self/oom_score_adj: Invalid argument (EINVAL)");
}

TEST(a_stat_line_is_understood_whatever_the_name)
{
    static const struct {
        const char *sentence, *text;
        int result;
    } cases[] = {
        {"plain",            "7 (sh) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4711 99 1\n",       0 },
        {"a hostile name",   "7 (a) R 1) ) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4711 99 1\n", 0 },
        {"ends after it",    "7 (sh) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4711\n",            0 },
        {"too short",        "7 (sh) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0\n",                 -1},
        {"no number",        "7 (sh) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 x 99\n",            -1},
        {"no name",          "7 sh S 1 7 7 0\n",                                                       -1},
        {"nothing",          "",                                                                       -1},
        {"cut at the name",  "7 (sh)",                                                                 -1},
        {"cut at the state", "7 (sh) S",                                                               -1},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint64_t ticks = 0;
        char state = '?';
        if (proc_parse_stat(cases[i].text, &ticks, &state) != cases[i].result)
            fail_msg("%s", cases[i].sentence);
        if (cases[i].result == 0 && (ticks != 4711 || state != 'S'))
            fail_msg("%s: %d %c", cases[i].sentence, (int)ticks, state);
    }
}

TEST(a_living_process_has_a_start_time_and_an_ended_one_has_none)
{
    uint64_t ticks = 0;
    char state = '?';
    expect_ok(proc_start_time(getpid(), &ticks, &state, &err));
    assert_true(ticks > 0);
    assert_int_equal(state, 'R');
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    int status;
    expect_ok(child_reap(pid, &status, &err));
    assert_int_equal(proc_start_time(pid, &ticks, &state, &err), PROC_ABSENT);
    assert_null(err.message);
}

TEST(the_boot_has_an_id)
{
    char id[37];
    expect_ok(proc_boot_id(id, &err));
    assert_int_equal(strlen(id), 36);
    assert_int_equal(id[8], '-');
}

TEST(a_file_is_opened_again_by_its_descriptor_and_nothing_but_a_file)
{
    scoped_fd proc = -1, file = -1, null = -1, again = -1;
    expect_ok(proc_open(false, &proc, &err));
    file = open("/proc/self/exe", O_PATH | O_CLOEXEC);
    null = open("/dev/null", O_PATH | O_CLOEXEC);
    assert_true(file >= 0 && null >= 0);
    expect_ok(proc_reopen_regular(proc, file, O_RDONLY, &again, &err));
    char magic[4];
    assert_int_equal(read(again, magic, sizeof magic), sizeof magic);
    assert_memory_equal(magic, "\177ELF", sizeof magic);
    expect_error(proc_reopen_regular(proc, null, O_RDONLY, &again, &err), "it is a character device, not a file");
}
