/* record_fuzz.c - any text as a container's state.json: what is taken for a record reads the same once written anew,
 * and every command that reads it gets a record or an error. */
#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "libcontainer/store/identity.h"
#include "libcontainer/store/store.h"
#include "spec/schema.h"
#include "spec/state.h"
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char root[] = "/tmp/davit-fuzz-record.XXXXXX";

static void remove_root(void)
{
    char path[sizeof root + 32];
    static const char *const names[] = {"/c/state.json", "/c/state.copy.json", "/c/lock", "/c"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s%s", root, names[i]);
        (void)remove(path);
    }
    (void)remove(root);
}

static void make_root(void)
{
    char path[sizeof root + 32];
    if (!mkdtemp(root))
        abort();
    atexit(remove_root);
    snprintf(path, sizeof path, "%s/c", root);
    if (mkdir(path, 0700) < 0)
        abort();
}

static void put_record(const uint8_t *data, size_t size)
{
    char path[sizeof root + 32];
    snprintf(path, sizeof path, "%s/c/state.json", root);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = {0};
    struct error err;
    struct store *store = NULL;
    struct record *read;
    static bool is_made;
    if (!is_made)
        make_root();
    is_made = true;
    error_init(&err, &a);
    const struct record *r = schema_decode(&record_object, "-", (const char *)data, size, NULL, &err);
    if (r) {
        const char *text = schema_encode(&a, &record_object, r, 0);
        r = schema_decode(&record_object, "-", text, strlen(text), NULL, &err);
        if (!r || !str_equal(text, schema_encode(&a, &record_object, r, 0)))
            abort();
    }
    put_record(data, size);
    error_clear(&err);
    if (store_open(root, "c", STORE_SHARED, &store, &err) < 0 || store_read(store, &read, &err) < 0) {
        if (!err.message)
            abort();
    } else if (!r) {
        abort(); /* read what cannot be decoded */
    }
    store_close(store);
    arena_release(&a);
    return 0;
}
