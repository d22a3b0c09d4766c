/* SPDX-License-Identifier: MIT */
/* Which sessions are compared: classes of principals and times, and
 * lengths. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "plugin/workflow/strata.h"

enum {
    SESSIONS = 1024,
    WORDS = SESSIONS / 64,
    LENGTH_MAX = 32
};

struct team {
    uint16_t symbols[SESSIONS][LENGTH_MAX]; /* 0: the last step of all */
    struct session sessions[SESSIONS];
    const struct session *items[SESSIONS];
    uint64_t set[WORDS];
    uint64_t reached[WORDS];
    struct window_list list;
    struct pattern pattern;
    struct session_principals principals;
    struct strata strata;
    struct contrast_row rows[CONTRAST_ROWS_MAX];
};

/* ${each} sessions of each of ${principals}; the abler half follows more. */
static struct team *team_of(uint64_t seed, uint32_t principals, uint32_t each,
                            double effect)
{
    struct team *team = mem_new(sizeof(*team));
    struct rng rng = rng_seeded(seed, 1);
    uint32_t count = principals * each;
    assert_true(count <= SESSIONS);
    for (uint32_t i = 0; i < count; i++) {
        struct session *session = &team->sessions[i];
        bool is_able = i / each % 2 == 0;
        bool has = rng_chance(&rng, is_able ? .75 : .25);
        double chance = (is_able ? .8 : .3) + (has ? effect : 0);
        *session = (struct session){
            .principal_hash = i / each,
            .symbols = team->symbols[i],
            .symbol_count = 4 + (uint32_t)rng_below(&rng, 20),
            .outcome =
                rng_chance(&rng, chance) ? OUTCOME_SUCCESS : OUTCOME_FAILURE,
        };
        team->items[i] = session;
        team->set[i / 64] |= (uint64_t)has << (i % 64);
        team->reached[i / 64] |= UINT64_C(1) << (i % 64);
    }
    team->list = (struct window_list){.items = team->items, .count = count};
    team->pattern = (struct pattern){.set = team->set,
                                     .reached = team->reached,
                                     .length = 2,
                                     .sessions = count};
    session_principals_make(&team->list, &team->principals);
    return team;
}

/* How an order that does nothing becomes common, and success with it. */
enum ripening {
    SLOWLY,
    AT_ONCE,      /* at the half */
    EACH_IN_TURN, /* everybody on a day of their own; success slowly */
    FOR_A_WHILE,  /* the middle third */
    IN_THE_END,   /* the last third */
    HALF_OF_THEM, /* the others never; success slowly, for all */
    RIPENING_COUNT
};

/* Of a principal whose day is ${day}, at ${at} of the time. */
static double share_at(enum ripening how, double day, double at)
{
    switch (how) {
    case SLOWLY:
        return .1 + .8 * at;
    case AT_ONCE:
        return at > .5 ? .85 : .15;
    case EACH_IN_TURN:
        return at > day ? .9 : .1;
    case FOR_A_WHILE:
        return at > .33 && at < .67 ? .85 : .15;
    case IN_THE_END:
        return at > .67 ? .85 : .1;
    case HALF_OF_THEM:
        return at > .5 && day > .5 ? .85 : .1;
    case RIPENING_COUNT:
        break;
    }
    return 0;
}

static double success_at(enum ripening how, double at)
{
    if (how == EACH_IN_TURN || how == HALF_OF_THEM) {
        return .2 + .6 * at;
    }
    return .2 + .6 * share_at(how, 0, at);
}

/* A team in which both change with time. */
static struct team *ripening_team(uint64_t seed, enum ripening how,
                                  const uint32_t size[2], double effect)
{
    struct team *team = team_of(seed, size[0], size[1], 0);
    struct rng rng = rng_seeded(seed, 2);
    double day = 0;
    for (uint32_t i = 0; i < team->list.count; i++) {
        struct session *session = &team->sessions[i];
        double at = rng_unit(&rng);
        day = i % size[1] == 0 ? .1 + .8 * rng_unit(&rng) : day;
        bool has = rng_chance(&rng, share_at(how, day, at));
        double chance = success_at(how, at) + (has ? effect : 0);
        session->has_time = true;
        session->first_us = (int64_t)(at * 1e12);
        session->outcome =
            rng_chance(&rng, chance) ? OUTCOME_SUCCESS : OUTCOME_FAILURE;
        team->set[i / 64] &= ~(UINT64_C(1) << (i % 64));
        team->set[i / 64] |= (uint64_t)has << (i % 64);
    }
    session_principals_fini(&team->principals);
    session_principals_make(&team->list, &team->principals);
    return team;
}

static double evidence_of(struct team *team, const uint64_t *told)
{
    strata_fini(&team->strata);
    strata_make(&team->list, &team->principals, &team->pattern, told,
                &team->strata);
    strata_count(&team->strata, &team->list, &team->pattern, team->rows);
    return contrast_log_e(team->rows, team->strata.count);
}

static void team_free(struct team *team)
{
    strata_fini(&team->strata);
    session_principals_fini(&team->principals);
    free(team);
}

enum {
    SEEDS = 20
};

/* Of twenty teams those whose e-value is at least 5, in strata and in one. */
static uint32_t count_found(uint32_t principals, uint32_t each, double effect,
                            uint32_t *out_in_one)
{
    uint32_t found = 0;
    *out_in_one = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct team *team = team_of(seed, principals, each, effect);
        found += evidence_of(team, NULL) >= log(5);
        struct contrast_row sum = contrast_sum(team->rows, team->strata.count);
        *out_in_one += contrast_log_e(&sum, 1) >= log(5);
        team_free(team);
    }
    return found;
}

/* All in one they fool anybody; in classes they may in one of five. */
static void able_principals_make_no_workflow(void **state)
{
    (void)state;
    static const uint32_t sizes[][2] = {{8, 64}, {24, 20}, {24, 10}, {128, 8}};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        uint32_t in_one = 0;
        uint32_t found = count_found(sizes[i][0], sizes[i][1], 0, &in_one);
        assert_true(found <= SEEDS / 5);
        assert_true(in_one >= SEEDS * 3 / 4);
    }
}

static void an_effect_is_seen_through_few_sessions_of_each(void **state)
{
    (void)state;
    uint32_t in_one = 0;
    uint32_t found = count_found(24, 10, .2, &in_one);
    assert_true(found >= SEEDS / 2);
}

/* Of twenty teams those whose e-value is at least 5. */
static uint32_t count_ripe(enum ripening how, const uint32_t size[2],
                           double effect, uint32_t *out_in_one)
{
    uint32_t found = 0;
    *out_in_one = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct team *team = ripening_team(seed, how, size, effect);
        found += evidence_of(team, NULL) >= log(5);
        struct contrast_row sum = contrast_sum(team->rows, team->strata.count);
        *out_in_one += contrast_log_e(&sum, 1) >= log(5);
        team_free(team);
    }
    return found;
}

static void what_became_common_as_success_rose_is_no_workflow(void **state)
{
    (void)state;
    static const uint32_t sizes[][2] = {{24, 10}, {24, 35}, {8, 64}, {128, 8}};
    for (int how = 0; how < RIPENING_COUNT; how++) {
        uint32_t all_in_one = 0;
        for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
            uint32_t in_one = 0;
            uint32_t found =
                count_ripe((enum ripening)how, sizes[i], 0, &in_one);
            assert_true(found <= SEEDS / 5);
            all_in_one += in_one;
        }
        assert_true(all_in_one >= ARRAY_LEN(sizes) * SEEDS / 2);
    }
}

static void an_effect_is_seen_while_success_rises(void **state)
{
    (void)state;
    static const uint32_t size[2] = {24, 35};
    for (int how = 0; how < RIPENING_COUNT; how++) {
        uint32_t in_one = 0;
        assert_true(count_ripe((enum ripening)how, size, .2, &in_one) >=
                    SEEDS * 3 / 4);
    }
}

/* Who fails tries on; a step more before the last goes with nothing. */
static struct team *trying_team(uint64_t seed)
{
    struct team *team = team_of(seed, 24, 35, 0);
    struct rng rng = rng_seeded(seed, 3);
    for (uint32_t i = 0; i < team->list.count; i++) {
        struct session *session = &team->sessions[i];
        uint32_t behind = 0;
        uint32_t length = 4 + pattern_has(&team->pattern, i);
        session->outcome =
            rng_chance(&rng, .6) ? OUTCOME_SUCCESS : OUTCOME_FAILURE;
        if (session->outcome == OUTCOME_FAILURE) {
            behind = (uint32_t)rng_below(&rng, 4);
        }
        for (uint32_t s = 0; s < length + behind; s++) {
            team->symbols[i][s] = s + 1 == length ? 0 : 2;
        }
        session->symbol_count = length + behind;
    }
    return team;
}

static void what_follows_from_failing_is_no_length(void **state)
{
    (void)state;
    uint32_t found = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct team *team = trying_team(seed);
        found += evidence_of(team, NULL) >= log(5);
        team_free(team);
    }
    assert_true(found <= SEEDS / 5);
}

/* Who has no time is compared with whom has none. */
static void sessions_without_a_time_are_a_part_of_their_own(void **state)
{
    (void)state;
    static const uint32_t size[2] = {24, 35};
    struct team *team = ripening_team(1, AT_ONCE, size, 0);
    double with_times = evidence_of(team, NULL);
    uint32_t times = team->strata.times;
    for (uint32_t i = 0; i < team->list.count; i++) {
        team->sessions[i].has_time = false;
    }
    session_principals_fini(&team->principals);
    session_principals_make(&team->list, &team->principals);
    assert_true(evidence_of(team, NULL) > with_times + 5);
    assert_true(times > 1);
    assert_int_equal(team->strata.times, 1);
    team_free(team);
}

static void many_sessions_are_compared_within_one_principal(void **state)
{
    (void)state;
    struct team *team = team_of(1, 8, 128, 0);
    uint32_t principal_of[PROPENSITY_CLASSES_MAX];
    (void)evidence_of(team, NULL);
    assert_int_equal(team->strata.classes, 8);
    assert_int_equal(team->strata.lengths, STRATA_LENGTHS_MAX);
    memset(principal_of, 0xff, sizeof(principal_of));
    for (uint32_t i = 0; i < team->list.count; i++) {
        uint32_t class = team->strata.of[i] / team->strata.lengths;
        uint32_t principal = team->principals.of[i];
        assert_true(class < 8);
        assert_true(principal_of[class] == UINT32_MAX ||
                    principal_of[class] == principal);
        principal_of[class] = principal;
    }
    team_free(team);
}

static void who_was_told_or_not_judged_is_not_compared(void **state)
{
    (void)state;
    struct team *team = team_of(1, 8, 16, 0);
    uint64_t told[WORDS] = {3};
    team->sessions[2].outcome = OUTCOME_UNKNOWN;
    team->reached[0] &= ~UINT64_C(8);
    (void)evidence_of(team, told);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(team->strata.of[i], STRATA_NONE);
    }
    assert_true(team->strata.of[4] != STRATA_NONE);
    struct contrast_row sum = contrast_sum(team->rows, team->strata.count);
    assert_int_equal(sum.with + sum.without, team->list.count - 4);
    team_free(team);
}

static void no_session_makes_one_empty_stratum(void **state)
{
    (void)state;
    struct team *team = team_of(1, 1, 0, 0);
    uint32_t left = 9;
    assert_true(evidence_of(team, NULL) == 0);
    assert_int_equal(team->strata.count, 1);
    assert_true(strata_robust_log_e(&team->strata, &team->list,
                                    &team->principals, &team->pattern,
                                    &left) == 0);
    assert_int_equal(left, 0);
    team_free(team);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(able_principals_make_no_workflow),
        cmocka_unit_test(an_effect_is_seen_through_few_sessions_of_each),
        cmocka_unit_test(what_became_common_as_success_rose_is_no_workflow),
        cmocka_unit_test(an_effect_is_seen_while_success_rises),
        cmocka_unit_test(what_follows_from_failing_is_no_length),
        cmocka_unit_test(sessions_without_a_time_are_a_part_of_their_own),
        cmocka_unit_test(many_sessions_are_compared_within_one_principal),
        cmocka_unit_test(who_was_told_or_not_judged_is_not_compared),
        cmocka_unit_test(no_session_makes_one_empty_stratum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
