/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "memory/stats/stats.h"
#include "plugin/detect/scope/group.h"
#include "plugin/detect/scope/split.h"

enum {
    SWARM_TEAMS_MIN = 3,
    PERSON_USES_MIN = 8,
    PERSON_DAYS_MIN = 3,
    PERSONS_MAX = 16 /* of one choice of one team */
};

#define PERSON_SHARE_MIN 0.8 /* of all that it chose there */

/* ---- the swarm ----------------------------------------------------------- */

uint32_t scoped_swarm(const struct choice_group *group,
                      const struct choice_row *row)
{
    struct split_part teams[TEAMS_MAX];
    uint32_t count = 0;
    struct bytes option = slot_option_text(row->slot, row->standing->top);
    for (size_t i = 0; i < group->count && count < TEAMS_MAX; i++) {
        const struct standing *standing = group->rows[i].standing;
        uint8_t same = slot_find_option(group->rows[i].slot, option);
        if (standing->voters >= SPLIT_VOTERS_MIN) {
            teams[count++] = (struct split_part){
                .voters = standing->voters,
                .supporters = same == OPTION_NONE
                                  ? 0
                                  : (uint32_t)standing->votes[same] +
                                        standing->told[same]};
        }
    }
    return count >= SWARM_TEAMS_MIN && split_agrees(teams, count) ? count : 0;
}

/* ---- parts --------------------------------------------------------------- */

static bool is_looked_at(const struct choice_row *part)
{
    return part->standing->top != OPTION_NONE &&
           part->standing->voters >= SPLIT_VOTERS_MIN;
}

uint32_t scoped_count(const struct choice_row *row,
                      const struct choice_row *parts, size_t count)
{
    uint32_t options = without_count(row, parts, count);
    for (size_t i = 0; i < count; i++) {
        options += is_looked_at(&parts[i])
                       ? standing_hypotheses(parts[i].standing)
                       : 0;
    }
    return options;
}

static bool is_same_option(const struct slot *a, uint8_t x,
                           const struct slot *b, uint8_t y)
{
    return bytes_equal(slot_option_text(a, x), slot_option_text(b, y));
}

/* What the other parts of its kind say about the part's option. */
struct rest {
    struct split_part sum;
    uint32_t agree; /* parts that are looked at, most of which choose it */
    uint32_t differ;
};

static struct rest rest_of(const struct choice_row *part,
                           const struct choice_row *parts, size_t count)
{
    struct rest rest = {{0, 0}, 0, 0};
    struct bytes option = slot_option_text(part->slot, part->standing->top);
    for (size_t i = 0; i < count; i++) {
        const struct standing *standing = parts[i].standing;
        if (&parts[i] == part || parts[i].slot->part != part->slot->part) {
            continue;
        }
        uint8_t same = slot_find_option(parts[i].slot, option);
        uint32_t votes = same == OPTION_NONE ? 0 : standing->votes[same];
        bool agrees = stats_share(standing->voters, votes) >= CHOICE_SHARE;
        rest.sum.voters += standing->voters;
        rest.sum.supporters += votes;
        rest.agree += is_looked_at(&parts[i]) && agrees;
        rest.differ += is_looked_at(&parts[i]) && !agrees;
    }
    return rest;
}

/* How probable it is that the part chooses like the others, if they choose
 * its option less; else 1. */
static double difference(const struct choice_row *part, const struct rest *rest)
{
    const struct standing *own = part->standing;
    const struct split_part two[] = {
        {.voters = standing_voters(own, own->top),
         .supporters = own->votes[own->top]},
        rest->sum,
    };
    bool is_more = stats_share(two[0].voters, two[0].supporters) >
                   stats_share(rest->sum.voters, rest->sum.supporters);
    return is_more ? split_p(two, ARRAY_LEN(two)) : 1;
}

/* Whether the team would prefer it if it were not for the part: the others do,
 * or half of the other parts, so that one that differs does not make each of
 * the rest look like an exception. */
static bool is_of_all(const struct choice_row *row,
                      const struct choice_row *part, const struct rest *rest)
{
    const struct standing *team = row->standing;
    return is_same_option(row->slot, team->top, part->slot,
                          part->standing->top) &&
           (stats_share(rest->sum.voters, rest->sum.supporters) >=
                CHOICE_SHARE ||
            (rest->agree > 0 && rest->agree >= rest->differ));
}

/* Whether a part prefers something that the others do not. */
static bool is_own_choice(const struct choice_row *row,
                          const struct choice_row *part,
                          const struct rest *rest)
{
    return is_looked_at(part) && difference(part, rest) <= SPLIT_P &&
           !is_of_all(row, part, rest);
}

double scoped_difference(const struct choice_row *row,
                         const struct choice_row *part,
                         const struct choice_row *parts, size_t count)
{
    struct rest rest = rest_of(part, parts, count);
    return is_own_choice(row, part, &rest) ? difference(part, &rest) : 1;
}

bool scoped_is_split(const struct choice_row *row,
                     const struct choice_row *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct rest rest = rest_of(&parts[i], parts, count);
        if (is_own_choice(row, &parts[i], &rest) &&
            is_same_option(row->slot, row->standing->top, parts[i].slot,
                           parts[i].standing->top)) {
            return true;
        }
    }
    return false;
}

static void add_part(const struct choices *choices,
                     const struct choice_group *group,
                     const struct choice_row *row,
                     const struct choice_row *part,
                     const struct split_part *rest)
{
    struct standing *standing = part->standing;
    struct candidate *candidate =
        choices_begin(choices, part, standing, standing->top);
    if (!candidate) {
        return;
    }
    choices_set_test(choices, group, row, standing, candidate);
    struct preference_scope *scope =
        candidate_scope(candidate, &choices->out->arena);
    if (!scope) {
        return;
    }
    scope->part = part->slot->part;
    scope->name = slot_part_name(part->slot);
    scope->slot = part->slot->plain;
    scope->rest_voters = rest->voters;
    scope->rest_supporters = rest->supporters;
    scope->family = choices->part_options[part->slot->team];
}

/* ---- persons ------------------------------------------------------------- */

static uint64_t uses_of(const struct vote *vote)
{
    uint64_t uses = 0;
    for (uint8_t i = 0; i < vote->use_count; i++) {
        uses += vote->uses[i].uses;
    }
    return uses;
}

static uint32_t witnesses_add(const struct witnesses *kept, struct bytes agent,
                              struct sighting **out, uint32_t count)
{
    for (uint8_t i = 0; i < kept->count; i++) {
        if (bytes_equal(kept->items[i]->agent, agent)) {
            out[count++] = kept->items[i];
        }
    }
    return count;
}

/* The witnesses of ${use} by ${agent}, one a day. */
static uint32_t witnesses_of(const struct use *use, struct bytes agent,
                             struct sighting *out[2 * USE_DAYS])
{
    uint32_t count = witnesses_add(&use->early, agent, out, 0);
    return witnesses_add(use_late(use), agent, out, count);
}

/* The memory of one agent of a person who differs from its team. */
static bool add_agent(const struct choices *choices,
                      const struct choice_row *row, const struct use *use,
                      uint64_t own_all, struct bytes agent)
{
    struct sighting *found[2 * USE_DAYS];
    uint32_t count = witnesses_of(use, agent, found);
    struct sighting_counts counts = sightings_count(found, count);
    if (counts.no_time || counts.days < PERSON_DAYS_MIN) {
        return false;
    }
    struct candidate *candidate =
        choices_begin(choices, row, row->standing, OPTION_NONE);
    struct sighting **witnesses =
        arena_take(&choices->out->arena, count * sizeof(struct sighting *));
    if (!candidate || !witnesses) {
        return false;
    }
    memcpy(witnesses, found, count * sizeof(struct sighting *));
    candidate->agent = agent;
    candidate->option = row->slot->options[use->option].text;
    candidate->witnesses = witnesses;
    candidate->witness_count = count;
    candidate->for_count = count;
    candidate->counts = counts;
    candidate->principals = 1;
    candidate->left_out = 0;
    candidate_name(candidate);
    struct preference_figures *figures = &candidate->preference;
    figures->voters = 1;
    figures->supporters = 1;
    figures->uses = use->uses;
    struct preference_scope *scope =
        candidate_scope(candidate, &choices->out->arena);
    if (scope) {
        scope->own_uses = use->uses;
        scope->own_all = own_all;
        scope->team_option = slot_option_text(row->slot, row->standing->top);
    }
    return true;
}

/* What a person does by a habit of its own, and nobody told it to. */
static const struct use *habit_of(const struct standing *standing,
                                  const struct ballot *ballot)
{
    const struct use *use = ballot->option < OPTIONS_MAX
                                ? vote_use(ballot->vote, ballot->option, false)
                                : NULL;
    bool is_habit =
        use && !ballot->is_told && ballot->option != standing->top &&
        ballot->now == ballot->option && use->uses >= PERSON_USES_MIN;
    return is_habit &&
                   use->uses >= PERSON_SHARE_MIN * (double)uses_of(ballot->vote)
               ? use
               : NULL;
}

static void add_person(const struct choices *choices,
                       const struct choice_row *row,
                       const struct ballot *ballot, const struct use *use,
                       uint32_t *persons)
{
    const struct witnesses *early = &use->early;
    for (uint8_t i = 0; i < early->count && *persons < PERSONS_MAX; i++) {
        bool is_new = true;
        for (uint8_t k = 0; k < i; k++) {
            is_new &=
                !bytes_equal(early->items[k]->agent, early->items[i]->agent);
        }
        *persons +=
            is_new && add_agent(choices, row, use, uses_of(ballot->vote),
                                early->items[i]->agent);
    }
}

static void add_persons(const struct choices *choices,
                        const struct choice_row *row)
{
    const struct standing *standing = row->standing;
    uint32_t persons = 0;
    if (standing->voters < SPLIT_VOTERS_MIN ||
        stats_share(standing->voters, standing->votes[standing->top]) <
            CHOICE_SHARE) {
        return;
    }
    for (uint32_t i = 0; i < standing->count; i++) {
        const struct use *use = habit_of(standing, &standing->ballots[i]);
        if (use) {
            add_person(choices, row, &standing->ballots[i], use, &persons);
        }
    }
}

void scoped_add(const struct choices *choices, const struct choice_group *group,
                const struct choice_row *row, const struct choice_row *parts,
                size_t count)
{
    if (row->standing->top == OPTION_NONE) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct rest rest = rest_of(&parts[i], parts, count);
        if (is_own_choice(row, &parts[i], &rest)) {
            add_part(choices, group, row, &parts[i], &rest.sum);
        }
    }
    add_persons(choices, row);
}
