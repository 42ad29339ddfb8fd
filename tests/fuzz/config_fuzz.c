/* config_fuzz.c - any bytes as config.json: decoded, encoded again, located, and checked by every aspect. */
#include "base/arena.h"
#include "base/error.h"
#include "libcontainer/launch/sequence.h"
#include "spec/config.h"
#include "spec/config_notes.h"
#include "spec/schema.h"
#include "spec/schema_faults.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What holds for every document; a fuzzer reports an abort with the input that led to it. */
static void require(bool holds)
{
    if (!holds)
        abort();
}

/* What was encoded is read again as the same. */
static void encode_again(struct arena *a, const struct config *c, struct error *err)
{
    const char *first = schema_encode(a, &config_object, c, 0);
    const struct config *again = schema_decode(&config_object, "again", first, strlen(first), NULL, err);
    require(again != NULL);
    require(strcmp(first, schema_encode(a, &config_object, again, 0)) == 0);
}

static void check(struct arena *a, const struct config *c, const char *text, size_t size)
{
    struct error errors[4];
    for (size_t i = 0; i < 4; i++)
        error_init(&errors[i], a);
    size_t count = sequence_check(c, errors, 4);
    for (size_t i = 0; i < count && i < 4; i++) {
        if (errors[i].path)
            schema_locate(text, size, errors[i].path, &errors[i].line, &errors[i].column);
        require(error_text(&errors[i]) != NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = {0};
    struct error err;
    struct schema_notes notes = {0};
    const struct error **faults;
    const char *text = (const char *)data;
    error_init(&err, &a);
    const struct config *c = schema_decode(&config_object, "config.json", text, size, &notes, &err);
    if (c) {
        encode_again(&a, c, &err);
        check(&a, c, text, size);
    } else {
        require(err.code == ERR_INVALID_CONFIG && err.message && err.line > 0 && err.column > 0);
        require(error_text(&err) != NULL);
    }
    const void *all = schema_decode_all(&config_object, "config.json", text, size, &notes, &faults, &err);
    require((all != NULL) == (c != NULL) && (faults[0] == NULL) == (c != NULL));
    for (const struct schema_note **n = notes.items; n && *n; n++)
        require(config_note_text(&a, *n, "config.json") != NULL);
    arena_release(&a);
    return 0;
}
