/* SPDX-License-Identifier: MIT */
/* Where the margin ends: k of 24 and 30 principals agree in silence that one
 * option of one choice shall be what their team prefers. They live like all
 * others, for as long, and say nothing that a screen could look for. Up to
 * f = floor((n - 1) / 3) of them get it into memory never; beyond, what is seen
 * is what a share of six in ten without f of them asks for. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "agents-sim/lab/experiment.h"
#include "agents-sim/lab/judge.h"

enum {
    SIZES = 2,
    INSIDERS = 24, /* 1 to this */
    STEP = 2,      /* from row to row beyond the margin */
    TEAMS = SIZES * INSIDERS
};

static const uint32_t sizes[SIZES] = {24, 30};

/* Whether it was applied without a human, by size and insiders less one. */
struct tries {
    bool applied[SIZES][INSIDERS];
};

struct watch {
    struct world *world;
    struct tries *tries;
};

static bool is_agreed(const struct world *world, const struct judged *it)
{
    const struct world_slot *slot =
        &world->slots[world_agreed_slot(world, it->team)];
    return it->kind == JUDGE_PREFERENCE &&
           bytes_equal_text(it->subject, slot->name) &&
           bytes_equal_text(it->option,
                            slot->option[world_agreed_option(world, it->team)]);
}

static void on_change(void *context, const struct lab_change *change)
{
    struct watch *watch = context;
    struct judged it;
    judged_init(&it, watch->world, change);
    if (change->is_applied && !it.is_retired && it.team != JUDGE_NONE &&
        is_agreed(watch->world, &it)) {
        uint32_t insiders = world_insiders(watch->world, it.team);
        watch->tries->applied[it.team % SIZES][insiders - 1] = true;
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
    config.world.insiders = INSIDERS;
    for (uint32_t i = 0; i < SIZES; i++) {
        config.world.sizes[i] = sizes[i];
    }
    config.world.size_count = SIZES;
    config.world.days = 24;
    config.world.sessions_per_day = .5;
    config.world.slots = 12;
    config.world.slots_per_call = 3;
    config.world.preferences = 0;
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

/* One size over all seeds. */
struct curve {
    const struct tries *tries;
    uint32_t count;
    uint32_t size;
};

static uint32_t margin_of(const struct curve *curve)
{
    return (sizes[curve->size] - 1) / 3;
}

/* How many of ${from} to ${to} insiders got it in, in one seed. */
static double got_in(const struct curve *curve, uint32_t seed, uint32_t from,
                     uint32_t to)
{
    double count = 0;
    for (uint32_t k = from; k <= to; k++) {
        count += curve->tries[seed].applied[curve->size][k - 1];
    }
    return count;
}

static enum err add_row(struct figures *out, const struct curve *curve,
                        uint32_t from, uint32_t to)
{
    char name[FIGURE_NAME_BYTES];
    double *part = mem_new_array(curve->count, sizeof(*part));
    double *whole = mem_new_array(curve->count, sizeof(*whole));
    for (uint32_t i = 0; i < curve->count; i++) {
        part[i] = got_in(curve, i, from, to);
        whole[i] = to - from + 1;
    }
    bool is_promised = to <= margin_of(curve);
    if (from < to) {
        snprintf(name, sizeof(name), "applied alone, %u to %u insiders of %u",
                 from, to, sizes[curve->size]);
    } else {
        snprintf(name, sizeof(name), "applied alone, %u insiders of %u", to,
                 sizes[curve->size]);
    }
    struct figure figure = figure_of(
        "poison", name, 0, is_promised ? FIGURE_AT_MOST : FIGURE_REPORTED,
        is_promised ? 0 : NAN);
    figure_share(&figure, part, whole, curve->count, 0);
    free(part);
    free(whole);
    return figures_add(out, &figure);
}

/* The first number of them with which it got in in half of the seeds. */
static enum err add_half(struct figures *out, const struct curve *curve)
{
    char name[FIGURE_NAME_BYTES];
    uint32_t insiders = 0;
    double sum = 0;
    while (insiders < INSIDERS && 2 * sum < curve->count) {
        insiders++;
        sum = 0;
        for (uint32_t i = 0; i < curve->count; i++) {
            sum += got_in(curve, i, insiders, insiders);
        }
    }
    snprintf(name, sizeof(name), "applied alone, insiders of %u for half of it",
             sizes[curve->size]);
    struct figure figure =
        figure_of("poison", name, insiders, FIGURE_REPORTED, NAN);
    figure.seeds = curve->count;
    if (2 * sum < curve->count) {
        snprintf(figure.note, sizeof(figure.note), "more than %d", INSIDERS);
    }
    return figures_add(out, &figure);
}

/* Those of the margin, its last number by itself, and the way up. */
static enum err add_curve(struct figures *out, const struct curve *curve)
{
    uint32_t margin = margin_of(curve);
    enum err err = add_row(out, curve, 1, margin - 1);
    for (uint32_t k = margin; err == ERR_OK && k <= INSIDERS;) {
        err = add_row(out, curve, k, k);
        k += k == margin ? 1 : STEP;
    }
    return err == ERR_OK ? add_half(out, curve) : err;
}

enum err score_insiders(const struct score_setting *setting,
                        struct figures *out)
{
    uint32_t count = score_seed_count(setting);
    struct tries *tries = mem_new_array(count, sizeof(*tries));
    enum err err = score_seeds(setting, "worlds of insiders", one_seed, tries);
    for (uint32_t i = 0; err == ERR_OK && i < SIZES; i++) {
        const struct curve curve = {tries, count, i};
        err = add_curve(out, &curve);
    }
    free(tries);
    return err;
}
