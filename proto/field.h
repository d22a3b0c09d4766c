/* SPDX-License-Identifier: MIT */
/* field.h: protobuf's wire format, one field at a time.
 *
 * What envelope.c and prescan.c share. Strict where protobuf leaves room: a
 * tag has at most 5 bytes, a varint fits 64 bits, field numbers start at 1,
 * and groups are refused. Knows no schema.
 * Pure. Threads: any. */
#ifndef REVERIE_PROTO_FIELD_H
#define REVERIE_PROTO_FIELD_H

#include "base/bytes.h"

enum wire_type {
    WIRE_VARINT = 0,
    WIRE_FIXED64 = 1,
    WIRE_BYTES = 2,
    WIRE_FIXED32 = 5
};

struct field {
    uint32_t number;
    enum wire_type type;
    uint64_t value;     /* WIRE_VARINT only */
    struct bytes bytes; /* WIRE_BYTES only; lent by the input */
};

/* Takes the first field off ${rest}, which must not be empty. On failure
 * (ERR_INVALID) ${rest} is unspecified. */
MUST_CHECK enum err field_take(struct bytes *rest, struct field *out);

/* Takes one varint off ${rest}. ERR_INVALID: cut short, or over 64 bits. */
MUST_CHECK enum err field_take_varint(struct bytes *rest, uint64_t *out);

/* Whether ${text} may stand in a string field: UTF-8 without NUL, because a
 * C reader would not see what follows one. */
bool field_is_text(struct bytes text);

int64_t field_zigzag(uint64_t value);

/* Append one field; numbers that are 0 and bytes that are empty too. */
void field_add_number(struct buf *out, uint32_t number, uint64_t value);
void field_add_zigzag(struct buf *out, uint32_t number, int64_t value);
void field_add_bytes(struct buf *out, uint32_t number, struct bytes bytes);

#endif
