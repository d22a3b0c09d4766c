/* SPDX-License-Identifier: MIT */
#include "memory/stats/stats.h"

#include <math.h>

enum {
    GRID_POINTS = 16
};

static const double log_2 = 0.69314718055994530942;
static const double share_min = 0.6;
static const double lift_min = 0.2;
static const double posterior_min = 0.8;
static const double alpha_auto_max = 0.05;
static const double alpha_proposal_max = 0.2;
static const double uplift_min = 0.05;
/* Absorbs the rounding of shares such as 3/5 against 0.6. */
static const double slack = 1e-9;

double stats_log_e(uint32_t n, uint32_t x, double baseline)
{
    assert(x <= n && baseline > 0 && baseline < 1);
    double terms[GRID_POINTS];
    double top = -INFINITY;
    double from = baseline < share_min ? share_min : baseline;
    for (int j = 0; j < GRID_POINTS; j++) {
        double p = from + (1 - from) * (j + 0.5) / GRID_POINTS;
        terms[j] = x * log(p / baseline) +
                   (double)(n - x) * log((1 - p) / (1 - baseline));
        top = terms[j] > top ? terms[j] : top;
    }
    double sum = 0;
    for (int j = 0; j < GRID_POINTS; j++) {
        sum += exp(terms[j] - top);
    }
    return top + log(sum / GRID_POINTS);
}

/* log C(n, k) without the global sign of lgamma. */
static double log_choose(uint32_t n, uint32_t k)
{
    int sign = 0;
    return lgamma_r(n + 1.0, &sign) - lgamma_r(k + 1.0, &sign) -
           lgamma_r(n - k + 1.0, &sign);
}

/* For whole numbers the incomplete beta function is a binomial tail:
 * P(Beta(1+x, 1+n-x) > 1/2) = P(Binomial(n+1, 1/2) <= x). */
double stats_posterior(uint32_t n, uint32_t x)
{
    assert(x <= n && n < UINT32_MAX);
    double sum = 0;
    for (uint32_t i = 0; i <= x; i++) {
        sum += exp(log_choose(n + 1, i) - (n + 1.0) * log_2);
    }
    return sum < 1 ? sum : 1;
}

double stats_share(uint32_t n, uint32_t x)
{
    return n ? (double)x / n : 0;
}

const char *stats_tier_name(enum stats_tier tier)
{
    return tier == STATS_TIER_AUTO ? "auto" : "proposal";
}

const char *stats_lack_name(enum stats_lack lack)
{
    static const char *const names[] = {
        [STATS_LACK_NOTHING] = "ok",
        [STATS_LACK_PRINCIPALS] = "too_few_principals",
        [STATS_LACK_SESSIONS] = "too_few_sessions",
        [STATS_LACK_DAYS] = "too_few_days",
        [STATS_LACK_SHARE] = "low_share",
        [STATS_LACK_LIFT] = "low_lift",
        [STATS_LACK_POSTERIOR] = "low_posterior",
        [STATS_LACK_SIGNIFICANCE] = "not_significant",
        [STATS_LACK_ROBUSTNESS] = "not_robust",
    };
    assert((size_t)lack < ARRAY_LEN(names));
    return names[lack];
}

uint32_t stats_margin(uint32_t principals, enum stats_tier tier)
{
    if (tier == STATS_TIER_PROPOSAL) {
        return 2;
    }
    return principals ? (principals - 1) / 3 : 0;
}

bool stats_has_tenure(uint64_t events, int64_t first_us, int64_t last_us)
{
    const int64_t day_us = INT64_C(86400000000);
    return events >= STATS_TENURE_EVENTS && last_us > first_us &&
           (last_us - first_us) / day_us >= STATS_TENURE_DAYS;
}

uint32_t stats_principals_min(enum stats_tier tier)
{
    return tier == STATS_TIER_AUTO ? 13 : 5;
}

/* What e-BH asks of the r-th of M at level alpha: E >= M / (alpha r). */
static double log_threshold(const struct stats_votes *votes)
{
    return log(votes->family) - log(votes->alpha) - log(votes->rank);
}

static bool test_is_sound(const struct stats_votes *votes, enum stats_tier tier)
{
    double most = tier == STATS_TIER_AUTO ? alpha_auto_max : alpha_proposal_max;
    return votes->baseline > 0 && votes->baseline < 1 && votes->alpha > 0 &&
           votes->alpha <= most + slack && votes->rank > 0 &&
           votes->rank <= votes->family;
}

/* The effect gates and the test, at n and x that may be reduced. */
static enum stats_lack effect_lack(const struct stats_votes *votes, uint32_t n,
                                   uint32_t x, enum stats_tier tier)
{
    double share = stats_share(n, x);
    if (share < share_min - slack) {
        return STATS_LACK_SHARE;
    }
    if (stats_posterior(n, x) < posterior_min - slack) {
        return STATS_LACK_POSTERIOR;
    }
    if (!votes->has_baseline) {
        return tier == STATS_TIER_AUTO ? STATS_LACK_SIGNIFICANCE
                                       : STATS_LACK_NOTHING;
    }
    if (!test_is_sound(votes, tier)) {
        return STATS_LACK_SIGNIFICANCE;
    }
    if (share - votes->baseline < lift_min - slack) {
        return STATS_LACK_LIFT;
    }
    if (stats_log_e(n, x, votes->baseline) < log_threshold(votes) - slack) {
        return STATS_LACK_SIGNIFICANCE;
    }
    return STATS_LACK_NOTHING;
}

enum stats_lack stats_preference_lack(const struct stats_votes *votes,
                                      enum stats_tier tier)
{
    uint32_t n = votes->principals;
    uint32_t x = votes->principals_for;
    if (n < stats_principals_min(tier) || x > n) {
        return STATS_LACK_PRINCIPALS;
    }
    if (votes->no_time ? tier == STATS_TIER_AUTO : votes->days < 3) {
        return STATS_LACK_DAYS;
    }
    enum stats_lack lack = effect_lack(votes, n, x, tier);
    if (lack != STATS_LACK_NOTHING) {
        return lack;
    }
    uint32_t margin = stats_margin(n, tier);
    if (x < margin || effect_lack(votes, n - margin, x - margin, tier) !=
                          STATS_LACK_NOTHING) {
        return STATS_LACK_ROBUSTNESS;
    }
    return STATS_LACK_NOTHING;
}

enum stats_lack stats_habit_lack(uint32_t principals, uint32_t principals_for,
                                 uint32_t sessions, uint32_t days)
{
    if (principals != 1 || principals_for != 1) {
        return STATS_LACK_PRINCIPALS;
    }
    return sessions < 3 ? STATS_LACK_SESSIONS
           : days < 3   ? STATS_LACK_DAYS
                        : STATS_LACK_NOTHING;
}

bool stats_is_stale(uint32_t n, uint32_t x)
{
    const double half = 0.5;
    const double log_20 = 2.9957322735539909;
    return n > 0 && x <= n && stats_log_e(n, n - x, half) >= log_20 - slack;
}

enum stats_lack stats_mistake_lack(const struct stats_mistake *mistake,
                                   enum stats_tier tier)
{
    bool is_auto = tier == STATS_TIER_AUTO;
    const uint32_t principals_min = is_auto ? 3 : 2;
    const uint32_t sessions_min = is_auto ? 5 : 3;
    if (mistake->principals < principals_min) {
        return STATS_LACK_PRINCIPALS;
    }
    if (mistake->sessions < sessions_min) {
        return STATS_LACK_SESSIONS;
    }
    if (!is_auto) {
        return STATS_LACK_NOTHING;
    }
    if (mistake->no_time || mistake->days < 3) {
        return STATS_LACK_DAYS;
    }
    uint32_t left =
        mistake->principals - stats_margin(mistake->principals, tier);
    return left < principals_min || mistake->robust_sessions < sessions_min
               ? STATS_LACK_ROBUSTNESS
               : STATS_LACK_NOTHING;
}

enum stats_lack stats_workflow_lack(const struct stats_workflow *workflow)
{
    if (workflow->principals < 3) {
        return STATS_LACK_PRINCIPALS;
    }
    if (workflow->sessions < 8) {
        return STATS_LACK_SESSIONS;
    }
    if (workflow->uplift < uplift_min - slack) {
        return STATS_LACK_LIFT;
    }
    bool is_sound = workflow->alpha > 0 &&
                    workflow->alpha <= alpha_proposal_max + slack &&
                    workflow->rank > 0 && workflow->rank <= workflow->family;
    double least =
        log(workflow->family) - log(workflow->alpha) - log(workflow->rank);
    return is_sound && workflow->log_e >= least - slack
               ? STATS_LACK_NOTHING
               : STATS_LACK_SIGNIFICANCE;
}
