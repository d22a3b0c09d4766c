/* SPDX-License-Identifier: MIT */
/* verify.h: one walk of store_verify, shared by the files of this folder and
 * nobody else.
 *
 * Events are read in the order of the log, a segment at a time, and leave what
 * the indexes must agree with in a table of the segment. Then every index is
 * walked in its own order against the table, and what no entry led to is
 * missing. So nothing is read at random, and memory is bounded, at the price
 * of one walk over the indexes per segment.
 *
 * Only what was logged when the walk began is looked at, so that writing may
 * go on. */
#ifndef REVERIE_STORE_VERIFY_VERIFY_H
#define REVERIE_STORE_VERIFY_VERIFY_H

#include "store/store_internal.h"

/* Record flags are the low three bits. */
enum slot_flag {
    SLOT_HAS_ID = 8,
    SLOT_PRESENT = 16,
    SLOT_DAMAGED = 32, /* present, but says nothing about indexes */
    SLOT_IN_INBOX = 64,
    SLOT_IN_SESSION = 128
};

struct slot {
    uint32_t address;
    uint32_t session;
    uint32_t id_s;
    uint32_t flags;
};

struct verifier {
    struct store *store;
    uint32_t swarm;
    void (*fault)(void *context, const struct store_fault *fault);
    void (*progress)(void *context, const struct store_verify *so_far);
    void *context;
    uint64_t heads[LOG_COUNT];
    uint16_t log; /* the segment at hand */
    uint64_t first;
    uint64_t last;
    uint64_t epoch; /* of the event before */
    /* Every index is walked once per segment; what concerns no event is
     * reported the first time only. */
    bool is_first_walk;
    bool is_unread[FAMILY_COUNT]; /* what an entry is missing from cannot be
                                     said */
    struct slot *slots;
    struct store_verify result;
};

/* Counts a fault and tells it; swarm and whether a start refuses for it are
 * filled in. */
void verify_report_run(struct verifier *verifier, struct store_fault fault);
void verify_report(struct verifier *verifier, enum store_fault_kind kind,
                   uint16_t log, uint64_t seq, const char *sentence);

/* Whether a read met damage, rather than an end. */
bool verify_is_damage(enum err err);

/* Reads the events of the segment at hand and fills its slots. */
MUST_CHECK enum err verify_events(struct verifier *verifier);

/* Walks the indexes against the slots. */
MUST_CHECK enum err verify_indexes(struct verifier *verifier);

#endif
