/* SPDX-License-Identifier: MIT */
#include "proto/field.h"

#include <string.h>

enum {
    VARINT_MAX_BYTES = 10,
    TAG_MAX_BYTES = 5,
    LENGTH_MAX_BYTES = 5
};

static void skip(struct bytes *rest, size_t len)
{
    *rest = bytes_of(rest->data + len, rest->len - len);
}

static enum err take_long_varint(struct bytes *rest, uint64_t *out)
{
    uint64_t value = 0;
    size_t most = rest->len < VARINT_MAX_BYTES ? rest->len : VARINT_MAX_BYTES;
    for (size_t i = 0; i < most; i++) {
        uint8_t byte = rest->data[i];
        if (i == VARINT_MAX_BYTES - 1 && byte > 1) {
            return ERR_INVALID;
        }
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (!(byte & 0x80)) {
            skip(rest, i + 1);
            *out = value;
            return ERR_OK;
        }
    }
    return ERR_INVALID;
}

/* Most are one byte. */
enum err field_take_varint(struct bytes *rest, uint64_t *out)
{
    if (rest->len > 0 && rest->data[0] < 0x80) {
        *out = rest->data[0];
        skip(rest, 1);
        return ERR_OK;
    }
    return take_long_varint(rest, out);
}

static enum err take_tag(struct bytes *rest, struct field *out)
{
    size_t before = rest->len;
    uint64_t tag = 0;
    enum err err = field_take_varint(rest, &tag);
    if (err != ERR_OK || before - rest->len > TAG_MAX_BYTES ||
        tag > UINT32_MAX || tag >> 3 == 0) {
        return ERR_INVALID;
    }
    out->number = (uint32_t)(tag >> 3);
    out->type = (enum wire_type)(tag & 7);
    return ERR_OK;
}

static enum err take_bytes(struct bytes *rest, uint64_t len, struct bytes *out)
{
    if (len > rest->len) {
        return ERR_INVALID;
    }
    *out = bytes_of(rest->data, (size_t)len);
    skip(rest, (size_t)len);
    return ERR_OK;
}

static enum err take_length(struct bytes *rest, uint64_t *out)
{
    size_t before = rest->len;
    enum err err = field_take_varint(rest, out);
    return before - rest->len > LENGTH_MAX_BYTES ? ERR_INVALID : err;
}

enum err field_take_long(struct bytes *rest, struct field *out)
{
    struct field field = {0};
    enum err err = take_tag(rest, &field);
    if (err != ERR_OK) {
        return err;
    }
    switch (field.type) {
    case WIRE_VARINT:
        err = field_take_varint(rest, &field.value);
        break;
    case WIRE_FIXED64:
        err = take_bytes(rest, 8, &field.bytes);
        break;
    case WIRE_FIXED32:
        err = take_bytes(rest, 4, &field.bytes);
        break;
    case WIRE_BYTES:
        err = take_length(rest, &field.value);
        if (err == ERR_OK) {
            err = take_bytes(rest, field.value, &field.bytes);
        }
        break;
    default: /* groups, and two types that do not exist */
        err = ERR_INVALID;
        break;
    }
    if (err == ERR_OK) {
        *out = field;
    }
    return err;
}

/* A bit that is set in some byte that is not ASCII or is 0, of eight. Borrows
 * reach the high bit of a byte that is 0, or was ASCII next to one that is. */
static uint64_t odd_of(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t high = UINT64_C(0x8080808080808080);
    return (word | (word - ones)) & high;
}

static uint64_t odd_in(const uint8_t *data)
{
    uint64_t word = 0;
    memcpy(&word, data, sizeof(word));
    return odd_of(word);
}

/* Of fewer than eight bytes: they come to fill a word, some of them twice. */
static bool is_plain_short(struct bytes text)
{
    if (text.len >= sizeof(uint32_t)) {
        uint32_t head = 0;
        uint32_t tail = 0;
        memcpy(&head, text.data, sizeof(head));
        memcpy(&tail, text.data + text.len - sizeof(tail), sizeof(tail));
        return odd_of((uint64_t)head << 32U | tail) == 0;
    }
    if (text.len == 0) {
        return true;
    }
    uint32_t three = (uint32_t)text.data[0] << 16U |
                     (uint32_t)text.data[text.len / 2] << 8U |
                     (uint32_t)text.data[text.len - 1];
    return odd_of(UINT64_C(0x0101010101000000) | three) == 0;
}

/* Whether all bytes are ASCII and none is NUL, by the word; the last words may
 * overlap. */
static bool is_plain(struct bytes text)
{
    const size_t width = sizeof(uint64_t);
    uint64_t odd = 0;
    if (text.len < width) {
        return is_plain_short(text);
    }
    for (size_t at = 0; at < text.len - width; at += width) {
        odd |= odd_in(text.data + at);
    }
    return (odd | odd_in(text.data + text.len - width)) == 0;
}

bool field_is_text(struct bytes text)
{
    if (is_plain(text)) {
        return true;
    }
    return bytes_is_utf8(text) &&
           (text.len == 0 || !memchr(text.data, 0, text.len));
}

int64_t field_zigzag(uint64_t value)
{
    uint64_t sign = 0 - (value & 1);
    return (int64_t)((value >> 1) ^ sign);
}

static size_t put_varint(uint8_t *out, uint64_t value)
{
    size_t len = 0;
    while (value >= 0x80) {
        out[len++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    out[len++] = (uint8_t)value;
    return len;
}

static void add_tagged(struct buf *out, uint32_t number, enum wire_type type,
                       uint64_t value)
{
    uint8_t data[TAG_MAX_BYTES + VARINT_MAX_BYTES];
    size_t len = put_varint(data, (uint64_t)number << 3 | type);
    len += put_varint(data + len, value);
    buf_add(out, bytes_of(data, len));
}

void field_add_number(struct buf *out, uint32_t number, uint64_t value)
{
    add_tagged(out, number, WIRE_VARINT, value);
}

void field_add_zigzag(struct buf *out, uint32_t number, int64_t value)
{
    uint64_t sign = value < 0 ? UINT64_MAX : 0;
    add_tagged(out, number, WIRE_VARINT, ((uint64_t)value << 1) ^ sign);
}

void field_add_bytes(struct buf *out, uint32_t number, struct bytes bytes)
{
    add_tagged(out, number, WIRE_BYTES, bytes.len);
    buf_add(out, bytes);
}
