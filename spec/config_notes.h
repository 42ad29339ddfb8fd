/* config_notes.h - what decoding a config passed over, said to people: a misspelt member turns a protection off
 * without a word, since the specification wants unknown members ignored. */
#pragma once

#include <stdbool.h>

struct arena;
struct error;
struct schema_note;
struct schema_notes;

/* Whether a note deserves a warning: anything in process, root or linux, elsewhere what looks like a misspelt word.
 * Members that engines add for themselves stay quiet. */
bool config_note_warns(const struct schema_note *note);
/* "config.json:12:5: process.noNewPrivilege: unknown member, did you mean "noNewPrivileges"?" `file` may be NULL. */
const char *config_note_text(struct arena *a, const struct schema_note *note, const char *file);
/* Logs the warnings. `strict`: fails at the first note of any kind instead. */
int config_notes_report(const struct schema_notes *notes, const char *file, bool strict, struct error *err);
