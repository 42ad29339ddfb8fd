#include "libcontainer/launch/own_image.h"

#include "base/error.h"
#include "base/file.h"
#include "base/str.h"
#include "build-config.h"

#include <fcntl.h>
#include <link.h>
#include <linux/prctl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define STAT_LIMIT ((size_t)4096)

struct span {
    uintptr_t begin, end;
};

static uintptr_t page_begin(uintptr_t address)
{
    return address & ~((uintptr_t)sysconf(_SC_PAGESIZE) - 1);
}

/* The pages of a segment that come from the file; what follows them in memory alone may stay where it is. */
static struct span file_pages(const struct dl_phdr_info *program, const ElfW(Phdr) * segment)
{
    uintptr_t begin = program->dlpi_addr + segment->p_vaddr;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    return (struct span){page_begin(begin), page_begin(begin + segment->p_filesz + page - 1)};
}

static int move_constant(const struct dl_phdr_info *program, const ElfW(Phdr) * segment, int file)
{
    struct span s = file_pages(program, segment);
    int protection = PROT_READ | (segment->p_flags & PF_X ? PROT_EXEC : 0);
    void *moved = mmap((void *)s.begin, s.end - s.begin, protection, MAP_PRIVATE | MAP_FIXED, file,
                       (off_t)page_begin(segment->p_offset));
    return moved == MAP_FAILED ? -1 : 0;
}

/* What was written since counts, not what the file says. */
static int move_variable(const struct dl_phdr_info *program, const ElfW(Phdr) * segment)
{
    struct span s = file_pages(program, segment);
    size_t size = s.end - s.begin;
    void *copy = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (copy == MAP_FAILED)
        return -1;
    memcpy(copy, (const void *)s.begin, size);
    return mremap(copy, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)s.begin) == MAP_FAILED ? -1 : 0;
}

/* As the loader does: the last page may have variables in it. */
static int protect_relocations(const struct dl_phdr_info *program, const ElfW(Phdr) * relro)
{
    uintptr_t begin = program->dlpi_addr + relro->p_vaddr;
    struct span s = {page_begin(begin), page_begin(begin + relro->p_memsz)};
    return mprotect((void *)s.begin, s.end - s.begin, PROT_READ);
}

/* The program itself comes first; its libraries are none of our business. */
static int move_segments(struct dl_phdr_info *program, size_t size, void *data)
{
    int file = *(int *)data, failed = 0;
    (void)size;
    for (size_t i = 0; i < program->dlpi_phnum && !failed; i++) {
        const ElfW(Phdr) *segment = &program->dlpi_phdr[i];
        if (segment->p_type == PT_LOAD && segment->p_filesz > 0)
            failed = segment->p_flags & PF_W ? move_variable(program, segment) : move_constant(program, segment, file);
    }
    for (size_t i = 0; i < program->dlpi_phnum && !failed; i++)
        if (program->dlpi_phdr[i].p_type == PT_GNU_RELRO)
            failed = protect_relocations(program, &program->dlpi_phdr[i]);
    return failed ? -1 : 1;
}

/* The numbers of /proc/self/stat from field 26 on, where prctl wants to be told what it knows. */
static int read_layout(struct prctl_mm_map *out, struct error *err)
{
    char *text;
    if (file_read_at(AT_FDCWD, "/proc/self/stat", STAT_LIMIT, &text, NULL, err) < 0)
        return -1;
    const struct {
        int field;
        __u64 *value;
    } wanted[] = {
        {26, &out->start_code },
        {27, &out->end_code   },
        {28, &out->start_stack},
        {45, &out->start_data },
        {46, &out->end_data   },
        {47, &out->start_brk  },
        {48, &out->arg_start  },
        {49, &out->arg_end    },
        {50, &out->env_start  },
        {51, &out->env_end    },
    };
    const char *name_end = strrchr(text, ')');
    const char **words = str_split(err->arena, name_end ? name_end + 1 : "", ' ');
    size_t count = str_count(words);
    for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
        /* The state, behind the blank that follows the name, is field 3. */
        size_t index = (size_t)wanted[i].field - 2;
        uint64_t number;
        if (index >= count || !str_to_uint(words[index], UINT64_MAX, &number))
            return fail(err, ERR_SYSTEM, "cannot understand /proc/self/stat");
        *wanted[i].value = number;
    }
    out->brk = (uintptr_t)sbrk(0);
    return 0;
}

int own_image_move(int file, struct error *err)
{
    struct prctl_mm_map map = {.exe_fd = (__u32)file};
    if (DAVIT_SANITIZERS) /* they keep notes of the memory that is copied */
        return fail(err, ERR_NOT_SUPPORTED, "a sanitizer forbids mapping davit anew");
    if (read_layout(&map, err) < 0)
        return -1;
    if (dl_iterate_phdr(move_segments, &file) < 0)
        return fail_errno(err, "cannot map davit's own file anew");
    if (prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof map, 0) < 0)
        return fail_errno(err, "cannot change what /proc/self/exe leads to");
    return 0;
}
