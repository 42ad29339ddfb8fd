/* program_inspect_test.c - what the first bytes of a program say. */
#include "tests/unit/base/fixture.h"

#include "libcontainer/launch/program.h"

#include <elf.h>

static struct program_head inspect(const void *bytes, size_t length)
{
    struct program_head head;
    program_inspect(&arena, bytes, length, &head);
    return head;
}

TEST(the_interpreter_of_a_script_is_found)
{
    static const struct {
        const char *text, *interpreter;
    } cases[] = {
        {"#!/bin/sh\necho\n",         "/bin/sh"     },
        {"#! /usr/bin/env python3\n", "/usr/bin/env"},
        {"#!\t/bin/sh -e",            "/bin/sh"     },
        {"#!/bin/sh\r\n",             "/bin/sh\r"   },
        {"#!\n",                      NULL          },
        {"#!",                        NULL          },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct program_head head = inspect(cases[i].text, strlen(cases[i].text));
        assert_int_equal(head.format, PROGRAM_SCRIPT);
        expect_text(cases[i].text, head.interpreter, cases[i].interpreter);
    }
}

TEST(text_and_emptiness_are_told_apart)
{
    assert_int_equal(inspect("echo\n", 5).format, PROGRAM_TEXT);
    assert_int_equal(inspect("", 0).format, PROGRAM_EMPTY);
    assert_int_equal(inspect("\177ELF", 4).format, PROGRAM_TEXT);
}

static struct {
    Elf64_Ehdr file;
    Elf64_Phdr part;
    char loader[16];
} elf;

static void make_elf(uint16_t machine, uint64_t at, uint64_t size)
{
    memset(&elf, 0, sizeof elf);
    memcpy(elf.file.e_ident, ELFMAG, SELFMAG);
    elf.file.e_ident[EI_CLASS] = ELFCLASS64;
    elf.file.e_ident[EI_DATA] = BYTE_ORDER == BIG_ENDIAN ? ELFDATA2MSB : ELFDATA2LSB;
    elf.file.e_machine = machine;
    elf.file.e_phoff = sizeof elf.file;
    elf.file.e_phnum = 1;
    elf.part.p_type = PT_INTERP;
    elf.part.p_offset = at;
    elf.part.p_filesz = size;
    memcpy(elf.loader, "/lib/ld.so", 11);
}

TEST(machine_and_loader_of_a_program_are_found)
{
    make_elf(EM_AARCH64, offsetof(__typeof__(elf), loader), 11);
    struct program_head head = inspect(&elf, sizeof elf);
    assert_int_equal(head.format, PROGRAM_ELF);
    expect_text("machine", program_machine_name(head.machine), "aarch64");
    expect_text("loader", head.interpreter, "/lib/ld.so");
}

TEST(headers_that_lead_out_of_the_file_are_passed_over)
{
    make_elf(EM_X86_64, UINT64_MAX - 4, 11);
    expect_text("offset", inspect(&elf, sizeof elf).interpreter, NULL);
    make_elf(EM_X86_64, offsetof(__typeof__(elf), loader), UINT64_MAX);
    expect_text("size", inspect(&elf, sizeof elf).interpreter, NULL);
    make_elf(EM_X86_64, offsetof(__typeof__(elf), loader), 11);
    elf.file.e_phoff = UINT64_MAX - 8;
    expect_text("headers", inspect(&elf, sizeof elf).interpreter, NULL);
    make_elf(EM_X86_64, offsetof(__typeof__(elf), loader), 11);
    for (size_t length = 0; length < sizeof elf; length++) {
        unsigned char *copy = malloc(length + 1); /* so that a sanitizer sees what lies beyond */
        memcpy(copy, &elf, length);
        inspect(copy, length);
        free(copy);
    }
}
