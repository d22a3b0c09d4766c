/* SPDX-License-Identifier: MIT */
#include "plugin/plan/memo/packed.h"

#include <stdlib.h>

#include "base/map.h"
#include "proto/field.h"
#include "proto/limits.h"
#include "proto/messages.h"

struct plan_memo {
    struct map *kept; /* finding -> struct plan_kept */
    uint64_t plan;    /* number of this one */
    uint64_t made;
    size_t bytes;
};

static void drop_bytes(struct plan_memo *memo, struct plan_kept *kept)
{
    memo->bytes -= kept->packed.len;
    free((void *)(uintptr_t)kept->packed.data);
    kept->packed = bytes_of(NULL, 0);
    kept->operation = 0;
}

static void kept_free(void *value)
{
    struct plan_kept *kept = value;
    free((void *)(uintptr_t)kept->packed.data);
    free(kept);
}

struct plan_memo *plan_memo_new(void)
{
    struct plan_memo *memo = mem_new(sizeof(*memo));
    memo->kept = map_new(PLAN_MEMO_MAX, kept_free);
    return memo;
}

void plan_memo_free(struct plan_memo *memo)
{
    if (memo) {
        map_free(memo->kept);
        free(memo);
    }
}

void plan_memo_begin(struct plan_memo *memo)
{
    size_t cursor = 0;
    struct bytes key;
    void *value = NULL;
    if (!memo) {
        return;
    }
    while (map_next(memo->kept, &cursor, &key, &value)) {
        struct plan_kept *kept = value;
        if (kept->used != memo->plan) {
            drop_bytes(memo, kept);
            map_remove(memo->kept, key);
        }
    }
    memo->plan++;
}

struct plan_kept *plan_memo_of(struct plan_memo *memo,
                               const uint8_t finding[FINDING_BYTES])
{
    struct bytes key = bytes_of(finding, FINDING_BYTES);
    struct plan_kept *kept = memo ? map_get(memo->kept, key) : NULL;
    if (memo && !kept) {
        kept = mem_new(sizeof(*kept));
        if (map_put(memo->kept, key, kept) != ERR_OK) {
            kept_free(kept);
            return NULL;
        }
    }
    if (kept) {
        kept->used = memo->plan;
    }
    return kept;
}

void plan_memo_keep(struct plan_memo *memo, struct plan_kept *kept,
                    uint64_t operation, struct bytes packed)
{
    if (!kept) {
        return;
    }
    drop_bytes(memo, kept);
    memo->made++;
    if (packed.len <= PLAN_MEMO_BYTES_MAX - memo->bytes) {
        kept->packed = bytes_of(bytes_to_text(packed), packed.len);
        kept->operation = operation;
        memo->bytes += packed.len;
    }
}

uint64_t plan_memo_made(const struct plan_memo *memo)
{
    return memo->made;
}

/* ---- as bytes ------------------------------------------------------------ */

void packed_change(struct Reverie__V1__Change *change, struct buf *out)
{
    struct buf rest;
    Reverie__V1__Change name = REVERIE__V1__CHANGE__INIT;
    buf_init(&rest, BODY_MAX_LIMIT);
    message_pack(change, &rest);
    assert(buf_error(&rest) == ERR_OK && !change->has_id);
    struct digest id = digest_of(buf_bytes(&rest), bytes_of(NULL, 0));
    name.has_id = true;
    name.id = message_binary(bytes_of(id.bytes, DIGEST_BYTES));
    /* The id is its first field. */
    message_pack(&name, out);
    buf_add(out, buf_bytes(&rest));
    buf_fini(&rest);
}

static void add_varint(uint64_t value, struct buf *out)
{
    const uint64_t more = 0x80;
    while (value >= more) {
        buf_add_u8(out, (uint8_t)(value | more));
        value >>= 7;
    }
    buf_add_u8(out, (uint8_t)value);
}

void packed_add(struct bytes change, struct buf *out)
{
    enum {
        CHANGES_FIELD = 8 /* proto/memory.proto */
    };
    add_varint(CHANGES_FIELD << 3 | WIRE_BYTES, out);
    add_varint(change.len, out);
    buf_add(out, change);
}

void packed_set(const struct Reverie__V1__ChangeSet *set, struct bytes changes,
                struct buf *out)
{
    Reverie__V1__ChangeSet head = *set;
    Reverie__V1__ChangeSet tail = REVERIE__V1__CHANGE_SET__INIT;
    Reverie__V1__ChangeSet name = REVERIE__V1__CHANGE_SET__INIT;
    struct buf rest;
    buf_init(&rest, BODY_MAX_LIMIT);
    /* Fields stand in the order of their numbers: the format is the only one
     * behind the changes. */
    tail.has_format = true;
    tail.format = set->format;
    head.has_format = false;
    message_pack(&head, &rest);
    buf_add(&rest, changes);
    message_pack(&tail, &rest);
    assert(buf_error(&rest) == ERR_OK && !set->has_id && !set->proposer);
    struct digest id = digest_of(buf_bytes(&rest), bytes_of(NULL, 0));
    name.has_id = true;
    name.id = message_binary(bytes_of(id.bytes, DIGEST_BYTES));
    message_pack(&name, out);
    buf_add(out, buf_bytes(&rest));
    buf_fini(&rest);
}
