/* SPDX-License-Identifier: MIT */
/* packed.h: changes and change sets as bytes, and those of the last dream.
 *
 * A change is packed once and spliced into its set. Until memory has taken it
 * the next dream makes the same change of the same candidate: the memo keeps
 * its bytes, named by a fingerprint of all that goes into it, so that nothing
 * but a set's head and digest is made anew. What was not asked for in the
 * dream before is forgotten, and beyond PLAN_MEMO_BYTES_MAX nothing more is
 * kept; both change no result.
 * Threads: belongs to one thread. */
#ifndef REVERIE_PLUGIN_PLAN_MEMO_PACKED_H
#define REVERIE_PLUGIN_PLAN_MEMO_PACKED_H

#include "base/bytes.h"
#include "memory/change.h"

struct Reverie__V1__Change;
struct Reverie__V1__ChangeSet;

enum {
    PLAN_MEMO_BYTES_MAX = 2 << 20,
    PLAN_MEMO_MAX = 8192 /* findings */
};

/* What is kept of one candidate. */
struct plan_kept {
    uint64_t print;      /* of the candidate; 0: nothing is kept */
    uint32_t principals; /* of its witnesses, as numbers_derive says */
    uint32_t principals_for;
    int risk;            /* Reverie__V1__RiskClass */
    uint64_t operation;  /* of what is done with it; 0: no bytes are kept */
    struct bytes packed; /* owned; with its id */
    uint64_t used;       /* number of the plan that asked for it last */
};

struct plan_memo;

struct plan_memo *plan_memo_new(void) MUST_CHECK;
void plan_memo_free(struct plan_memo *memo);

/* Begins another plan: forgets what the last one did not ask for. */
void plan_memo_begin(struct plan_memo *memo);

/* Lends what is kept of ${finding}, made if it is new; NULL if ${memo} is, or
 * where it is full. */
struct plan_kept *plan_memo_of(struct plan_memo *memo,
                               const uint8_t finding[FINDING_BYTES]);

/* Counts a change that was made, and keeps a copy of ${packed} if there is
 * room. ${kept} NULL: nothing. */
void plan_memo_keep(struct plan_memo *memo, struct plan_kept *kept,
                    uint64_t operation, struct bytes packed);

/* Changes that were made since the memo was, rather than found. */
uint64_t plan_memo_made(const struct plan_memo *memo);

/* Appends ${change} with its id, which is set here. */
void packed_change(struct Reverie__V1__Change *change, struct buf *out);

/* Appends one packed change as a field of its set. */
void packed_add(struct bytes change, struct buf *out);

/* Appends the set that has the fields of ${set} (no changes, no id) and the
 * changes ${changes}, with its id. */
void packed_set(const struct Reverie__V1__ChangeSet *set, struct bytes changes,
                struct buf *out);

#endif
