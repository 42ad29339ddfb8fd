/* answers_fuzz.c - any bytes as what another program, the kernel or a container's process answers: criu's messages,
 * /proc/PID/stat with its free name, an environment; and as a line of /etc/subuid. */
#include "base/arena.h"
#include "base/error.h"
#include "base/proc.h"
#include "base/str.h"
#include "libcontainer/aspects/environment.h"
#include "libcontainer/checkpoint/rpc.h"
#include "libcontainer/launch/idmap.h"
#include "spec/config.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void decode(struct arena *a, const uint8_t *data, size_t size)
{
    struct criu_response response = {0};
    if (!criu_decode(a, data, size, &response))
        return;
    require(!response.message || strlen(response.message) <= size);
    require(!response.script || strlen(response.script) <= size);
}

/* The name may be anything, the state is a letter all the same. */
static void parse_stat(const char *text)
{
    uint64_t ticks;
    char state = '\0';
    if (proc_parse_stat(text, &ticks, &state) == 0)
        require(state != '\0' && strchr(text, state) && strchr(text, ')'));
}

/* No name twice, nothing that was not there. */
static void build(struct arena *a, const char *text)
{
    const char *const *env = (const char *const *)str_split(a, text, '\n');
    const char **out = environment_build(a, env, NULL);
    size_t count = str_count(out);
    require(count <= str_count((const char **)env));
    for (size_t i = 0; i < count && count < 64; i++) {
        size_t length = strcspn(out[i], "=");
        for (size_t j = 0; j < i; j++)
            require(strcspn(out[j], "=") != length || memcmp(out[i], out[j], length) != 0);
    }
}

/* One range behind the other in the container, and none outside of what an id can be. */
static void find_ranges(struct arena *a, const char *text)
{
    int64_t next = 0;
    for (const struct id_mapping **m = idmap_subordinate(a, text, "alice", 1000); *m; m++) {
        require(*(*m)->container_id == next && *(*m)->size > 0 && *(*m)->host_id >= 0);
        require(*(*m)->host_id + *(*m)->size <= UINT32_MAX);
        next += *(*m)->size;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = {0};
    const char *text = arena_strndup(&a, (const char *)data, size);
    decode(&a, data, size);
    parse_stat(text);
    build(&a, text);
    find_ranges(&a, text);
    arena_release(&a);
    return 0;
}
