#include "base/arena.h"

#include "tests/unit/base/fixture.h"

#include <sys/wait.h>

TEST(memory_is_zeroed_and_aligned)
{
    for (size_t size = 0; size < 40000; size = size * 3 + 1) {
        char *memory = arena_alloc(&arena, size);
        assert_int_equal((uintptr_t)memory % 16, 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(memory[i], 0);
        memset(memory, 0xff, size);
    }
}

TEST(what_was_carved_stays_where_it_is)
{
    char *first = arena_strdup(&arena, "first");
    arena_alloc(&arena, 100000);
    char *second = arena_printf(&arena, "%s and %d", "second", 2);
    assert_string_equal(first, "first");
    assert_string_equal(second, "second and 2");
}

TEST(a_large_piece_leaves_the_small_block_in_use)
{
    char *a = arena_alloc(&arena, 16);
    arena_alloc(&arena, 1000000);
    char *b = arena_alloc(&arena, 16);
    assert_ptr_equal(b, a + 16);
}

TEST(long_text_is_printed_whole)
{
    char *text = arena_printf(&arena, "%01000d", 7);
    assert_int_equal(strlen(text), 1000);
    assert_string_equal(text + 990, "0000000007");
}

TEST(a_text_is_cut_at_its_length)
{
    assert_string_equal(arena_strndup(&arena, "abc", 2), "ab");
    assert_string_equal(arena_strndup(&arena, "abc", 9), "abc");
}

TEST(a_released_arena_may_be_used_again)
{
    arena_alloc(&arena, 100);
    arena_release(&arena);
    assert_null(arena.head);
    assert_string_equal(arena_strdup(&arena, "again"), "again");
}

TEST(a_product_that_overflows_ends_the_program_with_125)
{
    pid_t pid = fork();
    if (pid == 0) {
        close(STDERR_FILENO);
        arena_array(&arena, SIZE_MAX / 2, 4);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 125);
}
