/* SPDX-License-Identifier: MIT */
/* Whether what is stated as P(share >= .6) is true as often as it says, over
 * choices whose true shares lie anywhere between a fifth and everybody. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents-sim/lab/experiment.h"
#include "agents-sim/lab/judge.h"

enum {
    BINS = 10,
    VOTERS_MIN = 5
};

struct bin {
    double count;
    double stated;
    double is_true;
};

struct watch {
    struct world *world;
    struct bin bins[BINS]; /* of the last dream */
    double squares;
    double count;
};

struct all {
    struct watch *watches; /* by seed */
    uint64_t first;
};

/* The chance that a principal of the team has this option as its habit. */
static double true_share(const struct world *world, uint32_t team,
                         uint32_t slot, uint32_t option)
{
    const struct world_preference *it = world_preference_at(world, team, slot);
    double base = world->slots[slot].base[option];
    if (!it) {
        return base;
    }
    return (it->option == option ? it->adoption : 0) +
           (1 - it->adoption) * base;
}

static uint32_t team_of(const struct world *world, struct bytes name)
{
    uint32_t team = 0;
    while (team < world->config.teams &&
           !bytes_equal_text(name, world->team[team])) {
        team++;
    }
    return team;
}

static uint32_t slot_of(const struct world *world, struct bytes name)
{
    uint32_t slot = 0;
    while (slot < world->config.slots &&
           !bytes_equal_text(name, world->slots[slot].name)) {
        slot++;
    }
    return slot;
}

static bool find(const struct world *world, const struct candidate *it,
                 double *out_share)
{
    uint32_t team = team_of(world, it->team_name);
    uint32_t slot = slot_of(world, it->subject);
    if (team == world->config.teams || slot == world->config.slots) {
        return false;
    }
    for (uint32_t k = 0; k < world->config.options; k++) {
        if (bytes_equal_text(it->option, world->slots[slot].option[k])) {
            *out_share = true_share(world, team, slot, k);
            return true;
        }
    }
    return false;
}

static void on_dream(void *context, double day,
                     const struct dream_result *result)
{
    (void)day;
    struct watch *watch = context;
    memset(watch->bins, 0, sizeof(watch->bins));
    watch->squares = 0;
    watch->count = 0;
    for (size_t i = 0; i < result->candidates.count; i++) {
        const struct candidate *it = &result->candidates.items[i];
        double share;
        if (it->kind != FINDING_KIND_PREFERENCE ||
            it->preference.voters < VOTERS_MIN ||
            !find(watch->world, it, &share)) {
            continue;
        }
        double truth = share >= .6;
        size_t place = (size_t)(it->preference.probability * BINS);
        struct bin *bin = &watch->bins[place < BINS ? place : BINS - 1];
        bin->count++;
        bin->stated += it->preference.probability;
        bin->is_true += truth;
        watch->squares += (it->preference.probability - truth) *
                          (it->preference.probability - truth);
        watch->count++;
    }
}

static struct lab_config world_of(uint64_t seed)
{
    struct lab_config config = {.policy = POLICY_REVIEW, .tells_nobody = true};
    config.world = world_config_default();
    config.world.seed = seed;
    config.world.teams = 4;
    config.world.sizes[0] = 10;
    config.world.sizes[1] = 16;
    config.world.sizes[2] = 24;
    config.world.sizes[3] = 30;
    config.world.size_count = 4;
    config.world.days = 14;
    config.world.slots = 60;
    config.world.defaults = 0;
    config.world.slots_per_call = 4;
    config.world.steps_per_session = 12;
    config.world.preferences = 40;
    config.world.adoption = .2;
    config.world.adoption_to = 1;
    config.world.mistakes = 0;
    return config;
}

static enum err one_seed(void *context, uint64_t seed, uint32_t index)
{
    const struct all *all = context;
    struct watch *watch = &all->watches[index];
    struct lab_config config = world_of(seed);
    struct lab *lab;
    watch->world = world_new(&config.world);
    config.on_dream = on_dream;
    config.context = watch;
    enum err err = experiment_live(&config, &lab);
    lab_close(lab);
    world_free(watch->world);
    return err;
}

static double expected_error(const struct bin bins[BINS], double count)
{
    double error = 0;
    for (size_t i = 0; i < BINS; i++) {
        error += fabs(bins[i].stated - bins[i].is_true);
    }
    return count > 0 ? error / count : NAN;
}

/* The error over all seeds but ${left}. */
static double error_without(const struct all *all, uint32_t seeds,
                            uint32_t left)
{
    struct bin bins[BINS] = {{0}};
    double count = 0;
    for (uint32_t i = 0; i < seeds; i++) {
        if (i == left) {
            continue;
        }
        for (size_t k = 0; k < BINS; k++) {
            bins[k].count += all->watches[i].bins[k].count;
            bins[k].stated += all->watches[i].bins[k].stated;
            bins[k].is_true += all->watches[i].bins[k].is_true;
        }
        count += all->watches[i].count;
    }
    return expected_error(bins, count);
}

/* The error over all seeds; its interval by leaving one seed out at a time. */
static void measure(const struct all *all, uint32_t seeds,
                    struct figure *figure)
{
    double mean = 0;
    double squares = 0;
    for (uint32_t i = 0; i < seeds; i++) {
        mean += error_without(all, seeds, i) / seeds;
    }
    for (uint32_t i = 0; i < seeds; i++) {
        double off = error_without(all, seeds, i) - mean;
        squares += off * off;
    }
    figure->value = error_without(all, seeds, seeds);
    figure->seeds = seeds;
    if (seeds > 1) {
        double reach = 2 * sqrt(squares * (seeds - 1) / seeds);
        figure->has_interval = true;
        figure->low = fmax(0, figure->value - reach);
        figure->high = figure->value + reach;
    }
}

static enum err add_bins(const struct all *all, uint32_t seeds,
                         struct figures *out)
{
    enum err err = ERR_OK;
    for (size_t k = 0; err == ERR_OK && k < BINS; k++) {
        struct bin bin = {0};
        for (uint32_t i = 0; i < seeds; i++) {
            bin.count += all->watches[i].bins[k].count;
            bin.stated += all->watches[i].bins[k].stated;
            bin.is_true += all->watches[i].bins[k].is_true;
        }
        char name[FIGURE_NAME_BYTES];
        snprintf(name, sizeof(name), "true, where .%zu to .%zu is stated", k,
                 k + 1);
        struct figure figure =
            figure_of("calibration", name, 0, FIGURE_REPORTED, 0);
        figure_proportion(&figure, (uint64_t)bin.is_true, (uint64_t)bin.count);
        figure.seeds = seeds;
        snprintf(figure.note, sizeof(figure.note), "stated %.3f, %.0f choices",
                 bin.count > 0 ? bin.stated / bin.count : 0, bin.count);
        err = figures_add(out, &figure);
    }
    return err;
}

enum err score_calibration(const struct score_setting *setting,
                           struct figures *out)
{
    uint32_t seeds = score_seed_count(setting);
    struct all all = {.first = setting->seed_first};
    struct figure error =
        figure_of("calibration", "expected error of the stated P(share >= .6)",
                  0, FIGURE_AT_MOST, .05);
    struct figure brier =
        figure_of("calibration", "Brier score", 0, FIGURE_REPORTED, 0);
    double squares = 0;
    double count = 0;
    all.watches = mem_new_array(seeds, sizeof(*all.watches));
    enum err err = score_seeds(setting, "calibration", one_seed, &all);
    for (uint32_t i = 0; i < seeds; i++) {
        squares += all.watches[i].squares;
        count += all.watches[i].count;
    }
    measure(&all, seeds, &error);
    snprintf(error.note, sizeof(error.note), "%.0f choices", count);
    brier.value = count > 0 ? squares / count : NAN;
    brier.seeds = seeds;
    if (err == ERR_OK) {
        err = figures_add(out, &error);
    }
    if (err == ERR_OK) {
        err = figures_add(out, &brier);
    }
    if (err == ERR_OK) {
        err = add_bins(&all, seeds, out);
    }
    free(all.watches);
    return err;
}
