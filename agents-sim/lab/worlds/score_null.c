/* SPDX-License-Identifier: MIT */
/* A world in which nobody prefers anything: 4,000 choices a team, one in ten
 * with a default of the world, and errors that nobody shares. Whatever is found
 * in it is false. */
#include <stdlib.h>

#include "agents-sim/lab/experiment.h"
#include "agents-sim/lab/tally.h"

enum {
    NULL_SLOTS = 4000,
    NULL_TEAMS = 4,
    NULL_AGENTS = 24
};

/* What one seed gave. */
struct null_world {
    double proposed;
    double applied;
    double candidates;
};

static struct lab_config world_of(uint64_t seed)
{
    struct lab_config config = {.policy = POLICY_DEFAULT,
                                .dream_every_days = 10};
    config.world = world_config_default();
    config.world.seed = seed;
    config.world.null_world = true;
    config.world.teams = NULL_TEAMS;
    config.world.agents_per_team = NULL_AGENTS;
    config.world.slots = NULL_SLOTS;
    config.world.defaults = NULL_SLOTS / 10;
    config.world.slots_per_call = 8;
    config.world.steps_per_session = 40;
    config.world.sessions_per_day = 2;
    config.world.activity_skew = .3;
    return config;
}

static enum err one_seed(void *context, uint64_t seed, uint32_t index)
{
    struct null_world *result = (struct null_world *)context + index;
    struct lab_config config = world_of(seed);
    struct world *world = world_new(&config.world);
    struct tally tally;
    struct lab *lab = NULL;
    tally_init(&tally, world);
    config.on_change = tally_change;
    config.context = &tally;
    enum err err = experiment_live(&config, &lab);
    for (int kind = 0; kind < SCORE_KINDS; kind++) {
        result->proposed +=
            score_row(tally.proposed, (enum score_kind)kind).memories;
        result->applied +=
            score_row(tally.applied, (enum score_kind)kind).memories;
    }
    result->candidates = (double)NULL_SLOTS * NULL_TEAMS;
    lab_close(lab);
    tally_fini(&tally);
    world_free(world);
    return err;
}

static enum err add_rate(struct figures *out, const char *name,
                         enum figure_sense sense, double *values,
                         uint32_t count)
{
    struct figure figure = figure_of("null", name, 0, sense, 1);
    figure_mean(&figure, values, count);
    return figures_add(out, &figure);
}

enum err score_null(const struct score_setting *setting, struct figures *out)
{
    uint32_t count = score_seed_count(setting);
    struct null_world *worlds = mem_new_array(count, sizeof(*worlds));
    double *applied = mem_new_array(count, sizeof(*applied));
    double *proposed = mem_new_array(count, sizeof(*proposed));
    enum err err = score_seeds(setting, "null worlds", one_seed, worlds);
    for (uint32_t i = 0; i < count; i++) {
        applied[i] = 1000 * worlds[i].applied / worlds[i].candidates;
        proposed[i] = 1000 * worlds[i].proposed / worlds[i].candidates;
    }
    if (err == ERR_OK) {
        err = add_rate(out, "false auto memories per 1,000 choices",
                       FIGURE_AT_MOST, applied, count);
    }
    if (err == ERR_OK) {
        err = add_rate(out, "false proposals per 1,000 choices",
                       FIGURE_REPORTED, proposed, count);
    }
    free(worlds);
    free(applied);
    free(proposed);
    return err;
}
