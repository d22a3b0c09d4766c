/* SPDX-License-Identifier: MIT */
#include "store/format/key.h"

#include <string.h>

#include "base/edge/crypto.h"

/* Second field of the keys in meta and names. */
enum tag {
    TAG_FORMAT = 1,
    TAG_SWARM = 2,
    TAG_EPOCH = 3,
    TAG_TRIM = 4,
    TAG_NAMES = 5,
    TAG_NAME_TEXT = 1,
    TAG_NAME_NUMBER = 2
};

static void add_number(struct key *key, uint64_t value, size_t width)
{
    assert(key->len + width <= KEY_MAX_BYTES);
    for (size_t i = width; i-- > 0;) {
        key->data[key->len++] = (uint8_t)(value >> (8 * i));
    }
}

struct bytes key_bytes(const struct key *key)
{
    return bytes_of(key->data, key->len);
}

struct key key_swarm(uint32_t swarm)
{
    struct key key = {.len = 0};
    add_number(&key, swarm, 4);
    return key;
}

struct key key_swarm_end(uint32_t swarm)
{
    assert(swarm < UINT32_MAX);
    return key_swarm(swarm + 1);
}

struct key key_event(uint32_t swarm, uint16_t log, uint64_t seq)
{
    struct key key = key_swarm(swarm);
    add_number(&key, log, 2);
    add_number(&key, seq, 8);
    return key;
}

/* Whether ${in} was read to its end without running past it. */
static enum err read_whole(const struct reader *in)
{
    return in->err == ERR_OK && in->rest.len == 0 ? ERR_OK : ERR_CORRUPT;
}

enum err key_event_read(struct bytes key, uint32_t *out_swarm,
                        uint16_t *out_log, uint64_t *out_seq)
{
    struct reader in = reader_of(key);
    uint32_t swarm = reader_u32(&in);
    uint16_t log = reader_u16(&in);
    uint64_t seq = reader_u64(&in);
    if (read_whole(&in) != ERR_OK) {
        return ERR_CORRUPT;
    }
    *out_swarm = swarm;
    *out_log = log;
    *out_seq = seq;
    return ERR_OK;
}

struct key key_posting(uint32_t swarm, uint32_t name, uint16_t log,
                       uint64_t seq)
{
    struct key key = key_swarm(swarm);
    add_number(&key, name, 4);
    add_number(&key, log, 2);
    add_number(&key, seq, 8);
    return key;
}

enum err key_posting_read(struct bytes key, uint32_t *out_name,
                          uint16_t *out_log, uint64_t *out_seq)
{
    struct reader in = reader_of(key);
    reader_u32(&in);
    uint32_t name = reader_u32(&in);
    uint16_t log = reader_u16(&in);
    uint64_t seq = reader_u64(&in);
    if (read_whole(&in) != ERR_OK) {
        return ERR_CORRUPT;
    }
    *out_name = name;
    *out_log = log;
    *out_seq = seq;
    return ERR_OK;
}

struct key key_dedupe(uint32_t swarm, uint64_t ordinal)
{
    struct key key = key_swarm(swarm);
    add_number(&key, ordinal, 8);
    return key;
}

enum err key_dedupe_read(struct bytes key, uint64_t *out_ordinal)
{
    struct reader in = reader_of(key);
    reader_u32(&in);
    uint64_t ordinal = reader_u64(&in);
    if (read_whole(&in) != ERR_OK) {
        return ERR_CORRUPT;
    }
    *out_ordinal = ordinal;
    return ERR_OK;
}

/* The source keys the digest of the id, so that no concatenation of the two
 * can be mistaken for another; a source longer than a key may be is hashed
 * first. */
struct key key_import(uint32_t swarm, struct bytes source,
                      struct bytes source_id)
{
    struct digest of_source = digest_of(source, bytes_of(NULL, 0));
    struct digest digest =
        digest_of(source_id, bytes_of(of_source.bytes, DIGEST_BYTES));
    struct key key = key_swarm(swarm);
    memcpy(key.data + key.len, digest.bytes, KEY_DIGEST_BYTES);
    key.len += KEY_DIGEST_BYTES;
    return key;
}

static struct key tagged(uint32_t swarm, enum tag tag)
{
    struct key key = key_swarm(swarm);
    add_number(&key, tag, 1);
    return key;
}

struct key key_meta_format(void)
{
    return tagged(0, TAG_FORMAT);
}

struct key key_meta_swarm(uint32_t swarm)
{
    struct key key = tagged(0, TAG_SWARM);
    add_number(&key, swarm, 4);
    return key;
}

struct key key_meta_epoch(uint32_t swarm, uint64_t epoch)
{
    struct key key = tagged(swarm, TAG_EPOCH);
    add_number(&key, epoch, 8);
    return key;
}

struct key key_meta_trim(uint32_t swarm, uint32_t address, uint16_t log)
{
    struct key key = tagged(swarm, TAG_TRIM);
    add_number(&key, address, 4);
    add_number(&key, log, 2);
    return key;
}

struct key key_meta_names(uint32_t swarm)
{
    return tagged(swarm, TAG_NAMES);
}

struct key key_name_text(uint32_t swarm, uint32_t name)
{
    struct key key = tagged(swarm, TAG_NAME_TEXT);
    add_number(&key, name, 4);
    return key;
}

void key_name_number(uint32_t swarm, struct bytes text, struct buf *out)
{
    buf_add_u32(out, swarm);
    buf_add_u8(out, TAG_NAME_NUMBER);
    buf_add(out, text);
}

void key_row(uint32_t swarm, uint8_t table, struct bytes key, struct buf *out)
{
    buf_add_u32(out, swarm);
    buf_add_u8(out, table);
    buf_add(out, key);
}
