/* SPDX-License-Identifier: MIT */
/* fold.h: the only writer of rows.
 *
 * One function per kind of ledger event; each turns the rows before the event
 * into the rows after it, from the event alone: no clock, no configuration,
 * no log. So rows can be thrown away and folded again (memory_fold). Events
 * that the state machines forbid, or that contradict the rows, are
 * ERR_CORRUPT: the services never emit one.
 * Threads: that of the table. */
#ifndef REVERIE_MEMORY_FOLD_FOLD_H
#define REVERIE_MEMORY_FOLD_FOLD_H

#include "memory/fold/rows.h"

enum {
    DREAMS_MAX = 256,      /* kept in rows; the ledger keeps all */
    FOLD_LIST_MAX = 100000 /* rows of one scan */
};

/* One event being folded. */
struct fold {
    const struct memory_table *table;
    uint64_t seq;
    int64_t time_us;
    struct arena *arena; /* reset before every event */
};

struct Reverie__V1__CountsRow;

MUST_CHECK enum err fold_counts(struct fold *fold,
                                struct Reverie__V1__CountsRow *out);

/* Moves a change to ${state} and keeps the index of states and the count of
 * waiting changes. ${row} is stored with it. */
struct Reverie__V1__ChangeRow;
MUST_CHECK enum err fold_change_state(struct fold *fold,
                                      struct Reverie__V1__ChangeRow *row,
                                      int state);

/* Remembers what a finding that was turned down rests on, also under what is
 * left of it in other words. ${change} made it, or NULL. */
struct Reverie__V1__Change;
struct Reverie__V1__Witness;
struct rejection {
    struct bytes store;
    struct bytes finding;
    const struct Reverie__V1__Change *change;
    struct Reverie__V1__Witness *const *witnesses;
    size_t count;
};
MUST_CHECK enum err fold_rejection(struct fold *fold,
                                   const struct rejection *rejection);

/* The handlers, by file. ${body} is the event's. */
MUST_CHECK enum err fold_applied(struct fold *fold, struct bytes body);
MUST_CHECK enum err fold_reverted(struct fold *fold, struct bytes body);
MUST_CHECK enum err fold_joined(struct fold *fold, struct bytes body);
MUST_CHECK enum err fold_published(struct fold *fold, struct bytes body);
MUST_CHECK enum err fold_acknowledged(struct fold *fold, struct bytes body);
MUST_CHECK enum err fold_dream_started(struct fold *fold, struct bytes body);
MUST_CHECK enum err fold_dream_candidates(struct fold *fold, struct bytes body);
MUST_CHECK enum err fold_dream_finished(struct fold *fold, struct bytes body);

#endif
