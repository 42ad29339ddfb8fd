#include "libcontainer/launch/own_image.h"

#include "base/file.h"
#include "base/str.h"
#include "tests/unit/base/fixture.h"

#include <sys/mman.h>
#include <sys/sendfile.h>

static int changed = 1;
static const char *const constant = "constant";

/* Another description of the same content, whose path is another. */
static int copy_of_program(void)
{
    struct stat st;
    int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    int copy = memfd_create("copy", MFD_CLOEXEC);
    assert_true(self >= 0 && copy >= 0 && fstat(self, &st) == 0);
    for (off_t left = st.st_size; left > 0;) {
        ssize_t sent = sendfile(copy, self, NULL, (size_t)left);
        assert_true(sent > 0);
        left -= sent;
    }
    assert_int_equal(fchmod(copy, 0755), 0);
    close(self);
    return copy;
}

TEST(a_program_that_may_not_change_its_link_runs_on_with_its_variables)
{
    changed = 4711;
    scoped_fd self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    assert_int_equal(own_image_move(self, &err), -1);
    assert_int_equal(changed, 4711);
    assert_string_equal(constant, "constant");
}

TEST(a_program_that_has_moved_runs_on_and_is_another_file_unless_refused)
{
    char target[256] = "";
    changed = 4712;
    scoped_fd copy = copy_of_program();
    /* Refused to who lacks CAP_CHECKPOINT_RESTORE, and by a build with sanitizers: then it is the file that it was. */
    bool has_moved = own_image_move(copy, &err) == 0;
    assert_int_equal(changed, 4712);
    assert_string_equal(constant, "constant");
    assert_true(readlink("/proc/self/exe", target, sizeof target - 1) > 0);
    if (has_moved != str_has_prefix(target, "/memfd:copy"))
        fail_msg("/proc/self/exe leads to %s", target);
}

TEST(relocations_stay_read_only)
{
    char *maps;
    scoped_fd self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    own_image_move(self, &err);
    expect_ok(file_read_at(AT_FDCWD, "/proc/self/maps", (size_t)4 << 20, &maps, NULL, &err));
    const char *line = NULL;
    for (const char **each = str_split(&arena, maps, '\n'); *each; each++) {
        uintptr_t begin = strtoul(*each, NULL, 16), end = strtoul(strchrnul(*each, '-') + 1, NULL, 16);
        if ((uintptr_t)&constant >= begin && (uintptr_t)&constant < end)
            line = *each;
    }
    if (!line || !strstr(line, " r--p "))
        fail_msg("the mapping of a relocated constant is %s", line ? line : "unknown");
}
