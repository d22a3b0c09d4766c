/* SPDX-License-Identifier: MIT */
#include "plugin/detect/habit/marks.h"

#include <stdlib.h>

#include "base/edge/hash.h"

static uint64_t hash_days(const struct vote *vote)
{
    return hash_bytes(
        bytes_of(vote->days, vote->day_count * sizeof(*vote->days)));
}

/* The mark of ${principal} at or behind *at; both are in order of numbers. */
static const struct vote_mark *find(const struct marks *before, uint32_t *at,
                                    uint32_t principal)
{
    while (before && *at < before->count &&
           before->items[*at].principal < principal) {
        ++*at;
    }
    return before && *at < before->count &&
                   before->items[*at].principal == principal
               ? &before->items[*at]
               : NULL;
}

struct marks marks_make(const struct slot *slot, const struct marks *before)
{
    struct marks marks = {.count = slot->vote_count};
    uint32_t at = 0;
    marks.items = mem_new_array((size_t)marks.count + 1, sizeof(*marks.items));
    for (uint32_t i = 0; i < marks.count; i++) {
        const struct vote *vote = slot->votes[i];
        struct vote_mark *mark = &marks.items[i];
        const struct vote_mark *same = find(before, &at, vote->principal);
        uint64_t days = hash_days(vote);
        if (same && same->days == days) {
            *mark = *same;
            continue;
        }
        mark->principal = vote->principal;
        mark->days = days;
        mark->has_habit = habit_find(slot, vote, &mark->habit);
    }
    return marks;
}

void marks_fini(struct marks *marks)
{
    free(marks->items);
    *marks = (struct marks){NULL, 0};
}

bool marks_habit(const struct marks *marks, uint32_t vote, struct habit *out)
{
    assert(vote < marks->count);
    *out = marks->items[vote].habit;
    return marks->items[vote].has_habit;
}

/* ---- the signature ------------------------------------------------------- */

static uint64_t mix(uint64_t hash, uint64_t part)
{
    hash = (hash ^ part) * UINT64_C(0x9fb21c651e98df25);
    return hash ^ (hash >> 32);
}

/* Which events they are, and where they are kept. */
static uint64_t mix_witnesses(uint64_t hash, const struct witnesses *kept)
{
    hash = mix(hash, kept->count);
    for (uint8_t i = 0; i < kept->count; i++) {
        hash = mix(hash, kept->items[i]->seq);
        hash = mix(hash, (uintptr_t)kept->items[i]);
    }
    return hash;
}

/* Whether ${use} and another became a vote at one time: the more frequent one
 * is. */
static bool is_tied(const struct vote *vote, const struct use *use)
{
    bool is_tied = false;
    for (uint8_t k = 0; k < vote->use_count; k++) {
        is_tied |=
            &vote->uses[k] != use && vote->uses[k].second_us == use->second_us;
    }
    return is_tied;
}

static uint64_t mix_use(uint64_t hash, const struct vote *vote,
                        const struct use *use)
{
    bool is_vote = !use->is_told && use->uses >= QUALIFYING_USES;
    hash = mix(hash, (uint64_t)use->option << 2 | (uint64_t)use->is_told << 1 |
                         is_vote);
    if (is_vote) {
        hash = mix(hash, (uint64_t)use->second_us);
        hash = is_tied(vote, use) ? mix(hash, use->uses) : hash;
    }
    hash = mix_witnesses(hash, &use->early);
    return mix_witnesses(hash, use_late(use));
}

uint64_t marks_signature(const struct slot *slot, const struct marks *marks)
{
    uint64_t hash = mix(slot->option_count, marks->count);
    for (uint32_t k = 0; k < slot->option_count; k++) {
        hash = mix(hash, hash_bytes(slot->options[k].text));
    }
    for (uint32_t i = 0; i < marks->count; i++) {
        const struct vote *vote = slot->votes[i];
        const struct vote_mark *mark = &marks->items[i];
        hash = mix(hash, (uint64_t)vote->principal << 32 | vote->use_count);
        if (mark->has_habit) {
            hash = mix(hash, (uint64_t)(uint32_t)mark->habit.since << 16 |
                                 (uint64_t)mark->habit.is_told << 8 |
                                 mark->habit.option);
        }
        for (uint8_t k = 0; k < vote->use_count; k++) {
            hash = mix_use(hash, vote, &vote->uses[k]);
        }
    }
    return hash;
}
