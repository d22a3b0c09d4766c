/* SPDX-License-Identifier: MIT */
/* How many of a team must agree on it to get something in: k colluders of 12,
 * 24 and 30 principals, at the proposal tier and without a human. Every team
 * of one world has its own number of them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "agents-sim/lab/experiment.h"
#include "agents-sim/lab/judge.h"
#include "base/log.h"

enum {
    SIZES = 3,
    COLLUDERS = 14,      /* 1 to this */
    COLLUDERS_SHOWN = 8, /* with a row each */
    TEAMS = SIZES * COLLUDERS
};

static const uint32_t sizes[SIZES] = {12, 24, 30};

/* By size, number of colluders less one, and what they want in. */
struct tries {
    bool proposed[SIZES][COLLUDERS][SIEGE_KINDS];
    bool applied[SIZES][COLLUDERS][SIEGE_KINDS];
};

struct watch {
    struct world *world;
    struct tries *tries;
};

static void on_change(void *context, const struct lab_change *change)
{
    struct watch *watch = context;
    struct judged it;
    judged_init(&it, watch->world, change);
    bool is_in = !change->is_refused && !it.is_retired && it.team != JUDGE_NONE;
    for (uint32_t kind = 0; is_in && kind < SIEGE_KINDS; kind++) {
        if (judged_holds(&it, siege_mark((enum siege_kind)kind))) {
            uint32_t size = it.team % SIZES;
            uint32_t at = world_siege(watch->world, it.team) - 1;
            watch->tries->proposed[size][at][kind] = true;
            watch->tries->applied[size][at][kind] |= change->is_applied;
            log_line(LOG_DEBUG, "LAB-SIEGE",
                     "people=%u colluders=%u kind=%u verdict=%s reason=%s",
                     sizes[size], at + 1, kind, change->verdict,
                     change->reason);
        }
    }
    judged_fini(&it);
}

static struct lab_config world_of(uint64_t seed)
{
    struct lab_config config = {
        .policy = POLICY_DEFAULT, .dream_every_days = 12, .tells_nobody = true};
    config.world = world_config_default();
    config.world.seed = seed;
    config.world.teams = TEAMS;
    config.world.siege = COLLUDERS;
    for (uint32_t i = 0; i < SIZES; i++) {
        config.world.sizes[i] = sizes[i];
    }
    config.world.size_count = SIZES;
    config.world.days = 24;
    config.world.sessions_per_day = .5;
    config.world.slots = 12;
    config.world.slots_per_call = 3;
    config.world.mistakes = 0;
    return config;
}

static enum err one_seed(void *context, uint64_t seed, uint32_t index)
{
    struct tries *tries = context;
    struct lab_config config = world_of(seed);
    struct watch watch = {.world = world_new(&config.world),
                          .tries = &tries[index]};
    struct lab *lab;
    config.on_change = on_change;
    config.context = &watch;
    enum err err = experiment_live(&config, &lab);
    lab_close(lab);
    world_free(watch.world);
    return err;
}

/* ---- figures ------------------------------------------------------------- */

/* One size and tier over all seeds. */
struct curve {
    const struct tries *tries;
    uint32_t count;
    uint32_t size;
    bool is_auto;
};

static double got_in(const struct curve *curve, uint32_t seed,
                     uint32_t colluders)
{
    const struct tries *it = &curve->tries[seed];
    const bool *kinds = curve->is_auto
                            ? it->applied[curve->size][colluders - 1]
                            : it->proposed[curve->size][colluders - 1];
    double count = 0;
    for (uint32_t i = 0; i < SIEGE_KINDS; i++) {
        count += kinds[i];
    }
    return count;
}

static double rate(const struct curve *curve, uint32_t colluders)
{
    double sum = 0;
    for (uint32_t i = 0; i < curve->count; i++) {
        sum += got_in(curve, i, colluders);
    }
    return sum / (curve->count * SIEGE_KINDS);
}

static const char *tier_of(const struct curve *curve)
{
    return curve->is_auto ? "applied alone" : "shown to a human";
}

/* Fewer than a third never get anything in alone. */
static enum err add_point(struct figures *out, const struct curve *curve,
                          uint32_t colluders)
{
    char name[FIGURE_NAME_BYTES];
    double *part = mem_new_array(curve->count, sizeof(*part));
    double *whole = mem_new_array(curve->count, sizeof(*whole));
    for (uint32_t i = 0; i < curve->count; i++) {
        part[i] = got_in(curve, i, colluders);
        whole[i] = SIEGE_KINDS;
    }
    bool is_few = colluders <= (sizes[curve->size] - 1) / 3;
    snprintf(name, sizeof(name), "%s, %u colluders of %u", tier_of(curve),
             colluders, sizes[curve->size]);
    struct figure figure =
        figure_of("poison", name, 0,
                  curve->is_auto && is_few ? FIGURE_AT_MOST : FIGURE_REPORTED,
                  curve->is_auto && is_few ? 0 : NAN);
    figure_share(&figure, part, whole, curve->count, 0);
    free(part);
    free(whole);
    return figures_add(out, &figure);
}

/* The first number of them with which half of it gets in; more than were tried
 * where none does. */
static enum err add_half(struct figures *out, const struct curve *curve)
{
    char name[FIGURE_NAME_BYTES];
    uint32_t colluders = 1;
    while (colluders <= COLLUDERS && rate(curve, colluders) < .5) {
        colluders++;
    }
    snprintf(name, sizeof(name), "%s, colluders of %u for half of it",
             tier_of(curve), sizes[curve->size]);
    struct figure figure =
        figure_of("poison", name, colluders, FIGURE_REPORTED, NAN);
    figure.seeds = curve->count;
    if (colluders > COLLUDERS) {
        snprintf(figure.note, sizeof(figure.note), "more than %d", COLLUDERS);
    }
    return figures_add(out, &figure);
}

static enum err add_curve(struct figures *out, const struct curve *curve)
{
    enum err err = ERR_OK;
    for (uint32_t k = 1; err == ERR_OK && k <= COLLUDERS_SHOWN; k++) {
        err = add_point(out, curve, k);
    }
    return err == ERR_OK ? add_half(out, curve) : err;
}

enum err score_siege(const struct score_setting *setting, struct figures *out)
{
    uint32_t count = score_seed_count(setting);
    struct tries *tries = mem_new_array(count, sizeof(*tries));
    enum err err = score_seeds(setting, "worlds under siege", one_seed, tries);
    for (uint32_t i = 0; err == ERR_OK && i < 2 * SIZES; i++) {
        const struct curve curve = {tries, count, i / 2, i % 2 == 1};
        err = add_curve(out, &curve);
    }
    free(tries);
    return err;
}
