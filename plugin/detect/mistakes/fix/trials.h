/* SPDX-License-Identifier: MIT */
/* trials.h: what was tried after an error, and whether it worked.
 *
 * A trial is one later attempt at what had failed. Of the trials of one
 * principal with the same features the earliest stands for all, and all are
 * counted; beyond TRIALS_MAX the ones with the smallest hashes stay. So the
 * set depends on what was tried, not on the order in which sessions came.
 * Threads: belongs to one thread. */
#ifndef REVERIE_PLUGIN_DETECT_MISTAKES_FIX_TRIALS_H
#define REVERIE_PLUGIN_DETECT_MISTAKES_FIX_TRIALS_H

#include "plugin/detect/mistakes/delta.h"
#include "plugin/detect/mistakes/fix/remedy.h"

enum {
    TRIALS_MAX = 256 /* of one mistake */
};

/* Where a trial stands among those of its principal. */
struct trial_order {
    int64_t occurred_us;
    uint64_t session;
    uint64_t number;
};

struct trial {
    uint64_t person;
    uint64_t signature; /* hash of the features */
    struct trial_order order;
    bool worked; /* the earliest */
    bool is_retry;
    uint32_t times; /* all */
    uint32_t times_worked;
    uint32_t count;
    uint64_t features[DELTA_FEATURES_MAX];
    /* Of the earliest that worked; NULL: none, or its call is not remembered.
     * Owned by the set that it was added to. */
    struct remedy *remedy;
    struct trial_order remedy_order;
};

struct trials {
    struct trial *items;
    uint64_t *ranks; /* of each: what it is found, and may go, by */
    uint32_t count;
    uint32_t capacity;
    bool is_copy; /* made by trials_merge: remedies are another's */
    uint64_t left_out;
};

void trials_fini(struct trials *trials);

/* Adds one trial with ${delta} (closed); copies. Lends the trial, NULL where it
 * was left out. */
struct trial *trials_add(struct trials *trials, uint64_t person,
                         const struct delta *delta,
                         const struct trial_order *order, bool worked);

/* Whether the remedy of a trial of this order is to be kept: nothing earlier
 * is; and keeps it. */
bool trial_wants_remedy(const struct trial *trial,
                        const struct trial_order *order);
void trial_keep_remedy(struct trial *trial, const struct trial_order *order,
                       struct remedy *remedy);

/* Adds copies of all trials of ${from}, which must outlive them, to a set that
 * nothing is added to otherwise. */
void trials_merge(struct trials *trials, const struct trials *from);

/* Whether ${trial} has ${feature}. */
bool trial_has(const struct trial *trial, uint64_t feature);

/* Sorts by principal, order and signature: nothing that is computed from the
 * set then depends on how it came about. */
void trials_sort(struct trials *trials);

#endif
