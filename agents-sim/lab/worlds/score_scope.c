/* SPDX-License-Identifier: MIT */
/* Four teams of 36 with three repositories and two roles: of eight preferences
 * of a team four are another option in one repository, and four more choices
 * are made alike by one role only. And the same without any of it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents-sim/lab/experiment.h"
#include "agents-sim/lab/judge.h"
#include "base/edge/json.h"
#include "proto/messages.h"

enum {
    TEAMS = 4,
    AGENTS = 36,
    PREFERENCES = 8,
    EXCEPTIONS = 4,
    ROLE_PREFERENCES = 4,
    FINDINGS_MAX = 8192
};

enum {
    P_PARTS,
    P_REPOSITORY,
    P_ROLE,
    P_NAMED,
    P_TEAM,
    P_TEAM_RECALL,
    P_PERSON,
    P_NULL,
    P_COUNT
};

static const struct metric metrics[P_COUNT] = {
    [P_PARTS] = {"precision of what is told of a part", MEASURE_SHARE,
                 FIGURE_AT_LEAST, .97, 1},
    [P_REPOSITORY] = {"recall of what one repository does otherwise",
                      MEASURE_SHARE, FIGURE_AT_LEAST, .8, NAN},
    [P_ROLE] = {"recall of what one role prefers", MEASURE_SHARE,
                FIGURE_REPORTED, 0, NAN},
    [P_NAMED] = {"of those found, named by the team's memory", MEASURE_SHARE,
                 FIGURE_REPORTED, 0, NAN},
    [P_TEAM] = {"precision of what is told of the team", MEASURE_SHARE,
                FIGURE_AT_LEAST, .97, 1},
    [P_TEAM_RECALL] = {"recall of what the team prefers", MEASURE_SHARE,
                       FIGURE_AT_LEAST, .9, NAN},
    [P_PERSON] = {"precision of what is told to one person's agents",
                  MEASURE_SHARE, FIGURE_AT_LEAST, .97, 1},
    [P_NULL] = {"memories of a world with parts and without preferences",
                MEASURE_SUM, FIGURE_EQUAL, 0, 0},
};

/* What became of one planted preference, or leaning. */
struct finding_state {
    bool is_found; /* by the team's memory; of a leaning: by its role's */
    bool is_part_found;
    bool is_named;
};

struct watch {
    struct world *world;
    struct sample *samples;
    struct finding_state *preferences;
    struct finding_state *leanings;
    uint8_t (*findings)[FINDING_BYTES]; /* counted already */
    size_t finding_count;
    bool is_null;
};

static bool is_new(struct watch *watch, const struct Reverie__V1__Change *it)
{
    if (it->finding.len != FINDING_BYTES ||
        watch->finding_count == FINDINGS_MAX) {
        return false;
    }
    for (size_t i = 0; i < watch->finding_count; i++) {
        if (memcmp(watch->findings[i], it->finding.data, FINDING_BYTES) == 0) {
            return false;
        }
    }
    memcpy(watch->findings[watch->finding_count++], it->finding.data,
           FINDING_BYTES);
    return true;
}

static bool is_option(const struct world *world, uint32_t slot, uint32_t option,
                      const struct judged *it)
{
    return bytes_equal_text(it->option, world->slots[slot].option[option]);
}

static struct bytes detail_text(const struct judged *it, const char *name)
{
    return json_as_string(json_get(it->detail, name), bytes_of(NULL, 0));
}

/* "repo-2" is 2. */
static uint32_t number_of(struct bytes name)
{
    size_t dash = bytes_find(name, BYTES_LITERAL("-"), 0);
    uint32_t number = 0;
    for (size_t i = dash == SIZE_MAX ? name.len : dash + 1; i < name.len; i++) {
        number = 10 * number + (uint32_t)(name.data[i] - '0');
    }
    return number;
}

/* Whether the part has it; remembers what was found. */
static bool take_part(struct watch *watch, const struct judged *it)
{
    const struct world *world = watch->world;
    struct bytes slot = detail_text(it, "slot");
    uint32_t number = number_of(detail_text(it, "part_name"));
    bool is_role = bytes_equal_text(detail_text(it, "part"), "role");
    bool is_right = false;
    for (uint32_t i = 0; !is_role && i < world->preference_count; i++) {
        const struct world_preference *truth = &world->preferences[i];
        if (truth->team == it->team && truth->repository == number &&
            bytes_equal_text(slot, world->slots[truth->slot].name) &&
            is_option(world, truth->slot, truth->other, it)) {
            watch->preferences[i].is_part_found = true;
            is_right = true;
        }
    }
    for (uint32_t i = 0; is_role && i < world->leaning_count; i++) {
        const struct world_leaning *truth = &world->leanings[i];
        if (truth->team == it->team && truth->role == number &&
            bytes_equal_text(slot, world->slots[truth->slot].name) &&
            is_option(world, truth->slot, truth->option, it)) {
            watch->leanings[i].is_found = true;
            is_right = true;
        }
    }
    return is_right;
}

static bool take_team(struct watch *watch, const struct judged *it)
{
    const struct world *world = watch->world;
    char exception[64];
    bool is_right = false;
    for (uint32_t i = 0; i < world->preference_count; i++) {
        const struct world_preference *truth = &world->preferences[i];
        if (truth->team != it->team ||
            !bytes_equal_text(it->subject, world->slots[truth->slot].name) ||
            !is_option(world, truth->slot, truth->option, it)) {
            continue;
        }
        snprintf(exception, sizeof(exception), "in repository repo-%u: \"%s\"",
                 truth->repository,
                 world->slots[truth->slot].option[truth->other]);
        watch->preferences[i].is_found = true;
        watch->preferences[i].is_named |= bytes_hold(it->content, exception);
        is_right = true;
    }
    return is_right;
}

/* The slot that the memory is about; the count of slots if none is. */
static uint32_t slot_of(const struct world *world, const struct judged *it)
{
    uint32_t slot = 0;
    while (slot < world->config.slots &&
           !bytes_equal_text(it->subject, world->slots[slot].name)) {
        slot++;
    }
    return slot;
}

/* Whether the agent of the store has this habit. */
static bool is_habit(const struct world *world, const char *store,
                     const struct judged *it)
{
    uint32_t slot = slot_of(world, it);
    for (uint32_t i = 0; slot < world->config.slots && i < world->agent_count;
         i++) {
        const struct world_agent *agent = &world->agents[i];
        if (strcmp(store + strlen("agent/"), agent->name) == 0) {
            uint32_t habit = world_habit(world, agent->principal_index, slot);
            return is_option(world, slot, habit, it);
        }
    }
    return false;
}

static void count(struct sample *sample, bool is_new, bool is_right)
{
    sample->part += is_new && is_right;
    sample->whole += is_new;
}

static void on_change(void *context, const struct lab_change *change)
{
    struct watch *watch = context;
    struct judged it;
    judged_init(&it, watch->world, change);
    if (it.kind == JUDGE_PREFERENCE && !it.is_retired && !change->is_refused) {
        bool is_first = is_new(watch, change->change);
        const char *store = change->change->store;
        if (watch->is_null) {
            watch->samples[P_NULL].part += is_first;
        } else if (it.team == JUDGE_NONE) {
            count(&watch->samples[P_PERSON], is_first,
                  is_habit(watch->world, store, &it));
        } else if (detail_text(&it, "part").len > 0) {
            count(&watch->samples[P_PARTS], is_first, take_part(watch, &it));
        } else {
            count(&watch->samples[P_TEAM], is_first, take_team(watch, &it));
        }
    }
    judged_fini(&it);
}

static struct lab_config world_of(uint64_t seed)
{
    struct lab_config config = {
        .policy = POLICY_DEFAULT, .dream_every_days = 10, .tells_nobody = true};
    config.world = world_config_default();
    config.world.seed = seed;
    config.world.teams = TEAMS;
    config.world.agents_per_team = AGENTS;
    config.world.slots = 40;
    config.world.slots_per_call = 4;
    config.world.steps_per_session = 12;
    config.world.preferences = PREFERENCES;
    config.world.subgroup_preferences = ROLE_PREFERENCES;
    config.world.repositories = 3;
    config.world.roles = 2;
    config.world.repository_exceptions = EXCEPTIONS;
    config.world.adoption = .9;
    config.world.mistakes = 0;
    return config;
}

static void add_recall(const struct watch *watch)
{
    const struct world *world = watch->world;
    struct sample *samples = watch->samples;
    for (uint32_t i = 0; i < world->preference_count; i++) {
        const struct finding_state *it = &watch->preferences[i];
        samples[P_TEAM_RECALL].part += it->is_found;
        samples[P_TEAM_RECALL].whole++;
        if (world->preferences[i].repository) {
            samples[P_REPOSITORY].part += it->is_part_found;
            samples[P_REPOSITORY].whole++;
            samples[P_NAMED].part +=
                it->is_part_found && it->is_found && it->is_named;
            samples[P_NAMED].whole += it->is_part_found && it->is_found;
        }
    }
    for (uint32_t i = 0; i < world->leaning_count; i++) {
        samples[P_ROLE].part += watch->leanings[i].is_found;
        samples[P_ROLE].whole++;
    }
}

static enum err live(struct lab_config *config, struct sample *samples)
{
    struct lab *lab;
    struct watch watch = {.world = world_new(&config->world),
                          .samples = samples,
                          .is_null = config->world.null_world};
    watch.preferences = mem_new_array(watch.world->preference_count + 1,
                                      sizeof(*watch.preferences));
    watch.leanings =
        mem_new_array(watch.world->leaning_count + 1, sizeof(*watch.leanings));
    watch.findings = mem_new_array(FINDINGS_MAX, sizeof(*watch.findings));
    config->on_change = on_change;
    config->context = &watch;
    enum err err = experiment_live(config, &lab);
    if (!watch.is_null) {
        add_recall(&watch);
    }
    lab_close(lab);
    free(watch.preferences);
    free(watch.leanings);
    free(watch.findings);
    world_free(watch.world);
    return err;
}

static enum err one_seed(const void *context, uint64_t seed,
                         struct sample *samples)
{
    (void)context;
    struct lab_config config = world_of(seed);
    enum err err = live(&config, samples);
    if (err == ERR_OK) {
        config = world_of(seed);
        config.world.null_world = true;
        config.world.slots = 400;
        config.world.defaults = 40;
        config.world.slots_per_call = 8;
        config.world.steps_per_session = 40;
        err = live(&config, samples);
    }
    return err;
}

enum err score_scope(const struct score_setting *setting, struct figures *out)
{
    const struct experiment experiment = {.group = "scope",
                                          .what = "worlds with parts",
                                          .metrics = metrics,
                                          .metric_count = P_COUNT,
                                          .run = one_seed};
    return experiment_run(setting, &experiment, out);
}
