/* fixture.h - what every unit test begins with: TEST, an arena, an error, a temporary directory, and main().
 *
 * A test program is one file that includes this one; each TEST in it runs on its own, with `arena` and `err` fresh. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* cmocka's macro stands in the way of davit's function. */
#undef fail
#undef fail_msg
#define fail_msg(...) (print_error(__VA_ARGS__), _fail(__FILE__, __LINE__))

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct arena arena;
static struct error err;
static char test_path[64];         /* of the temporary directory, "" until a test asks for it */
static int test_directory_fd = -1; /* the same, open */

static struct CMUnitTest registered_tests[128];
static size_t registered_count;

/* TEST(limits_are_decoded) { … }: the name is a sentence about behaviour. */
#define TEST(sentence)                                                                  \
    static void sentence(void);                                                         \
    static void run_##sentence(void **state)                                            \
    {                                                                                   \
        (void)state;                                                                    \
        sentence();                                                                     \
    }                                                                                   \
    __attribute__((constructor)) static void register_##sentence(void)                  \
    {                                                                                   \
        registered_tests[registered_count++] =                                          \
            (struct CMUnitTest){#sentence, run_##sentence, begin_test, end_test, NULL}; \
    }                                                                                   \
    static void sentence(void)

static int begin_test(void **state)
{
    (void)state;
    error_init(&err, &arena);
    return 0;
}

static int end_test(void **state)
{
    (void)state;
    fd_close(&test_directory_fd);
    error_init(&err, &arena);
    int result = test_path[0] == '\0' ? 0 : file_remove_tree(AT_FDCWD, test_path, &err);
    if (result < 0)
        print_error("%s", error_text(&err));
    test_path[0] = '\0';
    arena_release(&arena);
    return result;
}

/* A directory of this test alone, removed at its end; the descriptor belongs to the fixture. */
static inline int test_directory(void)
{
    if (test_directory_fd >= 0)
        return test_directory_fd;
    const char *base = secure_getenv("TMPDIR");
    snprintf(test_path, sizeof test_path, "%.40s/davit-test.XXXXXX", base == NULL ? "/tmp" : base);
    assert_non_null(mkdtemp(test_path));
    test_directory_fd = open(test_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(test_directory_fd >= 0);
    return test_directory_fd;
}

static inline void write_test_file(const char *name, const char *text)
{
    scoped_fd fd = openat(test_directory(), name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(file_write_all(fd, text, strlen(text), &err), 0);
}

/* Equal texts, or both NULL; `sentence` says what was expected to hold. */
#define expect_text(sentence, actual, expected) expect_text_at(sentence, actual, expected, __FILE__, __LINE__)
static inline void expect_text_at(const char *sentence, const char *actual, const char *expected, const char *file,
                                  int line)
{
    if (str_equal(actual, expected))
        return;
    print_error("%s\n  expected: %s\n  got:      %s\n", sentence, expected == NULL ? "(none)" : expected,
                actual == NULL ? "(none)" : actual);
    _fail(file, line);
}

#define expect_ok(result) expect_ok_at(result, #result, __FILE__, __LINE__)
static inline void expect_ok_at(int result, const char *call, const char *file, int line)
{
    if (result == 0)
        return;
    print_error("%s returned %d: %s\n", call, result, result < 0 ? error_line(&err) : "a condition");
    _fail(file, line);
}

/* The call fails, and error_line() is exactly `line_text`. The error is then empty again. */
#define expect_error(result, line_text) expect_error_at(result, #result, line_text, __FILE__, __LINE__)
static inline void expect_error_at(int result, const char *call, const char *line_text, const char *file, int line)
{
    if (result != -1) {
        print_error("%s returned %d, an error was expected: %s\n", call, result, line_text);
        _fail(file, line);
    }
    expect_text_at(call, error_line(&err), line_text, file, line);
    error_clear(&err);
}

int main(void)
{
    return _cmocka_run_group_tests("unit tests", registered_tests, registered_count, NULL, NULL);
}
