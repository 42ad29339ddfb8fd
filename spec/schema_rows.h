/* schema_rows.h - macros that describe the members of a struct, one row each. Part of schema.h.
 *
 * STRING(mount, type, "type", .required = true, .doc = "…") is the row of struct mount's member `type`; what follows
 * the key are further members of struct slot. */
#pragma once

#include "spec/schema.h"

/* A row's kind must match its member's C type. */
#define MEMBER_IS(T, m, type)                                                               \
    (0 * sizeof(struct {                                                                    \
         _Static_assert(__builtin_types_compatible_p(__typeof__(((struct T *)0)->m), type), \
                        "slot kind does not match the type of " #T "." #m);                 \
         int unused;                                                                        \
     }))
#define SLOT(T, m, k, type) .kind = (k), .offset = offsetof(struct T, m) + MEMBER_IS(T, m, type)

#define BOOL(T, m, k, ...)                                   \
    {                                                        \
        .key = (k), SLOT(T, m, SLOT_BOOL, bool), __VA_ARGS__ \
    }
#define FLAG(T, m, k, ...)                                           \
    {                                                                \
        .key = (k), SLOT(T, m, SLOT_FLAG, const bool *), __VA_ARGS__ \
    }
#define INT(T, m, k, ...)                                              \
    {                                                                  \
        .key = (k), SLOT(T, m, SLOT_INT, const int64_t *), __VA_ARGS__ \
    }
#define UINT(T, m, k, ...)                                               \
    {                                                                    \
        .key = (k), SLOT(T, m, SLOT_UINT, const uint64_t *), __VA_ARGS__ \
    }
#define STRING(T, m, k, ...)                                           \
    {                                                                  \
        .key = (k), SLOT(T, m, SLOT_STRING, const char *), __VA_ARGS__ \
    }
#define RAW(T, m, k, ...)                                           \
    {                                                               \
        .key = (k), SLOT(T, m, SLOT_RAW, const char *), __VA_ARGS__ \
    }
#define ENUM(T, m, k, n, ...)                                                         \
    {                                                                                 \
        .key = (k), SLOT(T, m, SLOT_ENUM, const int64_t *), .names = (n), __VA_ARGS__ \
    }
#define STRINGS(T, m, k, ...)                                            \
    {                                                                    \
        .key = (k), SLOT(T, m, SLOT_STRINGS, const char **), __VA_ARGS__ \
    }
#define UINTS(T, m, k, ...)                                                \
    {                                                                      \
        .key = (k), SLOT(T, m, SLOT_UINTS, const uint64_t **), __VA_ARGS__ \
    }
#define SET(T, m, k, n, ...)                                                  \
    {                                                                         \
        .key = (k), SLOT(T, m, SLOT_SET, uint64_t), .names = (n), __VA_ARGS__ \
    }
#define OBJECT(T, m, k, E, ...)                                                                    \
    {                                                                                              \
        .key = (k), SLOT(T, m, SLOT_OBJECT, const struct E *), .element = &E##_object, __VA_ARGS__ \
    }
#define LIST(T, m, k, E, ...)                                                                     \
    {                                                                                             \
        .key = (k), SLOT(T, m, SLOT_LIST, const struct E **), .element = &E##_object, __VA_ARGS__ \
    }
#define MAP(T, m, k, E, ...)                                                                     \
    {                                                                                            \
        .key = (k), SLOT(T, m, SLOT_MAP, const struct E **), .element = &E##_object, __VA_ARGS__ \
    }
#define END         \
    {               \
        .key = NULL \
    }
#define DEFINE_OBJECT(T, ...)                                  \
    static const struct slot T##_slots[] = {__VA_ARGS__, END}; \
    const struct object T##_object = {#T, sizeof(struct T), T##_slots}
