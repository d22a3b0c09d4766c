/* SPDX-License-Identifier: MIT */
/* Memories with keys, which teams have from the beginning: of pairs that say
 * the same, exclude each other, or only look as if, what hygiene claims.
 *
 * A claim is a change of kind hygiene whose detail says that it is typed; the
 * two memories that it names are looked up in the truth. A pair whose sentence
 * or command the readers make nothing of, or whose two are one memory already,
 * is not judged; how many are is a figure. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "agents-sim/lab/driver/remember.h"
#include "agents-sim/lab/experiment.h"
#include "agents-sim/lab/judge.h"
#include "base/edge/json.h"
#include "base/log.h"

enum {
    T_SAME,
    T_AGAINST,
    T_AGAINST_RIGHT,
    T_NEITHER,
    T_TAKEN,
    T_COUNT
};

static const struct metric metrics[T_COUNT] = {
    [T_SAME] = {"F1 of typed duplicates", MEASURE_SHARE, FIGURE_AT_LEAST, .95,
                0},
    [T_AGAINST] = {"typed contradictions found", MEASURE_SHARE, FIGURE_AT_LEAST,
                   .99, NAN},
    [T_AGAINST_RIGHT] = {"typed contradictions that are some", MEASURE_SHARE,
                         FIGURE_AT_LEAST, .98, 1},
    [T_NEITHER] = {"pairs that only look like one, claimed", MEASURE_SHARE,
                   FIGURE_REPORTED, 0, NAN},
    [T_TAKEN] = {"planted pairs that memory took", MEASURE_SHARE,
                 FIGURE_REPORTED, 0, NAN},
};

struct watch {
    struct world *world;
    enum story_truth *claimed;  /* of a story; STORY_NEITHER: nothing */
    double stray[STORY_TRUTHS]; /* claims of memories of two stories */
};

static bool is_named(const struct json *memory, const struct world *world,
                     const struct world_fact *fact)
{
    char store[2 * WORLD_NAME_BYTES];
    struct bytes none = {NULL, 0};
    remember_store(world, fact, store, sizeof(store));
    return bytes_equal_text(json_as_string(json_get(memory, "store"), none),
                            store) &&
           bytes_equal_text(json_as_string(json_get(memory, "path"), none),
                            fact->path);
}

/* The story that ${memory} is of; the count of stories: none. */
static uint32_t story_of(const struct world *world, const struct json *memory)
{
    uint32_t at = 0;
    while (at < world->story_count &&
           !is_named(memory, world, &world->stories[at].fact[0]) &&
           !is_named(memory, world, &world->stories[at].fact[1])) {
        at++;
    }
    return at;
}

static void on_change(void *context, const struct lab_change *change)
{
    struct watch *watch = context;
    struct judged it;
    judged_init(&it, watch->world, change);
    const struct json *memories = json_get(it.detail, "memories");
    bool is_claim = it.kind == JUDGE_HYGIENE && !change->is_refused &&
                    json_as_bool(json_get(it.detail, "typed"), false) &&
                    json_len(memories) == 2;
    if (it.kind == JUDGE_HYGIENE && change->is_refused) {
        log_line(LOG_DEBUG, "LAB-STORY", "refused=%s path=%.*s", change->reason,
                 (int)it.path.len, it.path.data);
    }
    if (is_claim) {
        bool is_same = bytes_hold(it.label, "duplicate");
        enum story_truth claim = is_same ? STORY_SAME : STORY_AGAINST;
        uint32_t one = story_of(watch->world, json_at(memories, 0));
        uint32_t other = story_of(watch->world, json_at(memories, 1));
        if (one == other && one < watch->world->story_count) {
            watch->claimed[one] = claim;
        } else {
            watch->stray[claim]++;
            log_line(LOG_DEBUG, "LAB-STORY", "claimed=%d of two stories: %.*s",
                     (int)claim, (int)it.path.len, it.path.data);
        }
    }
    judged_fini(&it);
}

/* Whether memory holds both facts of a story. */
static bool is_taken(const struct lab *lab, const struct world_story *story)
{
    struct bytes ledger = lab_ledger(lab);
    return bytes_hold(ledger, story->fact[0].path) &&
           bytes_hold(ledger, story->fact[1].path);
}

static void tell_story(const struct world *world, uint32_t at, const char *fate)
{
    const struct world_story *it = &world->stories[at];
    log_line(LOG_DEBUG, "LAB-STORY",
             "seed=%llu fate=\"%s\" what=\"%s\" one=\"%s\" other=\"%s\"",
             (unsigned long long)world->config.seed, fate, it->what,
             it->fact[0].text, it->fact[1].text);
}

static void judge_story(const struct watch *watch, uint32_t at,
                        double right[STORY_TRUTHS], double wrong[STORY_TRUTHS],
                        double missed[STORY_TRUTHS])
{
    const struct world_story *it = &watch->world->stories[at];
    enum story_truth claim = watch->claimed[at];
    right[claim] += claim == it->truth;
    wrong[claim] += claim != it->truth;
    missed[it->truth] += claim != it->truth;
    if (claim != it->truth) {
        tell_story(watch->world, at,
                   claim == STORY_NEITHER ? "missed" : "claimed wrongly");
    }
}

static void add_up(const struct watch *watch, const struct lab *lab,
                   struct sample *samples)
{
    const struct world *world = watch->world;
    double right[STORY_TRUTHS] = {0};
    double wrong[STORY_TRUTHS] = {0};
    double missed[STORY_TRUTHS] = {0};
    for (uint32_t i = 0; i < world->story_count; i++) {
        bool taken = is_taken(lab, &world->stories[i]);
        samples[T_TAKEN].part += taken;
        samples[T_TAKEN].whole++;
        if (taken) {
            judge_story(watch, i, right, wrong, missed);
        } else {
            tell_story(world, i, "not taken");
        }
    }
    double same = 2 * right[STORY_SAME];
    double against = right[STORY_AGAINST];
    samples[T_SAME] =
        (struct sample){same, same + wrong[STORY_SAME] + missed[STORY_SAME] +
                                  watch->stray[STORY_SAME]};
    samples[T_AGAINST] =
        (struct sample){against, against + missed[STORY_AGAINST]};
    samples[T_AGAINST_RIGHT] = (struct sample){
        against, against + wrong[STORY_AGAINST] + watch->stray[STORY_AGAINST]};
    samples[T_NEITHER] = (struct sample){
        missed[STORY_NEITHER], missed[STORY_NEITHER] + right[STORY_NEITHER]};
}

/* Little traffic: enough to know who is of which team. */
static struct lab_config world_of(uint64_t seed)
{
    struct lab_config config = {.policy = POLICY_DEFAULT};
    config.world = world_config_default();
    config.world.seed = seed;
    config.world.teams = 24;
    config.world.agents_per_team = 3;
    config.world.days = 4;
    config.world.sessions_per_day = 2;
    config.world.steps_per_session = 2;
    config.world.preferences = 0;
    config.world.mistakes = 0;
    config.world.typed = 5;
    return config;
}

static enum err one_seed(const void *context, uint64_t seed,
                         struct sample *samples)
{
    (void)context;
    struct lab_config config = world_of(seed);
    struct watch watch = {.world = world_new(&config.world)};
    struct lab *lab;
    watch.claimed =
        mem_new_array(watch.world->story_count, sizeof(*watch.claimed));
    for (uint32_t i = 0; i < watch.world->story_count; i++) {
        watch.claimed[i] = STORY_NEITHER;
    }
    config.on_change = on_change;
    config.context = &watch;
    enum err err = experiment_live(&config, &lab);
    if (err == ERR_OK) {
        add_up(&watch, lab, samples);
    }
    lab_close(lab);
    free(watch.claimed);
    world_free(watch.world);
    return err;
}

enum err score_typed(const struct score_setting *setting, struct figures *out)
{
    const struct experiment experiment = {.group = "hygiene",
                                          .what = "worlds with keyed memories",
                                          .metrics = metrics,
                                          .metric_count = T_COUNT,
                                          .run = one_seed};
    return experiment_run(setting, &experiment, out);
}
