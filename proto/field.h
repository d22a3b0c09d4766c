/* SPDX-License-Identifier: MIT */
/* field.h: protobuf's wire format, one field at a time.
 *
 * What envelope.c, prescan.c and tool_body.c share. Strict where protobuf
 * leaves room: a tag has at most 5 bytes, and so has a length, a varint fits 64
 * bits, field numbers start at 1, and groups are refused. Knows no schema.
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
    struct bytes bytes; /* lent by the input; of a fixed one its 4 or 8 */
};

/* As field_take, for what field_take_short leaves. */
MUST_CHECK enum err field_take_long(struct bytes *rest, struct field *out);

/* Tag and number, or length, of one byte each, as nearly all fields have;
 * false, and nothing taken, for any other. */
static inline bool field_take_short(struct bytes *rest, struct field *out)
{
    const uint8_t *at = rest->data;
    if (rest->len < 2 || at[0] >= 0x80 || at[0] < 8 || at[1] >= 0x80) {
        return false;
    }
    size_t len = at[1];
    size_t type = at[0] & 7U;
    if (type == WIRE_VARINT) {
        *out = (struct field){
            .number = at[0] >> 3U, .type = WIRE_VARINT, .value = len};
        *rest = bytes_of(at + 2, rest->len - 2);
        return true;
    }
    if (type != WIRE_BYTES || len > rest->len - 2) {
        return false;
    }
    *out = (struct field){.number = at[0] >> 3U,
                          .type = WIRE_BYTES,
                          .value = len,
                          .bytes = bytes_of(at + 2, len)};
    *rest = bytes_of(at + 2 + len, rest->len - 2 - len);
    return true;
}

/* Takes the first field off ${rest}, which must not be empty. On failure
 * (ERR_INVALID) ${rest} is unspecified. */
MUST_CHECK static inline enum err field_take(struct bytes *rest,
                                             struct field *out)
{
    return field_take_short(rest, out) ? ERR_OK : field_take_long(rest, out);
}

/* Takes one varint off ${rest}. ERR_INVALID: cut short, or over 64 bits. */
MUST_CHECK enum err field_take_varint(struct bytes *rest, uint64_t *out);

/* Eight bytes as a number, the first one lowest. */
static inline uint64_t field_word(const uint8_t *at)
{
    return (uint64_t)at[0] | (uint64_t)at[1] << 8U | (uint64_t)at[2] << 16U |
           (uint64_t)at[3] << 24U | (uint64_t)at[4] << 32U |
           (uint64_t)at[5] << 40U | (uint64_t)at[6] << 48U |
           (uint64_t)at[7] << 56U;
}

/* Takes a varint of up to eight bytes off ${rest}, without a step for each:
 * false, and nothing taken, for any other, and near the end. */
static inline bool field_take_varint_short(struct bytes *rest, uint64_t *out)
{
    const uint64_t ends = UINT64_C(0x8080808080808080);
    if (rest->len < sizeof(uint64_t)) {
        return false;
    }
    uint64_t word = field_word(rest->data);
    uint64_t end = ~word & ends;
    if (end == 0) {
        return false;
    }
    /* All bits up to the lowest end, which is the last byte of the varint. */
    uint64_t kept = word & (end ^ (end - 1)) & ~ends;
    kept = (kept & UINT64_C(0x007f007f007f007f)) |
           (kept & UINT64_C(0x7f007f007f007f00)) >> 1U;
    kept = (kept & UINT64_C(0x00003fff00003fff)) |
           (kept & UINT64_C(0x3fff00003fff0000)) >> 2U;
    *out = (kept & UINT64_C(0x000000000fffffff)) |
           (kept & UINT64_C(0x0fffffff00000000)) >> 4U;
    size_t taken = (bits_lowest(end) + 1U) / 8;
    *rest = bytes_of(rest->data + taken, rest->len - taken);
    return true;
}

/* Whether ${text} may stand in a string field: UTF-8 without NUL, because a
 * C reader would not see what follows one. */
bool field_is_text(struct bytes text);

int64_t field_zigzag(uint64_t value);

/* Append one field; numbers that are 0 and bytes that are empty too. */
void field_add_number(struct buf *out, uint32_t number, uint64_t value);
void field_add_zigzag(struct buf *out, uint32_t number, int64_t value);
void field_add_bytes(struct buf *out, uint32_t number, struct bytes bytes);

#endif
