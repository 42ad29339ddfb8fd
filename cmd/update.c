#include "cmd/commands.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "libcontainer/container.h"
#include "libcontainer/store/store.h"
#include "spec/config.h"
#include "spec/config_notes.h"

#include <fcntl.h>
#include <unistd.h>

#define RESOURCES_LIMIT ((size_t)16 * 1024 * 1024)

struct update_options {
    const char *file;
    const struct resources *resources;
    const char *l3_cache_schema, *mem_bw_schema, *kernel_memory, *kernel_memory_tcp;
};

// clang-format off
#define LIMIT(n, v, path, h, ...) MEMBER_OPTION(update_options, resources, resources, n, 0, v, path, h, __VA_ARGS__)
COMMAND_ROWS(update, update_options) = {
    TEXT_OPTION(update_options, file, "resources", 'r', "FILE",
        "Reads limits from a JSON file, linux.resources of the specification; - is standard input. The options below "
        "but those of Intel RDT are then left out of account."),
    LIMIT("memory", "BYTES", "memory.limit", "Memory; -1: no limit.", .is_size = true),
    LIMIT("memory-reservation", "BYTES", "memory.reservation", "Memory that is left to it when memory is short.", .is_size = true),
    LIMIT("memory-swap", "BYTES", "memory.swap", "Memory and swap together; -1: no limit.", .is_size = true),
    LIMIT("cpu-share", "NUMBER", "cpu.shares", "Weight against other cgroups, 2 to 262144."),
    LIMIT("cpu-quota", "MICROSECONDS", "cpu.quota", "Processor time in each period; -1: no limit."),
    LIMIT("cpu-period", "MICROSECONDS", "cpu.period", "Length of a period."),
    LIMIT("cpu-burst", "MICROSECONDS", "cpu.burst", "Unused time that may be saved up for later periods."),
    LIMIT("cpu-idle", "0|1", "cpu.idle", "1: runs only when nobody else wants the processor."),
    LIMIT("cpu-rt-period", "MICROSECONDS", "cpu.realtimePeriod", "Length of a real-time period; cgroup v1 only."),
    LIMIT("cpu-rt-runtime", "MICROSECONDS", "cpu.realtimeRuntime", "Real-time processor time in each of these."),
    LIMIT("cpuset-cpus", "LIST", "cpu.cpus", "Processors to run on: 0-3,7."),
    LIMIT("cpuset-mems", "LIST", "cpu.mems", "Memory nodes to take memory from."),
    LIMIT("pids-limit", "NUMBER", "pids.limit", "Processes and threads; -1: no limit."),
    LIMIT("blkio-weight", "NUMBER", "blockIO.weight", "Weight of disk accesses, 10 to 1000."),
    TEXT_OPTION(update_options, l3_cache_schema, "l3-cache-schema", 0, "LINE", "Intel RDT: the share of the L3 cache."),
    TEXT_OPTION(update_options, mem_bw_schema, "mem-bw-schema", 0, "LINE", "Intel RDT: the share of memory bandwidth."),
    TEXT_OPTION(update_options, kernel_memory, "kernel-memory", 0, "BYTES", "Of no effect, no kernel of today has it."),
    TEXT_OPTION(update_options, kernel_memory_tcp, "kernel-memory-tcp", 0, "BYTES", "Of no effect either."),
    NO_MORE_OPTIONS,
};
// clang-format on

static int read_resources(const char *name, const struct resources **out, struct error *err)
{
    bool is_stdin = str_equal(name, "-");
    char *text;
    size_t length;
    scoped_fd fd = is_stdin ? -1 : open(name, O_RDONLY | O_CLOEXEC);
    if (!is_stdin && fd < 0) {
        fail_errno(err, "cannot open %s", name);
        return error_hint(err, "--resources names a file of JSON, or - for standard input");
    }
    const char *shown = is_stdin ? "(standard input)" : name;
    if (file_read(is_stdin ? STDIN_FILENO : fd, RESOURCES_LIMIT, &text, &length, err) < 0)
        return error_context(err, "%s", shown);
    struct schema_notes notes = {0};
    *out = schema_decode(&resources_object, shown, text, length, &notes, err);
    return *out ? config_notes_report(&notes, shown, false, err) : -1;
}

int run_update(struct invocation *i, struct error *err)
{
    const struct update_options *o = i->options;
    struct update_request request = {
        .id = i->arguments[0],
        .resources = o->resources,
        .l3_cache_schema = o->l3_cache_schema,
        .mem_bw_schema = o->mem_bw_schema,
    };
    if (o->kernel_memory || o->kernel_memory_tcp)
        log_warning("--%s is ignored: the kernel has no such limit any more",
                    o->kernel_memory ? "kernel-memory" : "kernel-memory-tcp");
    if (o->file && read_resources(o->file, &request.resources, err) < 0)
        return -1;
    if (store_root(i->global->root, &request.root, err) < 0)
        return -1;
    return container_update(&request, err);
}
