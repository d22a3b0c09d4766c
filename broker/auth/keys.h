/* SPDX-License-Identifier: MIT */
/* keys.h: which token stands for which principal, and with what rights.
 *
 * A file of JSON lines, one key each (README.md). It holds the BLAKE2b-256
 * digest of a token, never the token: that is 32 random bytes, shown once,
 * when the key is made. Used by the broker (looks up, re-reads when the file
 * changes) and by `reverie keys` (adds, lists, revokes). Changes replace the
 * file whole, under a lock, so a reader sees the old one or the new one.
 * Threads: a keys object belongs to one thread at a time. */
#ifndef REVERIE_BROKER_AUTH_KEYS_H
#define REVERIE_BROKER_AUTH_KEYS_H

#include "base/bytes.h"

enum {
    KEYS_MAX = 10000,
    KEY_ID_BYTES = 17,    /* 16 hexadecimal digits of the digest and a NUL */
    TOKEN_TEXT_BYTES = 72 /* room for a token and a NUL */
};

struct key {
    char id[KEY_ID_BYTES];
    char *principal;
    char *swarm;
    uint32_t rights; /* of enum route_right */
    int64_t created_us;
};

struct keys;

/* Reads ${path}; an absent file has no keys. Gives *out_keys (keys_close).
 * ERR_INVALID, ERR_FULL (KEYS_MAX), ERR_IO: ${out_why} says which line. */
MUST_CHECK enum err keys_open(const char *path, struct buf *out_why,
                              struct keys **out_keys);
void keys_close(struct keys *keys);

/* Reads the file again if it has changed. A file that cannot be read leaves
 * the keys as they were, is logged, and gives its error. */
MUST_CHECK enum err keys_refresh(struct keys *keys);

/* The key of ${token}, good for its swarm only; lent until keys change. NULL
 * if there is none. Takes the same time whichever key matches, or none. */
const struct key *keys_find(const struct keys *keys, struct bytes token);

size_t keys_count(const struct keys *keys);
const struct key *keys_at(const struct keys *keys, size_t index);

/* Makes a key and saves it; writes its token, which is nowhere else, to
 * ${out_token}. ERR_INVALID: not names. ERR_FULL, ERR_IO. */
MUST_CHECK enum err keys_add(struct keys *keys, struct bytes swarm,
                             struct bytes principal, uint32_t rights,
                             int64_t time_us, char out_token[TOKEN_TEXT_BYTES]);

/* Removes the key with that id. A running broker refuses the token from the
 * next hello on. ERR_NOT_FOUND, ERR_IO. */
MUST_CHECK enum err keys_revoke(struct keys *keys, struct bytes id);

/* Writes ${token} and a newline to a new file that only its owner may read.
 * ERR_EXISTS: there is such a file already. ERR_IO. */
MUST_CHECK enum err keys_write_token(const char *path, const char *token);

/* Reads such a file. ERR_NOT_FOUND, ERR_INVALID, ERR_DENIED: others than the
 * owner may read it. */
MUST_CHECK enum err keys_read_token(const char *path,
                                    char out_token[TOKEN_TEXT_BYTES]);

#endif
