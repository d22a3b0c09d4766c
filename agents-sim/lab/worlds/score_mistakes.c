/* SPDX-License-Identifier: MIT */
/* Faults with a reason, what helps against them, and what only looks like a
 * lesson: outages, what goes away by itself, checks that are switched off. */
#include <math.h>
#include <stdlib.h>

#include "agents-sim/lab/experiment.h"
#include "agents-sim/lab/judge.h"
#include "base/edge/hash.h"
#include "base/log.h"

enum {
    PEOPLE = 10,
    TEAMS = 2
};

enum {
    M_TOP,
    M_TOP_FOUND,
    M_FOUND,
    M_CONDITION,
    M_CORRECTED,
    M_MISLABEL,
    M_UNRESOLVED,
    M_SUPPRESSED,
    M_ALONE,
    M_ALONE_WRONG,
    M_PRECISION,
    M_COUNT
};

static const struct metric metrics[M_COUNT] = {
    [M_TOP] = {"fix named first is the planted one, of all planted",
               MEASURE_SHARE, FIGURE_AT_LEAST, .9, NAN},
    [M_TOP_FOUND] = {"the same, of those with a memory", MEASURE_SHARE,
                     FIGURE_REPORTED, 0, NAN},
    [M_FOUND] = {"planted faults with a memory", MEASURE_SHARE, FIGURE_REPORTED,
                 0, NAN},
    [M_CONDITION] = {"condition stated, of right fixes that need one",
                     MEASURE_SHARE, FIGURE_REPORTED, 0, NAN},
    [M_CORRECTED] = {"corrections by users with a memory that says so",
                     MEASURE_SHARE, FIGURE_REPORTED, 0, NAN},
    [M_MISLABEL] = {"outages and transients told as lessons", MEASURE_SHARE,
                    FIGURE_AT_MOST, .05, 0},
    [M_UNRESOLVED] = {"fixes told for what nothing helps against",
                      MEASURE_SHARE, FIGURE_AT_MOST, .05, 0},
    [M_SUPPRESSED] = {"checks switched off, as a fix at the auto tier",
                      MEASURE_SUM, FIGURE_EQUAL, 0, 0},
    [M_ALONE] = {"planted fixes that the default policy applied alone",
                 MEASURE_SHARE, FIGURE_REPORTED, 0, NAN},
    [M_ALONE_WRONG] = {"wrong fixes that it applied alone", MEASURE_SUM,
                       FIGURE_EQUAL, 0, 0},
    [M_PRECISION] = {"memories of mistakes that are about a planted fault",
                     MEASURE_SHARE, FIGURE_AT_LEAST, .97, 1},
};

/* The last thing that was proposed about one fault. */
struct state {
    uint64_t path; /* hash */
    bool has_memory;
    bool is_right; /* its fix */
    bool has_condition;
    bool has_fix;
    bool is_transient; /* and says so */
    bool is_alone;     /* a right fix of it was applied without a human */
};

struct watch {
    struct world *world;
    struct state *states; /* by fault */
    double memories;
    double about;
    double suppressed;
    double alone_wrong;
};

/* The fault that a memory is about: its own mark, or that of the right thing
 * which is missed. */
static uint32_t fault_of(const struct watch *watch, const struct judged *it)
{
    for (uint32_t i = 0; i < watch->world->fault_count; i++) {
        const struct world_fault *fault = &watch->world->faults[i];
        if (fault->team == it->team && judged_holds(it, fault->mark)) {
            return i;
        }
    }
    return JUDGE_NONE;
}

static struct state state_of(const struct world_fault *fault,
                             const struct judged *it)
{
    struct state state = {.path = hash_bytes(it->path),
                          .has_memory = !it->is_retired};
    state.has_fix = it->fix.len > 0;
    state.is_right = *fault->fix && judged_fix_is(it, fault->fix);
    state.has_condition =
        *fault->condition && judged_holds(it, fault->condition);
    state.is_transient = bytes_hold(it->label, "transient");
    if (fault->kind == FAULT_CORRECTION) {
        state.is_right = judged_holds(it, fault->fix);
    }
    return state;
}

/* What is about nothing planted, and what is proposed of the rest. */
static void tell_memory(const struct lab_change *change,
                        const struct judged *it,
                        const struct world_fault *fault)
{
    log_line(LOG_DEBUG, fault ? "LAB-MISTAKE" : "LAB-STRANGER",
             "verdict=%s reason=%s label=%.*s about=%s fix=\"%.*s\" "
             "title=\"%.*s\" sentence=\"%s\"",
             change->verdict, change->reason, (int)it->label.len,
             (const char *)it->label.data, fault ? fault->mark : "-",
             (int)it->fix.len, (const char *)it->fix.data, (int)it->title.len,
             (const char *)it->title.data, change->sentence);
}

/* The last word on a fault. What goes because another wording of it is told
 * leaves it a memory. */
static void note_state(struct watch *watch, uint32_t number,
                       const struct judged *it, const struct lab_change *change)
{
    const struct world_fault *fault = &watch->world->faults[number];
    struct state *state = &watch->states[number];
    bool was_alone = state->is_alone;
    bool is_alone = change->is_applied && it->fix.len > 0;
    if (it->is_retired && state->path != hash_bytes(it->path)) {
        return;
    }
    *state = state_of(fault, it);
    state->is_alone = was_alone || (is_alone && state->is_right);
    watch->alone_wrong += is_alone && !state->is_right;
    watch->suppressed += change->is_auto && *fault->suppressor &&
                         bytes_hold(it->fix, fault->suppressor);
}

static void on_change(void *context, const struct lab_change *change)
{
    struct watch *watch = context;
    struct judged it;
    judged_init(&it, watch->world, change);
    uint32_t number = fault_of(watch, &it);
    const struct world_fault *fault =
        number == JUDGE_NONE ? NULL : &watch->world->faults[number];
    bool is_mistake = it.kind == JUDGE_MISTAKE;
    bool counts = !change->is_refused && it.team != JUDGE_NONE;
    if (counts && is_mistake) {
        watch->memories++;
        watch->about += fault != NULL;
        tell_memory(change, &it, fault);
    }
    if (counts && fault && (is_mistake || fault->kind == FAULT_CORRECTION)) {
        note_state(watch, number, &it, change);
    }
    judged_fini(&it);
}

/* ---- adding up ----------------------------------------------------------- */

static void add(struct sample *sample, bool part, bool whole)
{
    sample->part += part && whole;
    sample->whole += whole;
}

static bool is_lesson(enum fault_kind kind)
{
    return kind == FAULT_NAME || kind == FAULT_FLAG ||
           kind == FAULT_PREREQUISITE || kind == FAULT_SUPPRESSOR;
}

static void add_fault(const struct world_fault *fault,
                      const struct state *state, struct sample *samples)
{
    bool lesson = is_lesson(fault->kind);
    bool passing =
        fault->kind == FAULT_TRANSIENT || fault->kind == FAULT_INCIDENT;
    add(&samples[M_TOP], state->is_right, lesson);
    add(&samples[M_TOP_FOUND], state->is_right, lesson && state->has_memory);
    add(&samples[M_FOUND], state->has_memory, lesson);
    add(&samples[M_CONDITION], state->has_condition,
        lesson && state->is_right && *fault->condition);
    add(&samples[M_CORRECTED], state->is_right,
        fault->kind == FAULT_CORRECTION);
    add(&samples[M_MISLABEL], state->has_memory && !state->is_transient,
        passing);
    add(&samples[M_UNRESOLVED], state->has_fix,
        fault->kind == FAULT_UNRESOLVED);
}

static void tell_fault(uint64_t seed, const struct world_fault *fault,
                       const struct state *state)
{
    log_line(LOG_DEBUG, "LAB-FAULT",
             "seed=%llu kind=%d mark=%s fix=\"%s\" condition=%s memory=%d "
             "right=%d says_fix=%d transient=%d",
             (unsigned long long)seed, (int)fault->kind, fault->mark,
             fault->fix, fault->condition, state->has_memory, state->is_right,
             state->has_fix, state->is_transient);
}

static struct lab_config world_of(uint64_t seed)
{
    struct lab_config config = {
        .policy = POLICY_REVIEW, .dream_every_days = 7, .tells_nobody = true};
    config.world = world_config_default();
    config.world.seed = seed;
    config.world.teams = TEAMS;
    config.world.agents_per_team = PEOPLE;
    config.world.days = 42;
    config.world.sessions_per_day = 1.5;
    config.world.preferences = 0;
    config.world.mistakes = 0;
    config.world.names = 3;
    config.world.flags = 4;
    config.world.prerequisites = 4;
    config.world.suppressors = 3;
    config.world.transients = 3;
    config.world.incidents = 3;
    config.world.unresolved = 2;
    config.world.corrections = 3;
    config.world.fault_rate = .4;
    config.world.fix_success = .6;
    config.world.fix_success_to = .95;
    config.world.retry_success = .2;
    return config;
}

/* The same world under the default policy: what is applied without a human. */
static enum err live_alone(uint64_t seed, struct sample *samples)
{
    struct lab_config config = world_of(seed);
    struct watch watch = {.world = world_new(&config.world)};
    struct lab *lab;
    watch.states =
        mem_new_array(watch.world->fault_count, sizeof(*watch.states));
    config.policy = POLICY_DEFAULT;
    config.on_change = on_change;
    config.context = &watch;
    enum err err = experiment_live(&config, &lab);
    for (uint32_t i = 0; i < watch.world->fault_count; i++) {
        add(&samples[M_ALONE], watch.states[i].is_alone,
            is_lesson(watch.world->faults[i].kind));
    }
    samples[M_ALONE_WRONG] = (struct sample){watch.alone_wrong, 1};
    lab_close(lab);
    free(watch.states);
    world_free(watch.world);
    return err;
}

static enum err one_seed(const void *context, uint64_t seed,
                         struct sample *samples)
{
    (void)context;
    struct lab_config config = world_of(seed);
    struct watch watch = {.world = world_new(&config.world)};
    struct lab *lab;
    watch.states =
        mem_new_array(watch.world->fault_count, sizeof(*watch.states));
    config.on_change = on_change;
    config.context = &watch;
    enum err err = experiment_live(&config, &lab);
    for (uint32_t i = 0; i < watch.world->fault_count; i++) {
        add_fault(&watch.world->faults[i], &watch.states[i], samples);
        tell_fault(seed, &watch.world->faults[i], &watch.states[i]);
    }
    samples[M_SUPPRESSED] = (struct sample){
        watch.suppressed, (double)TEAMS * config.world.suppressors};
    samples[M_PRECISION] = (struct sample){watch.about, watch.memories};
    lab_close(lab);
    free(watch.states);
    world_free(watch.world);
    return err == ERR_OK ? live_alone(seed, samples) : err;
}

enum err score_mistakes(const struct score_setting *setting,
                        struct figures *out)
{
    const struct experiment experiment = {.group = "mistakes",
                                          .what = "worlds with faults",
                                          .metrics = metrics,
                                          .metric_count = M_COUNT,
                                          .run = one_seed};
    return experiment_run(setting, &experiment, out);
}
