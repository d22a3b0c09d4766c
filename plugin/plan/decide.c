/* SPDX-License-Identifier: MIT */
#include "plugin/plan/decide.h"

enum reason decide_reason(enum stats_lack lack)
{
    switch (lack) {
    case STATS_LACK_NOTHING:
        return REASON_PROPOSED;
    case STATS_LACK_PRINCIPALS:
        return REASON_TOO_FEW_PRINCIPALS;
    case STATS_LACK_SESSIONS:
        return REASON_TOO_FEW_SESSIONS;
    case STATS_LACK_DAYS:
        return REASON_TOO_FEW_DAYS;
    case STATS_LACK_SHARE:
        return REASON_LOW_SHARE;
    case STATS_LACK_LIFT:
        return REASON_LOW_LIFT;
    case STATS_LACK_POSTERIOR:
        return REASON_LOW_POSTERIOR;
    case STATS_LACK_SIGNIFICANCE:
        return REASON_NOT_SIGNIFICANT;
    case STATS_LACK_ROBUSTNESS:
        return REASON_NOT_ROBUST;
    }
    return REASON_NOT_SIGNIFICANT;
}

/* ---- directives and mistakes --------------------------------------------- */

static void decide_directive(struct candidate *candidate)
{
    bool is_team = candidate->directive.by_owner ||
                   candidate->counts.principals >= DECIDE_DIRECTIVE_USERS;
    candidate->reason = is_team ? REASON_PROPOSED : REASON_ONE_PRINCIPAL;
    candidate->tier = is_team ? TIER_PROPOSAL : TIER_NONE;
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

static bool equal_folded(struct bytes a, struct bytes b)
{
    for (size_t i = 0; a.len == b.len && i < a.len; i++) {
        if (lower(a.data[i]) != lower(b.data[i])) {
            return false;
        }
    }
    return a.len == b.len;
}

/* "Use X" against "do not use X". */
static bool contradicts(const struct candidate *a, const struct candidate *b)
{
    return b->kind == FINDING_KIND_DIRECTIVE && b->tier != TIER_NONE &&
           a->directive.said.verb == b->directive.said.verb &&
           a->directive.said.polarity != b->directive.said.polarity &&
           equal_folded(a->option, b->option);
}

/* An owner before people, more people before fewer. */
static bool outranks(const struct candidate *a, const struct candidate *b)
{
    if (a->directive.by_owner != b->directive.by_owner) {
        return a->directive.by_owner;
    }
    return a->counts.principals > b->counts.principals;
}

/* Whether a directive that excludes items[index] is at least as strong. */
static bool is_outdone(const struct candidate *items, size_t count,
                       size_t index)
{
    for (size_t i = 0; i < count; i++) {
        if (contradicts(&items[index], &items[i]) &&
            !outranks(&items[index], &items[i])) {
            return true;
        }
    }
    return false;
}

/* Of two directives of a team that exclude each other the weaker goes; of
 * equals both do. */
static void settle_directives(struct candidate *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (items[i].kind == FINDING_KIND_DIRECTIVE &&
            items[i].tier != TIER_NONE && is_outdone(items, count, i)) {
            items[i].reason = REASON_CONTRADICTED;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (items[i].reason == REASON_CONTRADICTED) {
            items[i].tier = TIER_NONE;
        }
    }
}

static void decide_mistake(struct candidate *candidate)
{
    const struct stats_mistake seen = {
        .principals = candidate->counts.principals,
        .sessions = candidate->counts.sessions,
        .days = candidate->counts.days,
        .no_time = candidate->counts.no_time,
    };
    candidate->reason =
        decide_reason(stats_mistake_lack(&seen, STATS_TIER_PROPOSAL));
    if (candidate->reason == REASON_PROPOSED) {
        bool is_auto =
            stats_mistake_lack(&seen, STATS_TIER_AUTO) == STATS_LACK_NOTHING;
        candidate->tier = is_auto ? TIER_AUTO : TIER_PROPOSAL;
    } else if (candidate->counts.principals == 1) {
        candidate->reason = REASON_ONE_PRINCIPAL;
    }
}

static void decide_other(struct candidate *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (items[i].reason != REASON_UNDECIDED) {
            continue;
        }
        if (items[i].kind == FINDING_KIND_DIRECTIVE) {
            decide_directive(&items[i]);
        } else if (items[i].kind == FINDING_KIND_MISTAKE) {
            decide_mistake(&items[i]);
        }
    }
}

void decide(struct candidates *list)
{
    size_t from = 0;
    while (from < list->count) {
        struct candidate *items = list->items + from;
        size_t count = 1;
        while (from + count < list->count && items[count].team == items->team) {
            count++;
        }
        decide_preferences(items, count);
        decide_other(items, count);
        settle_directives(items, count);
        from += count;
    }
}
