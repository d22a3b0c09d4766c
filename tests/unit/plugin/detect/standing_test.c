/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "plugin/detect/cluster.h"
#include "plugin/detect/habit/habit.h"
#include "plugin/detect/likeness.h"
#include "plugin/detect/standing.h"
#include "tests/unit/plugin/tuples.h"

struct event {
    uint64_t seq;
    int principal;
    int day;
    const char *option;
    bool is_told;
};

static struct slot *a_slot(void)
{
    return slot_new(0, BYTES_LITERAL("shell.pm"), SLOT_FAMILY);
}

static void choose(struct slot *slot, const struct event *event)
{
    struct made made;
    made_choice(&made, event->seq, event->principal, event->day, "shell.pm",
                event->option);
    uint8_t option = slot_option(slot, (uint32_t)event->principal,
                                 bytes_of_text(event->option));
    slot_choose(slot, &(struct choice){
                          .tuple = &made.tuple,
                          .principal = (uint32_t)event->principal,
                          .option = option,
                          .is_told = event->is_told,
                      });
    slot_settle(slot);
}

/* ${people} principals choose ${option} twice a day from ${from} until before
 * ${to}. */
static uint64_t live(struct slot *slot, uint64_t seq, int people, int from,
                     int to, const char *option, bool is_told)
{
    for (int day = from; day < to; day++) {
        for (int i = 0; i < 2 * people; i++) {
            choose(slot,
                   &(struct event){++seq, i % people, day, option, is_told});
        }
    }
    return seq;
}

static uint32_t votes_for(const struct standing *standing, const char *option)
{
    return standing
        ->votes[slot_find_option(standing->slot, bytes_of_text(option))];
}

static void a_preference_that_moves_begins_an_epoch(void **state)
{
    (void)state;
    struct slot *slot = a_slot();
    uint64_t seq = live(slot, 0, 20, 0, 10, "npm", false);
    live(slot, seq, 20, 10, 14, "pnpm", false);
    struct standing *standing = standing_new(slot);
    assert_true(standing->has_moved);
    assert_int_equal(standing->since_day, 10);
    assert_int_equal(standing->voters, 20);
    assert_int_equal(votes_for(standing, "pnpm"), 20);
    assert_int_equal(standing->before,
                     slot_find_option(slot, BYTES_LITERAL("npm")));
    assert_int_equal(standing->before_votes, 20);
    struct sighting *found[SIGHTINGS_MAX];
    uint32_t for_count = 0;
    uint32_t count =
        standing_witnesses(standing, standing->top, found, &for_count);
    assert_true(count == for_count && count >= 20);
    for (uint32_t i = 0; i < count; i++) {
        assert_true(found[i]->day >= 10);
    }
    standing_free(standing);
    slot_free(slot);
}

/* Long after it moved, the days before are no longer in any history. */
static void a_move_long_ago_is_still_one(void **state)
{
    (void)state;
    struct slot *slot = a_slot();
    uint64_t seq = live(slot, 0, 20, 0, 10, "npm", false);
    live(slot, seq, 20, 10, 80, "pnpm", false);
    struct standing *standing = standing_new(slot);
    assert_true(standing->has_moved);
    assert_int_equal(votes_for(standing, "pnpm"), 20);
    standing_free(standing);
    slot_free(slot);
}

static void what_never_moved_keeps_its_first_votes(void **state)
{
    (void)state;
    struct rng rng = rng_seeded(1, 0);
    for (int round = 0; round < 20; round++) {
        struct slot *slot = a_slot();
        uint64_t seq = 0;
        for (int day = 0; day < 30; day++) {
            for (int i = 0; i < 24; i++) {
                /* A third each, and one use in ten is something else. */
                uint64_t option =
                    rng_chance(&rng, 0.9) ? (uint64_t)i : rng_below(&rng, 3);
                const char *const options[] = {"npm", "pnpm", "yarn"};
                choose(slot, &(struct event){++seq, i, day, options[option % 3],
                                             false});
            }
        }
        struct standing *standing = standing_new(slot);
        assert_false(standing->has_moved);
        assert_int_equal(standing->voters, 24);
        standing_free(standing);
        slot_free(slot);
    }
}

static void who_still_does_as_told_speaks_against_the_new(void **state)
{
    (void)state;
    struct slot *slot = a_slot();
    uint64_t seq = live(slot, 0, 30, 0, 5, "npm", false);
    for (int day = 5; day < 25; day++) {
        for (int i = 0; i < 60; i++) {
            bool is_new = i % 30 < 24 && day >= 10;
            choose(slot, &(struct event){++seq, i % 30, day,
                                         is_new ? "pnpm" : "npm", !is_new});
        }
    }
    struct standing *standing = standing_new(slot);
    uint8_t pnpm = slot_find_option(slot, BYTES_LITERAL("pnpm"));
    uint8_t npm = slot_find_option(slot, BYTES_LITERAL("npm"));
    assert_true(standing->has_moved);
    assert_int_equal(standing->votes[pnpm], 24);
    assert_int_equal(standing_voters(standing, pnpm), 30);
    assert_int_equal(standing->votes[npm], 0);
    assert_int_equal(standing_voters(standing, npm), 24);
    standing_free(standing);
    slot_free(slot);
}

static void what_most_have_left_is_stale(void **state)
{
    (void)state;
    struct slot *slot = a_slot();
    uint64_t seq = live(slot, 0, 20, 0, 10, "npm", false);
    struct standing *standing = standing_new(slot);
    struct standing *stale = NULL;
    assert_false(standing_is_stale(standing, 0, &stale));
    standing_free(standing);
    /* Half go one way, half another: nothing takes its place. */
    const char *const options[] = {"pnpm", "yarn"};
    for (int i = 0; i < 20 * 6; i++) {
        choose(slot, &(struct event){++seq, i % 20, 10 + i / 40, options[i % 2],
                                     false});
    }
    standing = standing_new(slot);
    assert_true(standing_is_stale(standing, 0, &stale));
    assert_int_equal(stale->voters, 20);
    assert_int_equal(stale->votes[0], 0);
    standing_free(stale);
    standing_free(standing);
    slot_free(slot);
}

/* A single slip is not what somebody chooses by now, two uses are; what it was
 * told to do takes twice as many. */
static void two_uses_are_a_habit_and_one_is_a_slip(void **state)
{
    (void)state;
    struct slot *slot = a_slot();
    struct habit habit;
    uint64_t seq = live(slot, 0, 1, 0, 4, "npm", false);
    choose(slot, &(struct event){++seq, 0, 5, "pnpm", false});
    assert_true(habit_find(slot, slot->votes[0], &habit));
    assert_int_equal(habit.option,
                     slot_find_option(slot, BYTES_LITERAL("npm")));
    choose(slot, &(struct event){++seq, 0, 6, "pnpm", false});
    assert_true(habit_find(slot, slot->votes[0], &habit));
    assert_int_equal(habit.option,
                     slot_find_option(slot, BYTES_LITERAL("pnpm")));
    assert_int_equal(habit.since, 5);
    assert_false(habit.is_told);
    live(slot, seq, 1, 7, 8, "npm", true);
    assert_true(habit_find(slot, slot->votes[0], &habit));
    assert_int_equal(habit.since, 5);
    live(slot, seq + 10, 1, 8, 9, "npm", true);
    assert_true(habit_find(slot, slot->votes[0], &habit));
    assert_int_equal(habit.option,
                     slot_find_option(slot, BYTES_LITERAL("npm")));
    assert_true(habit.is_told);
    slot_free(slot);
}

/* Twenty of a team of 24 move within a week, against what they are told
 * and not every time: a few days later that is seen. */
static void a_team_that_moves_against_what_it_is_told_is_seen(void **state)
{
    (void)state;
    struct slot *slot = a_slot();
    struct rng rng = rng_seeded(3, 0);
    uint64_t seq = live(slot, 0, 24, 0, 10, "npm", false);
    for (int day = 10; day < 30; day++) {
        for (int i = 0; i < 24; i++) {
            bool has_moved = i < 20 && day >= 18 + i % 6;
            bool is_new = has_moved && rng_chance(&rng, .75);
            choose(slot, &(struct event){++seq, i, day, is_new ? "pnpm" : "npm",
                                         !is_new});
        }
    }
    struct standing *standing = standing_new(slot);
    uint8_t pnpm = slot_find_option(slot, BYTES_LITERAL("pnpm"));
    assert_true(standing->has_moved);
    assert_in_range(standing->since_day, 18, 25);
    assert_in_range(standing->votes[pnpm], 18, 20);
    assert_int_equal(standing_voters(standing, pnpm), 24);
    standing_free(standing);
    slot_free(slot);
}

/* Two digests of what comes of the same choices in two orders. */
static void assert_same(const struct standing *a, const struct standing *b)
{
    assert_int_equal(a->voters, b->voters);
    assert_int_equal(a->has_moved, b->has_moved);
    assert_int_equal(a->since_day, b->since_day);
    assert_true(bytes_equal(slot_option_text(a->slot, a->top),
                            slot_option_text(b->slot, b->top)));
    for (uint32_t k = 0; k < a->slot->option_count; k++) {
        uint8_t same = slot_find_option(b->slot, a->slot->options[k].text);
        assert_int_equal(a->votes[k], b->votes[same]);
        assert_int_equal(a->now[k], b->now[same]);
    }
    struct sighting *left[SIGHTINGS_MAX];
    struct sighting *right[SIGHTINGS_MAX];
    uint32_t for_left = 0;
    uint32_t for_right = 0;
    uint32_t count = standing_witnesses(a, a->top, left, &for_left);
    assert_int_equal(standing_witnesses(b, b->top, right, &for_right), count);
    assert_int_equal(for_left, for_right);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(left[i]->occurred_us, right[i]->occurred_us);
        assert_int_equal(left[i]->principal, right[i]->principal);
    }
}

static void the_order_of_arrival_does_not_matter(void **state)
{
    enum {
        EVENTS = 600
    };
    (void)state;
    static struct event events[EVENTS];
    struct rng rng = rng_seeded(5, 0);
    for (int round = 0; round < 10; round++) {
        const char *const options[] = {"npm", "pnpm", "yarn"};
        for (int i = 0; i < EVENTS; i++) {
            int day = i / 12;
            bool is_old = day < 25 || round % 2;
            uint64_t option =
                rng_chance(&rng, 0.8) ? is_old : rng_below(&rng, 3);
            events[i] =
                (struct event){(uint64_t)i + 1, (int)rng_below(&rng, 15), day,
                               options[option], rng_chance(&rng, 0.1)};
        }
        struct slot *first = a_slot();
        struct slot *second = a_slot();
        for (int i = 0; i < EVENTS; i++) {
            choose(first, &events[i]);
        }
        for (int i = EVENTS - 1; i > 0; i--) {
            uint64_t j = rng_below(&rng, (uint64_t)i + 1);
            struct event event = events[i];
            events[i] = events[j];
            events[j] = event;
        }
        for (int i = 0; i < EVENTS; i++) {
            choose(second, &events[i]);
        }
        struct standing *a = standing_new(first);
        struct standing *b = standing_new(second);
        assert_same(a, b);
        standing_free(a);
        standing_free(b);
        slot_free(first);
        slot_free(second);
    }
}

static void a_cluster_counts_as_what_it_is_worth(void **state)
{
    (void)state;
    struct slot *slot = a_slot();
    uint64_t seq = live(slot, 0, 30, 0, 4, "npm", false);
    live(slot, seq, 10, 4, 5, "pnpm", false);
    struct standing *standing = standing_new(slot);
    for (uint32_t i = 0; i < standing->count; i++) {
        standing->ballots[i].cluster =
            standing->ballots[i].vote->principal < 20 ? 7 : 0;
    }
    /* 20 at 0.2 are worth 20 / 4.8 = 4.2; the other ten are themselves. */
    struct cluster_rho rho = {7, 0.2};
    standing_thin(standing, &rho, 1);
    assert_int_equal(standing->voters, 14);
    assert_int_equal(standing->clones, 16);
    struct sighting *found[SIGHTINGS_MAX];
    uint32_t for_count = 0;
    uint32_t count = standing_witnesses(standing, 0, found, &for_count);
    assert_int_equal(sightings_count(found, count).principals, 14);
    standing_free(standing);
    slot_free(slot);
}

/* Whatever they are worth: nobody who runs something else chooses it. */
static void one_configuration_speaks_for_itself_alone(void **state)
{
    (void)state;
    struct slot *slot = a_slot();
    uint64_t seq = live(slot, 0, 12, 0, 4, "npm", false);
    for (int i = 0; i < 8; i++) {
        choose(slot, &(struct event){++seq, 12 + i / 2, i % 2, "pnpm", false});
    }
    struct standing *standing = standing_new(slot);
    uint8_t npm = slot_find_option(slot, BYTES_LITERAL("npm"));
    uint8_t pnpm = slot_find_option(slot, BYTES_LITERAL("pnpm"));
    for (uint32_t i = 0; i < standing->count; i++) {
        standing->ballots[i].cluster =
            standing->ballots[i].vote->principal < 12 ? 7 : 0;
    }
    assert_true(standing_is_of_one(standing, npm));
    assert_false(standing_is_of_one(standing, pnpm));
    struct ballot *other = &standing->ballots[0];
    other->cluster = 8;
    assert_false(standing_is_of_one(standing, npm));
    other->cluster = 0;
    assert_false(standing_is_of_one(standing, npm));
    standing_free(standing);
    slot_free(slot);
}

/* The votes of ${people} at ${slots} slots: clones agree at all of them. */
static double likeness_among(int people, int slots, bool are_clones)
{
    struct rng rng = rng_seeded(9, are_clones);
    struct likeness *likeness = likeness_new();
    const char *const options[] = {"npm", "pnpm", "yarn"};
    for (int i = 0; i < slots; i++) {
        struct slot *slot = a_slot();
        uint64_t same = rng_below(&rng, 3);
        uint64_t seq = 0;
        for (int k = 0; k < people * 2; k++) {
            bool is_member = k < people;
            uint64_t option =
                is_member && are_clones ? same : rng_below(&rng, 3);
            for (int use = 0; use < 2; use++) {
                choose(slot,
                       &(struct event){++seq, k, use, options[option], false});
            }
        }
        struct standing *standing = standing_new(slot);
        for (uint32_t k = 0; k < standing->count; k++) {
            standing->ballots[k].cluster =
                standing->ballots[k].vote->principal < (uint32_t)people ? 7 : 0;
        }
        likeness_add(likeness, &standing, 1, 3);
        standing_free(standing);
        slot_free(slot);
    }
    size_t count = 0;
    const struct cluster_rho *rhos = likeness_of(likeness, 0, &count);
    double rho = count == 1 ? rhos[0].rho : -1;
    likeness_free(likeness);
    return rho;
}

static void clones_are_alike_and_colleagues_are_not(void **state)
{
    (void)state;
    assert_true(likeness_among(12, 60, true) > 0.9);
    assert_true(likeness_among(12, 60, false) < 0.05);
    assert_float_equal(likeness_among(12, 1, true), LIKENESS_DEFAULT, 1e-12);
}

static void a_principal_is_of_the_configuration_of_most_sessions(void **state)
{
    (void)state;
    struct clusters *clusters = clusters_new();
    clusters_note(clusters, 0, 3, 99);
    clusters_note(clusters, 0, 3, 5);
    assert_int_equal(clusters_of(clusters, 0, 3), 5);
    clusters_note(clusters, 0, 3, 99);
    assert_int_equal(clusters_of(clusters, 0, 3), 99);
    assert_int_equal(clusters_of(clusters, 0, 4), 0);
    assert_int_equal(clusters_of(clusters, 1, 3), 0);
    clusters_free(clusters);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_preference_that_moves_begins_an_epoch),
        cmocka_unit_test(a_move_long_ago_is_still_one),
        cmocka_unit_test(what_never_moved_keeps_its_first_votes),
        cmocka_unit_test(who_still_does_as_told_speaks_against_the_new),
        cmocka_unit_test(what_most_have_left_is_stale),
        cmocka_unit_test(two_uses_are_a_habit_and_one_is_a_slip),
        cmocka_unit_test(a_team_that_moves_against_what_it_is_told_is_seen),
        cmocka_unit_test(the_order_of_arrival_does_not_matter),
        cmocka_unit_test(a_cluster_counts_as_what_it_is_worth),
        cmocka_unit_test(one_configuration_speaks_for_itself_alone),
        cmocka_unit_test(clones_are_alike_and_colleagues_are_not),
        cmocka_unit_test(a_principal_is_of_the_configuration_of_most_sessions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
