/* program.h - which file is executed, whether it can be, and why it could not. The lookup happens at create, inside the
 * container's root and as its user, so that a missing program is an error of create. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct arena;
struct error;
struct launch;

/* The last act of init and of exec: executes l->executable_path. Returns only with an error, explained (E1-E7). */
int program_execute(struct launch *l, struct error *err);

/* What the first bytes of a file say about how it is run. */
enum program_format {
    PROGRAM_TEXT,
    PROGRAM_SCRIPT,
    PROGRAM_ELF,
    PROGRAM_EMPTY
};

struct program_head {
    enum program_format format;
    const char *interpreter; /* script: what stands behind "#!", with its '\r'; ELF: its loader; NULL: none */
    uint16_t machine;        /* ELF: EM_x */
};

/* Pure; `head` are the first bytes of the file. The interpreter of an ELF file whose headers lie beyond is not found.
 */
void program_inspect(struct arena *a, const unsigned char *head, size_t length, struct program_head *out);
/* "aarch64", "x86_64"; NULL when unknown. */
const char *program_machine_name(uint16_t machine);
