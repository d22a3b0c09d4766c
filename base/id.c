/* SPDX-License-Identifier: MIT */
#include "base/id.h"

#include <string.h>

#include "base/clock.h"
#include "base/text/ascii.h"

struct id id_make(int64_t time_us, uint64_t random_a, uint64_t random_b)
{
    uint64_t ms = (uint64_t)(time_us / US_PER_MS);
    struct id id;
    for (size_t i = 0; i < 6; i++) {
        id.bytes[i] = (uint8_t)(ms >> (40 - 8 * i));
    }
    for (size_t i = 0; i < 2; i++) {
        id.bytes[6 + i] = (uint8_t)(random_a >> (8 * i));
    }
    for (size_t i = 0; i < 8; i++) {
        id.bytes[8 + i] = (uint8_t)(random_b >> (8 * i));
    }
    id.bytes[6] = (uint8_t)((id.bytes[6] & 0x0f) | 0x70);
    id.bytes[8] = (uint8_t)((id.bytes[8] & 0x3f) | 0x80);
    return id;
}

enum err id_read(struct bytes bytes, struct id *out_id)
{
    if (bytes.len != ID_BYTES || bytes.data[6] >> 4 != 7 ||
        bytes.data[8] >> 6 != 2) {
        return ERR_INVALID;
    }
    memcpy(out_id->bytes, bytes.data, ID_BYTES);
    return ERR_OK;
}

int64_t id_time_us(const struct id *id)
{
    int64_t ms = 0;
    for (size_t i = 0; i < 6; i++) {
        ms = ms << 8 | id->bytes[i];
    }
    return ms * US_PER_MS;
}

struct bytes id_bytes(const struct id *id)
{
    return bytes_of(id->bytes, ID_BYTES);
}

bool id_equal(const struct id *a, const struct id *b)
{
    return memcmp(a->bytes, b->bytes, ID_BYTES) == 0;
}

bool id_is_zero(const struct id *id)
{
    static const struct id zero;
    return id_equal(id, &zero);
}

const char *hex_text(struct bytes bytes, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes.len; i++) {
        out[2 * i] = digits[bytes.data[i] >> 4];
        out[2 * i + 1] = digits[bytes.data[i] & 15];
    }
    out[2 * bytes.len] = 0;
    return out;
}

enum err hex_parse(struct bytes text, uint8_t *out, size_t len)
{
    if (text.len != 2 * len) {
        return ERR_INVALID;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (ascii_hex_value(text.data[i]) < 0) {
            return ERR_INVALID;
        }
    }
    for (size_t i = 0; i < len; i++) {
        unsigned high = (unsigned)ascii_hex_value(text.data[2 * i]);
        unsigned low = (unsigned)ascii_hex_value(text.data[2 * i + 1]);
        out[i] = (uint8_t)(high << 4 | low);
    }
    return ERR_OK;
}
