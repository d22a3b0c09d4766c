/* SPDX-License-Identifier: MIT */
/* id.h: message ids, and bytes as hexadecimal text.
 *
 * An id is 16 bytes, a UUID version 7 (RFC 9562): 48 bits of Unix time in
 * milliseconds, then randomness, so ids sort by time. The randomness is
 * passed in.
 * Threads: any; an id_source belongs to one thread. */
#ifndef REVERIE_BASE_ID_H
#define REVERIE_BASE_ID_H

#include "base/bytes.h"

enum {
    ID_BYTES = 16,
    ID_TEXT_BYTES = 33
};

struct id {
    uint8_t bytes[ID_BYTES];
};

/* A UUIDv7 of ${time_us} and two random words. */
struct id id_make(int64_t time_us, uint64_t random_a, uint64_t random_b);

/* ERR_INVALID unless ${bytes} are 16 bytes that say version 7, variant 10. */
MUST_CHECK enum err id_read(struct bytes bytes, struct id *out_id);

/* The time in ${id}, to the millisecond. */
int64_t id_time_us(const struct id *id);

struct bytes id_bytes(const struct id *id);
bool id_equal(const struct id *a, const struct id *b);
bool id_is_zero(const struct id *id);

/* Lower-case hexadecimal. ${out} has room for 2 * len + 1; lends ${out}. */
const char *hex_text(struct bytes bytes, char *out);

/* Reads exactly ${len} bytes of hexadecimal. ERR_INVALID otherwise. */
MUST_CHECK enum err hex_parse(struct bytes text, uint8_t *out, size_t len);

#endif
