/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "plugin/detect/crowd/crowding.h"
#include "plugin/detect/standing.h"
#include "tests/unit/plugin/detect/choosing.h"

enum {
    PEOPLE = 24,
    CHURNERS = 7, /* the last of them; fewer than a third */
    CHURNED = 60, /* options of each */
    VOTERS = PEOPLE - CHURNERS
};

/* Every other label is known to all who churn. */
static void churn(struct slot *slot, uint64_t *seq, int principal)
{
    char option[32];
    for (int i = 0; i < CHURNED; i++) {
        (void)snprintf(option, sizeof(option), "label-%d-%d", i,
                       i % 2 ? principal : 0);
        choose(slot, (*seq)++, principal, option);
        choose(slot, (*seq)++, principal, option);
    }
}

static void choose_alike(struct slot *slot, uint64_t *seq)
{
    for (int i = 0; i < 3 * (PEOPLE - CHURNERS); i++) {
        choose(slot, (*seq)++, i % (PEOPLE - CHURNERS),
               i % 8 == 0 ? "npm" : "pnpm");
    }
}

static void churn_all(struct slot *slot, uint64_t *seq)
{
    for (int i = PEOPLE - CHURNERS; i < PEOPLE; i++) {
        churn(slot, seq, i);
    }
}

static void expect_choice_is_kept(struct slot *slot)
{
    slot_settle(slot);
    struct standing *standing = standing_new(slot);
    assert_false(crowding_is_wide(slot));
    assert_int_equal(slot->roamers, CHURNERS);
    assert_int_equal(standing->voters, PEOPLE - CHURNERS);
    assert_string_equal(
        (const char *)slot_option_text(slot, standing->top).data, "pnpm");
    standing_free(standing);
}

static void whoever_names_many_options_loses_no_vote_but_its_own(void **state)
{
    (void)state;
    uint64_t seq = 1;
    struct slot *slot = a_slot();
    choose_alike(slot, &seq);
    churn_all(slot, &seq);
    expect_choice_is_kept(slot);
    slot_free(slot);
}

static void it_is_the_same_when_they_come_first(void **state)
{
    (void)state;
    uint64_t seq = 1;
    struct slot *slot = a_slot();
    churn_all(slot, &seq);
    choose_alike(slot, &seq);
    expect_choice_is_kept(slot);
    slot_free(slot);
}

static void who_roams_stays_without_a_vote(void **state)
{
    (void)state;
    uint64_t seq = 1;
    struct slot *slot = a_slot();
    churn_all(slot, &seq);
    uint64_t roaming = slot->roaming_uses;
    for (int i = 0; i < 9; i++) {
        choose(slot, seq++, PEOPLE - 1, "pnpm");
    }
    slot_settle(slot);
    struct standing *standing = standing_new(slot);
    assert_int_equal(standing->voters, 0);
    assert_int_equal(slot->roaming_uses, roaming + 9);
    standing_free(standing);
    slot_free(slot);
}

static void one_alone_with_many_options_has_no_choice_there(void **state)
{
    (void)state;
    uint64_t seq = 1;
    struct slot *slot = a_slot();
    churn(slot, &seq, 1);
    assert_false(crowding_is_wide(slot));
    churn(slot, &seq, 2);
    assert_true(crowding_is_wide(slot));
    slot_free(slot);
}

/* Which 64 of more options came first would depend on the order. */
static void where_everybody_has_options_of_their_own_none_is_kept(void **state)
{
    (void)state;
    uint64_t seq = 1;
    struct slot *slot = a_slot();
    char option[32];
    for (int i = 0; i < 3 * PEOPLE; i++) {
        (void)snprintf(option, sizeof(option), "option-%d", i);
        choose(slot, seq++, i % PEOPLE, option);
    }
    slot_settle(slot);
    struct standing *standing = standing_new(slot);
    assert_true(crowding_is_wide(slot));
    assert_int_equal(slot->uses, 3 * PEOPLE);
    assert_int_equal(standing->voters, 0);
    standing_free(standing);
    slot_free(slot);
}

static uint32_t hypotheses_of(struct slot *slot)
{
    slot_settle(slot);
    struct standing *standing = standing_new(slot);
    uint32_t hypotheses = standing_hypotheses(standing);
    standing_free(standing);
    return hypotheses;
}

/* Many options, each once, which is no vote; the same as all others do. */
static void name_many(struct slot *slot, uint64_t *seq, int principal)
{
    char option[32];
    for (int i = 0; i < CHURNED; i++) {
        (void)snprintf(option, sizeof(option), "label-%d", i);
        choose(slot, (*seq)++, principal, option);
    }
}

/* Who has no vote makes the tests of others no harder. */
static void what_no_voter_ever_chose_is_no_hypothesis(void **state)
{
    (void)state;
    uint64_t seq = 1;
    struct slot *slot = a_slot();
    choose_alike(slot, &seq);
    uint32_t before = hypotheses_of(slot);
    for (int i = VOTERS; i < PEOPLE; i++) {
        name_many(slot, &seq, i);
    }
    assert_int_equal(slot->option_count, CHURNED + 2);
    assert_int_equal(hypotheses_of(slot), before);
    slot_free(slot);
}

static void what_a_third_of_voters_name_besides_is_no_hypothesis(void **state)
{
    (void)state;
    uint64_t seq = 1;
    struct slot *slot = a_slot();
    choose_alike(slot, &seq);
    uint32_t before = hypotheses_of(slot);
    for (int i = 0; i < (VOTERS - 1) / 3; i++) {
        name_many(slot, &seq, i);
    }
    assert_int_equal(slot->option_count, CHURNED + 2);
    assert_int_equal(hypotheses_of(slot), before);
    slot_free(slot);
}

/* It might have been what they prefer. */
static void what_more_than_a_third_of_voters_chose_is_one(void **state)
{
    (void)state;
    uint64_t seq = 1;
    struct slot *slot = a_slot();
    choose_alike(slot, &seq);
    uint32_t before = hypotheses_of(slot);
    for (int i = 0; i <= (VOTERS - 1) / 3; i++) {
        choose(slot, seq++, i, "yarn");
    }
    assert_int_equal(hypotheses_of(slot), before + 1);
    slot_free(slot);
}

static void unvoted_options_are_few_hypotheses(void **state)
{
    (void)state;
    uint64_t seq = 1;
    struct slot *slot = a_slot();
    choose_alike(slot, &seq);
    assert_int_equal(hypotheses_of(slot), 2);
    for (int i = 0; i < VOTERS; i++) {
        name_many(slot, &seq, i);
    }
    assert_int_equal(hypotheses_of(slot), 1 + 4);
    slot_free(slot);
}

static void what_all_share_is_not_taken_by_one(void **state)
{
    enum {
        USES = 64 * 32,
        SLOTS = 40
    };
    (void)state;
    struct holdings *holdings = holdings_new();
    struct votes_room room = {.uses = USES,
                              .witnesses = USES,
                              .witnesses_max = USES,
                              .uses_max = USES,
                              .holdings = holdings};
    struct slot *slots[SLOTS];
    uint64_t seq = 1;
    for (int i = 0; i < SLOTS; i++) {
        slots[i] = a_slot();
        slots[i]->room = &room;
        churn(slots[i], &seq, 1);
    }
    assert_true(room.uses >= USES / 2 - 1);
    assert_true(room.witnesses >= USES / 4);
    for (int i = 0; i < PEOPLE; i++) {
        choose(slots[0], seq++, 2 + i, "pnpm");
        choose(slots[0], seq++, 2 + i, "pnpm");
    }
    slot_settle(slots[0]);
    struct standing *standing = standing_new(slots[0]);
    assert_true(standing->voters >= PEOPLE);
    standing_free(standing);
    for (int i = 0; i < SLOTS; i++) {
        slot_free(slots[i]);
    }
    assert_int_equal(holdings_of(holdings, 0, 1)->uses, 0);
    assert_int_equal(holdings_of(holdings, 0, 1)->witnesses, 0);
    assert_int_equal(room.uses, USES);
    assert_int_equal(room.witnesses, USES);
    holdings_free(holdings);
}

/* An option is kept for its uses: where there is no room for one, there is none
 * for it, and what was refused is counted. */
static void options_of_all_slots_have_a_maximum(void **state)
{
    enum {
        USES = 320,
        SLOTS = 40,
        EACH = 14
    };
    (void)state;
    struct holdings *holdings = holdings_new();
    struct votes_room room = {.uses = USES,
                              .uses_max = USES,
                              .witnesses = USES,
                              .witnesses_max = USES,
                              .holdings = holdings};
    struct slot *slots[SLOTS];
    uint64_t seq = 1;
    uint64_t refused = 0;
    uint32_t options = 0;
    for (int i = 0; i < SLOTS; i++) {
        slots[i] = a_slot();
        slots[i]->room = &room;
        for (int k = 0; k < EACH; k++) {
            char option[32];
            snprintf(option, sizeof(option), "option-%d", k);
            choose(slots[i], seq++, 1, option);
        }
        refused += slots[i]->refused;
        options += slots[i]->option_count;
    }
    assert_true(room.uses >= USES / 2 - 1);
    assert_int_equal(options, USES - room.uses);
    assert_int_equal(refused, SLOTS * EACH - options);
    /* Others still find room at the very same slots. */
    for (int i = 0; i < SLOTS; i++) {
        choose(slots[i], seq++, 2 + i, "pnpm");
        assert_int_not_equal(slot_find_option(slots[i], BYTES_LITERAL("pnpm")),
                             OPTION_NONE);
    }
    uint32_t left = room.uses;
    room.uses = 0;
    uint64_t uses = slots[0]->uses;
    choose(slots[0], seq++, 90, "yarn");
    choose(slots[0], seq++, 90, "pnpm");
    assert_int_equal(slots[0]->uses, uses + 2);
    assert_false(slots[0]->is_wide);
    assert_int_equal(slot_find_option(slots[0], BYTES_LITERAL("yarn")),
                     OPTION_NONE);
    room.uses = left;
    for (int i = 0; i < SLOTS; i++) {
        slot_free(slots[i]);
    }
    assert_int_equal(room.uses, USES);
    holdings_free(holdings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whoever_names_many_options_loses_no_vote_but_its_own),
        cmocka_unit_test(it_is_the_same_when_they_come_first),
        cmocka_unit_test(who_roams_stays_without_a_vote),
        cmocka_unit_test(one_alone_with_many_options_has_no_choice_there),
        cmocka_unit_test(where_everybody_has_options_of_their_own_none_is_kept),
        cmocka_unit_test(what_no_voter_ever_chose_is_no_hypothesis),
        cmocka_unit_test(what_a_third_of_voters_name_besides_is_no_hypothesis),
        cmocka_unit_test(what_more_than_a_third_of_voters_chose_is_one),
        cmocka_unit_test(unvoted_options_are_few_hypotheses),
        cmocka_unit_test(what_all_share_is_not_taken_by_one),
        cmocka_unit_test(options_of_all_slots_have_a_maximum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
