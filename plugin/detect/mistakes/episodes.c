/* SPDX-License-Identifier: MIT */
#include "plugin/detect/mistakes/episodes.h"

#include "base/edge/hash.h"

bool episodes_are_open(const struct live *live)
{
    for (size_t i = 0; i < EPISODES_MAX; i++) {
        if (live->episodes[i].mistake != 0) {
            return true;
        }
    }
    return false;
}

void episodes_open(struct live *live, const struct tuple *tuple,
                   uint64_t number)
{
    struct episode *place = &live->episodes[0];
    for (size_t i = 0; i < EPISODES_MAX; i++) {
        struct episode *episode = &live->episodes[i];
        if (episode->mistake == tuple->error.key_id) {
            return;
        }
        bool is_freer =
            place->mistake != 0 &&
            (episode->mistake == 0 || episode->number < place->number);
        place = is_freer ? episode : place;
    }
    *place = (struct episode){.mistake = tuple->error.key_id,
                              .tool = hash_bytes(tuple->error.tool),
                              .number = number,
                              .last = number,
                              .events = live->events,
                              .has_occurred = tuple->has_occurred,
                              .occurred_us = tuple->occurred_us};
}

static bool is_over(const struct live *live, const struct episode *episode,
                    const struct tuple *tuple)
{
    bool is_late = episode->has_occurred && tuple->has_occurred &&
                   tuple->occurred_us - episode->occurred_us > EPISODE_US_MAX;
    return is_late || live->events - episode->events > EPISODE_EVENTS_MAX;
}

/* A deed is on trial once: by the first attempt after it. Those that follow
 * after that failed are no retries, but they say nothing new of the deed. */
static bool delta_has_deeds(const struct delta *delta)
{
    for (uint32_t i = 0; i < delta->count; i++) {
        if ((delta->features[i] & DELTA_SIGN_MASK) == DELTA_DEED) {
            return true;
        }
    }
    return false;
}

static void add_deeds_between(struct live *live, uint64_t from, uint64_t to,
                              struct delta *delta)
{
    for (uint64_t number = from + 1; number < to; number++) {
        const struct attempt *attempt = live_attempt(live, number);
        if (attempt && attempt->state == ATTEMPT_WORKED) {
            delta_add_deeds(delta, attempt);
        }
    }
}

void episodes_note(struct live *live, const struct tuple *tuple,
                   const struct attempt *attempt, struct features *features,
                   episode_trial take, void *context)
{
    bool worked = attempt->state == ATTEMPT_WORKED;
    for (size_t i = 0; i < EPISODES_MAX; i++) {
        struct episode *episode = &live->episodes[i];
        const struct attempt *failed = live_attempt(live, episode->number);
        if (episode->mistake == 0 || attempt->number <= episode->number) {
            continue;
        }
        if (!failed || !failed->copy || is_over(live, episode, tuple)) {
            episode->mistake = 0;
            continue;
        }
        if (!delta_same_intent(failed->copy, attempt->copy)) {
            continue;
        }
        struct delta delta;
        delta_of(features, failed->copy, attempt->copy, &delta);
        add_deeds_between(live, episode->last, attempt->number, &delta);
        if (delta.is_retry && !delta_is_again(failed->copy, attempt->copy)) {
            continue;
        }
        delta.is_retry &= !episode->has_deeds;
        episode->has_deeds |= delta_has_deeds(&delta);
        delta_close(&delta);
        take(context, episode, &delta, worked);
        episode->last = attempt->number;
        if (worked) {
            episode->mistake = 0;
        }
    }
}
