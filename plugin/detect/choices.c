/* SPDX-License-Identifier: MIT */
#include "plugin/detect/choices.h"

#include <stdlib.h>
#include <string.h>

#include "plugin/detect/crowd/crowding.h"
#include "plugin/detect/likeness.h"
#include "plugin/detect/scope/group.h"
#include "plugin/plan/baseline.h"

enum {
    PRIOR_VOTERS_MIN = 3 /* fewer votes say nothing about shares */
};

static int compare_rows(const void *a, const void *b)
{
    const struct choice_row *x = a;
    const struct choice_row *y = b;
    int order = bytes_compare(x->slot->plain, y->slot->plain);
    if (order == 0) {
        /* Teams before their parts. */
        order = (x->slot->part != PART_NONE) - (y->slot->part != PART_NONE);
    }
    if (order == 0) {
        order = bytes_compare(x->team_name, y->team_name);
    }
    if (order == 0) {
        order = (int)x->slot->part - (int)y->slot->part;
    }
    return order ? order : bytes_compare(x->slot->name, y->slot->name);
}

/* ---- what is known of all slots ------------------------------------------ */

bool choice_is_first(const struct choice_row *rows, size_t at, uint32_t k)
{
    for (size_t i = 0; i < at; i++) {
        if (slot_find_option(rows[i].slot, rows[at].slot->options[k].text) !=
            OPTION_NONE) {
            return false;
        }
    }
    return true;
}

static uint32_t count_options(const struct choice_row *rows, size_t count)
{
    uint32_t options = 0;
    bool has_other = false;
    for (size_t i = 0; i < count; i++) {
        has_other |= rows[i].slot->other_uses > 0;
        for (uint32_t k = 0; k < rows[i].slot->option_count; k++) {
            options += choice_is_first(rows, i, k);
        }
    }
    return options + has_other;
}

/* The group that begins at ${from}. */
static struct choice_group group_at(const struct choices *choices, size_t from)
{
    struct choice_row *rows = choices->rows + from;
    size_t count = 0;
    size_t teams = 0;
    while (from + count < choices->row_count &&
           bytes_equal(rows[count].slot->plain, rows[0].slot->plain)) {
        teams += rows[count].slot->part == PART_NONE;
        count++;
    }
    return (struct choice_group){.rows = rows,
                                 .count = teams,
                                 .parts = rows + teams,
                                 .part_count = count - teams,
                                 .options = count_options(rows, teams)};
}

static void set_clusters(const struct choices *choices,
                         struct standing *standing)
{
    for (uint32_t i = 0; i < standing->count; i++) {
        struct ballot *ballot = &standing->ballots[i];
        ballot->cluster = clusters_of(choices->clusters, standing->slot->team,
                                      ballot->vote->principal);
    }
}

static void make_rows(struct choices *choices, struct slot **slots)
{
    for (size_t i = 0; i < choices->row_count; i++) {
        struct choice_row *row = &choices->rows[i];
        row->slot = slots[i];
        row->team_name =
            roster_team_name(choices->setting->roster, slots[i]->team);
        bool is_new = false;
        row->standing = standing_of(slots[i], &is_new);
        choices->setting->work->standings += is_new;
        set_clusters(choices, row->standing);
    }
    if (choices->row_count > 0) {
        qsort(choices->rows, choices->row_count, sizeof(*choices->rows),
              compare_rows);
    }
    for (size_t i = 0; i < choices->row_count; i++) {
        choices->standings[i] = choices->rows[i].standing;
    }
}

static void make_groups(struct choices *choices)
{
    choices->groups =
        mem_new_array(choices->row_count + 1, sizeof(*choices->groups));
    for (size_t from = 0; from < choices->row_count;) {
        struct choice_group group = group_at(choices, from);
        choices->groups[choices->group_count++] = group;
        from += group.count + group.part_count;
    }
}

static void thin(const struct choices *choices, struct standing *standing)
{
    size_t count = 0;
    const struct cluster_rho *rhos =
        likeness_of(choices->likeness, standing->slot->team, &count);
    if (count > 0) {
        standing_thin(standing, rhos, count);
    }
}

void choices_thin(const struct choices *choices, struct standing *standing)
{
    set_clusters(choices, standing);
    thin(choices, standing);
}

/* Learns how alike the members of every cluster are, and lets them count as
 * what they are worth. */
static void thin_clusters(struct choices *choices)
{
    for (size_t i = 0; i < choices->group_count; i++) {
        const struct choice_group *group = &choices->groups[i];
        likeness_add(choices->likeness,
                     choices->standings + (group->rows - choices->rows),
                     group->count, group->options);
    }
    for (size_t i = 0; i < choices->row_count; i++) {
        thin(choices, choices->standings[i]);
    }
}

static void add_shares(struct prior *prior, const struct standing *standing)
{
    for (uint8_t k = 0; k < standing->slot->option_count; k++) {
        uint32_t voters = standing_voters(standing, k);
        if (voters >= PRIOR_VOTERS_MIN) {
            prior_add(prior, voters, standing->votes[k]);
        }
    }
}

/* What the shares of all options are like, by form of slot. */
static void fit_priors(struct choices *choices,
                       struct prior *const before[SLOT_FORM_COUNT])
{
    for (size_t form = 0; form < SLOT_FORM_COUNT; form++) {
        choices->priors[form] = prior_new();
    }
    for (size_t i = 0; i < choices->row_count; i++) {
        const struct standing *standing = choices->rows[i].standing;
        if (standing->slot->part == PART_NONE) {
            add_shares(choices->priors[standing->slot->form], standing);
        }
    }
    for (size_t form = 0; form < SLOT_FORM_COUNT; form++) {
        prior_fit(choices->priors[form], before[form]);
    }
}

/* ---- one slot of one team ------------------------------------------------ */

/* Ids, paths and free text: mostly values that were never seen before. */
static bool is_high_cardinality(const struct slot *slot)
{
    enum {
        DISTINCT_MIN = 8
    };
    return crowding_is_wide(slot) ||
           (slot->option_count >= DISTINCT_MIN &&
            (uint64_t)slot->option_count * 2 > slot->uses);
}

static enum reason first_reason(const struct choice_row *row, uint32_t options)
{
    const struct slot *slot = row->slot;
    if (slot->form == SLOT_COMMAND) {
        return REASON_CONTEXT;
    }
    if (is_high_cardinality(slot)) {
        return REASON_HIGH_CARDINALITY;
    }
    if (options < 2) {
        return REASON_CONSTANT;
    }
    if (row->standing->voters == 0) {
        return slot->exposed_uses > 0 ? REASON_EXPOSED : REASON_NO_VOTES;
    }
    return REASON_UNDECIDED;
}

static void add_evidence(struct candidates *out, struct candidate *candidate,
                         struct standing *standing, uint8_t option)
{
    struct sighting *found[SIGHTINGS_MAX];
    uint32_t for_count = 0;
    uint32_t count = standing_witnesses(standing, option, found, &for_count);
    candidate->witnesses =
        arena_take(&out->arena, (count + 1) * sizeof(struct sighting *));
    if (!candidate->witnesses) {
        candidate->reason = REASON_NO_EVIDENCE;
        return;
    }
    memcpy(candidate->witnesses, found, count * sizeof(struct sighting *));
    candidate->witness_count = count;
    candidate->for_count = for_count;
    const struct standing_cited *cited =
        standing_count(standing, option, found, for_count, count);
    candidate->counts = cited->counts;
    candidate->principals = cited->principals;
}

void choices_fill(const struct choices *choices, const struct choice_row *row,
                  struct standing *standing, uint8_t option,
                  struct candidate *candidate)
{
    const struct slot *slot = row->slot;
    candidate->kind = FINDING_KIND_PREFERENCE;
    candidate->team = slot->team;
    candidate->team_name = row->team_name;
    candidate->subject = slot->name;
    candidate->left_out = slot->refused;
    candidate->preference = (struct preference_figures){
        .options = slot->option_count + (slot->other_uses > 0),
        .hypotheses = standing_hypotheses(standing),
        .uses = slot->uses,
        .form = slot->form,
        .echoes = standing->echoes,
        .clones = standing->clones,
    };
    if (option != OPTION_NONE) {
        struct preference_figures *figures = &candidate->preference;
        candidate->option = slot->options[option].text;
        figures->voters = standing_voters(standing, option);
        figures->supporters = standing->votes[option];
        figures->now_voters = standing->voters;
        figures->now_supporters = standing->now[option];
        add_evidence(choices->out, candidate, standing, option);
    }
    candidate_name(candidate);
}

struct candidate *choices_begin(const struct choices *choices,
                                const struct choice_row *row,
                                struct standing *standing, uint8_t option)
{
    struct candidate *candidate = candidates_add(choices->out);
    if (candidate) {
        choices_fill(choices, row, standing, option, candidate);
    }
    return candidate;
}

static void set_move(const struct standing *standing,
                     struct preference_figures *figures)
{
    figures->has_moved = standing->has_moved;
    figures->since_day = standing->since_day;
    if (standing->has_moved && standing->before != OPTION_NONE &&
        standing->before != standing->top) {
        figures->before = standing->slot->options[standing->before].text;
        figures->before_voters = standing->before_voters;
        figures->before_supporters = standing->before_votes;
    }
}

void choices_set_test(const struct choices *choices,
                      const struct choice_group *group,
                      const struct choice_row *row,
                      const struct standing *standing,
                      struct candidate *candidate)
{
    struct preference_figures *figures = &candidate->preference;
    struct baseline baseline = others_baseline(
        choices, group, row, candidate->option, standing->has_moved);
    figures->baseline = baseline.share;
    figures->source = baseline.source;
    figures->probability =
        prior_above(choices->priors[row->slot->form], figures->voters,
                    figures->supporters, CHOICE_SHARE);
    set_move(standing, figures);
    uint8_t option = slot_find_option(row->slot, candidate->option);
    if (candidate->reason == REASON_UNDECIDED &&
        standing_is_of_one(standing, option)) {
        candidate->reason = REASON_TOO_FEW_PRINCIPALS;
    }
}

/* What the whole swarm does is nobody's preference, unless the world is known
 * to do something else. */
static void set_swarm(const struct choices *choices,
                      const struct choice_group *group,
                      const struct choice_row *row, struct candidate *candidate)
{
    struct preference_figures *figures = &candidate->preference;
    uint32_t teams = scoped_swarm(group, row);
    const struct baseline_question question = {
        .table = choices->setting->table,
        .slot = row->slot->name,
        .option = candidate->option,
        .options = group->options,
        .memo = choices->memo,
    };
    struct baseline world = baseline_find(&question, NULL, 0);
    struct preference_scope *scope =
        teams > 0 && world.source == BASELINE_TABLE
            ? candidate_scope(candidate, &choices->out->arena)
            : NULL;
    if (scope) {
        figures->baseline = world.share;
        figures->source = world.source;
        scope->teams = teams;
    }
}

static void add_choice(const struct choices *choices,
                       const struct choice_group *group,
                       const struct choice_row *row,
                       const struct choice_row *parts, size_t count)
{
    struct standing *standing = row->standing;
    uint8_t top = standing->voters > 0 ? standing->top : OPTION_NONE;
    struct candidate *candidate = choices_begin(choices, row, standing, top);
    if (!candidate) {
        return;
    }
    if (candidate->reason == REASON_UNDECIDED) {
        candidate->reason = first_reason(row, group->options);
    }
    if (candidate->reason == REASON_UNDECIDED && top != OPTION_NONE) {
        candidate->without =
            without_odd_part(choices, group, row, parts, count);
        candidate->reason = scoped_is_split(row, parts, count)
                                ? REASON_SPLIT
                                : REASON_UNDECIDED;
    }
    if (top != OPTION_NONE) {
        choices_set_test(choices, group, row, standing, candidate);
        set_swarm(choices, group, row, candidate);
    }
}

/* Options that memory holds and most have left. */
static void add_stale(const struct choices *choices,
                      const struct choice_row *row)
{
    const struct slot *slot = row->slot;
    for (uint8_t k = 0; k < slot->option_count; k++) {
        uint8_t finding[FINDING_BYTES];
        struct standing *stale = NULL;
        finding_id(FINDING_KIND_PREFERENCE, row->team_name, slot->name,
                   slot->options[k].text, finding);
        if (!exposures_live(choices->setting->exposures, finding) ||
            !standing_is_stale(row->standing, k, &stale)) {
            continue;
        }
        struct candidate *candidate = choices_begin(choices, row, stale, k);
        if (candidate) {
            candidate->preference.is_stale = true;
        }
        standing_free(stale);
    }
}

/* The parts of the team of ${row}: they follow each other, teams by name. */
static size_t skip_parts(const struct choice_group *group, size_t from,
                         struct bytes team_name, size_t *out_count)
{
    while (from < group->part_count &&
           bytes_compare(group->parts[from].team_name, team_name) < 0) {
        from++;
    }
    size_t to = from;
    while (to < group->part_count &&
           bytes_equal(group->parts[to].team_name, team_name)) {
        to++;
    }
    *out_count = to - from;
    return from;
}

static void add_group(const struct choices *choices,
                      const struct choice_group *group)
{
    bool is_any_told = exposures_any(choices->setting->exposures);
    size_t at = 0;
    for (size_t i = 0; i < group->count; i++) {
        const struct choice_row *row = &group->rows[i];
        size_t parts = 0;
        at = skip_parts(group, at, row->team_name, &parts);
        add_choice(choices, group, row, &group->parts[at], parts);
        if (first_reason(row, group->options) == REASON_UNDECIDED) {
            scoped_add(choices, group, row, &group->parts[at], parts);
        }
        if (is_any_told) {
            add_stale(choices, row);
        }
    }
    for (size_t i = 0; is_any_told && i < group->part_count; i++) {
        add_stale(choices, &group->parts[i]);
    }
}

/* How many hypotheses the parts of every team are. */
static void count_hypotheses(struct choices *choices)
{
    for (size_t i = 0; i < choices->group_count; i++) {
        const struct choice_group *group = &choices->groups[i];
        size_t at = 0;
        for (size_t k = 0; k < group->count; k++) {
            const struct choice_row *row = &group->rows[k];
            size_t parts = 0;
            at = skip_parts(group, at, row->team_name, &parts);
            choices->part_options[row->slot->team] +=
                scoped_count(row, &group->parts[at], parts);
        }
    }
}

void choices_collect(const struct detector_setting *setting,
                     const struct clusters *clusters, struct choices_memo *memo,
                     struct slot **slots, size_t count, struct candidates *out)
{
    struct choices choices = {
        .setting = setting,
        .rows = mem_new_array(count + 1, sizeof(*choices.rows)),
        .standings = mem_new_array(count + 1, sizeof(*choices.standings)),
        .row_count = count,
        .memo = memo->bounds,
        .clusters = clusters,
        .likeness = likeness_new(),
        .out = out,
    };
    make_rows(&choices, slots);
    make_groups(&choices);
    thin_clusters(&choices);
    fit_priors(&choices, memo->priors);
    others_learn(&choices, memo->shares);
    count_hypotheses(&choices);
    for (size_t i = 0; i < choices.group_count; i++) {
        add_group(&choices, &choices.groups[i]);
    }
    for (size_t i = 0; i < count; i++) {
        standing_release(choices.rows[i].slot, choices.rows[i].standing);
    }
    for (size_t form = 0; form < SLOT_FORM_COUNT; form++) {
        prior_free(memo->priors[form]);
        memo->priors[form] = choices.priors[form];
        prior_free(memo->shares[form]);
        memo->shares[form] = choices.shares[form];
    }
    likeness_free(choices.likeness);
    free(choices.groups);
    free(choices.standings);
    free(choices.rows);
}
