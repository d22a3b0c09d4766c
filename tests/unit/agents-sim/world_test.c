/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "agents-sim/score.h"
#include "agents-sim/world/knobs.h"
#include "agents-sim/world/life.h"
#include "agents-sim/world/recall.h"
#include "agents-sim/world/told.h"
#include "agents-sim/world/world.h"
#include "base/clock.h"
#include "base/edge/hash.h"

static struct world *small_world(uint64_t seed, bool is_null)
{
    struct world_config config = world_config_default();
    config.seed = seed;
    config.days = 5;
    config.null_world = is_null;
    struct buf why;
    buf_init(&why, 256);
    assert_int_equal(world_config_check(&config, &why), ERR_OK);
    buf_fini(&why);
    return world_new(&config);
}

static void live_all(struct life *life, uint64_t *out_digest)
{
    int64_t last_us = INT64_MIN;
    uint64_t digest = 0;
    while (life_next_time(life) != INT64_MAX) {
        struct life_event event;
        life_next(life, &event);
        assert_true(event.occurred_us >= last_us);
        last_us = event.occurred_us;
        digest = hash_bytes_seeded(event.body, digest);
        digest = hash_bytes_seeded(bytes_of_text(event.session), digest);
    }
    *out_digest = digest;
}

static void a_seed_gives_one_world_and_one_life(void **state)
{
    (void)state;
    uint64_t digests[3];
    const uint64_t seeds[] = {7, 7, 8};
    for (size_t i = 0; i < ARRAY_LEN(seeds); i++) {
        struct world *world = small_world(seeds[i], false);
        struct life *life = life_new(world, 0, NULL);
        live_all(life, &digests[i]);
        assert_true(life_counts(life).sessions > 100);
        assert_true(life_counts(life).repeated_errors > 10);
        life_free(life);
        world_free(world);
    }
    assert_true(digests[0] == digests[1]);
    assert_true(digests[0] != digests[2]);
}

static void a_null_world_has_nothing_planted(void **state)
{
    (void)state;
    struct world *world = small_world(3, true);
    assert_int_equal(world->preference_count, 0);
    assert_int_equal(world->mistake_count, 0);
    struct life *life = life_new(world, 0, NULL);
    uint64_t digest;
    live_all(life, &digest);
    assert_int_equal(life_counts(life).repeated_errors, 0);
    assert_true(life_counts(life).errors > 0);
    life_free(life);
    world_free(world);
}

static void a_planted_preference_is_the_habit_of_its_team(void **state)
{
    (void)state;
    struct world *world = small_world(11, false);
    for (uint32_t i = 0; i < world->preference_count; i++) {
        const struct world_preference *planted = &world->preferences[i];
        uint32_t adopters = 0;
        for (uint32_t a = 0; a < world->agent_count; a++) {
            const struct world_agent *agent = &world->agents[a];
            adopters += agent->team == planted->team &&
                        world_habit(world, agent->principal_index,
                                    planted->slot) == planted->option;
        }
        assert_true(adopters >= world->config.agents_per_team / 2);
        assert_false(world->slots[planted->slot].has_default);
    }
    world_free(world);
}

/* Memory that knows every truth. */
static int true_choice(void *context, uint32_t agent, uint32_t slot)
{
    const struct world *world = context;
    const struct world_preference *preference =
        world_preference_at(world, world->agents[agent].team, slot);
    return preference ? (int)preference->option : -1;
}

static bool always_warned(void *context, uint32_t agent, uint32_t mistake)
{
    (void)context;
    (void)agent;
    (void)mistake;
    return true;
}

static void memory_changes_what_it_is_about_and_nothing_else(void **state)
{
    (void)state;
    struct world *world = small_world(5, false);
    struct life_memory memory = {
        .context = world, .choice = true_choice, .warned = always_warned};
    struct life *with = life_new(world, 0, &memory);
    struct life *without = life_new(world, 0, NULL);
    uint64_t digest;
    live_all(with, &digest);
    live_all(without, &digest);
    struct life_counts a = life_counts(with);
    struct life_counts b = life_counts(without);
    assert_true(a.events == b.events && a.calls == b.calls);
    assert_true(a.mistake_chances == b.mistake_chances);
    assert_true(a.errors - a.repeated_errors == b.errors - b.repeated_errors);
    assert_true(a.repeated_errors < b.repeated_errors / 5);
    assert_true(a.preferred > b.preferred);
    assert_true(a.satisfied > b.satisfied);
    life_free(with);
    life_free(without);
    world_free(world);
}

static void recall_reads_options_and_warnings_as_whole_words(void **state)
{
    (void)state;
    struct world *world = small_world(5, false);
    struct recall *recall = recall_new(world);
    const struct world_slot *slot = &world->slots[2];
    char text[256];
    snprintf(text, sizeof(text), "%sx: %s", slot->name, slot->option[1]);
    recall_read(recall, bytes_of_text(text));
    assert_int_equal(recall_choice(recall, 2), -1);
    snprintf(text, sizeof(text), "%s: `%s`, not %s.", slot->name,
             slot->option[1], slot->option[0]);
    recall_read(recall, bytes_of_text(text));
    assert_int_equal(recall_choice(recall, 2), 1);
    assert_false(recall_warned(recall, 0));
    snprintf(text, sizeof(text), "no table '%s'", world->mistakes[0].wrong);
    recall_read(recall, bytes_of_text(text));
    assert_true(recall_warned(recall, 0));
    recall_reset(recall);
    assert_false(recall_warned(recall, 0));
    assert_int_equal(recall_choice(recall, 2), -1);
    recall_free(recall);
    world_free(world);
}

static void score_counts_truths_once_and_strangers_as_false(void **state)
{
    (void)state;
    struct world *world = small_world(5, false);
    struct score *score = score_new(world);
    const struct world_preference *planted = &world->preferences[0];
    const struct world_slot *slot = &world->slots[planted->slot];
    struct score_memory memory = {
        .kind = SCORE_PREFERENCE,
        .team = bytes_of_text(world->team[planted->team]),
        .subject = bytes_of_text(slot->name),
        .option = bytes_of_text(slot->option[planted->option]),
        .principals = 20,
        .day = 7,
    };
    score_add(score, &memory);
    score_add(score, &memory);
    memory.option = bytes_of_text(
        slot->option[(planted->option + 1) % world->config.options]);
    score_add(score, &memory);
    struct score_row row = score_row(score, SCORE_PREFERENCE);
    assert_int_equal(row.memories, 2);
    assert_int_equal(row.right, 1);
    assert_int_equal(row.wrong, 1);
    assert_true(row.precision == .5);
    assert_true(row.recall == 1.0 / world->preference_count);
    assert_true(row.principals == 20 && row.days_to_detect == 7);
    assert_int_equal(score_row(score, SCORE_MISTAKE).memories, 0);
    score_free(score);
    world_free(world);
}

static void a_number_out_of_range_is_named(void **state)
{
    (void)state;
    struct world_config config = world_config_default();
    config.options = 1;
    struct buf why;
    buf_init(&why, 256);
    assert_int_equal(world_config_check(&config, &why), ERR_INVALID);
    assert_string_equal(buf_text(&why), "options is 1; it may be 2 to 8");
    buf_fini(&why);
}

/* ---- faults and workflows ------------------------------------------------ */

static struct world *world_with_fixes(void)
{
    struct world_config config = world_config_default();
    config.days = 5;
    config.flags = 1;
    config.prerequisites = 1;
    config.transients = 1;
    config.conditional = 0;
    config.workflows = 2;
    config.workflow_decoys = 1;
    return world_new(&config);
}

static bool always_helped(void *context, uint32_t agent, uint32_t fault)
{
    const struct world *world = context;
    return *world->faults[fault].fix != 0 &&
           world->agents[agent].team == world->faults[fault].team;
}

static bool always_led(void *context, uint32_t agent, uint32_t workflow)
{
    const struct world *world = context;
    return world->workflows[workflow].kind == WORKFLOW_GOOD &&
           world->agents[agent].team == world->workflows[workflow].team;
}

static bool never_warned(void *context, uint32_t agent, uint32_t mistake)
{
    (void)context;
    (void)agent;
    (void)mistake;
    return false;
}

static int no_choice(void *context, uint32_t agent, uint32_t slot)
{
    (void)context;
    (void)agent;
    (void)slot;
    return -1;
}

static void who_knows_fix_and_order_fails_less(void **state)
{
    (void)state;
    struct world *world = world_with_fixes();
    struct life_memory memory = {.context = world,
                                 .choice = no_choice,
                                 .warned = never_warned,
                                 .helped = always_helped,
                                 .led = always_led};
    struct life *with = life_new(world, 0, &memory);
    struct life *without = life_new(world, 0, NULL);
    uint64_t digest;
    live_all(with, &digest);
    live_all(without, &digest);
    struct life_counts a = life_counts(with);
    struct life_counts b = life_counts(without);
    assert_true(a.mistake_chances == b.mistake_chances);
    assert_true(a.repeated_errors < b.repeated_errors);
    assert_true(a.satisfied > b.satisfied + b.sessions / 20);
    life_free(with);
    life_free(without);
    world_free(world);
}

static void an_order_is_told_by_three_steps_one_behind_the_other(void **state)
{
    (void)state;
    struct world *world = world_with_fixes();
    const struct world_workflow *it = &world->workflows[0];
    char text[256];
    assert_true(it->steps == 4 && it->kind == WORKFLOW_GOOD);
    snprintf(text, sizeof(text), "\"%s\", then ask, then \"%s\", then \"%s\"",
             it->step[0], it->step[2], it->step[3]);
    assert_true(told_order(it, bytes_of_text(text)));
    assert_false(told_order(&world->workflows[1], bytes_of_text(text)));
    snprintf(text, sizeof(text), "%s %s %s", it->step[0], it->step[3],
             it->step[2]);
    assert_false(told_order(it, bytes_of_text(text)));
    snprintf(text, sizeof(text), "%sx %s %s", it->step[0], it->step[1],
             it->step[2]);
    assert_false(told_order(it, bytes_of_text(text)));
    world_free(world);
}

static void recall_takes_in_fixes_and_orders(void **state)
{
    (void)state;
    struct world *world = world_with_fixes();
    struct recall *recall = recall_new(world);
    const struct world_fault *fault = &world->faults[1];
    const struct world_workflow *order = &world->workflows[1];
    char text[512];
    recall_read(recall, bytes_of_text(fault->mark));
    recall_read(recall, bytes_of_text(fault->fix));
    assert_false(recall_helped(recall, 1));
    snprintf(text, sizeof(text), "%s fails until `%s`; %s, %s, %s", fault->mark,
             fault->fix, order->step[0], order->step[1], order->step[3]);
    recall_read(recall, bytes_of_text(text));
    assert_true(recall_helped(recall, 1) && !recall_helped(recall, 0));
    assert_true(recall_led(recall, 1) && !recall_led(recall, 0));
    recall_reset(recall);
    assert_false(recall_helped(recall, 1) || recall_led(recall, 1));
    recall_free(recall);
    world_free(world);
}

/* A memory of a mistake is right when it names it, and a lesson is found when
 * the same memory, revised, says what helps. */
static void score_counts_a_lesson_once_its_memory_says_what_helps(void **state)
{
    (void)state;
    struct world *world = world_with_fixes();
    struct score *score = score_new(world);
    const struct world_fault *fault = &world->faults[0];
    char text[256];
    struct score_memory memory = {
        .kind = SCORE_MISTAKE,
        .team = bytes_of_text(world->team[fault->team]),
        .subject = BYTES_LITERAL("an error"),
        .content = bytes_of_text(fault->mark),
        .day = 7,
    };
    double planted = 3 * (world->config.mistakes + 2);
    score_add(score, &memory);
    assert_int_equal(score_row(score, SCORE_MISTAKE).right, 1);
    assert_true(score_row(score, SCORE_MISTAKE).recall == 0);
    snprintf(text, sizeof(text), "%s: %s", fault->mark, fault->fix);
    memory.content = bytes_of_text(text);
    memory.day = 14;
    score_add(score, &memory);
    struct score_row row = score_row(score, SCORE_MISTAKE);
    assert_int_equal(row.memories, 1);
    assert_true(row.recall == 1 / planted && row.days_to_detect == 14);
    memory.team = bytes_of_text(world->team[1]);
    score_add(score, &memory);
    assert_int_equal(score_row(score, SCORE_MISTAKE).wrong, 1);
    score_free(score);
    world_free(world);
}

static void score_takes_no_decoy_for_a_workflow(void **state)
{
    (void)state;
    struct world *world = world_with_fixes();
    struct score *score = score_new(world);
    assert_int_equal(score_row(score, SCORE_WORKFLOW).planted, 6);
    for (uint32_t i = 0; i < 3; i++) {
        const struct world_workflow *it = &world->workflows[i];
        char text[256];
        snprintf(text, sizeof(text), "%s %s %s", it->step[0], it->step[1],
                 it->step[2]);
        score_add(score, &(struct score_memory){
                             .kind = SCORE_WORKFLOW,
                             .team = bytes_of_text(world->team[it->team]),
                             .subject = bytes_of_text(it->step[0]),
                             .content = bytes_of_text(text)});
    }
    assert_int_equal(score_row(score, SCORE_WORKFLOW).right, 2);
    assert_int_equal(score_row(score, SCORE_WORKFLOW).wrong, 1);
    score_free(score);
    world_free(world);
}

/* Every scenario that ships reads, and its world lives and dies. */
static void every_shipped_scenario_lives(void **state)
{
    (void)state;
    static const char *const names[] = {
        "workshop", "null",    "preferences", "faults", "workflows", "switch",
        "attack",   "secrets", "notes",       "demo",   "churn",
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char path[512];
        struct world_config config;
        struct buf why;
        buf_init(&why, 1024);
        snprintf(path, sizeof(path), "%s/%s.yaml", SCENARIOS, names[i]);
        assert_int_equal(scenario_read(path, &why, &config), ERR_OK);
        config.days = 4;
        struct world *world = world_new(&config);
        struct life *life = life_new(world, 0, NULL);
        uint64_t digest;
        live_all(life, &digest);
        assert_true(life_counts(life).sessions > 10);
        life_free(life);
        world_free(world);
        buf_fini(&why);
    }
}

static void a_scenario_that_is_wrong_is_refused_with_its_line(void **state)
{
    (void)state;
    char path[] = "/tmp/scenario-XXXXXX";
    int file = mkstemp(path);
    struct world_config config;
    struct buf why;
    buf_init(&why, 1024);
    assert_true(file >= 0);
    assert_int_equal(write(file, "teams: 2\nadoptoin: 0.5\n", 23), 23);
    close(file);
    assert_int_equal(scenario_read(path, &why, &config), ERR_INVALID);
    assert_non_null(strstr(buf_text(&why), "adoptoin"));
    buf_fini(&why);
    unlink(path);
}

static void preferences_move_one_principal_after_the_other(void **state)
{
    (void)state;
    struct world_config config = world_config_default();
    config.switches = 2;
    config.switch_day = 10;
    config.switch_days = 6;
    struct world *world = world_new(&config);
    const struct world_preference *it = &world->preferences[0];
    uint32_t followers[3] = {0};
    const double days[] = {5, 13, 30};
    assert_true(it->moves && it->next != it->option);
    for (size_t k = 0; k < ARRAY_LEN(days); k++) {
        for (uint32_t p = 0; p < config.agents_per_team; p++) {
            bool had = world_habit(world, p, it->slot) == it->option;
            followers[k] += had && world_habit_on(world, p, it->slot, it->team,
                                                  days[k]) == it->next;
        }
    }
    assert_true(followers[0] == 0 && followers[1] > 0);
    assert_true(followers[2] > followers[1]);
    world_free(world);
}

/* What a life of ${config} comes to. */
struct lived {
    uint64_t events;
    uint64_t sessions;
    uint64_t outcomes;
    uint64_t backwards; /* events that say an earlier time than the last */
    uint64_t wrong;     /* that say another time than it was */
};

static struct lived live_of(const struct world_config *config)
{
    struct world *world = world_new(config);
    struct life *life = life_new(world, 0, NULL);
    struct lived lived = {0};
    int64_t last_us = INT64_MIN;
    while (life_next_time(life) != INT64_MAX) {
        struct life_event event;
        life_next(life, &event);
        lived.events++;
        lived.outcomes += strcmp(event.kind, "outcome.evaluated") == 0;
        lived.sessions += event.ends_session;
        lived.backwards += event.occurred_us < last_us;
        lived.wrong += event.occurred_us != event.at_us;
        last_us = event.occurred_us;
    }
    life_free(life);
    world_free(world);
    return lived;
}

static void trouble_loses_repeats_and_delays(void **state)
{
    (void)state;
    struct world_config config = world_config_default();
    config.days = 5;
    struct lived calm = live_of(&config);
    assert_true(calm.wrong == 0 && calm.backwards == 0);
    assert_true(calm.outcomes == calm.sessions);
    config.missing = .5;
    config.missing_outcomes = .5;
    struct lived lossy = live_of(&config);
    /* Sessions of fewer events are shorter, so there may be more of them. */
    assert_true(lossy.sessions >= calm.sessions);
    assert_true(lossy.events < .7 * (double)calm.events);
    assert_true(lossy.outcomes > .4 * (double)lossy.sessions &&
                lossy.outcomes < .6 * (double)lossy.sessions);
    config.missing = config.missing_outcomes = 0;
    config.repeats = .5;
    assert_true(live_of(&config).events > 1.3 * (double)calm.events);
    config.repeats = 0;
    config.out_of_order = .3;
    assert_true(live_of(&config).backwards > 100);
    config.out_of_order = 0;
    config.skew_s = 3600;
    struct lived skewed = live_of(&config);
    assert_true(skewed.wrong == skewed.events);
    assert_true(skewed.events == calm.events);
}

static void people_come_later_and_leave_early(void **state)
{
    (void)state;
    struct world_config config = world_config_default();
    config.days = 10;
    struct lived all = live_of(&config);
    config.joins = 1;
    config.leaves = 1;
    struct lived some = live_of(&config);
    /* A quarter of the time is lost at either end, on average. */
    assert_true(some.sessions > .35 * (double)all.sessions &&
                some.sessions < .65 * (double)all.sessions);
}

static void a_preference_is_taken_up_little_by_little(void **state)
{
    (void)state;
    struct world_config config = world_config_default();
    config.adoption = 1;
    config.onset_day = 10;
    config.onset_days = 6;
    struct world *world = world_new(&config);
    const struct world_preference *it = &world->preferences[0];
    const double days[] = {0, 13, 30};
    uint32_t adopted[3] = {0};
    for (size_t k = 0; k < ARRAY_LEN(days); k++) {
        for (uint32_t p = 0; p < config.agents_per_team; p++) {
            adopted[k] += world_habit_on(world, p, it->slot, it->team,
                                         days[k]) == it->option;
        }
    }
    assert_true(adopted[0] < adopted[1] && adopted[1] < adopted[2]);
    assert_int_equal(adopted[2], config.agents_per_team);
    world_free(world);
}

static void those_of_a_cluster_choose_alike(void **state)
{
    (void)state;
    struct world_config config = world_config_default();
    uint32_t alike[2] = {0};
    config.preferences = 0;
    for (uint32_t clusters = 0; clusters < 2; clusters++) {
        config.clusters = 6 * clusters;
        struct world *world = world_new(&config);
        for (uint32_t slot = 0; slot < config.slots; slot++) {
            alike[clusters] +=
                world_habit(world, 0, slot) == world_habit(world, 5, slot);
        }
        assert_int_equal(world_cluster(world, 5), clusters);
        assert_int_equal(world_cluster(world, 6), 2 * clusters);
        world_free(world);
    }
    assert_true(alike[1] > alike[0] && alike[1] > .7 * config.slots);
}

static void typed_pairs_are_planted_with_their_truth(void **state)
{
    (void)state;
    struct world_config config = world_config_default();
    uint32_t of[STORY_TRUTHS] = {0};
    config.teams = 10;
    config.agents_per_team = 3;
    config.typed = 5;
    struct world *world = world_new(&config);
    assert_int_equal(world->story_count, 50);
    for (uint32_t i = 0; i < world->story_count; i++) {
        const struct world_story *it = &world->stories[i];
        of[it->truth]++;
        assert_true(strchr(it->fact[0].text, '%') == NULL &&
                    strchr(it->fact[1].text, '%') == NULL);
        assert_string_not_equal(it->fact[0].path, it->fact[1].path);
    }
    assert_true(of[STORY_SAME] > 9 && of[STORY_AGAINST] > 9);
    assert_true(of[STORY_NEITHER] > 9);
    struct buf truth;
    buf_init(&truth, 1 << 20);
    world_print_truth(world, &truth);
    assert_non_null(strstr(buf_text(&truth), "\"stories\""));
    buf_fini(&truth);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_seed_gives_one_world_and_one_life),
        cmocka_unit_test(a_null_world_has_nothing_planted),
        cmocka_unit_test(a_planted_preference_is_the_habit_of_its_team),
        cmocka_unit_test(memory_changes_what_it_is_about_and_nothing_else),
        cmocka_unit_test(recall_reads_options_and_warnings_as_whole_words),
        cmocka_unit_test(score_counts_truths_once_and_strangers_as_false),
        cmocka_unit_test(a_number_out_of_range_is_named),
        cmocka_unit_test(who_knows_fix_and_order_fails_less),
        cmocka_unit_test(an_order_is_told_by_three_steps_one_behind_the_other),
        cmocka_unit_test(recall_takes_in_fixes_and_orders),
        cmocka_unit_test(score_counts_a_lesson_once_its_memory_says_what_helps),
        cmocka_unit_test(score_takes_no_decoy_for_a_workflow),
        cmocka_unit_test(every_shipped_scenario_lives),
        cmocka_unit_test(a_scenario_that_is_wrong_is_refused_with_its_line),
        cmocka_unit_test(preferences_move_one_principal_after_the_other),
        cmocka_unit_test(trouble_loses_repeats_and_delays),
        cmocka_unit_test(people_come_later_and_leave_early),
        cmocka_unit_test(a_preference_is_taken_up_little_by_little),
        cmocka_unit_test(those_of_a_cluster_choose_alike),
        cmocka_unit_test(typed_pairs_are_planted_with_their_truth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
