/* seccomp_filter.h - system call filters as the kernel takes them: compiled from linux.seccomp, cached, simulated.
 *
 * Only seccomp_compile.c calls libseccomp; the rest is pure or touches the cache alone. */
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct config;
struct error;
struct seccomp;

struct seccomp_filter {
    struct sock_filter *instructions;
    uint32_t count;
    const char *unknown; /* NULL, or names of the profile that libseccomp does not know: "a, b" */
};

/* Text that names all that the result depends on but the profile: libseccomp, its view of the kernel, the machine. */
const char *seccomp_compiler_identity(struct arena *a);
int seccomp_compile(const struct seccomp *s, struct seccomp_filter *out, struct error *err);
/* "mkdirat", or "system call 999". */
const char *seccomp_call_name(struct arena *a, uint32_t arch, int number);
/* The number of a call on this machine; -1 when there is none. */
int seccomp_call_number(const char *name);
/* The AUDIT_ARCH_x of this machine. */
uint32_t seccomp_native_arch(void);

/* True when some call is answered by SCMP_ACT_NOTIFY. */
bool seccomp_uses_notify(const struct seccomp *s);
/* What the filter returns for a call: SECCOMP_RET_x and its data; SECCOMP_RET_KILL_PROCESS for a broken one. */
uint32_t seccomp_simulate(const struct seccomp_filter *f, const struct seccomp_data *call);
/* True for what makes a call fail or die. */
bool seccomp_is_refusal(uint32_t action);
/* Loaded before exec's process is born, is there a call of davit's between that and execve that the filter does not
 * simply permit? The name of the first one, or NULL. */
const char *seccomp_refused_to_come(const struct seccomp_filter *f);
/* A copy in which every refusal asks the listener instead. */
void seccomp_make_tracing(struct arena *a, const struct seccomp_filter *f, struct seccomp_filter *out);

/* The instructions of a base64 text (run.oci.seccomp_bpf_data). False when it is none. */
bool seccomp_decode_base64(struct arena *a, const char *text, struct seccomp_filter *out);

/* Filters compiled before, below ROOT/.cache/seccomp. `key` is compared in full. 1: not there. */
enum {
    SECCOMP_CACHED = 0,
    SECCOMP_NOT_CACHED = 1
};
int seccomp_cache_load(const char *root, const char *key, struct seccomp_filter *out, struct error *err);
int seccomp_cache_store(const char *root, const char *key, const struct seccomp_filter *f, struct error *err);
