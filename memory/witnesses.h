/* SPDX-License-Identifier: MIT */
/* witnesses.h: what the witnesses of a change add up to.
 *
 * The dream worker fills the numbers of a change with it, the gate counts again
 * and compares. Believes what a witness says of itself; whether the log says
 * so as well is gate/evidence.h.
 * Pure. Threads: any. */
#ifndef REVERIE_MEMORY_WITNESSES_H
#define REVERIE_MEMORY_WITNESSES_H

#include "base/bytes.h"

struct Reverie__V1__Witness;
struct Reverie__V1__Numbers;

/* What witnesses add up to. A witness whose causal root an earlier witness
 * of another principal has is an echo and counts for nothing; so is one that
 * only shows what helped. */
struct witness_count {
    uint32_t principals;
    uint32_t principals_for;
    uint32_t sessions; /* of witnesses for; likewise days, events, no_time */
    uint32_t days;
    uint32_t events;
    uint32_t owners;          /* distinct, of the principals for */
    uint32_t robust_sessions; /* left without the stats_margin(principals_for,
                                 auto) principals for with most sessions */
    int64_t first_us;         /* of the witnesses for that have a time */
    int64_t last_us;
    bool no_time;
    bool contradictory; /* a principal is for and against */
};

/* Who answers for a principal: "acme" for "acme/ada" and "acme/bo", the
 * principal itself where its name has no '/'. Borrows from ${principal}. */
struct bytes principal_owner(struct bytes principal);

/* Counts ${witnesses}; those with skip[i] are left out (${skip} may be
 * NULL). */
struct witness_count
witnesses_count(struct Reverie__V1__Witness *const *witnesses, size_t count,
                const bool *skip);

/* Fills the fields of ${numbers} that follow from its baseline and from
 * ${count}: principals, principals_for, sessions, days, events, share, log_e
 * (where there is a baseline), posterior, no_time. Leaves the others. */
void numbers_derive(const struct witness_count *count,
                    struct Reverie__V1__Numbers *numbers);

#endif
