/* unit_properties.h - properties of a systemd unit: from limits, and from annotations. Pure; systemd.c sends them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct arena;
struct device_access;
struct error;
struct knob_write;
struct pair;

enum property_type {
    PROPERTY_BOOL = 'b',
    PROPERTY_STRING = 's',
    PROPERTY_INT32 = 'i',
    PROPERTY_INT64 = 'x',
    PROPERTY_UINT32 = 'u',
    PROPERTY_UINT64 = 't',
    PROPERTY_STRINGS = 'S', /* as */
    PROPERTY_PIDS = 'P',    /* au of one */
    PROPERTY_BYTES = 'B',   /* ay */
    PROPERTY_DEVICES = 'D', /* a(ss): texts are node, access, node, access */
};

struct unit_property {
    const char *name;
    enum property_type type;
    uint64_t number; /* also for signed ones and BOOL; size of BYTES */
    const char *text;
    const char **texts;
    const uint8_t *bytes;
};

struct unit_properties {
    struct unit_property *list;
    size_t count, room;
};

struct unit_property *unit_property_add(struct unit_properties *p, struct arena *a, const char *name,
                                        enum property_type type);
/* What systemd has a property for; the rest is for cgroupfs alone. `writes` ends with one without a file. */
void unit_properties_of_writes(struct unit_properties *p, struct arena *a, const struct knob_write *writes);
/* Rules of devices (devices.h, ended by one whose type is 0) as DevicePolicy and DeviceAllow. For cgroup v1, where
 * systemd writes its own list over davit's when it reloads. Nothing when they begin with everything allowed. */
void unit_properties_of_devices(struct unit_properties *p, struct arena *a, const struct device_access *rules);
/* Those named org.systemd.property.NAME, values as GVariant text; ERR_INVALID_CONFIG. */
int unit_properties_of_annotations(struct unit_properties *p, const struct pair *const *given, struct error *err);
/* Takes the property out; false when it is not there. */
int unit_property_drop(struct unit_properties *p, const char *name);
/* "MemoryMax=t:100", for tests and traces. */
const char *unit_property_text(struct arena *a, const struct unit_property *p);
