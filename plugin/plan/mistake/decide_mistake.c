/* SPDX-License-Identifier: MIT */
#include "memory/stats/stats.h"
#include "plugin/plan/decide.h"

enum {
    MISTAKE_USERS_MIN = 8 /* twice FIX_POOL_MIN */
};

static bool reaches(const struct candidate *candidate, enum stats_tier tier,
                    enum stats_lack *out_lack)
{
    const struct stats_mistake seen = sightings_mistake(&candidate->counts);
    *out_lack = stats_mistake_lack(&seen, tier);
    return *out_lack == STATS_LACK_NOTHING;
}

/* No lesson any more: an outage, what goes away by itself, or what is told in
 * other words. If memory tells it all the same, that memory is to go; what is
 * proposed for it is looked at by a human. */
static bool is_over(const struct candidate *candidate)
{
    return candidate->counts.principals > 0 &&
           (candidate->reason == REASON_TRANSIENT ||
            candidate->reason == REASON_INCIDENT ||
            candidate->reason == REASON_MERGED);
}

/* Whether the tool has so few users that nobody may wait until enough of them
 * have tried something against it. */
static bool is_of_few(const struct mistake_figures *figures)
{
    return figures->tool_users < MISTAKE_USERS_MIN;
}

bool mistake_is_for_people(const struct mistake_figures *figures)
{
    return mistake_fix(figures)->is_suppressor ||
           figures->label == MISTAKE_WORKED || figures->label == MISTAKE_OPEN ||
           figures->label == MISTAKE_FAMILY ||
           (figures->label == MISTAKE_UNRESOLVED &&
            mistake_fix(figures)->tried > 0);
}

static void decide_lesson(struct candidate *candidate)
{
    enum stats_lack lack = STATS_LACK_NOTHING;
    const struct mistake_figures *figures = &candidate->mistake;
    if (!reaches(candidate, STATS_TIER_PROPOSAL, &lack)) {
        candidate->reason = candidate->counts.principals == 1
                                ? REASON_ONE_PRINCIPAL
                                : decide_reason(lack);
        return;
    }
    if (figures->label == MISTAKE_NAMES &&
        mistake_place(figures)->good_count == 0 &&
        mistake_place(figures)->bad_count == 0) { /* all by one person */
        candidate->reason = REASON_TOO_FEW_PRINCIPALS;
        return;
    }
    if (figures->label == MISTAKE_TRANSIENT) {
        candidate->reason = REASON_TRANSIENT;
        return;
    }
    if (figures->label == MISTAKE_OPEN && !is_of_few(figures)) {
        candidate->reason = REASON_TOO_FEW_PRINCIPALS;
        return;
    }
    bool may_auto = !mistake_is_for_people(figures);
    candidate->reason = REASON_PROPOSED;
    candidate->tier = may_auto && reaches(candidate, STATS_TIER_AUTO, &lack)
                          ? TIER_AUTO
                          : TIER_PROPOSAL;
}

void decide_mistake(struct candidate *candidate)
{
    if (candidate->reason == REASON_UNDECIDED) {
        decide_lesson(candidate);
    }
    if (is_over(candidate)) {
        candidate->mistake.over = candidate->reason;
    }
}
