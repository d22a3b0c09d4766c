/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/rng.h"
#include "plugin/detect/standing.h"
#include "tests/unit/plugin/detect/choosing.h"

/* How two options stand. */
struct stood {
    uint32_t voters;
    uint32_t echoes;
    uint32_t votes[2];
    uint32_t now[2];
    uint8_t top;
};

static struct stood stands(struct slot *slot)
{
    slot_settle(slot);
    struct standing *standing = standing_new(slot);
    const struct stood stood = {
        .voters = standing->voters,
        .echoes = standing->echoes,
        .votes = {standing->votes[0], standing->votes[1]},
        .now = {standing->now[0], standing->now[1]},
        .top = standing->top,
    };
    standing_free(standing);
    return stood;
}

static void the_first_option_used_twice_is_the_vote(void **state)
{
    (void)state;
    struct slot *slot = a_slot();
    choose(slot, 1, 1, "npm");
    choose(slot, 2, 1, "pnpm");
    assert_int_equal(stands(slot).voters, 0);
    choose(slot, 3, 1, "pnpm");
    for (uint64_t seq = 4; seq < 20; seq++) {
        choose(slot, seq, 1, "npm");
    }
    struct stood tally = stands(slot);
    assert_int_equal(tally.voters, 1);
    assert_int_equal(tally.votes[1], 1);
    assert_int_equal(tally.top, 1);
    /* What it does by now is another matter. */
    assert_int_equal(tally.now[0], 1);
    assert_int_equal(tally.now[1], 0);
    slot_free(slot);
}

static void a_statement_is_a_vote_at_once(void **state)
{
    (void)state;
    struct slot *slot = a_slot();
    struct made made;
    made_choice(&made, 1, 4, 1, "shell.pm", "pnpm");
    slot_choose(slot, &(struct choice){
                          .tuple = &made.tuple,
                          .principal = 4,
                          .option = slot_option(slot, 4, BYTES_LITERAL("pnpm")),
                          .is_stated = true});
    assert_int_equal(stands(slot).votes[0], 1);
    slot_free(slot);
}

static void who_was_told_does_not_vote(void **state)
{
    (void)state;
    struct slot *slot = a_slot();
    struct made made;
    for (uint64_t seq = 1; seq < 9; seq++) {
        made_choice(&made, seq, 4, 1, "shell.pm", "pnpm");
        slot_choose(slot, &(struct choice){.tuple = &made.tuple,
                                           .principal = 4,
                                           .option = slot_option(
                                               slot, 4, BYTES_LITERAL("pnpm")),
                                           .is_told = true});
    }
    assert_int_equal(stands(slot).voters, 0);
    assert_int_equal(slot->exposed_uses, 8);
    slot_free(slot);
}

static void an_echoed_vote_is_not_counted(void **state)
{
    (void)state;
    struct slot *slot = a_slot();
    struct made made;
    uint8_t root[16] = {42};
    for (int principal = 1; principal <= 3; principal++) {
        for (int use = 0; use < 2; use++) {
            uint64_t seq = (uint64_t)principal * 10 + (uint64_t)use;
            made_choice(&made, seq, principal, use, "shell.pm", "pnpm");
            made.tuple.root = bytes_of(root, sizeof(root));
            slot_choose(slot, &(struct choice){.tuple = &made.tuple,
                                               .principal = (uint32_t)principal,
                                               .option = slot_option(
                                                   slot, (uint32_t)principal,
                                                   BYTES_LITERAL("pnpm"))});
        }
    }
    struct stood tally = stands(slot);
    assert_int_equal(tally.voters, 1);
    assert_int_equal(tally.echoes, 2);
    slot_free(slot);
}

static void witnesses_cover_voters_first_and_stay_in_order(void **state)
{
    (void)state;
    struct slot *slot = a_slot();
    uint64_t seq = 1;
    for (int round = 0; round < 4; round++) {
        for (int principal = 0; principal < 100; principal++) {
            choose(slot, seq++, principal, principal < 90 ? "pnpm" : "npm");
        }
    }
    struct sighting *found[SIGHTINGS_MAX];
    uint32_t for_count = 0;
    struct standing *standing = standing_new(slot);
    uint32_t count = standing_witnesses(standing, 0, found, &for_count);
    standing_free(standing);
    assert_int_equal(count, SIGHTINGS_MAX);
    assert_int_equal(for_count, SIGHTINGS_MAX - 10);
    assert_int_equal(sightings_count(found, for_count).principals, 90);
    assert_int_equal(sightings_count(found, count).principals, 100);
    for (uint32_t i = 1; i < for_count; i++) {
        assert_true(found[i]->seq > found[i - 1]->seq);
    }
    slot_free(slot);
}

/* As room gets scarce every vote still gets a witness, and who moves later is
 * seen to. */
static void scarce_room_is_shared_by_all_votes(void **state)
{
    enum {
        PEOPLE = 60,
        ROOM = 100
    };
    (void)state;
    struct slot *slot = a_slot();
    struct votes_room room = {.uses = 1000,
                              .uses_max = 1000,
                              .witnesses = ROOM,
                              .witnesses_max = ROOM};
    slot->room = &room;
    uint64_t seq = 1;
    for (int round = 0; round < 6; round++) {
        for (int principal = 0; principal < PEOPLE; principal++) {
            choose(slot, seq++, principal, "npm");
        }
    }
    assert_true(room.witnesses > 0 && room.witnesses < ROOM / 2);
    struct standing *standing = standing_new(slot);
    assert_int_equal(standing->voters, PEOPLE);
    standing_free(standing);
    room.witnesses = 0; /* as if others had taken the rest */
    uint64_t before = seq;
    for (int round = 0; round < 6; round++) {
        for (int principal = 0; principal < PEOPLE; principal++) {
            choose(slot, seq++, principal, "npm");
        }
    }
    standing = standing_new(slot);
    assert_int_equal(standing->voters, PEOPLE);
    uint32_t renewed = 0;
    for (uint32_t i = 0; i < standing->count; i++) {
        const struct use *use = &standing->ballots[i].vote->uses[0];
        renewed +=
            use_late(use)->count > 0 && use->late->items[0]->seq >= before;
    }
    assert_int_equal(renewed, PEOPLE);
    assert_int_equal(room.witnesses, 0);
    standing_free(standing);
    slot_free(slot);
}

static void voters_beyond_the_maximum_are_counted(void **state)
{
    (void)state;
    struct slot *slot = a_slot();
    for (int principal = 0; principal < VOTERS_MAX + 5; principal++) {
        choose(slot, (uint64_t)principal + 1, principal, "pnpm");
    }
    assert_int_equal(slot->vote_count, VOTERS_MAX);
    assert_int_equal(slot->refused, 5);
    slot_free(slot);
}

static void assert_same_uses(const struct vote *a, const struct vote *b)
{
    assert_int_equal(a->use_count, b->use_count);
    for (uint8_t i = 0; i < a->use_count; i++) {
        assert_int_equal(a->uses[i].uses, b->uses[i].uses);
        assert_int_equal(a->uses[i].first_us, b->uses[i].first_us);
        assert_int_equal(a->uses[i].second_us, b->uses[i].second_us);
        assert_int_equal(a->uses[i].early.count, b->uses[i].early.count);
        assert_int_equal(use_late(&a->uses[i])->count,
                         use_late(&b->uses[i])->count);
        assert_memory_equal(a->uses[i].early.moments, b->uses[i].early.moments,
                            a->uses[i].early.count * sizeof(int64_t));
        assert_memory_equal(use_late(&a->uses[i])->moments,
                            use_late(&b->uses[i])->moments,
                            use_late(&a->uses[i])->count * sizeof(int64_t));
    }
    assert_int_equal(a->day_count, b->day_count);
    for (uint8_t i = 0; i < a->day_count; i++) {
        assert_int_equal(a->days[i].day, b->days[i].day);
        assert_int_equal(a->days[i].option, b->days[i].option);
        assert_int_equal(a->days[i].uses, b->days[i].uses);
    }
}

/* One slot is brought up to date after every choice, which leaves nothing to
 * be taken for a repetition; the other only at the end. */
static void repetitions_count_as_much_as_choices_one_by_one(void **state)
{
    (void)state;
    static const char *const options[] = {"npm", "pnpm", "yarn"};
    struct rng rng = rng_seeded(11, 0);
    struct slot *late = a_slot();
    struct slot *at_once = a_slot();
    int64_t day = 30;
    for (uint64_t seq = 1; seq <= 20000; seq++) {
        struct made made;
        const char *option = options[rng_below(&rng, 16) ? 0 : seq % 3];
        day += rng_below(&rng, 64) == 0 ? (int64_t)rng_below(&rng, 7) - 2 : 0;
        made_choice(&made, seq, 1, 1, "shell.pm", option);
        made.tuple.has_occurred = rng_below(&rng, 50) != 0;
        made.tuple.occurred_us =
            day * US_PER_DAY + (int64_t)rng_below(&rng, US_PER_DAY);
        uint32_t principal = (uint32_t)rng_below(&rng, 3);
        struct choice choice = {
            .tuple = &made.tuple,
            .principal = principal,
            .option = slot_option(late, principal, bytes_of_text(option)),
            .is_stated = rng_below(&rng, 100) == 0,
            .is_told = rng_below(&rng, 20) == 0};
        slot_choose(late, &choice);
        choice.option = slot_option(at_once, principal, bytes_of_text(option));
        slot_choose(at_once, &choice);
        slot_settle(at_once);
    }
    slot_settle(late);
    assert_int_equal(late->vote_count, at_once->vote_count);
    assert_int_equal(late->last_day, at_once->last_day);
    for (uint32_t i = 0; i < late->vote_count; i++) {
        assert_same_uses(late->votes[i], at_once->votes[i]);
    }
    slot_free(late);
    slot_free(at_once);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_option_used_twice_is_the_vote),
        cmocka_unit_test(a_statement_is_a_vote_at_once),
        cmocka_unit_test(who_was_told_does_not_vote),
        cmocka_unit_test(an_echoed_vote_is_not_counted),
        cmocka_unit_test(witnesses_cover_voters_first_and_stay_in_order),
        cmocka_unit_test(scarce_room_is_shared_by_all_votes),
        cmocka_unit_test(voters_beyond_the_maximum_are_counted),
        cmocka_unit_test(repetitions_count_as_much_as_choices_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
