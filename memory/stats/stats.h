/* SPDX-License-Identifier: MIT */
/* stats.h: the statistics a memory is decided on.
 *
 * The e-value of a preference against a baseline, the posterior that a
 * majority has it, and the tiers that proposals must reach. The dream worker
 * and the gate both call these functions, so a number that was computed
 * honestly is always confirmed. Knows no messages and no log.
 * Pure: the same arguments give the same bits. Threads: any. */
#ifndef REVERIE_MEMORY_STATS_H
#define REVERIE_MEMORY_STATS_H

#include "base/base.h"

/* Natural logarithm of the e-value for "more than ${baseline} of all
 * principals choose this", after ${x} of ${n} did. Mixture of 16 likelihood
 * ratios with p above the baseline and above 0.6, because no share below that
 * is a preference; its expectation is at most 1 while the baseline holds, at
 * every look. 0 < baseline < 1, x <= n. */
double stats_log_e(uint32_t n, uint32_t x, double baseline);

/* P(p > 0.5) under Beta(1 + x, 1 + n - x). x <= n. */
double stats_posterior(uint32_t n, uint32_t x);

/* x / n, 0 for no votes. */
double stats_share(uint32_t n, uint32_t x);

enum stats_tier {
    STATS_TIER_PROPOSAL, /* good enough for a human to look at */
    STATS_TIER_AUTO      /* good enough without one, where policy allows */
};

const char *stats_tier_name(enum stats_tier tier);

/* Votes for one option, one per principal, and the test they were part of. */
struct stats_votes {
    uint32_t principals;     /* n */
    uint32_t principals_for; /* x */
    uint32_t days;           /* distinct, of the witnesses for */
    bool no_time;            /* days are not known */
    bool has_baseline;
    double baseline; /* q */
    double alpha;    /* level of e-BH */
    uint32_t family; /* candidates tested together */
    uint32_t rank;   /* of this one, from 1 */
};

/* Sessions and principals that made one mistake. */
struct stats_mistake {
    uint32_t principals;
    uint32_t sessions;
    uint32_t robust_sessions; /* without the stats_margin most active; asked
                                 for by auto only */
    uint32_t days;
    bool no_time;
};

/* Sessions that did something in order, and what became of them. */
struct stats_workflow {
    uint32_t principals; /* that did it and succeeded */
    uint32_t sessions;   /* likewise */
    double log_e;        /* contrast_log_e */
    double uplift;       /* contrast_uplift */
    double alpha;
    uint32_t family;
    uint32_t rank;
};

/* What a tier asks for and the evidence does not give. */
enum stats_lack {
    STATS_LACK_NOTHING,
    STATS_LACK_PRINCIPALS,
    STATS_LACK_SESSIONS,
    STATS_LACK_DAYS,
    STATS_LACK_SHARE,
    STATS_LACK_LIFT,
    STATS_LACK_POSTERIOR,
    STATS_LACK_SIGNIFICANCE,
    STATS_LACK_ROBUSTNESS /* does not survive the loss of f supporters */
};

/* "too_few_principals", ...: the reason codes of README.md. */
const char *stats_lack_name(enum stats_lack lack);

/* What else auto asks of those who speak for a finding, because a new name
 * costs nothing: distinct owners, and principals that the log has known for
 * days and by more than the few events they are cited for. */
enum {
    STATS_OWNERS_MIN = 3,
    STATS_TENURE_DAYS = 7,
    STATS_TENURE_EVENTS = 20
};

/* Whether a principal with so many events in the log, from ${first_us} to
 * ${last_us} of `occurred`, has tenure. */
bool stats_has_tenure(uint64_t events, int64_t first_us, int64_t last_us);

/* Supporters that a finding of ${principals} must survive losing: 2 for a
 * proposal, floor((n - 1) / 3) for auto. */
uint32_t stats_margin(uint32_t principals, enum stats_tier tier);

/* Principals that a preference of the tier needs: 5; 13 for auto, so that
 * twelve people never speak for everybody without one of them being asked. */
uint32_t stats_principals_min(enum stats_tier tier);

/* The first thing ${votes} lack for ${tier}. Without a baseline lift and
 * significance are not asked for, and with no_time the days are not: such
 * findings never reach the auto tier (they lack STATS_LACK_SIGNIFICANCE or
 * STATS_LACK_DAYS). */
enum stats_lack stats_preference_lack(const struct stats_votes *votes,
                                      enum stats_tier tier);

/* One principal's own habit, told to nobody but its agents: one principal,
 * three sessions on three days, which must be known. Always for a human. */
enum stats_lack stats_habit_lack(uint32_t principals, uint32_t principals_for,
                                 uint32_t sessions, uint32_t days);

/* Whether ${x} of ${n} who choose something by now show that at most half do:
 * an e-value of at least 20 against "more than half". */
bool stats_is_stale(uint32_t n, uint32_t x);

/* Proposal: 2 principals, 3 sessions. Auto: 3, 5, and 3 days, also without the
 * f = stats_margin most active principals. */
enum stats_lack stats_mistake_lack(const struct stats_mistake *mistake,
                                   enum stats_tier tier);

/* Proposal: 3 principals, 8 sessions, an uplift of .05 and the e-value that
 * e-BH asks for at a level of at most .2. There is no auto tier: who does
 * something in order is always looked at by a human. */
enum stats_lack stats_workflow_lack(const struct stats_workflow *workflow);

#endif
