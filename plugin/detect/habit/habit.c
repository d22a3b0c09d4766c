/* SPDX-License-Identifier: MIT */
#include "plugin/detect/habit/habit.h"

enum {
    OWN_WEIGHT = 4, /* of a use, in quarters, so that halves are whole */
    TOLD_WEIGHT = 2,
    /* With one use between them that it was told to. */
    TAKEN_UP = QUALIFYING_USES * OWN_WEIGHT - TOLD_WEIGHT / 2
};

/* One option, since its score was last nothing. */
struct run {
    uint32_t score;
    uint32_t own; /* uses that it had not been told */
    int32_t from; /* day */
};

/* What was chosen on one day. */
struct day {
    int32_t day;
    uint32_t weight[OPTIONS_MAX + 1];
    uint32_t own[OPTIONS_MAX + 1];
    uint32_t all; /* sum of the weights */
};

struct runs {
    const struct slot *slot;
    struct run by_option[OPTIONS_MAX];
    uint8_t now; /* the habit, or OPTION_NONE */
};

/* Reads the day at days[from]; returns where the next one begins. */
static uint8_t read_day(const struct vote *vote, uint8_t from, struct day *out)
{
    uint8_t at = from;
    *out = (struct day){.day = vote->days[from].day};
    for (; at < vote->day_count && vote->days[at].day == out->day; at++) {
        const struct day_use *use = &vote->days[at];
        uint32_t weight =
            use->uses * (uint32_t)(use->is_told ? TOLD_WEIGHT : OWN_WEIGHT);
        out->weight[use->option] += weight;
        out->own[use->option] += use->is_told ? 0 : use->uses;
        out->all += weight;
    }
    return at;
}

static void live_run(struct runs *runs, const struct day *day, uint8_t option)
{
    struct run *run = &runs->by_option[option];
    uint32_t up = run->score + day->weight[option];
    uint32_t down = (day->all - day->weight[option]) / 2;
    if (run->score == 0 && option != runs->now) {
        *run = (struct run){.from = day->day};
    }
    run->score = up > down ? up - down : 0;
    run->own += day->own[option];
}

static bool is_stronger(const struct runs *runs, uint8_t option, uint8_t than)
{
    uint32_t score = runs->by_option[option].score;
    if (than == OPTION_NONE) {
        return score >= TAKEN_UP;
    }
    uint32_t best = runs->by_option[than].score;
    return score > best ||
           (score == best &&
            bytes_compare(slot_option_text(runs->slot, option),
                          slot_option_text(runs->slot, than)) < 0);
}

/* The option that is taken up after this day; OPTION_NONE: none. */
static uint8_t taken_up(const struct runs *runs)
{
    uint8_t best = OPTION_NONE;
    for (uint8_t k = 0; k < runs->slot->option_count; k++) {
        if (k != runs->now && is_stronger(runs, k, best)) {
            best = k;
        }
    }
    return best;
}

static void live_day(struct runs *runs, const struct day *day)
{
    for (uint8_t k = 0; k < runs->slot->option_count; k++) {
        live_run(runs, day, k);
    }
    uint8_t next = taken_up(runs);
    if (next == OPTION_NONE) {
        return;
    }
    for (uint32_t k = 0; k < runs->slot->option_count; k++) {
        runs->by_option[k].score = k == next ? runs->by_option[k].score : 0;
    }
    runs->now = next;
}

bool habit_find(const struct slot *slot, const struct vote *vote,
                struct habit *out)
{
    struct runs runs = {.slot = slot, .now = OPTION_NONE};
    struct day day;
    for (uint8_t i = 0; i < vote->day_count;) {
        i = read_day(vote, i, &day);
        live_day(&runs, &day);
    }
    if (runs.now == OPTION_NONE) {
        return false;
    }
    const struct run *run = &runs.by_option[runs.now];
    *out = (struct habit){.option = runs.now,
                          .is_told = run->own < QUALIFYING_USES,
                          .since = run->from};
    return true;
}
