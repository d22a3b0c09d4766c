/* SPDX-License-Identifier: MIT */
/* How many hypotheses a slot is: standing_hypotheses. Whoever wants what the
 * others prefer to stay unproven names options of its own beside them: each
 * would make all tests of its team a little harder. */
#include "memory/stats/stats.h"
#include "plugin/detect/standing.h"

enum {
    UNVOTED_MAX = 4
};

/* Of every option, how many of those who have a ballot ever chose it. */
struct known {
    uint32_t by[OPTIONS_MAX + 1];
};

static void add_known(struct known *known, const struct vote *vote)
{
    uint64_t seen = 0;
    for (uint8_t i = 0; i < vote->use_count; i++) {
        uint8_t option = vote->uses[i].option;
        if (option < OPTIONS_MAX && !(seen >> option & 1)) {
            seen |= UINT64_C(1) << option;
            known->by[option]++;
        }
    }
}

static uint32_t voted_options(const struct standing *standing)
{
    uint32_t voted = 0;
    for (uint32_t k = 0; k < standing->slot->option_count; k++) {
        voted += standing->votes[k] + standing->told[k] > 0;
    }
    return voted;
}

/* Options without a ballot that more than a third of those who have one chose
 * all the same. */
static uint32_t unvoted_options(const struct standing *standing)
{
    struct known known = {{0}};
    uint32_t least = stats_margin(standing->count, STATS_TIER_AUTO);
    uint32_t unvoted = 0;
    for (uint32_t i = 0; i < standing->count; i++) {
        add_known(&known, standing->ballots[i].vote);
    }
    for (uint32_t k = 0; k < standing->slot->option_count; k++) {
        bool is_voted = standing->votes[k] + standing->told[k] > 0;
        unvoted += !is_voted && known.by[k] > least;
    }
    return unvoted;
}

uint32_t standing_hypotheses(const struct standing *standing)
{
    uint32_t voted = voted_options(standing);
    if (voted == standing->slot->option_count) {
        return voted;
    }
    uint32_t unvoted = unvoted_options(standing);
    return voted + (unvoted < UNVOTED_MAX ? unvoted : UNVOTED_MAX);
}
