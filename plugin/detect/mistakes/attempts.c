/* SPDX-License-Identifier: MIT */
#include "plugin/detect/mistakes/attempts.h"

#include <stdlib.h>
#include <string.h>

#include "base/edge/hash.h"
#include "base/table.h"

enum {
    RING_FIRST = 4
};

struct attempts {
    struct table *sessions; /* key -> struct live */
    struct live *newest;    /* of a list that owns them */
    struct live *oldest;
    size_t held; /* bytes of copies */
    uint64_t evicted;
};

/* ---- copies of calls ----------------------------------------------------- */

static struct bytes put(uint8_t **at, struct bytes text)
{
    struct bytes copy = bytes_of(*at, text.len);
    if (text.len > 0) {
        memcpy(*at, text.data, text.len);
    }
    *at += text.len;
    return copy;
}

static size_t text_bytes(const struct tuple_call *call)
{
    size_t bytes = call->tool.len;
    for (size_t i = 0; i < call->slot_count; i++) {
        bytes += call->slots[i].name.len + call->slots[i].option.len;
    }
    for (size_t i = 0; i < call->ref_count; i++) {
        bytes += call->refs[i].owner.len + call->refs[i].name.len +
                 call->refs[i].said.len;
    }
    return bytes;
}

/* One block: the copy, its slots, its references, the sighting, all texts. */
static struct call_copy *copy_new(const struct tuple *tuple, uint32_t principal)
{
    const struct tuple_call *call = &tuple->call;
    size_t slot_bytes = call->slot_count * sizeof(struct tuple_slot);
    size_t ref_bytes = call->ref_count * sizeof(struct tuple_ref);
    const struct bytes none = bytes_of(NULL, 0);
    size_t seen_bytes = sighting_bytes(tuple, none);
    size_t bytes = sizeof(struct call_copy) + slot_bytes + ref_bytes +
                   seen_bytes + text_bytes(call);
    struct call_copy *copy = mem_grow(NULL, bytes);
    copy->bytes = bytes;
    copy->slots = (struct tuple_slot *)(copy + 1);
    copy->refs = (struct tuple_ref *)(copy->slots + call->slot_count);
    void *seen = copy->refs + call->ref_count;
    uint8_t *at = (uint8_t *)seen + seen_bytes;
    copy->seen = sighting_put(tuple, principal, none, seen);
    copy->tool = put(&at, call->tool);
    copy->slot_count = call->slot_count;
    copy->ref_count = call->ref_count;
    for (size_t i = 0; i < call->slot_count; i++) {
        copy->slots[i].name = put(&at, call->slots[i].name);
        copy->slots[i].option = put(&at, call->slots[i].option);
        copy->slots[i].form = call->slots[i].form;
    }
    for (size_t i = 0; i < call->ref_count; i++) {
        copy->refs[i] = call->refs[i];
        copy->refs[i].owner = put(&at, call->refs[i].owner);
        copy->refs[i].name = put(&at, call->refs[i].name);
        copy->refs[i].said = put(&at, call->refs[i].said);
    }
    return copy;
}

static size_t seen_bytes_of(const struct sighting *seen)
{
    return seen ? sizeof(*seen) + seen->agent.len + seen->session.len +
                      seen->quote.len + seen->option.len + seen->view.len
                : 0;
}

void attempt_drop(struct attempt *attempt, bool keep)
{
    size_t before = seen_bytes_of(attempt->seen);
    before += attempt->copy ? attempt->copy->bytes : 0;
    free(attempt->seen);
    attempt->seen = NULL;
    if (keep && attempt->copy) {
        attempt->seen = sighting_copy(attempt->copy->seen);
    }
    free(attempt->copy);
    attempt->copy = NULL;
    if (attempt->held) {
        *attempt->held -= before;
        *attempt->held += seen_bytes_of(attempt->seen);
    }
}

/* ---- sessions ------------------------------------------------------------ */

static void live_free(struct live *live)
{
    for (size_t i = 0; i < live->ring_size; i++) {
        attempt_drop(&live->ring[i], false);
    }
    free(live->ring);
    free(live);
}

struct attempts *attempts_new(void)
{
    struct attempts *attempts = mem_new(sizeof(*attempts));
    attempts->sessions = table_new(ATTEMPTS_SESSIONS_MAX);
    return attempts;
}

void attempts_free(struct attempts *attempts)
{
    if (!attempts) {
        return;
    }
    while (attempts->newest) {
        struct live *older = attempts->newest->older;
        live_free(attempts->newest);
        attempts->newest = older;
    }
    table_free(attempts->sessions);
    free(attempts);
}

uint64_t attempts_evicted(const struct attempts *attempts)
{
    return attempts->evicted;
}

static void unlink_live(struct attempts *attempts, struct live *live)
{
    *(live->newer ? &live->newer->older : &attempts->newest) = live->older;
    *(live->older ? &live->older->newer : &attempts->oldest) = live->newer;
    live->newer = NULL;
    live->older = NULL;
}

static void link_newest(struct attempts *attempts, struct live *live)
{
    live->older = attempts->newest;
    *(live->older ? &live->older->newer : &attempts->oldest) = live;
    attempts->newest = live;
}

static void forget(struct attempts *attempts, struct live *live)
{
    unlink_live(attempts, live);
    table_remove(attempts->sessions, live->key);
    live_free(live);
}

/* The session that was heard of last stays. */
static void shrink(struct attempts *attempts)
{
    struct live *oldest = attempts->oldest;
    while (attempts->held > ATTEMPTS_BYTES_MAX && oldest && oldest->newer) {
        forget(attempts, oldest);
        attempts->evicted++;
        oldest = attempts->oldest;
    }
}

static uint64_t key_of(uint32_t team, uint32_t principal,
                       const struct tuple *tuple)
{
    uint64_t who = (uint64_t)team << 32 | principal;
    return hash_bytes_seeded(tuple->session, who);
}

struct live *attempts_of(struct attempts *attempts, uint32_t team,
                         uint32_t principal, const struct tuple *tuple)
{
    if (tuple->session.len == 0) {
        return NULL;
    }
    uint64_t key = key_of(team, principal, tuple);
    shrink(attempts);
    if (attempts->newest && attempts->newest->key == key) {
        return attempts->newest;
    }
    struct live *live = table_get(attempts->sessions, key);
    if (live) {
        unlink_live(attempts, live);
        link_newest(attempts, live);
        return live;
    }
    if (table_size(attempts->sessions) == ATTEMPTS_SESSIONS_MAX) {
        forget(attempts, attempts->oldest);
        attempts->evicted++;
    }
    live = mem_new(sizeof(*live));
    live->key = key;
    live->held = &attempts->held;
    live->session_hash = hash_bytes(tuple->session);
    bool is_put = table_put(attempts->sessions, key, live);
    assert(is_put); /* there is room */
    link_newest(attempts, live);
    return live;
}

uint64_t attempts_fetch(const struct attempts *attempts, uint32_t team,
                        uint32_t principal, const struct tuple *tuple)
{
    uint64_t key = key_of(team, principal, tuple);
    table_fetch(attempts->sessions, key);
    return key;
}

void attempts_fetch_live(const struct attempts *attempts, uint64_t key)
{
    const size_t line = 64;
    const struct live *live = table_get(attempts->sessions, key);
    if (live) {
        mem_prefetch(live);
        mem_prefetch((const uint8_t *)live + line);
    }
}

struct live *attempts_find(struct attempts *attempts, uint32_t team,
                           uint32_t principal, const struct tuple *tuple)
{
    return table_get(attempts->sessions, key_of(team, principal, tuple));
}

void attempts_end(struct attempts *attempts, uint32_t team, uint32_t principal,
                  const struct tuple *tuple)
{
    struct live *live =
        table_get(attempts->sessions, key_of(team, principal, tuple));
    if (live) {
        forget(attempts, live);
    }
}

/* ---- attempts ------------------------------------------------------------ */

static uint64_t hash_of_name(struct bytes name)
{
    return name.len > 0 ? hash_bytes(name) : 0;
}

/* Twice as many; most sessions are short. Every attempt moves to where its
 * number stands now. */
static void grow_ring(struct live *live)
{
    uint32_t size = live->ring_size ? 2 * live->ring_size : RING_FIRST;
    struct attempt *ring = mem_new_array(size, sizeof(*ring));
    for (uint32_t i = 0; i < live->ring_size; i++) {
        ring[live->ring[i].number % size] = live->ring[i];
    }
    free(live->ring);
    live->ring = ring;
    live->ring_size = size;
}

struct attempt *live_call(struct live *live, const struct tuple *tuple,
                          uint32_t principal)
{
    if (live->numbers == live->ring_size && live->ring_size < ATTEMPTS_RING) {
        grow_ring(live);
    }
    uint64_t number = ++live->numbers;
    struct attempt *attempt = &live->ring[number % live->ring_size];
    attempt_drop(attempt, false);
    *attempt = (struct attempt){.state = ATTEMPT_PENDING,
                                .number = number,
                                .call = hash_of_name(tuple->call.call),
                                .tool = hash_of_name(tuple->call.tool),
                                .copy = copy_new(tuple, principal),
                                .held = live->held};
    *live->held += attempt->copy->bytes;
    live->events++;
    return attempt;
}

static bool fits(const struct attempt *attempt, uint64_t call, uint64_t tool)
{
    if (attempt->state != ATTEMPT_PENDING) {
        return false;
    }
    return call ? attempt->call == call : tool == 0 || attempt->tool == tool;
}

struct attempt *live_find(struct live *live, struct bytes call,
                          struct bytes tool)
{
    uint64_t call_hash = hash_of_name(call);
    uint64_t tool_hash = hash_of_name(tool);
    for (uint64_t back = 0; back < live->ring_size && back < live->numbers;
         back++) {
        struct attempt *attempt =
            &live->ring[(live->numbers - back) % live->ring_size];
        if (fits(attempt, call_hash, tool_hash)) {
            return attempt;
        }
    }
    return NULL;
}

struct attempt *live_attempt(struct live *live, uint64_t number)
{
    if (number == 0 || live->ring_size == 0) {
        return NULL;
    }
    struct attempt *attempt = &live->ring[number % live->ring_size];
    return attempt->number == number ? attempt : NULL;
}
