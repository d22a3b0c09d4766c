/* SPDX-License-Identifier: MIT */
/* standing.h: how the votes of a slot stand.
 *
 * Every principal has one ballot an epoch. The first epoch begins with the
 * log: a ballot of it is the first option that a principal chose twice, or
 * stated once, without having been told to; it is never taken back, because
 * that would make the e-value no martingale. Where what principals choose by
 * now has left what they chose then, a present epoch begins on the day by which
 * half of them had left: the ballots are the habits (habit.h) of those who
 * acted since. Whoever still does as it was told has a ballot against all
 * others there, and none for what it was told.
 *
 * Ballots that are echoes of another principal's are left out, and of the
 * members of a cluster as many count as are worth of independent ones.
 * Everything is a function of the slot: of no order, and of no earlier
 * question.
 * Threads: belongs to one thread. */
#ifndef REVERIE_PLUGIN_DETECT_STANDING_H
#define REVERIE_PLUGIN_DETECT_STANDING_H

#include "plugin/detect/habit/marks.h"

enum {
    STALE_FACTOR = 20 /* e-value from which something is not so any more */
};

struct ballot {
    const struct vote *vote;
    uint64_t cluster; /* 0: of nobody else's */
    uint8_t option;
    uint8_t now; /* its habit; in a present epoch the same */
    bool is_told;
    bool is_left_out; /* as one too many of its cluster */
    uint8_t seen_count;
    struct sighting *seen[2 * USE_DAYS];
};

struct standing {
    const struct slot *slot;
    struct ballot *ballots; /* by time of the first witness */
    uint32_t count;
    uint32_t echoes; /* ballots that were another's */
    uint32_t clones; /* ballots left out of clusters */

    /* Of those that count, per option (OPTION_OTHER last): VOTERS_MAX fits. A
     * dream has as many of these as there are slots, and most of a hostile log
     * have no ballot: all of them share what is zero. */
    const uint16_t *votes; /* not told to */
    const uint16_t *told;
    const uint16_t *now;
    struct tallies *tallies; /* these three, owned; NULL: all zero */
    uint32_t voters;         /* all of them */
    uint8_t top;             /* most ballots, then lowest text; OPTION_NONE */

    bool has_moved;
    int64_t since_day; /* of the epoch, where it has moved */
    uint8_t before;    /* what was chosen before, or OPTION_NONE */
    uint32_t before_voters;
    uint32_t before_votes; /* for `before` */

    /* What it was made of, and what its witnesses add up to (standing_cited),
     * as long as nothing of it changes. */
    struct marks marks;
    uint64_t signature;
    struct standing_cited {
        bool is_known;
        uint8_t option;
        struct sighting_counts counts; /* of those for it */
        uint32_t principals;           /* for and against */
    } cited;
};

/* Gives the standing of ${slot}, which it lends until the slot changes. */
struct standing *standing_new(const struct slot *slot) MUST_CHECK;
void standing_free(struct standing *standing);

/* The same, nothing left out of clusters, but computed only if the ballots of
 * ${slot} changed since it was asked for last; *out_is_new says whether it was
 * (false for few ballots, of which nothing is kept). Lends it until
 * standing_release, or until the slot changes. */
struct standing *standing_of(struct slot *slot, bool *out_is_new) MUST_CHECK;
void standing_release(const struct slot *slot, struct standing *standing);

/* Principals that speak about ${option}: for it, or by choosing another. */
uint32_t standing_voters(const struct standing *standing, uint8_t option);

/* Options that a test of this slot counts as looked at: those with a ballot,
 * and of those without up to four that more than f = floor((n - 1) / 3) of the
 * n principals with a ballot chose all the same. What fewer name, or those who
 * have none, makes no test of others harder but by their own ballots. */
uint32_t standing_hypotheses(const struct standing *standing);

/* Leaves out ballots of the same cluster (ballots[].cluster) beyond what they
 * are worth at intra-class correlation ${rho} of their cluster, keeping the
 * proportions of what they are for. */
struct cluster_rho {
    uint64_t cluster;
    double rho;
};
void standing_thin(struct standing *standing, const struct cluster_rho *rhos,
                   size_t count);

/* Whether all ballots for ${option} are of one cluster. What everybody chooses
 * who runs one configuration, and nobody else, may be the prompt's choice. */
bool standing_is_of_one(const struct standing *standing, uint8_t option);

/* Whether by now at most half of the principals choose ${option}: an e-value
 * of at least STALE_FACTOR against "more than half". *out_stale is how they
 * stand since, to be freed by standing_free. */
bool standing_is_stale(const struct standing *standing, uint8_t option,
                       struct standing **out_stale);

/* Fills ${out} (room for SIGHTINGS_MAX) with the witnesses for ${option} and,
 * behind them, those against; each part in log order. At most
 * SIGHTINGS_MAX: every voter once, then other days of the supporters.
 * Returns how many; *out_for is how many of them are for it. */
uint32_t standing_witnesses(const struct standing *standing, uint8_t option,
                            struct sighting **out, uint32_t *out_for);

/* What the witnesses for ${option} that standing_witnesses gave,
 * seen[0..for_count), and all of them, seen[0..count), add up to: counted once
 * for one option of a standing. */
const struct standing_cited *standing_count(struct standing *standing,
                                            uint8_t option,
                                            struct sighting *const *seen,
                                            uint32_t for_count, uint32_t count);

#endif
