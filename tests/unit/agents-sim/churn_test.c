/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agents-sim/world/life.h"
#include "base/edge/hash.h"

static struct world_config small_config(void)
{
    struct world_config config = world_config_default();
    config.days = 5;
    config.flags = 2;
    config.directives = 2;
    return config;
}

/* What an agent of the first team did, and how many events that were. */
struct deeds {
    uint64_t digest;
    uint32_t events;
    uint32_t marked; /* that hold a fresh label */
    uint32_t screened;
};

static bool holds(struct bytes body, const char *word)
{
    return bytes_find(body, bytes_of_text(word), 0) != SIZE_MAX;
}

static void live(const struct world *world, struct deeds *deeds)
{
    struct life *life = life_new(world, 0, NULL);
    while (life_next_time(life) != INT64_MAX) {
        struct life_event event;
        life_next(life, &event);
        if (event.agent < world_team_size(world, 0)) {
            struct deeds *of = &deeds[event.agent];
            of->digest = hash_bytes_seeded(event.body, of->digest);
            of->events++;
            of->marked += holds(event.body, "\"zq");
            of->screened += holds(event.body, "ignore all previous");
        }
    }
    life_free(life);
}

static void whoever_churns_disturbs_no_one_else(void **state)
{
    enum {
        PEOPLE = 24,
        HOSTILE = 3
    };
    (void)state;
    struct deeds calm[PEOPLE] = {0};
    struct deeds churned[PEOPLE] = {0};
    struct deeds censored[PEOPLE] = {0};
    struct world_config config = small_config();
    struct world *world = world_new(&config);
    live(world, calm);
    world_free(world);
    config.churners = HOSTILE;
    config.churn_labels = 16;
    world = world_new(&config);
    live(world, churned);
    world_free(world);
    config.churners = 0;
    config.censors = HOSTILE;
    world = world_new(&config);
    live(world, censored);
    world_free(world);
    for (int i = 0; i < PEOPLE - HOSTILE; i++) {
        assert_true(calm[i].digest == churned[i].digest);
        assert_true(calm[i].digest == censored[i].digest);
    }
    for (int i = PEOPLE - HOSTILE; i < PEOPLE; i++) {
        assert_true(calm[i].marked == 0 && calm[i].screened == 0);
        assert_true(churned[i].marked > 0);
        assert_true(censored[i].screened > 0);
    }
}

static void who_is_silent_only_begins_and_ends(void **state)
{
    (void)state;
    struct deeds deeds[24] = {0};
    struct world_config config = small_config();
    config.churners = 1;
    struct world *world = world_new(&config);
    live(world, deeds);
    assert_true(deeds[23].events > 0 && deeds[23].events % 3 == 0);
    assert_true(world_churns(world, 23) && !world_churns(world, 22));
    world_free(world);
}

/* One in the first team of each size, one more in the next, and so on. */
static void a_siege_grows_from_team_to_team(void **state)
{
    (void)state;
    struct world_config config = small_config();
    config.teams = 8;
    config.sizes[0] = 4;
    config.sizes[1] = 6;
    config.size_count = 2;
    config.siege = 3;
    struct world *world = world_new(&config);
    static const uint32_t expected[] = {1, 1, 2, 2, 3, 3, 1, 1};
    for (uint32_t team = 0; team < config.teams; team++) {
        uint32_t besiegers = 0;
        for (uint32_t i = 0; i < world_team_size(world, team); i++) {
            besiegers += world_besieges(world, world->team_first[team] + i);
        }
        assert_int_equal(world_siege(world, team), expected[team]);
        assert_int_equal(besiegers, expected[team]);
    }
    world_free(world);
}

/* Nothing but one habit tells them from the others. */
static void insiders_have_one_habit_and_live_like_others(void **state)
{
    (void)state;
    struct world_config config = small_config();
    struct world *calm = world_new(&config);
    config.insiders = 5;
    struct world *world = world_new(&config);
    uint32_t insiders = 0;
    for (uint32_t i = 0; i < world->agent_count; i++) {
        const struct world_agent *agent = &world->agents[i];
        uint32_t at = world_agreed_slot(world, agent->team);
        assert_null(world_preference_at(world, agent->team, at));
        for (uint32_t slot = 0; slot < config.slots; slot++) {
            bool is_agreed = world_is_insider(world, i) && slot == at;
            assert_int_equal(
                world_habit(world, agent->principal_index, slot),
                is_agreed ? world_agreed_option(world, agent->team)
                          : world_habit(calm, agent->principal_index, slot));
        }
        insiders += agent->team == 0 && world_is_insider(world, i);
    }
    assert_int_equal(insiders, world_insiders(world, 0));
    assert_int_equal(insiders, 1);
    world_free(world);
    world_free(calm);
}

static void the_truth_says_who_is_hostile(void **state)
{
    (void)state;
    struct world_config config = small_config();
    struct buf truth;
    buf_init(&truth, 1 << 20);
    config.churners = 2;
    config.churn_labels = 8;
    config.siege = 1;
    struct world *world = world_new(&config);
    world_print_truth(world, &truth);
    assert_non_null(strstr(buf_text(&truth), "\"churns\""));
    assert_non_null(strstr(buf_text(&truth), "\"besieges\""));
    assert_null(strstr(buf_text(&truth), "\"censors\""));
    world_free(world);
    buf_fini(&truth);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whoever_churns_disturbs_no_one_else),
        cmocka_unit_test(who_is_silent_only_begins_and_ends),
        cmocka_unit_test(a_siege_grows_from_team_to_team),
        cmocka_unit_test(insiders_have_one_habit_and_live_like_others),
        cmocka_unit_test(the_truth_says_who_is_hostile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
