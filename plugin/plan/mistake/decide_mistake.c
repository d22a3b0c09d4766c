/* SPDX-License-Identifier: MIT */
#include "memory/stats/stats.h"
#include "plugin/plan/decide.h"

static bool reaches(const struct candidate *candidate, enum stats_tier tier,
                    enum stats_lack *out_lack)
{
    const struct stats_mistake seen = {
        .principals = candidate->counts.principals,
        .sessions = candidate->counts.sessions,
        .robust_sessions = candidate->counts.robust_sessions,
        .days = candidate->counts.days,
        .no_time = candidate->counts.no_time,
    };
    *out_lack = stats_mistake_lack(&seen, tier);
    return *out_lack == STATS_LACK_NOTHING;
}

void decide_mistake(struct candidate *candidate)
{
    enum stats_lack lack = STATS_LACK_NOTHING;
    const struct mistake_figures *figures = &candidate->mistake;
    if (!reaches(candidate, STATS_TIER_PROPOSAL, &lack)) {
        candidate->reason = candidate->counts.principals == 1
                                ? REASON_ONE_PRINCIPAL
                                : decide_reason(lack);
        return;
    }
    if (figures->label == MISTAKE_NAMES && figures->place.good_count == 0 &&
        figures->place.bad_count == 0) { /* all by one person */
        candidate->reason = REASON_TOO_FEW_PRINCIPALS;
        return;
    }
    if (figures->label == MISTAKE_TRANSIENT) {
        candidate->reason = REASON_TRANSIENT;
        return;
    }
    if (figures->label == MISTAKE_OPEN) {
        candidate->reason = REASON_TOO_FEW_PRINCIPALS;
        return;
    }
    bool may_auto = !figures->fix.is_suppressor;
    candidate->reason = REASON_PROPOSED;
    candidate->tier = may_auto && reaches(candidate, STATS_TIER_AUTO, &lack)
                          ? TIER_AUTO
                          : TIER_PROPOSAL;
}
