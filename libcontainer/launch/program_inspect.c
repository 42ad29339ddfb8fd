/* program_inspect.c - reads the head of a program: script or ELF, its interpreter, its machine. Pure. */
#include "libcontainer/launch/program.h"

#include "base/arena.h"
#include "base/str.h"

#include <elf.h>
#include <endian.h>
#include <stdbool.h>
#include <string.h>

const char *program_machine_name(uint16_t machine)
{
    static const struct {
        uint16_t machine;
        const char *name;
    } names[] = {
        {EM_X86_64,    "x86_64"     },
        {EM_AARCH64,   "aarch64"    },
        {EM_386,       "i386"       },
        {EM_ARM,       "arm"        },
        {EM_RISCV,     "riscv64"    },
        {EM_PPC64,     "ppc64"      },
        {EM_PPC,       "ppc"        },
        {EM_S390,      "s390x"      },
        {EM_MIPS,      "mips"       },
        {EM_SPARCV9,   "sparc64"    },
        {EM_LOONGARCH, "loongarch64"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (names[i].machine == machine)
            return names[i].name;
    return NULL;
}

/* The path behind "#!": blanks before it are skipped, and a blank ends it. */
static const char *script_interpreter(struct arena *a, const char *line, size_t length)
{
    const char *end = memchr(line, '\n', length);
    if (end)
        length = (size_t)(end - line);
    while (length > 0 && (*line == ' ' || *line == '\t')) {
        line++;
        length--;
    }
    size_t used = 0;
    while (used < length && line[used] != ' ' && line[used] != '\t')
        used++;
    return used ? arena_strndup(a, line, used) : NULL;
}

static const char *loader_at(struct arena *a, const unsigned char *head, size_t length, uint64_t offset, uint64_t size)
{
    if (offset >= length || size == 0 || size > length - offset)
        return NULL;
    return arena_strndup(a, (const char *)head + offset, (size_t)size);
}

static const char *elf64_loader(struct arena *a, const unsigned char *head, size_t length)
{
    Elf64_Ehdr file;
    if (length < sizeof file)
        return NULL;
    memcpy(&file, head, sizeof file);
    for (size_t i = 0; i < file.e_phnum; i++) {
        Elf64_Phdr part;
        if (file.e_phoff > length || (i + 1) * sizeof part > length - file.e_phoff)
            return NULL;
        memcpy(&part, head + file.e_phoff + i * sizeof part, sizeof part);
        if (part.p_type == PT_INTERP)
            return loader_at(a, head, length, part.p_offset, part.p_filesz);
    }
    return NULL;
}

static const char *elf32_loader(struct arena *a, const unsigned char *head, size_t length)
{
    Elf32_Ehdr file;
    if (length < sizeof file)
        return NULL;
    memcpy(&file, head, sizeof file);
    for (size_t i = 0; i < file.e_phnum; i++) {
        Elf32_Phdr part;
        if (file.e_phoff > length || (i + 1) * sizeof part > length - file.e_phoff)
            return NULL;
        memcpy(&part, head + file.e_phoff + i * sizeof part, sizeof part);
        if (part.p_type == PT_INTERP)
            return loader_at(a, head, length, part.p_offset, part.p_filesz);
    }
    return NULL;
}

static void inspect_elf(struct arena *a, const unsigned char *head, size_t length, struct program_head *out)
{
    bool is_big = head[EI_DATA] == ELFDATA2MSB;
    uint16_t machine;
    out->format = PROGRAM_ELF;
    memcpy(&machine, head + offsetof(Elf32_Ehdr, e_machine), sizeof machine);
    out->machine = is_big ? be16toh(machine) : le16toh(machine);
    if (is_big != (BYTE_ORDER == BIG_ENDIAN))
        return; /* of another machine: its loader does not matter */
    out->interpreter = head[EI_CLASS] == ELFCLASS64 ? elf64_loader(a, head, length) : elf32_loader(a, head, length);
}

void program_inspect(struct arena *a, const unsigned char *head, size_t length, struct program_head *out)
{
    *out = (struct program_head){.format = length ? PROGRAM_TEXT : PROGRAM_EMPTY};
    if (length >= 2 && head[0] == '#' && head[1] == '!') {
        out->format = PROGRAM_SCRIPT;
        out->interpreter = script_interpreter(a, (const char *)head + 2, length - 2);
    } else if (length >= sizeof(Elf32_Ehdr) && memcmp(head, ELFMAG, SELFMAG) == 0) {
        inspect_elf(a, head, length, out);
    }
}
