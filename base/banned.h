/* banned.h - functions that davit does not use, each with its reason; included by the compiler's command line before
 * any file. Headers that declare them come first, so that only uses are met. */
#pragma once

#include <alloca.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Each becomes a call of an unknown function whose name says why and what to use. */
#undef strcpy
#undef strncpy
#undef strcat
#undef strncat
#undef sprintf
#undef vsprintf
#undef strtok
#undef gmtime
#undef localtime
#undef ctime
#undef system
#undef popen
#undef dup
#undef fgets
#undef alloca
#undef getenv
#undef atoi
#undef atol
#undef mktemp
#undef tmpnam

#define strcpy(...)    banned_strcpy__it_writes_beyond_the_end__use_arena_strdup()
#define strncpy(...)   banned_strncpy__it_leaves_text_without_its_end__use_arena_strndup()
#define strcat(...)    banned_strcat__it_writes_beyond_the_end__use_arena_printf()
#define strncat(...)   banned_strncat__its_length_is_not_that_of_the_buffer__use_arena_printf()
#define sprintf(...)   banned_sprintf__it_writes_beyond_the_end__use_snprintf_or_arena_printf()
#define vsprintf(...)  banned_vsprintf__it_writes_beyond_the_end__use_arena_vprintf()
#define strtok(...)    banned_strtok__it_has_hidden_state_and_drops_empty_words__use_str_split()
#define gmtime(...)    banned_gmtime__it_shares_one_buffer__use_gmtime_r()
#define localtime(...) banned_localtime__it_shares_one_buffer_and_reads_files__use_gmtime_r()
#define ctime(...)     banned_ctime__it_shares_one_buffer__use_log_time()
#define system(...)    banned_system__a_shell_parses_the_text__use_posix_spawn_or_execve()
#define popen(...)     banned_popen__a_shell_parses_the_text__use_a_pipe_and_execve()
#define dup(...)       banned_dup__the_copy_survives_execve__use_fd_copy()
#define fgets(...)     banned_fgets__it_cuts_long_lines_without_a_word__use_file_read()
#define alloca(...)    banned_alloca__it_overflows_the_stack_unseen__use_the_arena()
#define getenv(...)    banned_getenv__a_privileged_davit_must_not_trust_it__use_secure_getenv()
#define atoi(...)      banned_atoi__it_takes_anything_for_a_number__use_str_to_int()
#define atol(...)      banned_atol__it_takes_anything_for_a_number__use_str_to_int()
#define mktemp(...)    banned_mktemp__the_name_may_be_taken_meanwhile__use_file_replace()
#define tmpnam(...)    banned_tmpnam__the_name_may_be_taken_meanwhile__use_file_replace()
