/* SPDX-License-Identifier: MIT */
/* Notes that the lead of a team writes into memory over three months: what of
 * them is found to say the same, to contradict, or to be about what is gone.
 *
 * A change of kind hygiene is read by the notes it names, in its path, its
 * content and its detail, and by the member `label` of the detail: "duplicate",
 * "contradiction" or "stale"; without one a merge is taken for a duplicate, a
 * retirement of one note for staleness, anything else for a contradiction. */
#include <math.h>
#include <stdlib.h>

#include "agents-sim/lab/experiment.h"
#include "agents-sim/lab/judge.h"
#include "base/log.h"
#include "proto/messages.h"

enum {
    H_SAME,
    H_SAME_RECALL,
    H_AGAINST,
    H_AGAINST_RECALL,
    H_STALE,
    H_LOST,
    H_WRITTEN,
    H_COUNT
};

static const struct metric metrics[H_COUNT] = {
    [H_SAME] = {"F1 of near-duplicates in free text", MEASURE_SHARE,
                FIGURE_AT_LEAST, .85, 0},
    [H_SAME_RECALL] = {"near-duplicates found", MEASURE_SHARE, FIGURE_REPORTED,
                       0, NAN},
    [H_AGAINST] = {"contradictions flagged that are some", MEASURE_SHARE,
                   FIGURE_AT_LEAST, .8, 0},
    [H_AGAINST_RECALL] = {"contradictions flagged", MEASURE_SHARE,
                          FIGURE_REPORTED, 0, NAN},
    [H_STALE] = {"notes about what is gone, found stale", MEASURE_SHARE,
                 FIGURE_AT_LEAST, .9, NAN},
    [H_LOST] = {"notes without fault retired or merged without a human",
                MEASURE_SUM, FIGURE_EQUAL, 0, 0},
    [H_WRITTEN] = {"planted notes that memory took", MEASURE_SHARE,
                   FIGURE_REPORTED, 0, NAN},
};

enum claim {
    CLAIM_SAME,
    CLAIM_AGAINST,
    CLAIM_GONE,
    CLAIMS
};

struct watch {
    struct world *world;
    bool *found[CLAIMS]; /* by note */
    double right[CLAIMS];
    double wrong[CLAIMS];
    double lost;
};

static enum claim claim_of(const struct judged *it,
                           const struct Reverie__V1__Change *change)
{
    if (bytes_hold(it->label, "duplicate")) {
        return CLAIM_SAME;
    }
    if (bytes_hold(it->label, "contradict")) {
        return CLAIM_AGAINST;
    }
    if (bytes_hold(it->label, "stale")) {
        return CLAIM_GONE;
    }
    return change->op == REVERIE__V1__CHANGE_OP__CHANGE_MERGE ? CLAIM_SAME
           : it->is_retired                                   ? CLAIM_GONE
                                                              : CLAIM_AGAINST;
}

static bool names(const struct judged *it,
                  const struct Reverie__V1__Change *change,
                  const struct world_note *note)
{
    return judged_holds(it, note->path) ||
           bytes_hold(message_text(change->detail_json), note->path);
}

/* Whether what is claimed of ${note} is true, given the others named. */
static bool is_true(const struct watch *watch, enum claim claim,
                    const struct judged *it,
                    const struct Reverie__V1__Change *change, uint32_t number)
{
    const struct world_note *note = &watch->world->notes[number];
    enum note_kind partner =
        claim == CLAIM_SAME ? NOTE_SAME : NOTE_CONTRADICTED;
    if (claim == CLAIM_GONE) {
        return note->kind == NOTE_STALE;
    }
    for (uint32_t i = 0; i < watch->world->note_count; i++) {
        const struct world_note *other = &watch->world->notes[i];
        if (i != number && other->about == note->about &&
            other->team == note->team && names(it, change, other) &&
            (other->kind == partner || note->kind == partner)) {
            return true;
        }
    }
    return false;
}

static void take(struct watch *watch, const struct judged *it,
                 const struct lab_change *change)
{
    enum claim claim = claim_of(it, change->change);
    for (uint32_t i = 0; i < watch->world->note_count; i++) {
        const struct world_note *note = &watch->world->notes[i];
        if (note->team != it->team || !names(it, change->change, note)) {
            continue;
        }
        bool is_right = is_true(watch, claim, it, change->change, i);
        /* What is said of one note again counts once. */
        if (!watch->found[claim][i]) {
            watch->right[claim] += is_right;
            watch->wrong[claim] += !is_right;
        }
        watch->found[claim][i] = true;
        watch->lost += change->is_applied && !is_right;
        if (!is_right) {
            log_line(LOG_DEBUG, "LAB-NOTE", "claim=%d path=%s", (int)claim,
                     note->path);
        }
    }
}

static void on_change(void *context, const struct lab_change *change)
{
    struct watch *watch = context;
    struct judged it;
    judged_init(&it, watch->world, change);
    if (it.kind == JUDGE_HYGIENE && !change->is_refused &&
        it.team != JUDGE_NONE) {
        take(watch, &it, change);
    }
    judged_fini(&it);
}

static void add_up(const struct watch *watch, struct sample *samples)
{
    double pairs[CLAIMS] = {0};
    const struct world *world = watch->world;
    for (uint32_t i = 0; i < world->note_count; i++) {
        enum note_kind kind = world->notes[i].kind;
        /* Both notes of a pair are to be found. */
        pairs[CLAIM_SAME] += kind == NOTE_SAME ? 2 : 0;
        pairs[CLAIM_AGAINST] += kind == NOTE_CONTRADICTED ? 2 : 0;
        pairs[CLAIM_GONE] += kind == NOTE_STALE;
    }
    const double *right = watch->right;
    const double *wrong = watch->wrong;
    double missed = pairs[CLAIM_SAME] - right[CLAIM_SAME];
    samples[H_SAME] =
        (struct sample){2 * right[CLAIM_SAME],
                        2 * right[CLAIM_SAME] + wrong[CLAIM_SAME] + missed};
    samples[H_SAME_RECALL] =
        (struct sample){right[CLAIM_SAME], pairs[CLAIM_SAME]};
    samples[H_AGAINST] = (struct sample){
        right[CLAIM_AGAINST], right[CLAIM_AGAINST] + wrong[CLAIM_AGAINST]};
    samples[H_AGAINST_RECALL] =
        (struct sample){right[CLAIM_AGAINST], pairs[CLAIM_AGAINST]};
    samples[H_STALE] = (struct sample){right[CLAIM_GONE], pairs[CLAIM_GONE]};
    samples[H_LOST] = (struct sample){watch->lost, world->note_count};
}

/* The ledger names every path that was written. */
static void add_written(const struct watch *watch, const struct lab *lab,
                        struct sample *sample)
{
    for (uint32_t i = 0; i < watch->world->note_count; i++) {
        sample->part +=
            bytes_hold(lab_ledger(lab), watch->world->notes[i].path);
        sample->whole++;
    }
}

static struct lab_config world_of(uint64_t seed)
{
    struct lab_config config = {.policy = POLICY_DEFAULT,
                                .dream_every_days = 15};
    config.world = world_config_default();
    config.world.seed = seed;
    config.world.teams = 2;
    config.world.agents_per_team = 8;
    config.world.days = 120;
    config.world.preferences = 0;
    config.world.mistakes = 0;
    config.world.notes = 8;
    return config;
}

static enum err one_seed(const void *context, uint64_t seed,
                         struct sample *samples)
{
    (void)context;
    struct lab_config config = world_of(seed);
    struct watch watch = {.world = world_new(&config.world)};
    struct lab *lab;
    for (size_t i = 0; i < CLAIMS; i++) {
        watch.found[i] =
            mem_new_array(watch.world->note_count, sizeof(*watch.found[i]));
    }
    config.on_change = on_change;
    config.context = &watch;
    enum err err = experiment_live(&config, &lab);
    add_up(&watch, samples);
    if (err == ERR_OK) {
        add_written(&watch, lab, &samples[H_WRITTEN]);
    }
    lab_close(lab);
    for (size_t i = 0; i < CLAIMS; i++) {
        free(watch.found[i]);
    }
    world_free(watch.world);
    return err;
}

enum err score_hygiene(const struct score_setting *setting, struct figures *out)
{
    const struct experiment experiment = {.group = "hygiene",
                                          .what = "worlds with notes",
                                          .metrics = metrics,
                                          .metric_count = H_COUNT,
                                          .run = one_seed};
    enum err err = score_typed(setting, out);
    return err == ERR_OK ? experiment_run(setting, &experiment, out) : err;
}
