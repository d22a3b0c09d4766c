/* SPDX-License-Identifier: MIT */
/* crypto.h: digests, tokens and randomness that must resist an attacker.
 *
 * BLAKE2b-256 (RFC 7693) from libsodium. Digests name findings, change sets
 * and what a reviewer approved; a keyed digest is a MAC.
 * Threads: any. */
#ifndef REVERIE_BASE_EDGE_CRYPTO_H
#define REVERIE_BASE_EDGE_CRYPTO_H

#include "base/bytes.h"

enum {
    DIGEST_BYTES = 32,
    DIGEST_TEXT_BYTES = 65
};

struct digest {
    uint8_t bytes[DIGEST_BYTES];
};

/* BLAKE2b-256 of ${bytes}, keyed with ${key} (at most 64 bytes; empty for
 * none). */
struct digest digest_of(struct bytes bytes, struct bytes key);

bool digest_equal(const struct digest *a, const struct digest *b);

/* Equality in time that depends on the lengths only. */
bool crypto_equal(struct bytes a, struct bytes b);

/* Fills ${out} from the operating system. */
void crypto_random(void *out, size_t len);

#endif
