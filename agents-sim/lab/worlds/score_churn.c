/* SPDX-License-Identifier: MIT */
/* What a team of 24 loses when one of its principals, or seven, churn fresh
 * labels or put words that trip a screen beside what others do: held against
 * the same world where those principals are silent. */
#include <math.h>
#include <stdlib.h>

#include "agents-sim/lab/experiment.h"
#include "agents-sim/lab/judge.h"
#include "base/log.h"

enum {
    PEOPLE = 24,
    LABELS = 256,
    PLANTED = 8
};

enum {
    C_PREFERENCES,
    C_PREFERENCES_ALONE,
    C_FIXES,
    C_RULES,
    C_FOUND,
    C_COUNT
};

/* What is at the border of being found comes and goes with anything. */
static const double noise = .05;

static const struct metric metrics[C_COUNT] = {
    [C_PREFERENCES] = {"preferences lost", MEASURE_SHARE, FIGURE_AT_MOST, noise,
                       0},
    [C_PREFERENCES_ALONE] = {"preferences no longer applied alone",
                             MEASURE_SHARE, FIGURE_AT_MOST, noise, 0},
    [C_FIXES] = {"fixes lost", MEASURE_SHARE, FIGURE_AT_MOST, noise, 0},
    [C_RULES] = {"rules lost", MEASURE_SHARE, FIGURE_AT_MOST, noise, 0},
    [C_FOUND] = {"found where they are silent", MEASURE_SHARE, FIGURE_REPORTED,
                 0, NAN},
};

/* One way to get the truth of others out. */
struct arm {
    const char *suffix;
    uint32_t churners;
    uint32_t censors;
};

static const struct arm arms[] = {
    {", one churns", 1, 0},
    {", seven churn", 7, 0},
    {", one plants words", 0, 1},
    {", seven plant words", 0, 7},
};

/* What was found of one kind of truth of the team, by its number. */
struct found {
    bool proposed[PLANTED];
    bool applied[PLANTED];
};

struct watch {
    struct world *world;
    struct found preferences;
    struct found faults;
    struct found rules;
};

static void take(struct found *found, uint32_t at,
                 const struct lab_change *change)
{
    found->proposed[at] = true;
    found->applied[at] |= change->is_applied;
}

static bool is_preference(const struct world *world,
                          const struct world_preference *planted,
                          const struct judged *it)
{
    const struct world_slot *slot = &world->slots[planted->slot];
    return it->kind == JUDGE_PREFERENCE &&
           bytes_equal_text(it->subject, slot->name) &&
           bytes_equal_text(it->option, slot->option[planted->option]);
}

/* The truth of the first team comes first in every list. */
static void take_all(struct watch *watch, const struct judged *it,
                     const struct lab_change *change)
{
    const struct world *world = watch->world;
    for (uint32_t i = 0; i < world->config.preferences; i++) {
        if (is_preference(world, &world->preferences[i], it)) {
            take(&watch->preferences, i, change);
        }
    }
    for (uint32_t i = 0; i < world->fault_count / world->config.teams; i++) {
        const struct world_fault *fault = &world->faults[i];
        if (it->kind == JUDGE_MISTAKE && judged_holds(it, fault->mark) &&
            judged_fix_is(it, fault->fix)) {
            take(&watch->faults, i, change);
        }
    }
    for (uint32_t i = 0; i < world->config.directives; i++) {
        if (it->kind == JUDGE_DIRECTIVE &&
            judged_holds(it, world->directives[i].use)) {
            take(&watch->rules, i, change);
        }
    }
}

static void on_change(void *context, const struct lab_change *change)
{
    struct watch *watch = context;
    struct judged it;
    judged_init(&it, watch->world, change);
    if (!change->is_refused && !it.is_retired && it.team == 0) {
        take_all(watch, &it, change);
        log_line(LOG_DEBUG, "LAB-CHURN", "verdict=%s reason=%s title=\"%.*s\"",
                 change->verdict, change->reason, (int)it.title.len,
                 (const char *)it.title.data);
    }
    judged_fini(&it);
}

static struct lab_config world_of(uint64_t seed)
{
    struct lab_config config = {
        .policy = POLICY_DEFAULT, .dream_every_days = 5, .tells_nobody = true};
    config.world = world_config_default();
    config.world.seed = seed;
    config.world.teams = 4;
    config.world.agents_per_team = PEOPLE;
    config.world.days = 25;
    config.world.slots = 60;
    config.world.slots_per_call = 3;
    config.world.preferences = PLANTED;
    config.world.adoption = .95;
    config.world.mistakes = 0;
    config.world.names = PLANTED / 2;
    config.world.flags = PLANTED / 2;
    config.world.directives = PLANTED;
    return config;
}

static enum err live(const struct lab_config *base, struct watch *watch)
{
    struct lab_config config = *base;
    struct lab *lab;
    watch->world = world_new(&config.world);
    config.on_change = on_change;
    config.context = watch;
    enum err err = experiment_live(&config, &lab);
    lab_close(lab);
    world_free(watch->world);
    return err;
}

static void compare(const bool *without, const bool *with, struct sample *lost,
                    struct sample *found)
{
    for (uint32_t i = 0; i < PLANTED; i++) {
        lost->whole += without[i];
        lost->part += without[i] && !with[i];
        found->part += without[i];
        found->whole++;
    }
}

static enum err one_seed(const void *context, uint64_t seed,
                         struct sample *samples)
{
    const struct arm *arm = context;
    struct sample unused = {0};
    struct watch *watches = mem_new_array(2, sizeof(*watches));
    struct watch *without = &watches[0];
    struct watch *with = &watches[1];
    struct lab_config config = world_of(seed);
    config.world.churners = arm->churners + arm->censors;
    enum err err = live(&config, without);
    config.world.churners = arm->churners;
    config.world.churn_labels = LABELS;
    config.world.censors = arm->censors;
    if (err == ERR_OK) {
        err = live(&config, with);
    }
    compare(without->preferences.proposed, with->preferences.proposed,
            &samples[C_PREFERENCES], &samples[C_FOUND]);
    compare(without->preferences.applied, with->preferences.applied,
            &samples[C_PREFERENCES_ALONE], &unused);
    compare(without->faults.proposed, with->faults.proposed, &samples[C_FIXES],
            &samples[C_FOUND]);
    compare(without->rules.proposed, with->rules.proposed, &samples[C_RULES],
            &samples[C_FOUND]);
    free(watches);
    return err;
}

enum err score_churn(const struct score_setting *setting, struct figures *out)
{
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < ARRAY_LEN(arms); i++) {
        const struct experiment experiment = {.group = "poison",
                                              .what = "worlds that are churned",
                                              .metrics = metrics,
                                              .metric_count = C_COUNT,
                                              .run = one_seed,
                                              .context = &arms[i],
                                              .suffix = arms[i].suffix};
        err = experiment_run(setting, &experiment, out);
    }
    return err;
}
