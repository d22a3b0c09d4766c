/* SPDX-License-Identifier: MIT */
/* Rules that a team's people state, each in words of its own, among what only
 * looks like one; and what some prefer where the team does not. */
#include <math.h>
#include <stdlib.h>

#include "agents-sim/lab/experiment.h"
#include "agents-sim/lab/judge.h"
#include "base/log.h"

enum {
    D_RECALL,
    D_PRECISION,
    D_DECOYS,
    D_BY_TOOLS,
    D_LEANINGS,
    D_COUNT
};

static const struct metric metrics[D_COUNT] = {
    [D_RECALL] = {"stated rules of a team found", MEASURE_SHARE,
                  FIGURE_REPORTED, 0, NAN},
    [D_PRECISION] = {"memories of rules that are the team's", MEASURE_SHARE,
                     FIGURE_AT_LEAST, .95, 1},
    [D_DECOYS] = {"quoted, fenced, ironic, passing, one person's, accepted",
                  MEASURE_SHARE, FIGURE_AT_MOST, .05, 0},
    [D_BY_TOOLS] = {"rules that only tools state, accepted", MEASURE_SUM,
                    FIGURE_EQUAL, 0, 0},
    [D_LEANINGS] = {"habits of a third, or of one, told as the team's",
                    MEASURE_SHARE, FIGURE_AT_MOST, .05, 0},
};

struct watch {
    struct world *world;
    bool *said;    /* by directive */
    bool *leaning; /* by leaning */
    double memories;
    double right;
};

static void take_directive(struct watch *watch, const struct judged *it)
{
    bool is_right = false;
    for (uint32_t i = 0; i < watch->world->directive_count; i++) {
        const struct world_directive *planted = &watch->world->directives[i];
        if (planted->team == it->team && (judged_holds(it, planted->use) ||
                                          judged_holds(it, planted->instead))) {
            watch->said[i] = true;
            is_right |= planted->kind == SAID_RULE;
        }
    }
    watch->memories++;
    watch->right += is_right;
    if (!is_right) {
        log_line(LOG_DEBUG, "LAB-SAID", "content=\"%.*s\"",
                 (int)it->content.len, (const char *)it->content.data);
    }
}

static void take_preference(struct watch *watch, const struct judged *it)
{
    const struct world *world = watch->world;
    for (uint32_t i = 0; i < world->leaning_count; i++) {
        const struct world_leaning *planted = &world->leanings[i];
        watch->leaning[i] |=
            planted->team == it->team &&
            bytes_equal_text(it->subject, world->slots[planted->slot].name);
    }
}

static void on_change(void *context, const struct lab_change *change)
{
    struct watch *watch = context;
    struct judged it;
    judged_init(&it, watch->world, change);
    if (!change->is_refused && !it.is_retired && it.team != JUDGE_NONE) {
        if (it.kind == JUDGE_DIRECTIVE) {
            take_directive(watch, &it);
        } else if (it.kind == JUDGE_PREFERENCE) {
            take_preference(watch, &it);
        }
    }
    judged_fini(&it);
}

static void add_up(const struct watch *watch, struct sample *samples)
{
    const struct world *world = watch->world;
    for (uint32_t i = 0; i < world->directive_count; i++) {
        enum directive_kind kind = world->directives[i].kind;
        uint32_t metric = kind == SAID_RULE       ? D_RECALL
                          : kind == SAID_BY_TOOLS ? D_BY_TOOLS
                                                  : D_DECOYS;
        samples[metric].part += watch->said[i];
        samples[metric].whole++;
    }
    for (uint32_t i = 0; i < world->leaning_count; i++) {
        samples[D_LEANINGS].part += watch->leaning[i];
        samples[D_LEANINGS].whole++;
    }
    samples[D_PRECISION] = (struct sample){watch->right, watch->memories};
}

static struct lab_config world_of(uint64_t seed)
{
    struct lab_config config = {
        .policy = POLICY_REVIEW, .dream_every_days = 10, .tells_nobody = true};
    config.world = world_config_default();
    config.world.seed = seed;
    config.world.teams = 4;
    config.world.slots = 60;
    config.world.slots_per_call = 3;
    config.world.preferences = 4;
    config.world.subgroup_preferences = 6;
    config.world.personal_preferences = 6;
    config.world.stated = .2;
    config.world.directives = 6;
    config.world.directive_decoys = 2;
    return config;
}

static enum err one_seed(const void *context, uint64_t seed,
                         struct sample *samples)
{
    (void)context;
    struct lab_config config = world_of(seed);
    struct watch watch = {.world = world_new(&config.world)};
    struct lab *lab;
    watch.said =
        mem_new_array(watch.world->directive_count, sizeof(*watch.said));
    watch.leaning =
        mem_new_array(watch.world->leaning_count, sizeof(*watch.leaning));
    config.on_change = on_change;
    config.context = &watch;
    enum err err = experiment_live(&config, &lab);
    add_up(&watch, samples);
    lab_close(lab);
    free(watch.said);
    free(watch.leaning);
    world_free(watch.world);
    return err;
}

enum err score_said(const struct score_setting *setting, struct figures *out)
{
    const struct experiment experiment = {.group = "said",
                                          .what = "worlds where people talk",
                                          .metrics = metrics,
                                          .metric_count = D_COUNT,
                                          .run = one_seed};
    return experiment_run(setting, &experiment, out);
}
