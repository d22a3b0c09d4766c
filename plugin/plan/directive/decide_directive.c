/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/text/ascii.h"
#include "plugin/plan/decide.h"

/* A rule is one when an owner states it, or two people do. A request for a
 * practice is one sentence of many: only if several people make it in several
 * sessions it says how the team works. */
enum reason directive_reason(const struct candidate *candidate)
{
    bool is_request = candidate->directive.said.strength == DIRECTIVE_REQUEST;
    const struct sighting_counts *counts = &candidate->counts;
    if (candidate->directive.by_owner && !is_request) {
        return REASON_PROPOSED;
    }
    if (counts->principals < DECIDE_DIRECTIVE_USERS) {
        return REASON_ONE_PRINCIPAL;
    }
    return is_request && counts->sessions < DECIDE_REQUEST_SESSIONS
               ? REASON_TOO_FEW_SESSIONS
               : REASON_PROPOSED;
}

static void decide_directive(struct candidate *candidate)
{
    candidate->reason = directive_reason(candidate);
    candidate->tier =
        candidate->reason == REASON_PROPOSED ? TIER_PROPOSAL : TIER_NONE;
}

/* "Use X" against "do not use X". */
static bool contradicts(const struct candidate *a, const struct candidate *b)
{
    return b->kind == FINDING_KIND_DIRECTIVE && b->tier != TIER_NONE &&
           a->directive.said.verb == b->directive.said.verb &&
           a->directive.said.polarity != b->directive.said.polarity &&
           ascii_same(a->option, b->option);
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

static int64_t begins_us(const struct candidate *candidate)
{
    int64_t first = INT64_MAX;
    for (uint32_t i = 0; i < candidate->for_count; i++) {
        const struct sighting *seen = candidate->witnesses[i];
        if (seen->has_occurred && seen->occurred_us < first) {
            first = seen->occurred_us;
        }
    }
    return first;
}

/* Of two ways to put one rule an owner's is told, else the one that was said
 * first: how many say it changes from dream to dream. */
static bool is_put_better(const struct candidate *a, const struct candidate *b)
{
    if (a->directive.by_owner != b->directive.by_owner) {
        return a->directive.by_owner;
    }
    int64_t a_us = begins_us(a);
    int64_t b_us = begins_us(b);
    if (a_us != b_us) {
        return a_us < b_us;
    }
    int order = bytes_compare(a->subject, b->subject);
    return order ? order < 0 : bytes_compare(a->option, b->option) < 0;
}

/* Whether a better way to put the rule items[index] is among the others. */
static bool is_put_otherwise(const struct candidate *items, size_t count,
                             const uint64_t *senses, size_t index)
{
    for (size_t i = 0; i < count; i++) {
        if (i != index && senses[i] == senses[index] &&
            is_put_better(&items[i], &items[index])) {
            return true;
        }
    }
    return false;
}

/* One rule in several wordings is told once. */
static void settle_wordings(struct candidate *items, size_t count)
{
    uint64_t *senses = mem_new_array(count + 1, sizeof(*senses));
    for (size_t i = 0; i < count; i++) {
        bool is_told = items[i].kind == FINDING_KIND_DIRECTIVE &&
                       items[i].tier != TIER_NONE;
        senses[i] = is_told ? candidate_sense(&items[i]) : 0;
    }
    for (size_t i = 0; i < count; i++) {
        if (senses[i] && is_put_otherwise(items, count, senses, i)) {
            items[i].reason = REASON_MERGED;
            items[i].tier = TIER_NONE;
        }
    }
    free(senses);
}

void decide_directives(struct candidate *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (items[i].kind == FINDING_KIND_DIRECTIVE &&
            items[i].reason == REASON_UNDECIDED) {
            decide_directive(&items[i]);
        }
    }
    settle_directives(items, count);
    settle_wordings(items, count);
}
