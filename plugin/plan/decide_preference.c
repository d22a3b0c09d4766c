/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>

#include "memory/stats/stats.h"
#include "plugin/plan/decide.h"

/* A preference that was tested. */
struct test {
    struct candidate *candidate;
    double log_e;
};

uint32_t decide_rejections(const double *log_e, uint32_t count, uint32_t family,
                           double alpha)
{
    uint32_t rejected = 0;
    for (uint32_t r = 1; r <= count; r++) {
        if (log_e[r - 1] >= log(family) - log(alpha) - log(r)) {
            rejected = r;
        }
    }
    return rejected;
}

static bool is_tested(const struct candidate *candidate)
{
    return candidate->kind == FINDING_KIND_PREFERENCE &&
           candidate->reason == REASON_UNDECIDED &&
           !candidate->preference.is_stale && candidate->agent.len == 0 &&
           candidate->preference.voters >= DECIDE_TESTED_MIN;
}

static int compare_tests(const void *a, const void *b)
{
    const struct test *x = a;
    const struct test *y = b;
    int order = (x->log_e < y->log_e) - (x->log_e > y->log_e);
    return order
               ? order
               : bytes_compare(bytes_of(x->candidate->finding, FINDING_BYTES),
                               bytes_of(y->candidate->finding, FINDING_BYTES));
}

static struct stats_votes votes_of(const struct candidate *candidate)
{
    const struct preference_figures *figures = &candidate->preference;
    return (struct stats_votes){
        .principals = figures->voters,
        .principals_for = figures->supporters,
        .days = candidate->counts.days,
        .no_time = candidate->counts.no_time,
        .has_baseline = true,
        .baseline = figures->baseline,
        .alpha = candidate->alpha,
        .family = candidate->family,
        .rank = candidate->rank,
    };
}

/* What the principals choose by now must not have left the option. */
static bool has_moved_on(const struct candidate *candidate)
{
    const struct preference_figures *figures = &candidate->preference;
    return stats_share(figures->now_voters, figures->now_supporters) <
           DECIDE_NOW_SHARE_MIN;
}

/* With a baseline there are other choices to learn from how likely such a
 * share is; the least e-value that counts is then not yet likely enough. What
 * has moved passed a test of its own, and keeping silent would leave in memory
 * what most have left: less is asked. */
static bool is_likely(const struct candidate *candidate)
{
    const struct preference_figures *figures = &candidate->preference;
    double least = figures->has_moved ? DECIDE_PROBABILITY_MOVED_MIN
                                      : DECIDE_PROBABILITY_MIN;
    return figures->source == BASELINE_NONE || figures->probability >= least;
}

static void judge(struct candidate *candidate, enum stats_tier tier)
{
    const struct stats_votes votes = votes_of(candidate);
    enum reason reason = decide_reason(stats_preference_lack(&votes, tier));
    if (reason == REASON_PROPOSED && has_moved_on(candidate)) {
        reason = REASON_MOVED_ON;
    }
    if (reason == REASON_PROPOSED && !is_likely(candidate)) {
        reason = REASON_LOW_POSTERIOR;
    }
    candidate->reason = reason;
    if (reason == REASON_PROPOSED) {
        candidate->tier = tier == STATS_TIER_AUTO ? TIER_AUTO : TIER_PROPOSAL;
    }
}

static bool is_of_part(const struct candidate *candidate)
{
    return preference_scope(&candidate->preference)->part != PART_NONE;
}

/* Whether it is tested with what the parts of the team do: it is about one of
 * them, or about the others. */
static bool is_about_parts(const struct candidate *candidate)
{
    return is_of_part(candidate) ||
           preference_scope(&candidate->preference)->without != PART_NONE;
}

/* Whether the auto tier is in reach at all: without a baseline, or with few
 * voters, or for a part, it is not, whatever the e-value says. Depends on
 * nothing that the voters chose, so leaving the others out of the family costs
 * no error. */
static bool may_reach(const struct candidate *candidate, enum stats_tier tier)
{
    return tier != STATS_TIER_AUTO ||
           (!is_about_parts(candidate) &&
            candidate->preference.source != BASELINE_NONE &&
            candidate->preference.voters >= stats_principals_min(tier));
}

static uint32_t rejections(const struct test *tests, uint32_t count,
                           uint32_t family, double alpha)
{
    double *log_e = mem_new_array(count, sizeof(*log_e));
    for (uint32_t i = 0; i < count; i++) {
        log_e[i] = tests[i].log_e;
    }
    uint32_t rejected = decide_rejections(log_e, count, family, alpha);
    free(log_e);
    return rejected;
}

/* One test of one family at one tier, of the candidates that can reach it: of
 * the team, or of its parts. Every option of a slot is a hypothesis, and only
 * the most voted one of each is looked at, so the family counts options. */
static void test_family(struct candidate *const *tested, uint32_t count,
                        bool is_parts, enum stats_tier tier)
{
    double alpha =
        tier == STATS_TIER_AUTO ? DECIDE_ALPHA_AUTO : DECIDE_ALPHA_PROPOSAL;
    struct test *tests = mem_new_array(count, sizeof(*tests));
    uint32_t members = 0;
    uint32_t family = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (is_about_parts(tested[i]) == is_parts &&
            may_reach(tested[i], tier)) {
            tests[members++] = (struct test){.candidate = tested[i],
                                             .log_e = tested[i]->log_e};
            family = is_parts ? preference_scope(&tested[i]->preference)->family
                              : family + tested[i]->preference.hypotheses;
        }
    }
    if (members > 0) {
        qsort(tests, members, sizeof(*tests), compare_tests);
    }
    uint32_t rejected = rejections(tests, members, family, alpha);
    for (uint32_t i = 0; i < members; i++) {
        struct candidate *candidate = tests[i].candidate;
        if (candidate->tier != TIER_AUTO) {
            candidate->alpha = alpha;
            candidate->family = family;
            candidate->rank = rejected ? rejected : 1;
            judge(candidate, tier);
        }
    }
    free(tests);
}

static bool takes_place(const struct candidate *other,
                        const struct candidate *stale)
{
    return other->kind == stale->kind && other->agent.len == 0 &&
           other->tier != TIER_NONE;
}

/* Whether a preference for something else at the same slot is proposed, which
 * replaces what is stale. Candidates of a slot are neighbours. */
static bool is_replaced(const struct candidate *items, size_t count,
                        size_t index)
{
    bool is_replaced = false;
    for (size_t i = index; i > 0; i--) {
        const struct candidate *other = &items[i - 1];
        if (!bytes_equal(other->subject, items[index].subject)) {
            break;
        }
        is_replaced |= takes_place(other, &items[index]);
    }
    for (size_t i = index + 1; i < count; i++) {
        const struct candidate *other = &items[i];
        if (!bytes_equal(other->subject, items[index].subject)) {
            break;
        }
        is_replaced |= takes_place(other, &items[index]);
    }
    return is_replaced;
}

/* What most have left is retired, unless something takes its place. */
static void decide_stale(struct candidate *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (items[i].kind != FINDING_KIND_PREFERENCE ||
            !items[i].preference.is_stale ||
            items[i].reason != REASON_UNDECIDED) {
            continue;
        }
        bool is_left = stats_is_stale(items[i].preference.voters,
                                      items[i].preference.supporters);
        items[i].reason = REASON_MOVED_ON;
        if (is_left && !is_replaced(items, count, i)) {
            items[i].reason = REASON_PROPOSED;
            items[i].tier = TIER_PROPOSAL;
        }
    }
}

/* ---- parts and persons --------------------------------------------------- */

/* Whether ${candidate} is what the team as a whole prefers. */
static bool is_of_team(const struct candidate *candidate)
{
    return candidate->kind == FINDING_KIND_PREFERENCE &&
           candidate->agent.len == 0 && !candidate->preference.is_stale &&
           !is_of_part(candidate) && candidate->tier != TIER_NONE;
}

/* A team's preference says where something else is preferred. The candidates
 * of its parts follow it: a part's subject is the team's and a suffix. */
static void set_exceptions(struct candidate *team,
                           const struct candidate *items, size_t count,
                           struct arena *arena)
{
    for (size_t i = 0;
         i < count && bytes_starts_with(items[i].subject, team->subject); i++) {
        if (items[i].kind != FINDING_KIND_PREFERENCE ||
            !is_of_part(&items[i])) {
            continue;
        }
        const struct preference_scope *part =
            preference_scope(&items[i].preference);
        bool is_exception = items[i].tier != TIER_NONE &&
                            bytes_equal(part->slot, team->subject) &&
                            !bytes_equal(items[i].option, team->option);
        struct preference_scope *scope =
            is_exception ? candidate_scope(team, arena) : NULL;
        if (scope && scope->exception_count < EXCEPTIONS_MAX) {
            scope->exceptions[scope->exception_count++] =
                (struct preference_exception){part->part, part->name,
                                              items[i].option};
        }
    }
}

/* What is told of the team is not told again of its parts. */
static void merge_parts(const struct candidate *team, struct candidate *items,
                        size_t count)
{
    for (size_t i = 0;
         i < count && bytes_starts_with(items[i].subject, team->subject); i++) {
        if (items[i].kind == FINDING_KIND_PREFERENCE && is_of_part(&items[i]) &&
            items[i].tier != TIER_NONE &&
            bytes_equal(preference_scope(&items[i].preference)->slot,
                        team->subject) &&
            bytes_equal(items[i].option, team->option)) {
            items[i].tier = TIER_NONE;
            items[i].reason = REASON_MERGED;
        }
    }
}

static void decide_person(struct candidate *candidate, bool team_is_decided)
{
    if (candidate->agent.len == 0 || candidate->reason != REASON_UNDECIDED) {
        return;
    }
    if (team_is_decided) {
        candidate->tier = TIER_PROPOSAL;
        candidate->reason = REASON_PROPOSED;
    } else {
        candidate->reason = REASON_TEAM_UNDECIDED;
    }
}

/* What a person does otherwise than its team is worth telling its agents only
 * where they are told what the team does. Candidates of one subject are
 * neighbours. */
static void decide_persons(struct candidate *items, size_t count)
{
    size_t from = 0;
    while (from < count) {
        bool is_decided = false;
        size_t to = from;
        for (;
             to < count && bytes_equal(items[to].subject, items[from].subject);
             to++) {
            is_decided |= is_of_team(&items[to]);
        }
        for (size_t i = from; i < to; i++) {
            decide_person(&items[i], is_decided);
        }
        from = to;
    }
}

static void decide_scopes(struct candidate *items, size_t count,
                          struct arena *arena)
{
    for (size_t i = 0; i < count; i++) {
        if (is_of_team(&items[i])) {
            merge_parts(&items[i], items + i + 1, count - i - 1);
            set_exceptions(&items[i], items + i + 1, count - i - 1, arena);
        }
    }
    decide_persons(items, count);
}

/* Whether ${items} tells of the part that ${team} would be without something
 * else than of the team. */
static bool is_exception_told(const struct candidate *team,
                              const struct candidate *items, size_t count)
{
    const struct preference_scope *left =
        preference_scope(&team->without->preference);
    for (size_t i = 0;
         i < count && bytes_starts_with(items[i].subject, team->subject); i++) {
        if (items[i].kind != FINDING_KIND_PREFERENCE) {
            continue;
        }
        const struct preference_scope *part =
            preference_scope(&items[i].preference);
        if (items[i].tier != TIER_NONE && part->part == left->without &&
            bytes_equal(part->slot, team->subject) &&
            bytes_equal(part->name, left->name) &&
            !bytes_equal(items[i].option, team->without->option)) {
            return true;
        }
    }
    return false;
}

/* Where a part is told to differ, the team is asked about without it. */
static void leave_out_parts(struct candidate *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct candidate *team = &items[i];
        if (team->without && team->tier == TIER_NONE &&
            team->without->tier != TIER_NONE &&
            is_exception_told(team, team + 1, count - i - 1)) {
            *team = *team->without;
        }
    }
}

static void add_test(struct candidate *candidate, struct candidate **tested,
                     uint32_t *tests)
{
    const struct preference_figures *votes = &candidate->preference;
    if (is_tested(candidate)) {
        candidate->log_e =
            stats_log_e(votes->voters, votes->supporters, votes->baseline);
        candidate->posterior =
            stats_posterior(votes->voters, votes->supporters);
        tested[(*tests)++] = candidate;
    } else if (candidate->kind == FINDING_KIND_PREFERENCE &&
               candidate->reason == REASON_UNDECIDED &&
               candidate->agent.len == 0 && !votes->is_stale) {
        candidate->reason = REASON_TOO_FEW_PRINCIPALS;
    }
}

void decide_preferences(struct candidate *items, size_t count,
                        struct arena *arena)
{
    struct candidate **tested =
        mem_new_array(2 * count, sizeof(struct candidate *));
    uint32_t tests = 0;
    for (size_t i = 0; i < count; i++) {
        add_test(&items[i], tested, &tests);
        if (items[i].without) {
            add_test(items[i].without, tested, &tests);
        }
    }
    if (tests > 0) {
        test_family(tested, tests, false, STATS_TIER_AUTO);
        test_family(tested, tests, false, STATS_TIER_PROPOSAL);
        test_family(tested, tests, true, STATS_TIER_PROPOSAL);
    }
    free(tested);
    leave_out_parts(items, count);
    decide_stale(items, count);
    decide_scopes(items, count, arena);
}
