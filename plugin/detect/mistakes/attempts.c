/* SPDX-License-Identifier: MIT */
#include "plugin/detect/mistakes/attempts.h"

#include <stdlib.h>
#include <string.h>

#include "base/edge/hash.h"
#include "base/map.h"

struct attempts {
    struct map *sessions; /* key -> struct live, which the map owns */
    struct live *newest;
    struct live *oldest;
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

/* One block: the copy, its slots, its references, all texts. */
static struct call_copy *copy_new(const struct tuple *tuple, uint32_t principal)
{
    const struct tuple_call *call = &tuple->call;
    size_t slot_bytes = call->slot_count * sizeof(struct tuple_slot);
    size_t ref_bytes = call->ref_count * sizeof(struct tuple_ref);
    struct call_copy *copy =
        mem_new(sizeof(*copy) + slot_bytes + ref_bytes + text_bytes(call));
    copy->slots = (struct tuple_slot *)(copy + 1);
    copy->refs = (struct tuple_ref *)(copy->slots + call->slot_count);
    uint8_t *at = (uint8_t *)(copy->refs + call->ref_count);
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
    copy->seen = sighting_new(tuple, principal, bytes_of(NULL, 0));
    return copy;
}

void attempt_drop(struct attempt *attempt)
{
    if (attempt->copy) {
        free(attempt->copy->seen);
        free(attempt->copy);
        attempt->copy = NULL;
    }
}

/* ---- sessions ------------------------------------------------------------ */

static void live_free(void *value)
{
    struct live *live = value;
    for (size_t i = 0; i < ATTEMPTS_RING; i++) {
        attempt_drop(&live->ring[i]);
    }
    free(live);
}

struct attempts *attempts_new(void)
{
    struct attempts *attempts = mem_new(sizeof(*attempts));
    attempts->sessions = map_new(ATTEMPTS_SESSIONS_MAX, live_free);
    return attempts;
}

void attempts_free(struct attempts *attempts)
{
    if (attempts) {
        map_free(attempts->sessions);
        free(attempts);
    }
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
    uint8_t key[sizeof(live->key)];
    memcpy(key, live->key, sizeof(key));
    unlink_live(attempts, live);
    map_remove(attempts->sessions, bytes_of(key, sizeof(key)));
}

static uint64_t key_of(uint32_t team, uint32_t principal,
                       const struct tuple *tuple, uint8_t key[16])
{
    uint64_t session = hash_bytes(tuple->session);
    memcpy(key, &team, sizeof(team));
    memcpy(key + 4, &principal, sizeof(principal));
    memcpy(key + 8, &session, sizeof(session));
    return session;
}

struct live *attempts_of(struct attempts *attempts, uint32_t team,
                         uint32_t principal, const struct tuple *tuple)
{
    uint8_t key[16];
    uint64_t session = key_of(team, principal, tuple, key);
    if (tuple->session.len == 0) {
        return NULL;
    }
    if (attempts->newest &&
        memcmp(attempts->newest->key, key, sizeof(key)) == 0) {
        return attempts->newest;
    }
    struct live *live = map_get(attempts->sessions, bytes_of(key, sizeof(key)));
    if (live) {
        unlink_live(attempts, live);
        link_newest(attempts, live);
        return live;
    }
    if (map_size(attempts->sessions) == ATTEMPTS_SESSIONS_MAX) {
        forget(attempts, attempts->oldest);
        attempts->evicted++;
    }
    live = mem_new(sizeof(*live));
    memcpy(live->key, key, sizeof(key));
    live->session_hash = session;
    enum err err =
        map_put(attempts->sessions, bytes_of(key, sizeof(key)), live);
    assert(err == ERR_OK); /* there is room */
    link_newest(attempts, live);
    return live;
}

void attempts_end(struct attempts *attempts, uint32_t team, uint32_t principal,
                  const struct tuple *tuple)
{
    uint8_t key[16];
    key_of(team, principal, tuple, key);
    struct live *live = map_get(attempts->sessions, bytes_of(key, sizeof(key)));
    if (live) {
        forget(attempts, live);
    }
}

/* ---- attempts ------------------------------------------------------------ */

static uint64_t hash_of_name(struct bytes name)
{
    return name.len > 0 ? hash_bytes(name) : 0;
}

struct attempt *live_call(struct live *live, const struct tuple *tuple,
                          uint32_t principal)
{
    uint64_t number = ++live->numbers;
    struct attempt *attempt = &live->ring[number % ATTEMPTS_RING];
    attempt_drop(attempt);
    *attempt = (struct attempt){.state = ATTEMPT_PENDING,
                                .number = number,
                                .call = hash_of_name(tuple->call.call),
                                .tool = hash_of_name(tuple->call.tool),
                                .copy = copy_new(tuple, principal)};
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
    for (uint64_t back = 0; back < ATTEMPTS_RING && back < live->numbers;
         back++) {
        struct attempt *attempt =
            &live->ring[(live->numbers - back) % ATTEMPTS_RING];
        if (fits(attempt, call_hash, tool_hash)) {
            return attempt;
        }
    }
    return NULL;
}

struct attempt *live_attempt(struct live *live, uint64_t number)
{
    struct attempt *attempt = &live->ring[number % ATTEMPTS_RING];
    return attempt->number == number && number > 0 ? attempt : NULL;
}
