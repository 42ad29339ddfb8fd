/* unit.h - what unit tests share: cmocka, an arena and an error for each test, and texts compared by a sentence. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* cmocka's takes no arguments and hides base/error.h's */
#undef fail_msg
#define fail_msg(...) (print_error("ERROR: " __VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

/* Both NULL, or the same text; else the test fails and prints the sentence and both. */
static inline void expect_text(const char *sentence, const char *got, const char *expected)
{
    if (!str_equal(got, expected))
        fail_msg("%s\n  expected: %s\n  got:      %s", sentence, expected ? expected : "(none)", got ? got : "(none)");
}

/* `test` with an empty arena, released after it: struct fixture *f = *state. */
struct fixture {
    struct arena arena;
    struct error err;
};

static inline int fixture_open(void **state)
{
    static struct fixture f;
    f.arena = (struct arena){0};
    error_init(&f.err, &f.arena);
    *state = &f;
    return 0;
}

static inline int fixture_close(void **state)
{
    arena_release(&((struct fixture *)*state)->arena);
    return 0;
}

#define TEST(name)                                     \
    {                                                  \
#name, name, fixture_open, fixture_close, NULL \
    }
