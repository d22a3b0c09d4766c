/* SPDX-License-Identifier: MIT */
/* What other teams do at a slot, and what all slots teach about that. */
#include "plugin/detect/scope/group.h"

enum {
    LEARNT_MIN = 100 /* options that teach how large shares are; fewer do not */
};

/* How the teams of ${group} but that of ${row}, which may be NULL, voted on
 * ${option}; room for TEAMS_MAX. Returns how many did. */
static size_t teams_on(const struct choice_group *group,
                       const struct choice_row *row, struct bytes option,
                       struct baseline_votes *out)
{
    size_t count = 0;
    for (size_t i = 0; i < group->count; i++) {
        const struct standing *standing = group->rows[i].standing;
        uint8_t same = slot_find_option(group->rows[i].slot, option);
        if (&group->rows[i] != row && standing->voters > 0) {
            out[count++] = (struct baseline_votes){
                .voters = standing->voters,
                .supporters = same == OPTION_NONE
                                  ? 0
                                  : (uint32_t)standing->votes[same] +
                                        standing->told[same],
            };
        }
    }
    return count;
}

/* Adds what the teams do together that do not prefer option ${k} of the row. */
static void learn_option(const struct choices *choices,
                         const struct choice_group *group, size_t row,
                         uint32_t k)
{
    struct baseline_votes teams[TEAMS_MAX];
    struct baseline_votes sum;
    const struct slot *slot = group->rows[row].slot;
    size_t count = teams_on(group, NULL, slot->options[k].text, teams);
    if (baseline_pool(choices->memo, group->options, teams, count, &sum)) {
        prior_add(choices->shares[slot->form], sum.voters, sum.supporters);
    }
}

static void learn_row(const struct choices *choices,
                      const struct choice_group *group, size_t row)
{
    for (uint32_t k = 0; k < group->rows[row].slot->option_count; k++) {
        if (choice_is_first(group->rows, row, k)) {
            learn_option(choices, group, row, k);
        }
    }
}

static void learn_group(const struct choices *choices,
                        const struct choice_group *group)
{
    for (size_t i = 0; group->count >= BASELINE_TEAMS_MIN && i < group->count;
         i++) {
        learn_row(choices, group, i);
    }
}

void others_learn(struct choices *choices,
                  struct prior *const before[SLOT_FORM_COUNT])
{
    for (size_t form = 0; form < SLOT_FORM_COUNT; form++) {
        choices->shares[form] = prior_new();
    }
    for (size_t i = 0; i < choices->group_count; i++) {
        learn_group(choices, &choices->groups[i]);
    }
    for (size_t form = 0; form < SLOT_FORM_COUNT; form++) {
        if (prior_options(choices->shares[form]) < LEARNT_MIN) {
            prior_free(choices->shares[form]);
            choices->shares[form] = NULL;
        } else {
            prior_fit(choices->shares[form], before[form]);
        }
    }
}

struct baseline others_baseline(const struct choices *choices,
                                const struct choice_group *group,
                                const struct choice_row *row,
                                struct bytes option, bool has_moved)
{
    struct baseline_votes others[TEAMS_MAX];
    size_t count = teams_on(group, row, option, others);
    const struct baseline_question question = {
        .table = choices->setting->table,
        .slot = row->slot->name,
        .option = option,
        .options = group->options,
        .shares = has_moved ? NULL : choices->shares[row->slot->form],
        .memo = choices->memo,
    };
    return baseline_find(&question, others, count);
}
