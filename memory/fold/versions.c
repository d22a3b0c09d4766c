/* SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "memory/fold/fold.h"
#include "memory/fold/state.h"
#include "memory/rows.pb-c.h"
#include "proto/messages.h"

/* The memory an event is about, with its head before the event. */
struct target {
    struct bytes store;
    struct bytes path;
    bool exists;
    Reverie__V1__MemoryRow memory;
    Reverie__V1__Version head; /* if it exists */
};

static struct bytes finding_of(const Reverie__V1__Version *version)
{
    return message_bytes(version->has_finding, version->finding);
}

static enum err version_get(struct fold *fold, const struct target *target,
                            uint64_t number, Reverie__V1__Version *out)
{
    struct row_key key = key_version(target->store, target->path, number);
    enum err err = row_get(fold->table, &key, &reverie__v1__version__descriptor,
                           fold->arena, out);
    return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
}

static enum err target_get(struct fold *fold, const char *store,
                           const char *path, struct target *out)
{
    *out = (struct target){.store = message_text(store),
                           .path = message_text(path),
                           .memory = REVERIE__V1__MEMORY_ROW__INIT};
    if (!store_name_is_valid(out->store, NULL) || !path_is_valid(out->path)) {
        return ERR_CORRUPT;
    }
    struct row_key key = key_memory(out->store, out->path);
    enum err err =
        row_get(fold->table, &key, &reverie__v1__memory_row__descriptor,
                fold->arena, &out->memory);
    if (err == ERR_NOT_FOUND) {
        return ERR_OK;
    }
    out->exists = err == ERR_OK;
    return err == ERR_OK ? version_get(fold, out, out->memory.head, &out->head)
                         : err;
}

static void version_put(struct fold *fold, const struct target *target,
                        const Reverie__V1__Version *version)
{
    struct row_key key =
        key_version(target->store, target->path, version->number);
    row_put(fold->table, &key, version);
}

/* Keeps the version of the store and what it holds. ${live_change}
 * is -1, 0 or 1. */
static enum err store_move(struct fold *fold, const struct target *target,
                           uint64_t store_version, int live_change)
{
    Reverie__V1__StoreRow row = REVERIE__V1__STORE_ROW__INIT;
    struct Reverie__V1__CountsRow counts;
    struct row_key key = key_store(target->store);
    enum err err = fold_counts(fold, &counts);
    if (err != ERR_OK) {
        return err;
    }
    err =
        row_get_or_zero(fold->table, &key, &reverie__v1__store_row__descriptor,
                        fold->arena, &row);
    if (err != ERR_OK || store_version <= row.version) {
        return err != ERR_OK ? err : ERR_CORRUPT;
    }
    if (row.version == 0) {
        struct row_key counts_key = key_counts();
        counts.has_stores = true;
        counts.stores++;
        row_put(fold->table, &counts_key, &counts);
    }
    row.has_version = row.has_paths = row.has_live = true;
    row.version = store_version;
    row.paths += !target->exists;
    row.live += (uint32_t)live_change;
    row_put(fold->table, &key, &row);
    return ERR_OK;
}

/* Since when agents are told a finding, and where. */
static enum err finding_told(struct fold *fold, const struct target *target,
                             struct bytes finding, uint64_t store_version)
{
    struct Reverie__V1__FindingRow row = REVERIE__V1__FINDING_ROW__INIT;
    struct row_key key = key_finding(target->store, finding);
    enum err err = row_get_or_zero(fold->table, &key,
                                   &reverie__v1__finding_row__descriptor,
                                   fold->arena, &row);
    if (err != ERR_OK || finding.len == 0) {
        return err;
    }
    row.path = row_key_text(target->path, 0, fold->arena);
    if (!row.path) {
        return ERR_TOO_BIG;
    }
    row.from = row.has_from ? row.from : store_version;
    row.has_from = true;
    row.gone = 0;
    row.has_gone = true;
    row_put(fold->table, &key, &row);
    return ERR_OK;
}

static enum err finding_gone(struct fold *fold, const struct target *target,
                             struct bytes finding, uint64_t store_version)
{
    struct Reverie__V1__FindingRow row = REVERIE__V1__FINDING_ROW__INIT;
    struct row_key key = key_finding(target->store, finding);
    if (finding.len == 0) {
        return ERR_OK;
    }
    enum err err =
        row_get(fold->table, &key, &reverie__v1__finding_row__descriptor,
                fold->arena, &row);
    if (err == ERR_OK) {
        row.gone = store_version;
        row_put(fold->table, &key, &row);
    }
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* After a version became the head, or the head changed its state.
 */
static enum err head_put(struct fold *fold, const struct target *target,
                         const Reverie__V1__Version *head,
                         uint64_t store_version)
{
    struct bytes before =
        target->exists ? finding_of(&target->head) : bytes_of(NULL, 0);
    bool was_live = target->exists && version_is_live(target->head.state);
    bool is_live = version_is_live(head->state);
    Reverie__V1__MemoryRow row = REVERIE__V1__MEMORY_ROW__INIT;
    row.has_head = row.has_state = true;
    row.head = head->number;
    row.state = head->state;
    row.has_finding = head->has_finding;
    row.finding = head->finding;
    struct row_key key = key_memory(target->store, target->path);
    row_put(fold->table, &key, &row);
    enum err err = ERR_OK;
    if (!is_live || !bytes_equal(before, finding_of(head))) {
        err = finding_gone(fold, target, before, store_version);
    }
    if (err == ERR_OK && is_live) {
        err = finding_told(fold, target, finding_of(head), store_version);
    }
    return err != ERR_OK ? err
                         : store_move(fold, target, store_version,
                                      (int)is_live - (int)was_live);
}

/* The head becomes ${state}, if it is live: what was gone stays what it
 * was. */
static enum err head_leaves(struct fold *fold, const struct target *target,
                            int state)
{
    if (!target->exists || !version_is_live(target->head.state)) {
        return ERR_OK;
    }
    if (!version_may_become(target->head.state, state)) {
        return ERR_CORRUPT;
    }
    Reverie__V1__Version old = target->head;
    old.state = (Reverie__V1__VersionState)state;
    version_put(fold, target, &old);
    return ERR_OK;
}

static void witnesses_put(struct fold *fold, const struct target *target,
                          uint64_t number,
                          struct Reverie__V1__Witness **witnesses, size_t count)
{
    struct Reverie__V1__WitnessesRow row = REVERIE__V1__WITNESSES_ROW__INIT;
    struct row_key key = key_witnesses(target->store, target->path, number);
    row.witnesses = witnesses;
    row.n_witnesses = count;
    if (count) {
        row_put(fold->table, &key, &row);
    }
}

/* Keeps when dreams removed memories without a human, for a day: what a breaker
 * counts. */
static enum err removal_counted(struct fold *fold, const struct target *target,
                                const Reverie__V1__Change *change,
                                int64_t time_us)
{
    Reverie__V1__StoreRow row = REVERIE__V1__STORE_ROW__INIT;
    struct row_key key = key_store(target->store);
    size_t added = change_removals(change);
    if (added == 0) {
        return ERR_OK;
    }
    enum err err =
        row_get(fold->table, &key, &reverie__v1__store_row__descriptor,
                fold->arena, &row);
    int64_t *times =
        arena_take(fold->arena, (row.n_removed_us + added) * sizeof(*times));
    if (err != ERR_OK || !times) {
        return err != ERR_OK ? err : ERR_TOO_BIG;
    }
    size_t count = 0;
    for (size_t i = 0; i < row.n_removed_us; i++) {
        if (time_us - row.removed_us[i] < US_PER_DAY) {
            times[count++] = row.removed_us[i];
        }
    }
    for (size_t i = 0; i < added; i++) {
        times[count++] = time_us;
    }
    row.removed_us = times;
    row.n_removed_us = count;
    row_put(fold->table, &key, &row);
    return ERR_OK;
}

/* The change that made a version is applied, and what it replaces
 * is known to carry it. */
static enum err change_applied(struct fold *fold, const struct target *target,
                               const Reverie__V1__Version *version)
{
    struct bytes id = message_bytes(version->has_change, version->change);
    struct Reverie__V1__ChangeRow row = REVERIE__V1__CHANGE_ROW__INIT;
    struct row_key key = key_change(id);
    if (id.len == 0) {
        return ERR_OK;
    }
    enum err err =
        row_get(fold->table, &key, &reverie__v1__change_row__descriptor,
                fold->arena, &row);
    if (err != ERR_OK) {
        return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
    }
    for (size_t i = 0; i < row.change->n_replaces; i++) {
        ProtobufCBinaryData replaced = row.change->replaces[i];
        struct row_key derived = key_derived(
            target->store, message_bytes(true, replaced), target->path);
        row_put_empty(fold->table, &derived);
    }
    if (row.state == REVERIE__V1__CHANGE_STATE__CHANGE_PROPOSED) {
        err = removal_counted(fold, target, row.change, version->time_us);
    }
    if (err != ERR_OK) {
        return err;
    }
    row.has_number = true;
    row.number = version->number;
    return fold_change_state(fold, &row,
                             REVERIE__V1__CHANGE_STATE__CHANGE_APPLIED);
}

/* memory.applied with the head's number marks the head: suspect, active
 * again, superseded; or counted again or pinned, which leave its state. */
static enum err fold_mark(struct fold *fold, const struct target *target,
                          const Reverie__V1__Version *mark)
{
    Reverie__V1__Version head = target->head;
    bool stays = head.state == mark->state && version_is_live(head.state);
    if (!stays && !version_may_become(head.state, mark->state)) {
        return ERR_CORRUPT;
    }
    head.state = mark->state;
    head.store_version = mark->store_version;
    head.numbers = mark->numbers ? mark->numbers : head.numbers;
    head.pinned = mark->has_pinned ? mark->pinned : head.pinned;
    head.has_pinned = head.has_pinned || mark->has_pinned;
    head.provenance = mark->provenance ? mark->provenance : head.provenance;
    version_put(fold, target, &head);
    return head_put(fold, target, &head, mark->store_version);
}

enum err fold_applied(struct fold *fold, struct bytes body)
{
    struct Reverie__V1__MemoryApplied event;
    struct target target;
    enum err err = row_read(body, &reverie__v1__memory_applied__descriptor,
                            fold->arena, &event);
    if (err == ERR_OK) {
        err = target_get(fold, event.store, event.path, &target);
    }
    if (err == ERR_OK && !event.version) {
        err = ERR_CORRUPT;
    }
    if (err != ERR_OK) {
        return err;
    }
    uint64_t head_number = target.exists ? target.head.number : 0;
    if (target.exists && event.version->number == head_number) {
        return fold_mark(fold, &target, event.version);
    }
    if (event.version->number != head_number + 1 ||
        !version_may_become(0, event.version->state)) {
        return ERR_CORRUPT;
    }
    err = head_leaves(fold, &target,
                      REVERIE__V1__VERSION_STATE__VERSION_SUPERSEDED);
    if (err != ERR_OK) {
        return err;
    }
    version_put(fold, &target, event.version);
    witnesses_put(fold, &target, event.version->number, event.witnesses,
                  event.n_witnesses);
    err = head_put(fold, &target, event.version, event.version->store_version);
    return err != ERR_OK ? err : change_applied(fold, &target, event.version);
}

/* ---- revert -------------------------------------------------------------- */

static enum err witnesses_get(struct fold *fold, const struct target *target,
                              uint64_t number,
                              struct Reverie__V1__WitnessesRow *out)
{
    struct row_key key = key_witnesses(target->store, target->path, number);
    *out = (struct Reverie__V1__WitnessesRow)REVERIE__V1__WITNESSES_ROW__INIT;
    return row_get_or_zero(fold->table, &key,
                           &reverie__v1__witnesses_row__descriptor, fold->arena,
                           out);
}

/* The version a revert adds: a copy of the one it goes back to, or
 * the tombstone of a memory that is gone. */
static enum err reverted_version(struct fold *fold, const struct target *target,
                                 struct Reverie__V1__MemoryReverted *event,
                                 Reverie__V1__Version *out)
{
    *out = (Reverie__V1__Version)REVERIE__V1__VERSION__INIT;
    out->state = REVERIE__V1__VERSION_STATE__VERSION_REVERTED;
    if (event->to_number != 0) {
        enum err err = version_get(fold, target, event->to_number, out);
        if (err != ERR_OK || message_text(out->content).len == 0) {
            return err != ERR_OK ? err : ERR_CORRUPT;
        }
        out->state = REVERIE__V1__VERSION_STATE__VERSION_ACTIVE;
        out->pinned = out->has_pinned = target->head.pinned;
    } else {
        out->title = target->head.title;
    }
    out->has_state = true;
    out->has_number = true;
    out->number = target->head.number + 1;
    out->author = event->by;
    out->reason = event->reason;
    out->has_time_us = true;
    out->time_us = fold->time_us;
    out->has_ledger_seq = true;
    out->ledger_seq = fold->seq;
    out->has_store_version = true;
    out->store_version = event->store_version;
    return ERR_OK;
}

/* What the head said was turned down by a person. */
static enum err remember_revert(struct fold *fold, const struct target *target,
                                const Reverie__V1__Version *next)
{
    struct Reverie__V1__WitnessesRow witnesses;
    struct bytes finding = finding_of(&target->head);
    bool same =
        version_is_live(next->state) && bytes_equal(finding, finding_of(next));
    if (finding.len == 0 || same) {
        return ERR_OK;
    }
    Reverie__V1__ChangeRow row;
    struct row_key key =
        key_change(message_bytes(target->head.has_change, target->head.change));
    enum err err = witnesses_get(fold, target, target->head.number, &witnesses);
    if (err != ERR_OK) {
        return err;
    }
    err = target->head.has_change
              ? row_get(fold->table, &key, &reverie__v1__change_row__descriptor,
                        fold->arena, &row)
              : ERR_NOT_FOUND;
    if (err != ERR_OK && err != ERR_NOT_FOUND) {
        return err;
    }
    const struct rejection rejection = {
        .store = target->store,
        .finding = finding,
        .change = err == ERR_OK ? row.change : NULL,
        .witnesses = witnesses.witnesses,
        .count = witnesses.n_witnesses,
    };
    return fold_rejection(fold, &rejection);
}

enum err fold_reverted(struct fold *fold, struct bytes body)
{
    struct Reverie__V1__MemoryReverted event;
    struct Reverie__V1__WitnessesRow witnesses;
    struct target target;
    Reverie__V1__Version next;
    enum err err = row_read(body, &reverie__v1__memory_reverted__descriptor,
                            fold->arena, &event);
    if (err == ERR_OK) {
        err = target_get(fold, event.store, event.path, &target);
    }
    if (err == ERR_OK &&
        (!target.exists || event.from_number != target.head.number)) {
        err = ERR_CORRUPT;
    }
    if (err == ERR_OK) {
        err = reverted_version(fold, &target, &event, &next);
    }
    if (err == ERR_OK) {
        err = remember_revert(fold, &target, &next);
    }
    if (err == ERR_OK) {
        err = head_leaves(fold, &target,
                          REVERIE__V1__VERSION_STATE__VERSION_REVERTED);
    }
    if (err == ERR_OK) {
        err = witnesses_get(fold, &target, event.to_number, &witnesses);
    }
    if (err != ERR_OK) {
        return err;
    }
    version_put(fold, &target, &next);
    witnesses_put(fold, &target, next.number, witnesses.witnesses,
                  witnesses.n_witnesses);
    return head_put(fold, &target, &next, event.store_version);
}
