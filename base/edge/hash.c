/* SPDX-License-Identifier: MIT */
#include "base/edge/hash.h"

/* Nearly all that is hashed is a few bytes: a call would cost as much. */
#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t hash_bytes(struct bytes bytes)
{
    return hash_bytes_seeded(bytes, 0);
}

uint64_t hash_bytes_seeded(struct bytes bytes, uint64_t seed)
{
    static const uint8_t nothing;
    return XXH3_64bits_withSeed(bytes.len ? bytes.data : &nothing, bytes.len,
                                seed);
}
