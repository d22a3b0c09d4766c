/* SPDX-License-Identifier: MIT */
/* votes.h: what the principals of one team chose at one slot.
 *
 * Every principal has one vote: the first option that it chose twice without
 * having been told to, or that it stated once. The vote is counted once and
 * then frozen, because votes that can be taken back make the e-value no
 * martingale. What a principal chooses by now is kept beside it, for the
 * effect gates only.
 * Threads: belongs to one thread. */
#ifndef REVERIE_PLUGIN_DETECT_VOTES_H
#define REVERIE_PLUGIN_DETECT_VOTES_H

#include "plugin/detect/exposure.h"
#include "plugin/detect/sighting.h"

enum {
    OPTIONS_MAX = 16,           /* of a slot; the rest is OPTION_OTHER */
    OPTION_OTHER = OPTIONS_MAX, /* can be voted for, but not be proposed */
    OPTION_NONE = 255,
    VOTERS_MAX = 256,      /* principals of a slot */
    USE_SIGHTINGS_MAX = 3, /* of one option of one principal */
    RECENT_MAX = 8,        /* last choices of a principal */
    QUALIFYING_USES = 2,
};

struct option {
    struct bytes text; /* owned */
    uint64_t uses;
    uint8_t finding[FINDING_BYTES];
};

/* One principal's uses of one option, none of them exposed. */
struct use {
    uint8_t option;
    uint32_t uses;
    struct sightings seen;
};

struct vote {
    uint32_t principal;
    uint8_t frozen; /* option or OPTION_NONE */
    uint8_t use_count;
    uint8_t recent_count;
    uint8_t recent[RECENT_MAX];
    struct use *uses;
};

struct slot {
    uint32_t team;
    struct bytes name; /* owned */
    enum slot_form form;
    struct option options[OPTIONS_MAX];
    uint32_t option_count;
    uint64_t uses;
    uint64_t other_uses; /* of options beyond the maximum */
    uint64_t exposed_uses;
    uint64_t refused;    /* uses by principals beyond VOTERS_MAX */
    struct vote **votes; /* by principal number */
    uint32_t vote_count;
    uint32_t vote_capacity;
};

struct slot *slot_new(uint32_t team, struct bytes name,
                      enum slot_form form) MUST_CHECK;
void slot_free(void *value);

/* The number of ${option}, made if it is new: OPTION_OTHER when full. The
 * finding id of a new one is left zero. */
uint8_t slot_option(struct slot *slot, struct bytes option);

/* OPTION_NONE if the slot does not know it. */
uint8_t slot_find_option(const struct slot *slot, struct bytes option);

/* ${principal} chose ${option} in ${tuple}. ${is_told}: it had been told to.
 * ${is_stated}: said, not done; qualifies at once. */
struct choice {
    const struct tuple *tuple;
    uint32_t principal;
    uint8_t option;
    bool is_told;
    bool is_stated;
};
void slot_choose(struct slot *slot, const struct choice *choice);

/* Frozen votes, and current majorities, per option (OPTION_OTHER last).
 * A vote all of whose sightings are echoes of another principal's is left out
 * and counted. */
struct tally {
    uint32_t frozen[OPTIONS_MAX + 1];
    uint32_t now[OPTIONS_MAX + 1];
    uint32_t voters;
    uint32_t now_voters;
    uint32_t echoes;
    uint8_t top; /* most frozen votes, then lowest text; OPTION_NONE */
};
struct tally slot_tally(const struct slot *slot);

/* Fills ${out} (room for SIGHTINGS_MAX) with the witnesses for ${option} and,
 * behind them, those against; each part in log order. At most
 * SIGHTINGS_MAX: every voter once, then the other sessions of the supporters.
 * Returns how many; *out_for is how many of them are for it. */
uint32_t slot_witnesses(const struct slot *slot, uint8_t option,
                        struct sighting **out, uint32_t *out_for);

#endif
