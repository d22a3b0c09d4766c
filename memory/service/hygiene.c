/* SPDX-License-Identifier: MIT */
/* Changes whose evidence are memories, and the breaker on removals. */
#include <string.h>

#include "base/clock.h"
#include "base/edge/json.h"
#include "base/id.h"
#include "base/map.h"
#include "memory/fold/rows.h"
#include "memory/rows.pb-c.h"
#include "memory/service/step.h"
#include "proto/messages.h"

enum {
    CITED_MAX = 16, /* memories of one change */
    REMOVALS_MIN = 3,
    REMOVALS_SHARE = 10 /* one in so many of the live memories */
};

enum {
    OP_REVISE = REVERIE__V1__CHANGE_OP__CHANGE_REVISE,
    OP_MERGE = REVERIE__V1__CHANGE_OP__CHANGE_MERGE,
    OP_RETIRE = REVERIE__V1__CHANGE_OP__CHANGE_RETIRE,
    KIND_AUTHORED = REVERIE__V1__FINDING_KIND__FINDING_AUTHORED
};

/* ---- the memories it cites ----------------------------------------------- */

/* One of them, as it stands; the first is the one that is changed. */
struct cited_memory {
    struct bytes store;
    struct bytes path;
    struct head head;
};

static struct bytes text_of(const struct json *json, const char *name)
{
    return json_as_string(json_get(json, name), bytes_of(NULL, 0));
}

/* Whether the head is the one that was looked at. */
static enum evidence_fault head_fault(const struct json *json,
                                      const struct head *head)
{
    char text[2 * DIGEST_BYTES + 1];
    if (!head->live) {
        return EVIDENCE_NO_MEMORY;
    }
    struct digest digest =
        digest_of(message_text(head->version->content), bytes_of(NULL, 0));
    const char *hex =
        hex_text(bytes_of(digest.bytes, sizeof(digest.bytes)), text);
    int64_t number = json_as_int(json_get(json, "version"), -1);
    bool is_same = number >= 0 && (uint64_t)number == head->version->number &&
                   bytes_equal_text(text_of(json, "digest"), hex);
    return is_same ? EVIDENCE_NONE : EVIDENCE_MEMORY_MOVED;
}

static enum err cited_get(struct memory *memory, const struct json *json,
                          struct cited_memory *out, enum evidence_fault *fault)
{
    out->store = arena_copy(&memory->arena, text_of(json, "store"));
    out->path = arena_copy(&memory->arena, text_of(json, "path"));
    if (!store_name_is_valid(out->store, NULL) || !path_is_valid(out->path)) {
        *fault = EVIDENCE_WRONG_DETAIL;
        return ERR_OK;
    }
    enum err err = head_get(memory, out->store, out->path, &out->head);
    if (err == ERR_OK) {
        *fault = head_fault(json, &out->head);
    }
    return err;
}

static enum err cited_read(struct memory *memory, const struct json *list,
                           struct cited_memory *out, size_t *out_count,
                           enum evidence_fault *fault)
{
    size_t count = json_len(list);
    enum err err = ERR_OK;
    *fault =
        count == 0 || count > CITED_MAX ? EVIDENCE_WRONG_DETAIL : EVIDENCE_NONE;
    for (size_t i = 0; err == ERR_OK && *fault == EVIDENCE_NONE && i < count;
         i++) {
        err = cited_get(memory, json_at(list, i), &out[i], fault);
    }
    *out_count = count;
    return err;
}

/* ---- what the operation asks of them ------------------------------------- */

static struct bytes finding_of(const struct head *head)
{
    return message_bytes(head->version->has_finding, head->version->finding);
}

/* Written by hand, in the store of the change, and named by ${change}. */
static bool is_own_note(const struct Reverie__V1__Change *change,
                        const struct cited_memory *cited)
{
    return (int)cited->head.version->kind == KIND_AUTHORED &&
           bytes_equal(cited->store, message_text(change->store)) &&
           change_replaces(change, finding_of(&cited->head));
}

/* Whether the text that a merge leaves is one of those it merges, and all of
 * those are notes that it names, each once. */
static bool is_merge(const struct Reverie__V1__Change *change,
                     const struct cited_memory *cited, size_t count)
{
    bool is_all = count >= 2 && change->n_replaces == count;
    for (size_t i = 0; is_all && i < count; i++) {
        is_all = is_own_note(change, &cited[i]);
        for (size_t j = 0; is_all && j < i; j++) {
            is_all = !bytes_equal(cited[i].path, cited[j].path);
        }
    }
    return is_all;
}

static bool is_fitting(const struct Reverie__V1__Change *change,
                       const struct cited_memory *cited, size_t count)
{
    bool is_its_own =
        bytes_equal(cited[0].store, message_text(change->store)) &&
        bytes_equal(cited[0].path, message_text(change->path));
    bool keeps_text = bytes_equal(message_text(cited[0].head.version->content),
                                  message_text(change->content));
    if (!is_its_own || change->n_witnesses > 0) {
        return false;
    }
    switch ((int)change->op) {
    case OP_REVISE:
        return keeps_text && change->n_replaces == 1 &&
               is_own_note(change, &cited[0]);
    case OP_MERGE:
        return keeps_text && is_merge(change, cited, count);
    case OP_RETIRE:
        return change->n_replaces == 1 &&
               change_replaces(change, finding_of(&cited[0].head));
    default:
        return false;
    }
}

static bool same_text(const char *a, const char *b)
{
    return bytes_equal(message_text(a), message_text(b));
}

/* Whether everybody who reads the memory that goes reads the one that stays:
 * the same store, or an agent's and its team's. What two teams both do is not
 * there twice. */
static enum err is_read_elsewhere(struct memory *memory,
                                  const struct cited_memory *cited, bool *out)
{
    struct Reverie__V1__PeerJoined row = REVERIE__V1__PEER_JOINED__INIT;
    struct bytes agent = bytes_of(NULL, 0);
    struct bytes team = bytes_of(NULL, 0);
    *out = bytes_equal(cited[0].store, cited[1].store);
    if (*out || store_is_team(cited[0].store) ||
        !store_is_team(cited[1].store) ||
        !store_name_is_valid(cited[0].store, &agent) ||
        !store_name_is_valid(cited[1].store, &team)) {
        return ERR_OK;
    }
    struct row_key key = key_agent(agent);
    enum err err = row_get_or_zero(memory->table, &key,
                                   &reverie__v1__peer_joined__descriptor,
                                   &memory->arena, &row);
    *out = err == ERR_OK && bytes_equal(message_text(row.team), team);
    return err;
}

/* One finding in two places, the other of which stays. */
static bool is_exact(const struct Reverie__V1__Change *change,
                     const struct cited_memory *cited, size_t count)
{
    if ((int)change->op != OP_RETIRE || count != 2) {
        return false;
    }
    const struct Reverie__V1__Version *one = cited[0].head.version;
    const struct Reverie__V1__Version *other = cited[1].head.version;
    bool is_other_place = !bytes_equal(cited[0].store, cited[1].store) ||
                          !bytes_equal(cited[0].path, cited[1].path);
    return is_other_place && one->kind == other->kind &&
           (int)one->kind != KIND_AUTHORED &&
           message_text(one->subject).len > 0 &&
           same_text(one->subject, other->subject) &&
           same_text(one->option, other->option);
}

static bool is_protected(const struct cited_memory *cited, size_t from,
                         size_t to)
{
    for (size_t i = from; i < to; i++) {
        if (cited[i].head.version->pinned || path_is_protected(cited[i].path)) {
            return true;
        }
    }
    return false;
}

enum err judge_hygiene(struct memory *memory,
                       const struct Reverie__V1__Change *change,
                       struct judgement *out)
{
    struct cited_memory cited[CITED_MAX];
    struct json *json = NULL;
    size_t count = 0;
    enum evidence_fault fault = EVIDENCE_WRONG_DETAIL;
    enum err err = ERR_OK;
    if (json_parse(message_text(change->detail_json), &json) == ERR_OK) {
        err = cited_read(memory, json_get(json, "memories"), cited, &count,
                         &fault);
    }
    if (err == ERR_OK && fault == EVIDENCE_NONE) {
        bool fits = is_fitting(change, cited, count);
        fault = fits ? EVIDENCE_NONE : EVIDENCE_WRONG_DETAIL;
        bool removes = (int)change->op == OP_RETIRE;
        bool merges = (int)change->op == OP_MERGE;
        out->facts.exact_duplicate = fits && is_exact(change, cited, count);
        if (out->facts.exact_duplicate) {
            err = is_read_elsewhere(memory, cited, &out->facts.exact_duplicate);
        }
        out->facts.is_protected = is_protected(cited, merges,
                                               removes  ? 1
                                               : merges ? count
                                                        : 0);
    }
    out->evidence.fault = out->facts.fault = fault;
    json_free(json);
    return err;
}

/* ---- the breaker --------------------------------------------------------- */

static enum err store_get(struct memory *memory, struct bytes store,
                          struct Reverie__V1__StoreRow *out)
{
    struct row_key key = key_store(store);
    *out = (struct Reverie__V1__StoreRow)REVERIE__V1__STORE_ROW__INIT;
    return row_get_or_zero(memory->table, &key,
                           &reverie__v1__store_row__descriptor, &memory->arena,
                           out);
}

static uint64_t removed_lately(const struct memory *memory,
                               const struct Reverie__V1__StoreRow *row)
{
    uint64_t removed = 0;
    for (size_t i = 0; i < row->n_removed_us; i++) {
        removed += memory->input->time_us - row->removed_us[i] < US_PER_DAY;
    }
    return removed;
}

/* Adds up what the batch takes away from each store; ${room} holds the sums. A
 * store that is none is left out: its change is refused by itself. */
static enum err sum_removals(const struct Reverie__V1__ChangeSet *set,
                             uint64_t *room, struct map *sums)
{
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < set->n_changes; i++) {
        uint64_t removals = change_removals(set->changes[i]);
        struct bytes store = message_text(set->changes[i]->store);
        if (removals == 0 || !store_name_is_valid(store, NULL)) {
            continue;
        }
        uint64_t *sum = map_get(sums, store);
        if (!sum) {
            sum = &room[i];
            err = map_put(sums, store, sum);
        }
        *sum += removals;
    }
    return err;
}

/* Whether ${asked} removals more are beyond the limit of the store. */
static enum err is_beyond(struct memory *memory, struct bytes store,
                          uint64_t asked, bool *out)
{
    struct Reverie__V1__StoreRow row;
    enum err err = store_get(memory, store, &row);
    if (err == ERR_OK) {
        uint64_t removed = removed_lately(memory, &row);
        uint64_t most = (row.live + removed) / REMOVALS_SHARE;
        *out = removed + asked > (most > REMOVALS_MIN ? most : REMOVALS_MIN);
    }
    return err;
}

/* Sets the breaker of every change of the batch: all of a store's removals are
 * let through, or none. */
enum err judge_batch(struct memory *memory,
                     const struct Reverie__V1__ChangeSet *set)
{
    bool *breaks = step_take(memory, set->n_changes + 1);
    uint64_t *room = step_take(memory, (set->n_changes + 1) * sizeof(*room));
    if (!breaks || !room) {
        return ERR_TOO_BIG;
    }
    struct map *sums = map_new(set->n_changes + 1, NULL);
    enum err err = sum_removals(set, room, sums);
    for (size_t i = 0; err == ERR_OK && i < set->n_changes; i++) {
        struct bytes store = message_text(set->changes[i]->store);
        const uint64_t *asked = map_get(sums, store);
        if (asked && change_removals(set->changes[i]) > 0) {
            err = is_beyond(memory, store, *asked, &breaks[i]);
        }
    }
    map_free(sums);
    memory->batch_breaks = breaks;
    return err;
}
