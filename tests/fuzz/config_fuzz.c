/* config_fuzz.c - any bytes as config.json: decoded, encoded again, located, and checked by every aspect; and as the
 * process of exec: completed from a container's own, checked as exec does. */
#include "base/arena.h"
#include "base/error.h"
#include "libcontainer/container.h"
#include "libcontainer/container/exec_process.h"
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

/* What exec --process does: whatever comes out can be executed, or there is an error. */
static void execute(struct arena *a, const char *text, size_t size, struct error *err)
{
    static const char own[] =
        "{\"ociVersion\":\"1.3.0\",\"process\":{\"cwd\":\"/srv\",\"args\":[\"main\"],\"env\":[\"A=1\"],"
        "\"user\":{\"uid\":5,\"gid\":6},\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"soft\":1,\"hard\":2}]}}";
    static const struct exec_accounts none;
    const struct exec_request request = {.process_file = "process.json"};
    struct schema_notes notes = {0};
    const struct process *p;
    error_clear(err);
    const struct process *given = schema_decode(&process_object, request.process_file, text, size, &notes, err);
    require(given || (err->message && err->line > 0 && error_text(err) != NULL));
    for (const struct schema_note **n = notes.items; n && *n; n++)
        require(config_note_text(a, *n, request.process_file) != NULL);
    if (!given)
        return;
    const struct config *c = schema_decode(&config_object, "own", own, strlen(own), NULL, err);
    require(c != NULL);
    if (exec_compose(&request, given, c, &none, &p, err) < 0 || config_check_process(p, "process", "exec", err) < 0) {
        require(err->message != NULL);
        return;
    }
    require(p->args[0] && *p->args[0] && p->cwd[0] == '/' && p->user && p->env && p->rlimits && *p->rlimits);
    schema_locate(text, size, "env[0]", &err->line, &err->column);
    const char *first = schema_encode(a, &process_object, p, 0);
    require(schema_decode(&process_object, "again", first, strlen(first), NULL, err) != NULL);
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
        execute(&a, text, size, &err);
    }
    const void *all = schema_decode_all(&config_object, "config.json", text, size, &notes, &faults, &err);
    require((all != NULL) == (c != NULL) && (faults[0] == NULL) == (c != NULL));
    for (const struct schema_note **n = notes.items; n && *n; n++)
        require(config_note_text(&a, *n, "config.json") != NULL);
    arena_release(&a);
    return 0;
}
