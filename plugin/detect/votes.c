/* SPDX-License-Identifier: MIT */
#include "plugin/detect/votes.h"

#include <stdlib.h>
#include <string.h>

struct slot *slot_new(uint32_t team, struct bytes name, enum slot_form form)
{
    struct slot *slot = mem_new(sizeof(*slot));
    slot->team = team;
    slot->name = bytes_of(bytes_to_text(name), name.len);
    slot->form = form;
    return slot;
}

static void vote_free(struct vote *vote)
{
    for (uint8_t i = 0; i < vote->use_count; i++) {
        sightings_fini(&vote->uses[i].seen);
    }
    free(vote->uses);
    free(vote);
}

void slot_free(void *value)
{
    struct slot *slot = value;
    if (!slot) {
        return;
    }
    for (uint32_t i = 0; i < slot->vote_count; i++) {
        vote_free(slot->votes[i]);
    }
    for (uint32_t i = 0; i < slot->option_count; i++) {
        free((void *)(uintptr_t)slot->options[i].text.data);
    }
    free((void *)(uintptr_t)slot->name.data);
    free(slot->votes);
    free(slot);
}

uint8_t slot_find_option(const struct slot *slot, struct bytes option)
{
    for (uint32_t i = 0; i < slot->option_count; i++) {
        if (bytes_equal(slot->options[i].text, option)) {
            return (uint8_t)i;
        }
    }
    return OPTION_NONE;
}

uint8_t slot_option(struct slot *slot, struct bytes option)
{
    uint8_t known = slot_find_option(slot, option);
    if (known != OPTION_NONE) {
        return known;
    }
    if (slot->option_count == OPTIONS_MAX) {
        return OPTION_OTHER;
    }
    slot->options[slot->option_count] =
        (struct option){.text = bytes_of(bytes_to_text(option), option.len)};
    return (uint8_t)slot->option_count++;
}

/* The vote of ${principal}, made if it is new; NULL when full. */
static struct vote *vote_of(struct slot *slot, uint32_t principal)
{
    uint32_t low = 0;
    uint32_t high = slot->vote_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (slot->votes[middle]->principal < principal) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low < slot->vote_count && slot->votes[low]->principal == principal) {
        return slot->votes[low];
    }
    if (slot->vote_count == VOTERS_MAX) {
        return NULL;
    }
    if (slot->vote_count == slot->vote_capacity) {
        slot->vote_capacity = slot->vote_capacity ? slot->vote_capacity * 2 : 4;
        slot->votes =
            mem_grow(slot->votes, slot->vote_capacity * sizeof(struct vote *));
    }
    memmove(&slot->votes[low + 1], &slot->votes[low],
            (slot->vote_count - low) * sizeof(struct vote *));
    struct vote *vote = mem_new(sizeof(*vote));
    *vote = (struct vote){.principal = principal, .frozen = OPTION_NONE};
    slot->votes[low] = vote;
    slot->vote_count++;
    return vote;
}

static struct use *use_find(const struct vote *vote, uint8_t option)
{
    for (uint8_t i = 0; i < vote->use_count; i++) {
        if (vote->uses[i].option == option) {
            return &vote->uses[i];
        }
    }
    return NULL;
}

static struct use *use_of(struct vote *vote, uint8_t option)
{
    struct use *known = use_find(vote, option);
    if (known) {
        return known;
    }
    vote->uses =
        mem_grow(vote->uses, (vote->use_count + 1U) * sizeof(*vote->uses));
    struct use *use = &vote->uses[vote->use_count++];
    *use = (struct use){.option = option};
    sightings_init(&use->seen, USE_SIGHTINGS_MAX);
    return use;
}

static void remember(struct vote *vote, uint8_t option)
{
    if (vote->recent_count == RECENT_MAX) {
        memmove(vote->recent, vote->recent + 1, RECENT_MAX - 1);
        vote->recent_count--;
    }
    vote->recent[vote->recent_count++] = option;
}

void slot_choose(struct slot *slot, const struct choice *choice)
{
    slot->uses++;
    slot->other_uses += choice->option == OPTION_OTHER;
    if (choice->option < OPTIONS_MAX) {
        slot->options[choice->option].uses++;
    }
    struct vote *vote = vote_of(slot, choice->principal);
    if (!vote) {
        slot->refused++;
        return;
    }
    remember(vote, choice->option);
    if (choice->is_told) {
        slot->exposed_uses++;
        return;
    }
    struct use *use = use_of(vote, choice->option);
    use->uses++;
    struct bytes text = choice->option < OPTIONS_MAX
                            ? slot->options[choice->option].text
                            : BYTES_LITERAL("(other)");
    sightings_add(&use->seen, choice->tuple, choice->principal, text);
    if (vote->frozen == OPTION_NONE &&
        (choice->is_stated || use->uses >= QUALIFYING_USES)) {
        vote->frozen = choice->option;
    }
}

/* The most frequent of the recent choices; of equals the latest. */
static uint8_t majority_now(const struct vote *vote)
{
    uint8_t best = OPTION_NONE;
    int best_count = 0;
    for (int i = vote->recent_count - 1; i >= 0; i--) {
        int count = 0;
        for (int j = 0; j < vote->recent_count; j++) {
            count += vote->recent[j] == vote->recent[i];
        }
        if (count > best_count) {
            best = vote->recent[i];
            best_count = count;
        }
    }
    return best;
}

/* Ballots: the frozen votes in log order, without echoes. */
struct ballot {
    const struct vote *vote;
    struct sighting *const *seen;
    uint32_t count; /* of seen that are no echoes: they come first */
};

struct ballots {
    struct ballot items[VOTERS_MAX];
    struct sighting *seen[VOTERS_MAX * USE_SIGHTINGS_MAX];
    uint32_t count;
    uint32_t seen_count;
    uint32_t echoes;
};

static const struct sightings *seen_of(const struct vote *vote)
{
    const struct use *use = use_find(vote, vote->frozen);
    assert(use && use->seen.count > 0);
    return &use->seen;
}

static int compare_votes(const void *a, const void *b)
{
    const struct sighting *x = seen_of(*(struct vote *const *)a)->items[0];
    const struct sighting *y = seen_of(*(struct vote *const *)b)->items[0];
    int order = (x->log > y->log) - (x->log < y->log);
    return order ? order : (x->seq > y->seq) - (x->seq < y->seq);
}

static bool is_echo(const struct ballots *ballots,
                    const struct sighting *sighting)
{
    for (uint32_t i = 0; i < ballots->seen_count; i++) {
        const struct sighting *known = ballots->seen[i];
        if (known->principal != sighting->principal &&
            memcmp(known->root, sighting->root, sizeof(known->root)) == 0) {
            return true;
        }
    }
    return false;
}

static void cast(struct ballots *ballots, const struct vote *vote)
{
    const struct sightings *seen = seen_of(vote);
    struct ballot *ballot = &ballots->items[ballots->count];
    *ballot = (struct ballot){.vote = vote,
                              .seen = &ballots->seen[ballots->seen_count]};
    for (uint32_t i = 0; i < seen->count; i++) {
        if (!is_echo(ballots, seen->items[i])) {
            ballots->seen[ballots->seen_count++] = seen->items[i];
            ballot->count++;
        }
    }
    ballots->count += ballot->count > 0;
    ballots->echoes += ballot->count == 0;
}

static struct ballots *ballots_new(const struct slot *slot)
{
    struct ballots *ballots = mem_new(sizeof(*ballots));
    const struct vote *votes[VOTERS_MAX];
    size_t count = 0;
    for (uint32_t i = 0; i < slot->vote_count; i++) {
        if (slot->votes[i]->frozen != OPTION_NONE) {
            votes[count++] = slot->votes[i];
        }
    }
    if (count > 0) {
        qsort(votes, count, sizeof(votes[0]), compare_votes);
    }
    for (size_t i = 0; i < count; i++) {
        cast(ballots, votes[i]);
    }
    return ballots;
}

struct tally slot_tally(const struct slot *slot)
{
    struct tally tally = {.top = OPTION_NONE};
    struct ballots *ballots = ballots_new(slot);
    for (uint32_t i = 0; i < ballots->count; i++) {
        const struct vote *vote = ballots->items[i].vote;
        uint8_t now = majority_now(vote);
        tally.frozen[vote->frozen]++;
        tally.voters++;
        if (now != OPTION_NONE) {
            tally.now[now]++;
            tally.now_voters++;
        }
    }
    tally.echoes = ballots->echoes;
    for (uint8_t i = 0; i < slot->option_count; i++) {
        uint8_t top = tally.top;
        if (top == OPTION_NONE || tally.frozen[i] > tally.frozen[top] ||
            (tally.frozen[i] == tally.frozen[top] &&
             bytes_compare(slot->options[i].text, slot->options[top].text) <
                 0)) {
            tally.top = i;
        }
    }
    free(ballots);
    return tally;
}

static int compare_places(const void *a, const void *b)
{
    const struct sighting *x = *(struct sighting *const *)a;
    const struct sighting *y = *(struct sighting *const *)b;
    int order = (x->log > y->log) - (x->log < y->log);
    return order ? order : (x->seq > y->seq) - (x->seq < y->seq);
}

/* Adds the ${round}-th sighting of every ballot that is for ${option}, or of
 * those that are not, as long as there is room. */
static uint32_t add_round(const struct ballots *ballots, uint8_t option,
                          bool is_for, uint32_t round, uint32_t room,
                          struct sighting **out)
{
    uint32_t added = 0;
    for (uint32_t i = 0; i < ballots->count && added < room; i++) {
        const struct ballot *ballot = &ballots->items[i];
        if ((ballot->vote->frozen == option) == is_for &&
            round < ballot->count) {
            out[added++] = ballot->seen[round];
        }
    }
    return added;
}

uint32_t slot_witnesses(const struct slot *slot, uint8_t option,
                        struct sighting **out, uint32_t *out_for)
{
    struct ballots *ballots = ballots_new(slot);
    struct sighting *against[SIGHTINGS_MAX];
    uint32_t against_count =
        add_round(ballots, option, false, 0, SIGHTINGS_MAX, against);
    uint32_t room = SIGHTINGS_MAX - against_count;
    uint32_t count = 0;
    for (uint32_t round = 0; round < USE_SIGHTINGS_MAX; round++) {
        count +=
            add_round(ballots, option, true, round, room - count, out + count);
    }
    if (count > 0) {
        qsort(out, count, sizeof(struct sighting *), compare_places);
    }
    if (against_count > 0) {
        qsort(against, against_count, sizeof(struct sighting *),
              compare_places);
        memcpy(out + count, against, against_count * sizeof(against[0]));
    }
    free(ballots);
    *out_for = count;
    return count + against_count;
}
