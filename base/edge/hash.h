/* SPDX-License-Identifier: MIT */
/* hash.h: fast hashes and checksums (XXH3).
 *
 * For tables, checksums of stored records and fixed partitions; values are
 * stable across machines and releases and may be stored. Not for anything an
 * attacker gains from colliding: digests are edge/crypto.h.
 * Threads: any. */
#ifndef REVERIE_BASE_EDGE_HASH_H
#define REVERIE_BASE_EDGE_HASH_H

#include "base/bytes.h"

/* XXH3, 64 bit, seed 0. */
uint64_t hash_bytes(struct bytes bytes);

/* XXH3 with a seed; chain calls to hash several parts. */
uint64_t hash_bytes_seeded(struct bytes bytes, uint64_t seed);

#endif
