/* SPDX-License-Identifier: MIT */
#include "base/edge/crypto.h"

#include <string.h>

#include <sodium.h>

static_assert(DIGEST_BYTES == crypto_generichash_BYTES, "BLAKE2b-256");

/* sodium_init is idempotent and thread-safe; without it randombytes may not
 * be seeded on some systems. */
static void ready(void)
{
    int rc = sodium_init();
    assert(rc >= 0);
    (void)rc;
}

struct digest digest_of(struct bytes bytes, struct bytes key)
{
    assert(key.len <= crypto_generichash_KEYBYTES_MAX);
    struct digest digest;
    int rc = crypto_generichash(digest.bytes, sizeof(digest.bytes), bytes.data,
                                bytes.len, key.data, key.len);
    assert(rc == 0);
    (void)rc;
    return digest;
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
    return memcmp(a->bytes, b->bytes, DIGEST_BYTES) == 0;
}

bool crypto_equal(struct bytes a, struct bytes b)
{
    return a.len == b.len &&
           (a.len == 0 || sodium_memcmp(a.data, b.data, a.len) == 0);
}

void crypto_random(void *out, size_t len)
{
    ready();
    randombytes_buf(out, len);
}
