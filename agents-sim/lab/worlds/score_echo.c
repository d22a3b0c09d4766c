/* SPDX-License-Identifier: MIT */
/* Messages that others pass on: one witness, however many say it. Half are
 * words, with and without a parent and not always to the letter; half are a
 * choice that one message asks for. Clones: ten agents of one principal.
 * Copies: principals that share a prompt by twelve, two such clusters and one.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "agents-sim/lab/experiment.h"
#include "agents-sim/lab/judge.h"

enum {
    E_WORDS,
    E_CHOICE,
    E_MORE,
    E_PASSED,
    E_CLONES,
    E_COPIES,
    E_COUNT
};

static const struct metric metrics[E_COUNT] = {
    [E_WORDS] = {"witnesses of a rule that was passed on", MEASURE_MEAN,
                 FIGURE_EQUAL, 1, NAN},
    [E_CHOICE] = {"votes of a choice that one message asked for", MEASURE_MEAN,
                  FIGURE_EQUAL, 1, NAN},
    [E_MORE] = {"echoes counted as more or less than one", MEASURE_SUM,
                FIGURE_EQUAL, 0, 0},
    [E_PASSED] = {"echoes that reached the dream as a candidate", MEASURE_SHARE,
                  FIGURE_REPORTED, 0, NAN},
    [E_CLONES] = {"most votes of a choice, per principal there is",
                  MEASURE_MEAN, FIGURE_AT_MOST, 1, NAN},
    [E_COPIES] = {"proposals of what only copies of one prompt agree on",
                  MEASURE_SUM, FIGURE_EQUAL, 0, 0},
};

struct watch {
    struct world *world;
    struct sample *samples;
};

static void take_echo(struct watch *watch, const struct world_echo *it,
                      const struct candidate *candidate)
{
    char slot[WORLD_NAME_BYTES + 16];
    double counted = candidate->counts.principals;
    snprintf(slot, sizeof(slot), "task_%s.mode", it->mark);
    if (it->is_choice && candidate->kind == FINDING_KIND_PREFERENCE &&
        bytes_equal_text(candidate->subject, slot)) {
        /* One of the voters has a way of its own. */
        counted = candidate->preference.voters - 1.0;
        watch->samples[E_CHOICE].part += counted;
        watch->samples[E_CHOICE].whole++;
    } else if (!it->is_choice && candidate->kind == FINDING_KIND_DIRECTIVE &&
               bytes_hold(candidate->option, it->mark)) {
        watch->samples[E_WORDS].part += counted;
        watch->samples[E_WORDS].whole++;
    } else {
        return;
    }
    watch->samples[E_MORE].part += fabs(counted - 1) > 1e-9;
    watch->samples[E_PASSED].part++;
}

static void take_candidate(struct watch *watch,
                           const struct candidate *candidate)
{
    const struct world *world = watch->world;
    for (uint32_t k = 0; k < world->echo_count; k++) {
        const struct world_echo *it = &world->echoes[k];
        if (bytes_equal_text(candidate->team_name, world->team[it->team])) {
            take_echo(watch, it, candidate);
        }
    }
}

static void on_dream(void *context, double day,
                     const struct dream_result *result)
{
    (void)day;
    struct watch *watch = context;
    for (size_t i = 0; i < result->candidates.count; i++) {
        take_candidate(watch, &result->candidates.items[i]);
    }
    watch->samples[E_MORE].whole += watch->world->echo_count;
    watch->samples[E_PASSED].whole += watch->world->echo_count;
}

static struct lab_config world_of(uint64_t seed)
{
    struct lab_config config = {.policy = POLICY_REVIEW, .tells_nobody = true};
    config.world = world_config_default();
    config.world.seed = seed;
    config.world.teams = 2;
    config.world.days = 20;
    config.world.sessions_per_day = 2;
    config.world.echoes = 6;
    config.world.echo_size = 14;
    return config;
}

/* Nothing but ten clones: the most that any choice may get is one vote. */
static void take_clones(void *context, double day,
                        const struct dream_result *result)
{
    (void)day;
    struct watch *watch = context;
    for (size_t i = 0; i < result->candidates.count; i++) {
        const struct candidate *it = &result->candidates.items[i];
        bool is_choice = it->kind == FINDING_KIND_PREFERENCE;
        double votes = is_choice ? it->preference.supporters : 0;
        if (is_choice && votes > watch->samples[E_CLONES].part) {
            watch->samples[E_CLONES].part = votes;
        }
    }
    watch->samples[E_CLONES].whole = watch->world->principal_count;
}

/* Nobody prefers anything, and copies choose alike wherever they choose. */
static void take_copies(void *context, const struct lab_change *change)
{
    struct watch *watch = context;
    struct judged it;
    judged_init(&it, watch->world, change);
    watch->samples[E_COPIES].part +=
        it.kind == JUDGE_PREFERENCE && !change->is_refused;
    judged_fini(&it);
}

static struct lab_config world_of_copies(uint64_t seed)
{
    struct lab_config config = world_of(seed);
    config.dream_every_days = 5;
    config.on_change = take_copies;
    config.world.echoes = 0;
    config.world.sizes[0] = 24;
    config.world.sizes[1] = 12;
    config.world.size_count = 2;
    config.world.clusters = 12;
    config.world.likeness = 1;
    config.world.defaults = 0;
    config.world.preferences = 0;
    config.world.mistakes = 0;
    config.world.slots = 40;
    config.world.slots_per_call = 4;
    return config;
}

static enum err run_one(struct lab_config *config, struct watch *watch)
{
    struct lab *lab;
    watch->world = world_new(&config->world);
    config->context = watch;
    enum err err = experiment_live(config, &lab);
    lab_close(lab);
    world_free(watch->world);
    return err;
}

static enum err one_seed(const void *context, uint64_t seed,
                         struct sample *samples)
{
    (void)context;
    struct watch watch = {.samples = samples};
    struct lab_config config = world_of(seed);
    config.on_dream = on_dream;
    enum err err = run_one(&config, &watch);
    if (err == ERR_OK) {
        config = world_of(seed);
        config.world.echoes = 0;
        config.world.teams = 1;
        config.world.agents_per_team = 10;
        config.world.agents_per_principal = 10;
        config.world.days = 10;
        config.on_dream = take_clones;
        err = run_one(&config, &watch);
    }
    if (err == ERR_OK) {
        config = world_of_copies(seed);
        samples[E_COPIES].whole +=
            (double)config.world.slots * config.world.teams;
        err = run_one(&config, &watch);
    }
    return err;
}

enum err score_echo(const struct score_setting *setting, struct figures *out)
{
    const struct experiment experiment = {.group = "echo",
                                          .what = "worlds with echoes",
                                          .metrics = metrics,
                                          .metric_count = E_COUNT,
                                          .run = one_seed};
    return experiment_run(setting, &experiment, out);
}
