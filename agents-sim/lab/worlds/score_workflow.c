/* SPDX-License-Identifier: MIT */
/* Orders of steps that help, among as frequent ones that do nothing, or harm:
 * 24 people, with about 220 and about 850 sessions of each task. */
#include <math.h>
#include <stdlib.h>

#include "agents-sim/lab/experiment.h"
#include "agents-sim/lab/judge.h"

enum {
    KEPT_MIN = 3 /* of a workflow's four steps a memory must name in order */
};

enum {
    W_RECALL,
    W_RECALL_LOW,
    W_RECALL_HIGH,
    W_USELESS,
    W_HARMFUL,
    W_PRECISION,
    W_COUNT
};

static const struct metric metrics[W_COUNT] = {
    [W_RECALL] = {"planted workflows found, uplift .15 to .4", MEASURE_SHARE,
                  FIGURE_AT_LEAST, .85, NAN},
    [W_RECALL_LOW] = {"of those, uplift below .25", MEASURE_SHARE,
                      FIGURE_REPORTED, 0, NAN},
    [W_RECALL_HIGH] = {"of those, uplift from .25 on", MEASURE_SHARE,
                       FIGURE_REPORTED, 0, NAN},
    [W_USELESS] = {"frequent and useless orders accepted", MEASURE_SHARE,
                   FIGURE_AT_MOST, .05, 0},
    [W_HARMFUL] = {"frequent and harmful orders accepted", MEASURE_SHARE,
                   FIGURE_EQUAL, 0, 0},
    [W_PRECISION] = {"memories of workflows that are planted ones",
                     MEASURE_SHARE, FIGURE_REPORTED, 0, 1},
};

struct watch {
    struct world *world;
    bool *found; /* by planted order, decoys included */
    double memories;
    double right;
};

/* The place of ${step} in the workflow at or after ${from}; its length if it
 * is not there. */
static uint32_t place_of(const struct world_workflow *it, struct bytes step,
                         uint32_t from)
{
    uint32_t at = from;
    while (at < it->steps && !bytes_hold(step, it->step[at])) {
        at++;
    }
    return at;
}

/* The longest run of ${it}'s steps in order in ${steps}, wherever it begins;
 * others may stand between. */
static uint32_t kept(const struct world_workflow *it, const struct bytes *steps,
                     uint32_t count)
{
    uint32_t best = 0;
    for (uint32_t from = 0; from < it->steps; from++) {
        uint32_t next = from;
        uint32_t matched = 0;
        for (uint32_t i = 0; i < count && next < it->steps; i++) {
            uint32_t at = place_of(it, steps[i], next);
            matched += at < it->steps;
            next = at < it->steps ? at + 1 : next;
        }
        best = matched > best ? matched : best;
    }
    return best;
}

static void take_steps(struct watch *watch, const struct judged *it)
{
    struct bytes steps[JUDGE_STEPS_MAX];
    uint32_t count = judged_steps(it, steps);
    bool is_right = false;
    for (uint32_t i = 0; i < watch->world->workflow_count; i++) {
        const struct world_workflow *planted = &watch->world->workflows[i];
        uint32_t needed = planted->kind == WORKFLOW_GOOD ? KEPT_MIN : 2;
        if (planted->team == it->team &&
            kept(planted, steps, count) >= needed) {
            watch->found[i] = true;
            is_right |= planted->kind == WORKFLOW_GOOD;
        }
    }
    watch->memories++;
    watch->right += is_right;
}

static void on_change(void *context, const struct lab_change *change)
{
    struct watch *watch = context;
    struct judged it;
    judged_init(&it, watch->world, change);
    if (it.kind == JUDGE_WORKFLOW && !change->is_refused && !it.is_retired &&
        it.team != JUDGE_NONE) {
        take_steps(watch, &it);
    }
    judged_fini(&it);
}

static void add(struct sample *sample, bool part, bool whole)
{
    sample->part += part && whole;
    sample->whole += whole;
}

static void add_planted(const struct world_workflow *it, bool is_found,
                        struct sample *samples)
{
    bool is_good = it->kind == WORKFLOW_GOOD;
    add(&samples[W_RECALL], is_found, is_good);
    add(&samples[W_RECALL_LOW], is_found, is_good && it->uplift < .25);
    add(&samples[W_RECALL_HIGH], is_found, is_good && it->uplift >= .25);
    add(&samples[W_USELESS], is_found, it->kind == WORKFLOW_USELESS);
    add(&samples[W_HARMFUL], is_found, it->kind == WORKFLOW_HARMFUL);
}

/* How much there is to see. */
struct arm {
    const char *suffix;
    uint32_t days;
    double sessions_per_day;
};

static const struct arm arms[] = {
    {", 220 sessions a task", 40, 1},
    {", 850 sessions a task", 60, 2.5},
};

static struct lab_config world_of(uint64_t seed, const struct arm *arm)
{
    struct lab_config config = {
        .policy = POLICY_REVIEW, .dream_every_days = 10, .tells_nobody = true};
    config.world = world_config_default();
    config.world.seed = seed;
    config.world.teams = 1;
    config.world.days = arm->days;
    config.world.sessions_per_day = arm->sessions_per_day;
    config.world.preferences = 0;
    config.world.mistakes = 0;
    config.world.workflows = 3;
    config.world.workflow_decoys = 2;
    config.world.uplift = .15;
    config.world.uplift_to = .4;
    return config;
}

static enum err one_seed(const void *context, uint64_t seed,
                         struct sample *samples)
{
    struct lab_config config = world_of(seed, context);
    struct watch watch = {.world = world_new(&config.world)};
    struct lab *lab;
    watch.found =
        mem_new_array(watch.world->workflow_count, sizeof(*watch.found));
    config.on_change = on_change;
    config.context = &watch;
    enum err err = experiment_live(&config, &lab);
    for (uint32_t i = 0; i < watch.world->workflow_count; i++) {
        add_planted(&watch.world->workflows[i], watch.found[i], samples);
    }
    samples[W_PRECISION] = (struct sample){watch.right, watch.memories};
    lab_close(lab);
    free(watch.found);
    world_free(watch.world);
    return err;
}

enum err score_workflow(const struct score_setting *setting,
                        struct figures *out)
{
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < ARRAY_LEN(arms); i++) {
        const struct experiment experiment = {.group = "workflow",
                                              .what = "worlds with workflows",
                                              .metrics = metrics,
                                              .metric_count = W_COUNT,
                                              .run = one_seed,
                                              .context = &arms[i],
                                              .suffix = arms[i].suffix};
        err = experiment_run(setting, &experiment, out);
    }
    return err;
}
