/* SPDX-License-Identifier: MIT */
/* What a team prefers where one of its parts honestly differs: the same
 * finding, on the votes without that part. Whether it is told, and the part
 * named as the exception, is decided in plan/. */
#include "memory/stats/stats.h"
#include "plugin/detect/scope/pool.h"
#include "plugin/detect/scope/split.h"

enum {
    PARTS_MIN = 3 /* of a kind, so that two are left to speak for the team */
};

static bool is_looked_at(const struct choice_row *part)
{
    return part->standing->top != OPTION_NONE &&
           part->standing->voters >= SPLIT_VOTERS_MIN;
}

/* How many parts of the kind of ${part} are looked at. */
static uint32_t parts_like(const struct choice_row *part,
                           const struct choice_row *parts, size_t count)
{
    uint32_t like = 0;
    for (size_t i = 0; i < count; i++) {
        like +=
            parts[i].slot->part == part->slot->part && is_looked_at(&parts[i]);
    }
    return like;
}

uint32_t without_count(const struct choice_row *row,
                       const struct choice_row *parts, size_t count)
{
    uint32_t options = standing_hypotheses(row->standing);
    uint32_t tests = 0;
    for (size_t i = 0; i < count; i++) {
        if (is_looked_at(&parts[i]) &&
            parts_like(&parts[i], parts, count) >= PARTS_MIN) {
            tests += options;
        }
    }
    return tests;
}

/* The part that differs most clearly from the others; NULL: none does. */
static const struct choice_row *odd_part(const struct choice_row *row,
                                         const struct choice_row *parts,
                                         size_t count)
{
    const struct choice_row *odd = NULL;
    double least = 1;
    for (size_t i = 0; i < count; i++) {
        double p = scoped_difference(row, &parts[i], parts, count);
        if (p < least && parts_like(&parts[i], parts, count) >= PARTS_MIN) {
            odd = &parts[i];
            least = p;
        }
    }
    return odd;
}

/* Whether ${odd} prefers something else than ${option}, and half of every other
 * part of its kind chooses that. */
static bool others_agree(struct bytes option, const struct choice_row *odd,
                         const struct choice_row *parts, size_t count)
{
    bool agree =
        !bytes_equal(option, slot_option_text(odd->slot, odd->standing->top));
    for (size_t i = 0; i < count && agree; i++) {
        const struct standing *standing = parts[i].standing;
        if (&parts[i] != odd && parts[i].slot->part == odd->slot->part &&
            is_looked_at(&parts[i])) {
            uint8_t same = slot_find_option(parts[i].slot, option);
            agree = same != OPTION_NONE &&
                    stats_share(standing->voters, standing->votes[same]) >=
                        SPLIT_SHARE_MIN;
        }
    }
    return agree;
}

static struct candidate *make(const struct choices *choices,
                              const struct choice_group *group,
                              const struct choice_row *row,
                              struct standing *standing)
{
    struct candidate *candidate =
        arena_take(&choices->out->arena, sizeof(*candidate));
    if (candidate) {
        *candidate = (struct candidate){0};
        choices_fill(choices, row, standing, standing->top, candidate);
        choices_set_test(choices, group, row, standing, candidate);
    }
    return candidate;
}

struct candidate *without_odd_part(const struct choices *choices,
                                   const struct choice_group *group,
                                   const struct choice_row *row,
                                   const struct choice_row *parts, size_t count)
{
    const struct choice_row *odd = odd_part(row, parts, count);
    if (!odd) {
        return NULL;
    }
    struct candidate *candidate = NULL;
    struct slot *pool = pool_new(row, parts, count, odd);
    struct standing *standing = standing_new(pool);
    choices_thin(choices, standing);
    if (standing->top != OPTION_NONE &&
        others_agree(slot_option_text(pool, standing->top), odd, parts,
                     count)) {
        candidate = make(choices, group, row, standing);
    }
    struct preference_scope *scope =
        candidate ? candidate_scope(candidate, &choices->out->arena) : NULL;
    if (scope) {
        scope->without = odd->slot->part;
        scope->name = slot_part_name(odd->slot);
        scope->family = choices->part_options[row->slot->team];
    }
    standing_free(standing);
    pool_free(pool);
    return scope ? candidate : NULL;
}
