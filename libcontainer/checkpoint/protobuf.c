#include "libcontainer/checkpoint/protobuf.h"

#include "base/arena.h"

#include <string.h>

enum wire_type {
    WIRE_VARINT = 0,
    WIRE_64_BITS = 1,
    WIRE_LENGTH = 2,
    WIRE_32_BITS = 5,
};

#define VARINT_BYTES 10 /* 64 bits, seven in each */

static void append(struct protobuf *p, const void *bytes, size_t length)
{
    if (length > p->room - p->length) {
        size_t room = (p->length + length) * 2 + 64;
        uint8_t *larger = arena_alloc(p->arena, room);
        if (p->length > 0)
            memcpy(larger, p->bytes, p->length);
        p->bytes = larger;
        p->room = room;
    }
    if (length > 0)
        memcpy(p->bytes + p->length, bytes, length);
    p->length += length;
}

static void append_varint(struct protobuf *p, uint64_t value)
{
    uint8_t bytes[VARINT_BYTES];
    size_t length = 0;
    while (value >= 0x80) {
        bytes[length++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    bytes[length++] = (uint8_t)value;
    append(p, bytes, length);
}

static void append_key(struct protobuf *p, unsigned field, enum wire_type type)
{
    append_varint(p, (uint64_t)field << 3 | type);
}

void protobuf_number(struct protobuf *p, unsigned field, int64_t value)
{
    append_key(p, field, WIRE_VARINT);
    append_varint(p, (uint64_t)value);
}

static void append_bytes(struct protobuf *p, unsigned field, const void *bytes, size_t length)
{
    append_key(p, field, WIRE_LENGTH);
    append_varint(p, length);
    append(p, bytes, length);
}

void protobuf_text(struct protobuf *p, unsigned field, const char *text)
{
    append_bytes(p, field, text, strlen(text));
}

void protobuf_message(struct protobuf *p, unsigned field, const struct protobuf *inner)
{
    append_bytes(p, field, inner->bytes, inner->length);
}

static bool read_varint(struct protobuf_reader *r, uint64_t *out)
{
    *out = 0;
    for (unsigned i = 0; i < VARINT_BYTES && i < r->length; i++) {
        uint8_t byte = r->bytes[i];
        if (i == VARINT_BYTES - 1 && byte > 1) /* beyond 64 bits */
            return false;
        *out |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte & 0x80)
            continue;
        r->bytes += i + 1;
        r->length -= i + 1;
        return true;
    }
    return false;
}

static bool skip(struct protobuf_reader *r, uint64_t length)
{
    if (length > r->length)
        return false;
    r->bytes += length;
    r->length -= length;
    return true;
}

static int read_value(struct protobuf_reader *r, unsigned type, struct protobuf_field *out)
{
    uint64_t length;
    out->is_number = type == WIRE_VARINT;
    switch (type) {
    case WIRE_VARINT:
        return read_varint(r, &out->value) ? PROTOBUF_FIELD : -1;
    case WIRE_LENGTH:
        if (!read_varint(r, &length))
            return -1;
        out->rest = (struct protobuf_reader){r->bytes, (size_t)length};
        return skip(r, length) ? PROTOBUF_FIELD : -1;
    case WIRE_32_BITS:
        return skip(r, 4) ? PROTOBUF_END : -1;
    case WIRE_64_BITS:
        return skip(r, 8) ? PROTOBUF_END : -1;
    default:
        return -1;
    }
}

int protobuf_next(struct protobuf_reader *r, struct protobuf_field *out)
{
    while (r->length > 0) {
        uint64_t key;
        *out = (struct protobuf_field){0};
        if (!read_varint(r, &key) || key >> 3 == 0 || key >> 3 > UINT32_MAX)
            return -1;
        out->number = (unsigned)(key >> 3);
        int read = read_value(r, (unsigned)(key & 7), out);
        if (read != PROTOBUF_END) /* a kind that no field of CRIU's has */
            return read;
    }
    return PROTOBUF_END;
}

const char *protobuf_string(struct arena *a, const struct protobuf_field *f)
{
    return arena_strndup(a, (const char *)f->rest.bytes, f->rest.length);
}
