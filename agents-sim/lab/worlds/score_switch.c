/* SPDX-License-Identifier: MIT */
/* Preferences that move to another option while memory says the old one, and
 * preferences that stay. */
#include <math.h>
#include <stdlib.h>

#include "agents-sim/lab/experiment.h"
#include "agents-sim/lab/judge.h"
#include "agents-sim/lab/worlds/oracle.h"
#include "base/clock.h"

static const double dream_days = 2;
static const int64_t start_us = INT64_C(1767571200) * US_PER_SECOND;

enum {
    S_REPLACED,
    S_IN_TIME,
    S_STALE,
    S_DELAY,
    S_ORACLE,
    S_SEEN,
    S_HALF,
    S_FALSE,
    S_COUNT
};

static const struct metric metrics[S_COUNT] = {
    [S_REPLACED] = {"moved preferences that were in memory, replaced",
                    MEASURE_SHARE, FIGURE_REPORTED, 0, NAN},
    [S_IN_TIME] = {"replaced within 1.5 x the oracle's delay", MEASURE_SHARE,
                   FIGURE_AT_LEAST, .9, NAN},
    [S_STALE] = {"stale memories replaced, retired or put in doubt",
                 MEASURE_SHARE, FIGURE_AT_LEAST, .9, NAN},
    [S_DELAY] = {"days from the first move to the replacement", MEASURE_MEAN,
                 FIGURE_REPORTED, 0, NAN},
    [S_ORACLE] = {"the same for the oracle", MEASURE_MEAN, FIGURE_REPORTED, 0,
                  NAN},
    [S_SEEN] = {"days until three in five have moved and shown it twice",
                MEASURE_MEAN, FIGURE_REPORTED, 0, NAN},
    [S_HALF] = {"replaced within 1.5 x these days", MEASURE_SHARE,
                FIGURE_REPORTED, 0, NAN},
    [S_FALSE] = {"preferences that stayed, replaced or retired a year",
                 MEASURE_SHARE, FIGURE_AT_MOST, .1, 0},
};

struct state {
    bool was_known;  /* the old option was in memory before the move */
    bool is_stale;   /* found to be, after the move */
    double replaced; /* day; 0: never */
    bool was_lost;   /* replaced or retired, though it stays */
};

struct watch {
    struct world *world;
    struct state *states; /* by preference */
};

static void take(const struct world *world,
                 const struct world_preference *preference,
                 const struct judged *it, double day, struct state *state)
{
    const struct world_slot *slot = &world->slots[preference->slot];
    bool is_old =
        bytes_equal_text(it->option, slot->option[preference->option]);
    bool is_next = preference->moves &&
                   bytes_equal_text(it->option, slot->option[preference->next]);
    bool has_moved = preference->moves && day >= world->config.switch_day;
    if (is_old && !it->is_retired && !has_moved) {
        state->was_known = true;
        return;
    }
    if (!state->was_known) {
        return;
    }
    if (has_moved && (it->is_retired || !is_old)) {
        state->is_stale = true;
        if (is_next && !it->is_retired && state->replaced <= 0) {
            state->replaced = day;
        }
    }
    state->was_lost |= !preference->moves && (it->is_retired || !is_old);
}

static void on_change(void *context, const struct lab_change *change)
{
    struct watch *watch = context;
    const struct world *world = watch->world;
    struct judged it;
    judged_init(&it, world, change);
    for (uint32_t i = 0; it.kind == JUDGE_PREFERENCE &&
                         i < world->preference_count && change->is_applied;
         i++) {
        const struct world_preference *preference = &world->preferences[i];
        if (preference->team == it.team &&
            bytes_equal_text(it.subject, world->slots[preference->slot].name)) {
            take(world, preference, &it, change->day, &watch->states[i]);
        }
    }
    judged_fini(&it);
}

/* ---- counting ------------------------------------------------------------ */

static void count(struct sample *sample, double part, double whole)
{
    sample->part += part;
    sample->whole += whole;
}

/* A preference that nobody could replace in time says nothing. */
static void add_moved(const struct world *world, const struct oracle *judge,
                      uint32_t number, const struct state *state,
                      struct sample *samples)
{
    double delay = state->replaced - world->config.switch_day;
    double oracle = oracle_delay(judge, number, dream_days);
    double seen = oracle_most_delay(judge, number, dream_days);
    if (!state->was_known || oracle <= 0) {
        return;
    }
    bool is_replaced = state->replaced > 0;
    count(&samples[S_REPLACED], is_replaced, 1);
    count(&samples[S_IN_TIME], is_replaced && delay <= 1.5 * oracle, 1);
    count(&samples[S_STALE], state->is_stale, 1);
    count(&samples[S_DELAY], is_replaced ? delay : 0, is_replaced);
    count(&samples[S_ORACLE], oracle, 1);
    count(&samples[S_SEEN], seen, 1);
    count(&samples[S_HALF], is_replaced && delay <= 1.5 * seen, 1);
}

static void add_preferences(const struct world *world,
                            const struct oracle *judge,
                            const struct state *states, struct sample *samples)
{
    for (uint32_t i = 0; i < world->preference_count; i++) {
        if (world->preferences[i].moves) {
            add_moved(world, judge, i, &states[i], samples);
        } else if (states[i].was_known) {
            count(&samples[S_FALSE], states[i].was_lost,
                  world->config.days / 365.0);
        }
    }
}

static struct lab_config world_of(uint64_t seed)
{
    struct lab_config config = {.policy = POLICY_APPROVE_ALL_PROPOSALS,
                                .dream_every_days = dream_days,
                                .start_us = start_us};
    config.world = world_config_default();
    config.world.seed = seed;
    config.world.teams = 4;
    config.world.days = 90;
    config.world.slots = 40;
    config.world.slots_per_call = 4;
    config.world.steps_per_session = 12;
    config.world.preferences = 8;
    config.world.switches = 4;
    config.world.switch_day = 40;
    config.world.switch_days = 6;
    config.world.mistakes = 0;
    return config;
}

static enum err one_seed(const void *context, uint64_t seed,
                         struct sample *samples)
{
    (void)context;
    struct lab_config config = world_of(seed);
    struct watch watch = {.world = world_new(&config.world)};
    struct lab *lab;
    watch.states =
        mem_new_array(watch.world->preference_count, sizeof(*watch.states));
    config.on_change = on_change;
    config.context = &watch;
    enum err err = experiment_live(&config, &lab);
    if (err == ERR_OK) {
        struct oracle *judge = oracle_new(lab, start_us);
        add_preferences(watch.world, judge, watch.states, samples);
        oracle_free(judge);
    }
    lab_close(lab);
    free(watch.states);
    world_free(watch.world);
    return err;
}

enum err score_switch(const struct score_setting *setting, struct figures *out)
{
    const struct experiment experiment = {.group = "switch",
                                          .what = "worlds that change",
                                          .metrics = metrics,
                                          .metric_count = S_COUNT,
                                          .run = one_seed};
    return experiment_run(setting, &experiment, out);
}
