/* protobuf.h - as much of Protocol Buffers as CRIU's requests take: numbers, texts, and messages in messages. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* A message that grows in its arena. */
struct protobuf {
    struct arena *arena;
    uint8_t *bytes;
    size_t length, room;
};

/* bool, int32, int64, uint32, enum: a negative number is written as 64 bits, as the format wants it. */
void protobuf_number(struct protobuf *p, unsigned field, int64_t value);
void protobuf_text(struct protobuf *p, unsigned field, const char *text);
void protobuf_message(struct protobuf *p, unsigned field, const struct protobuf *inner);

/* What is left to read. */
struct protobuf_reader {
    const uint8_t *bytes;
    size_t length;
};

struct protobuf_field {
    unsigned number;
    bool is_number;
    uint64_t value;              /* of a number */
    struct protobuf_reader rest; /* of a text or message: its bytes */
};

enum {
    PROTOBUF_FIELD = 0,
    PROTOBUF_END = 1,
};
/* The next field, those of kinds that davit does not know skipped; -1 when the bytes are no message. */
int protobuf_next(struct protobuf_reader *r, struct protobuf_field *out);
/* A text's bytes with NUL behind them; what follows a NUL inside is lost. In the arena. */
const char *protobuf_string(struct arena *a, const struct protobuf_field *f);
