/* SPDX-License-Identifier: MIT */
/* redact.h: secrets and personal data never leave the log.
 *
 * One versioned redactor for everything that is derived: candidates, quotes,
 * memories, pages. Replaces what it finds by typed placeholders that keep "the
 * same one again" countable: "<SECRET:k3f9>" carries a keyed hash of what it
 * replaced. Deterministic for one key.
 * Pure. Threads: any. */
#ifndef REVERIE_MEMORY_REDACT_H
#define REVERIE_MEMORY_REDACT_H

#include "base/bytes.h"

enum {
    REDACTOR_VERSION = 3,
    REDACT_KEY_BYTES = 16
};

struct redact_key {
    uint8_t bytes[REDACT_KEY_BYTES];
};

/* Appends ${text} to ${out} with every secret and personal datum replaced;
 * returns how many were. Never longer than 2 * len + 64. */
size_t redact(const struct redact_key *key, struct bytes text, struct buf *out);

#endif
