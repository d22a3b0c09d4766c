/* SPDX-License-Identifier: MIT */
#include "plugin/detect/crowd/crowding.h"

#include <stdlib.h>

enum {
    EACH_FIRST = 16, /* options of one principal */
    EACH_LEAST = 2,
    KEPT_OPTIONS = OPTIONS_MAX / 4 * 3
};

/* A bit for each option. */
static uint64_t options_of(const struct vote *vote)
{
    uint64_t options = 0;
    for (uint8_t i = 0; i < vote->use_count; i++) {
        options |= UINT64_C(1) << vote->uses[i].option;
    }
    return options;
}

static uint64_t all_options(const struct slot *slot)
{
    uint64_t options = 0;
    for (uint32_t i = 0; i < slot->vote_count; i++) {
        options |= options_of(slot->votes[i]);
    }
    return options;
}

void crowding_watch(struct slot *slot, struct vote *vote)
{
    uint32_t options = bits_count(options_of(vote));
    if (slot->options_each > 0 && options > slot->options_each) {
        slot_forget_vote(slot, vote);
        vote->is_roaming = true;
        slot->roamers++;
    }
}

/* Numbers of options keep their order, and so do the days of a vote. */
static void renumber(struct vote *vote, const uint8_t *numbers)
{
    for (uint8_t i = 0; i < vote->use_count; i++) {
        vote->uses[i].option = numbers[vote->uses[i].option];
    }
    for (uint8_t i = 0; i < vote->day_count; i++) {
        vote->days[i].option = numbers[vote->days[i].option];
    }
    vote->recent.option = numbers[vote->recent.option];
}

/* Leaves out the options that no vote is about any more. */
static void compact(struct slot *slot)
{
    uint64_t kept = all_options(slot);
    uint8_t numbers[OPTIONS_MAX] = {0};
    uint32_t count = 0;
    for (uint32_t k = 0; k < slot->option_count; k++) {
        if (kept >> k & 1) {
            numbers[k] = (uint8_t)count;
            slot->options[count++] = slot->options[k];
        } else {
            free((void *)(uintptr_t)slot->options[k].text.data);
        }
    }
    slot->option_count = count;
    for (uint32_t i = 0; i < slot->vote_count; i++) {
        renumber(slot->votes[i], numbers);
    }
}

bool crowding_relieve(struct slot *slot)
{
    if (slot->options_each == 0) {
        slot->options_each = EACH_FIRST;
    }
    while (slot->options_each >= EACH_LEAST) {
        for (uint32_t i = 0; i < slot->vote_count; i++) {
            crowding_watch(slot, slot->votes[i]);
        }
        compact(slot);
        if (slot->option_count <= KEPT_OPTIONS) {
            return true;
        }
        slot->options_each /= 2;
    }
    return false;
}

bool crowding_is_wide(const struct slot *slot)
{
    return slot->is_wide ||
           (slot->roamers > 0 && slot->roamers > (slot->vote_count - 1) / 3);
}
