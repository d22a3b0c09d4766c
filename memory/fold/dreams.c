/* SPDX-License-Identifier: MIT */
#include "memory/fold/fold.h"
#include "memory/rows.pb-c.h"
#include "proto/messages.h"

/* The row of a dream by name; the name's row holds only its position. */
static enum err dream_get(struct fold *fold, const char *name,
                          Reverie__V1__DreamRow *out)
{
    Reverie__V1__DreamRow at = REVERIE__V1__DREAM_ROW__INIT;
    struct row_key name_key = key_dream_name(message_text(name));
    enum err err =
        row_get(fold->table, &name_key, &reverie__v1__dream_row__descriptor,
                fold->arena, &at);
    if (err != ERR_OK) {
        return err;
    }
    struct row_key key = key_dream(at.seq);
    err = row_get(fold->table, &key, &reverie__v1__dream_row__descriptor,
                  fold->arena, out);
    return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
}

static enum err remove_all(struct fold *fold, const struct row_key *prefix)
{
    struct row_list list;
    enum err err = rows_list(fold->table, prefix, bytes_of(NULL, 0),
                             FOLD_LIST_MAX, fold->arena, &list);
    for (size_t i = 0; err == ERR_OK && i < list.count; i++) {
        fold->table->remove(fold->table->context, list.keys[i]);
    }
    return err;
}

/* Forgets the rows of the oldest dream; its events stay in the ledger. */
static enum err forget_oldest(struct fold *fold)
{
    struct row_list list;
    Reverie__V1__DreamRow oldest = REVERIE__V1__DREAM_ROW__INIT;
    struct row_key all = key_dream(0);
    enum err err = rows_list(fold->table, &all, bytes_of(NULL, 0),
                             2 * (size_t)DREAMS_MAX, fold->arena, &list);
    if (err != ERR_OK || list.count == 0) {
        return err;
    }
    err = row_read(list.values[list.count - 1],
                   &reverie__v1__dream_row__descriptor, fold->arena, &oldest);
    if (err != ERR_OK || !oldest.started) {
        return err != ERR_OK ? err : ERR_CORRUPT;
    }
    struct row_key candidates = key_candidates(oldest.seq, 0);
    struct row_key changes = key_dream_change(oldest.seq, bytes_of(NULL, 0));
    struct row_key key = key_dream(oldest.seq);
    struct row_key name = key_dream_name(message_text(oldest.started->dream));
    row_remove(fold->table, &key);
    row_remove(fold->table, &name);
    err = remove_all(fold, &candidates);
    return err != ERR_OK ? err : remove_all(fold, &changes);
}

enum err fold_dream_started(struct fold *fold, struct bytes body)
{
    struct Reverie__V1__DreamStarted event;
    struct Reverie__V1__CountsRow counts;
    Reverie__V1__DreamRow row = REVERIE__V1__DREAM_ROW__INIT;
    Reverie__V1__DreamRow at = REVERIE__V1__DREAM_ROW__INIT;
    enum err err = row_read(body, &reverie__v1__dream_started__descriptor,
                            fold->arena, &event);
    if (err == ERR_OK) {
        err = fold_counts(fold, &counts);
    }
    if (err == ERR_OK && counts.dreams >= DREAMS_MAX) {
        counts.dreams--;
        err = forget_oldest(fold);
    }
    if (err != ERR_OK) {
        return err;
    }
    row.started = &event;
    row.has_started_us = true;
    row.started_us = fold->time_us;
    row.has_seq = at.has_seq = true;
    row.seq = at.seq = fold->seq;
    counts.has_dreams = true;
    counts.dreams++;
    struct row_key key = key_dream(fold->seq);
    struct row_key name = key_dream_name(message_text(event.dream));
    struct row_key counts_key = key_counts();
    row_put(fold->table, &key, &row);
    row_put(fold->table, &name, &at);
    row_put(fold->table, &counts_key, &counts);
    return ERR_OK;
}

enum err fold_dream_candidates(struct fold *fold, struct bytes body)
{
    struct Reverie__V1__DreamCandidates event;
    Reverie__V1__DreamRow row = REVERIE__V1__DREAM_ROW__INIT;
    enum err err = row_read(body, &reverie__v1__dream_candidates__descriptor,
                            fold->arena, &event);
    if (err == ERR_OK) {
        err = dream_get(fold, event.dream, &row);
    }
    if (err != ERR_OK) {
        return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
    }
    row.has_candidates = true;
    row.candidates += (uint32_t)event.n_candidates;
    struct row_key key = key_dream(row.seq);
    struct row_key part = key_candidates(row.seq, fold->seq);
    row_put(fold->table, &key, &row);
    row_put(fold->table, &part, &event);
    return ERR_OK;
}

enum err fold_dream_finished(struct fold *fold, struct bytes body)
{
    struct Reverie__V1__DreamFinished event;
    Reverie__V1__DreamRow row = REVERIE__V1__DREAM_ROW__INIT;
    enum err err = row_read(body, &reverie__v1__dream_finished__descriptor,
                            fold->arena, &event);
    if (err == ERR_OK) {
        err = dream_get(fold, event.dream, &row);
    }
    if (err != ERR_OK) {
        return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
    }
    row.finished = &event;
    row.has_finished_us = true;
    row.finished_us = fold->time_us;
    struct row_key key = key_dream(row.seq);
    row_put(fold->table, &key, &row);
    return ERR_OK;
}
