/* identity.h - is this process still the one that we wrote down? Boot id, pid, start time, and a pidfd to act on. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct error;
struct identity;

/* Describes a living process, in the error's arena. */
int identity_of(pid_t pid, struct identity **out, struct error *err);
/* A pidfd of exactly that process; IDENTITY_GONE (1) when it has ended, is a zombie, or the pid is somebody else's. */
enum {
    IDENTITY_ALIVE = 0,
    IDENTITY_GONE = 1
};
int identity_open(const struct identity *id, int *out_pidfd, struct error *err);
bool identity_is_alive(const struct identity *id);
