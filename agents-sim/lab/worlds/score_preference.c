/* SPDX-License-Identifier: MIT */
/* 200 choices a team, 20 of them planted preferences, by size of team, adoption
 * and what they are tested against (ALGORITHMS.md, 10.3): eight teams in one
 * swarm are each other's baseline, three need a table. Each plants its own. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "agents-sim/lab/experiment.h"
#include "agents-sim/lab/tally.h"

enum {
    SLOTS = 200,
    PLANTED = 20,
    TEAMS = 8,       /* so that each has three others of ten people or more */
    TEAMS_APART = 3, /* too few others: the table decides */
    SIZES = 3,
    DEFAULTS_MAX = 1 << 20
};

static const uint32_t sizes[SIZES] = {12, 24, 30};

/* One arm of the experiment. */
struct arm {
    double adoption;
    bool has_table; /* else other teams are the baseline */
};

static const struct arm arms[] = {
    {.8, true}, {.9, true}, {.8, false}, {.9, false}};

/* Over the teams of one size and one seed. */
struct cell {
    double planted;
    double proposed;
    double proposed_right;
    double applied;
    double applied_right;
    double days;
};

struct run {
    const struct arm *arm;
    struct cell (*cells)[SIZES]; /* by seed */
};

static struct lab_config world_of(uint64_t seed, const struct arm *arm)
{
    struct lab_config config = {
        .policy = POLICY_DEFAULT, .dream_every_days = 7, .tells_nobody = true};
    config.world = world_config_default();
    config.world.seed = seed;
    config.world.teams = arm->has_table ? TEAMS_APART : TEAMS;
    for (uint32_t i = 0; i < SIZES; i++) {
        config.world.sizes[i] = sizes[i];
    }
    config.world.size_count = SIZES;
    config.world.slots = SLOTS;
    config.world.defaults = 0;
    config.world.preferences = PLANTED;
    config.world.adoption = arm->adoption;
    config.world.mistakes = 0;
    config.world.slots_per_call = 4;
    config.world.steps_per_session = 16;
    config.world.activity_skew = .5;
    return config;
}

/* Every option of every slot is as common in the world as it is. */
static void write_table(const struct world *world, struct buf *out)
{
    buf_add_text(out, "{");
    for (uint32_t i = 0; i < world->config.slots; i++) {
        const struct world_slot *slot = &world->slots[i];
        buf_add_format(out, "%s\"%s\":{", i ? "," : "", slot->name);
        for (uint32_t k = 0; k < world->config.options; k++) {
            buf_add_format(out, "%s\"%s\":%.6f", k ? "," : "", slot->option[k],
                           slot->base[k]);
        }
        buf_add_text(out, "}");
    }
    buf_add_text(out, "}");
}

static void count_teams(const struct world *world, const struct tally *tally,
                        struct cell cells[SIZES])
{
    for (uint32_t team = 0; team < world->config.teams; team++) {
        struct cell *cell = &cells[team % SIZES];
        struct score_row proposed =
            score_team_row(tally->proposed, SCORE_PREFERENCE, team);
        struct score_row applied =
            score_team_row(tally->applied, SCORE_PREFERENCE, team);
        cell->planted += proposed.planted;
        cell->proposed += proposed.memories;
        cell->proposed_right += proposed.right;
        cell->applied += applied.memories;
        cell->applied_right += applied.right;
    }
}

static enum err one_seed(void *context, uint64_t seed, uint32_t index)
{
    const struct run *run = context;
    struct lab_config config = world_of(seed, run->arm);
    struct world *world = world_new(&config.world);
    struct tally tally;
    struct lab *lab = NULL;
    struct buf table;
    buf_init(&table, DEFAULTS_MAX);
    tally_init(&tally, world);
    if (run->arm->has_table) {
        write_table(world, &table);
    }
    config.defaults = buf_bytes(&table);
    config.on_change = tally_change;
    config.context = &tally;
    enum err err = experiment_live(&config, &lab);
    count_teams(world, &tally, run->cells[index]);
    lab_close(lab);
    tally_fini(&tally);
    world_free(world);
    buf_fini(&table);
    return err;
}

/* ---- figures ------------------------------------------------------------- */

/* The target of one share for a size of team, adoption and tier; NAN: none. */
static double recall_target(uint32_t size, double adoption, bool is_auto)
{
    if (is_auto) {
        return size == 30 && adoption == .9   ? .95
               : size == 24 && adoption == .9 ? .90
                                              : NAN;
    }
    return size == 30 ? .95 : size == 12 && adoption == .9 ? .80 : NAN;
}

struct share {
    const char *what;
    size_t part; /* offsets into struct cell */
    size_t whole;
    double target;
    double absent;
};

static double part_of(const struct cell *cell, size_t offset)
{
    return *(const double *)(const void *)((const char *)cell + offset);
}

static enum err add_share(struct figures *out, const struct run *run,
                          uint32_t size, const struct share *share,
                          uint32_t count)
{
    char name[FIGURE_NAME_BYTES];
    double *part = mem_new_array(count, sizeof(*part));
    double *whole = mem_new_array(count, sizeof(*whole));
    for (uint32_t i = 0; i < count; i++) {
        part[i] = part_of(&run->cells[i][size], share->part);
        whole[i] = part_of(&run->cells[i][size], share->whole);
    }
    snprintf(name, sizeof(name), "%s, %u people, %.0f %% adopt, %s",
             share->what, sizes[size], 100 * run->arm->adoption,
             run->arm->has_table ? "table" : "other teams");
    struct figure figure =
        figure_of("preference", name, 0,
                  isnan(share->target) ? FIGURE_REPORTED : FIGURE_AT_LEAST,
                  share->target);
    figure_share(&figure, part, whole, count, share->absent);
    free(part);
    free(whole);
    return figures_add(out, &figure);
}

static enum err add_never_auto(struct figures *out, const struct run *run,
                               uint32_t size, uint32_t count)
{
    char name[FIGURE_NAME_BYTES];
    double applied = 0;
    for (uint32_t i = 0; i < count; i++) {
        applied += run->cells[i][size].applied;
    }
    snprintf(name, sizeof(name), "auto memories, %u people, %.0f %% adopt, %s",
             sizes[size], 100 * run->arm->adoption,
             run->arm->has_table ? "table" : "other teams");
    struct figure figure =
        figure_of("preference", name, applied, FIGURE_EQUAL, 0);
    figure.seeds = count;
    return figures_add(out, &figure);
}

static enum err add_size(struct figures *out, const struct run *run,
                         uint32_t size, uint32_t count)
{
    double adoption = run->arm->adoption;
    const struct share shares[] = {
        {"precision of proposals", offsetof(struct cell, proposed_right),
         offsetof(struct cell, proposed), .97, 1},
        {"recall of proposals", offsetof(struct cell, proposed_right),
         offsetof(struct cell, planted),
         recall_target(sizes[size], adoption, false), NAN},
        {"precision of auto", offsetof(struct cell, applied_right),
         offsetof(struct cell, applied), .97, 1},
        {"recall of auto", offsetof(struct cell, applied_right),
         offsetof(struct cell, planted),
         recall_target(sizes[size], adoption, true), NAN},
    };
    bool may_auto = sizes[size] > 12;
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < (may_auto ? 4 : 2); i++) {
        err = add_share(out, run, size, &shares[i], count);
    }
    if (err == ERR_OK && !may_auto) {
        err = add_never_auto(out, run, size, count);
    }
    return err;
}

static enum err run_arm(const struct score_setting *setting,
                        const struct arm *arm, struct figures *out)
{
    uint32_t count = score_seed_count(setting);
    struct run run = {.arm = arm};
    char what[64];
    run.cells = mem_new_array(count, sizeof(*run.cells));
    snprintf(what, sizeof(what), "preferences, %.0f %% adopt, %s",
             100 * arm->adoption, arm->has_table ? "table" : "other teams");
    enum err err = score_seeds(setting, what, one_seed, &run);
    for (uint32_t size = 0; err == ERR_OK && size < SIZES; size++) {
        err = add_size(out, &run, size, count);
    }
    free(run.cells);
    return err;
}

enum err score_preference(const struct score_setting *setting,
                          struct figures *out)
{
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < ARRAY_LEN(arms); i++) {
        err = run_arm(setting, &arms[i], out);
    }
    return err;
}
