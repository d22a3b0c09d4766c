/* SPDX-License-Identifier: MIT */
#include "agents-sim/world/world.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/edge/hash.h"
#include "base/edge/json.h"
#include "base/rng.h"

/* Streams of the seed, one per purpose: changing how much one of them draws
 * leaves the others as they were. */
enum stream {
    STREAM_SLOTS,
    STREAM_PLANTED,
    STREAM_HABITS,
    STREAM_ERRORS
};

static const char *const verbs[] = {
    "deploy", "review", "format", "export", "query",  "notify", "archive",
    "render", "search", "upload", "verify", "report", "sync",   "publish",
};

static const char *const arguments[] = {
    "channel", "style",  "branch", "region", "level", "layout",
    "target",  "engine", "theme",  "locale", "tier",  "queue",
};

static const char *const choices[WORLD_OPTIONS_MAX] = {
    "amber", "birch", "coral", "delta", "ember", "fjord", "grove", "heron",
};

static const char *const nouns[] = {
    "customer", "parcel",  "shipment", "garden", "ticket",  "device",
    "meeting",  "product", "vehicle",  "recipe", "library", "sensor",
};

/* A world default: most of the world takes the first option, nobody prefers
 * it (ALGORITHMS.md, finding 2). */
static const double default_base[] = {.65, .25, .10};

struct world_config world_config_default(void)
{
    return (struct world_config){
        .seed = 1,
        .teams = 3,
        .agents_per_team = 24,
        .agents_per_principal = 1,
        .days = 30,
        .sessions_per_day = 1,
        .steps_per_session = 8,
        .slots = 24,
        .options = 3,
        .slots_per_call = 1,
        .defaults = 4,
        .preferences = 3,
        .adoption = .85,
        .mistakes = 3,
        .susceptible = .5,
        .error_rate = .03,
        .compliance = .95,
    };
}

struct range {
    const char *name;
    double value;
    double min;
    double max;
};

enum err world_config_check(const struct world_config *config,
                            struct buf *out_why)
{
    double teams = config->teams ? config->teams : 1;
    const struct range ranges[] = {
        {"teams", config->teams, 1, WORLD_TEAMS_MAX},
        {"agents", config->agents_per_team, 1, WORLD_AGENTS_MAX / teams},
        {"agents-per-principal", config->agents_per_principal, 1,
         WORLD_AGENTS_MAX},
        {"activity-skew", config->activity_skew, 0, 3},
        {"days", config->days, 1, 3650},
        {"sessions-per-day", config->sessions_per_day, .01, 1000},
        {"steps", config->steps_per_session, 1, 1000},
        {"slots", config->slots, 1, WORLD_SLOTS_MAX},
        {"options", config->options, 2, WORLD_OPTIONS_MAX},
        {"slots-per-call", config->slots_per_call, 1, WORLD_SLOTS_MAX},
        {"sizes", config->size_count, 0, WORLD_SIZES_MAX},
        {"defaults", config->defaults, 0, config->slots},
        {"preferences", config->preferences, 0,
         config->slots - config->defaults},
        {"adoption", config->adoption, 0, 1},
        {"mistakes", config->mistakes, 0, 1000},
        {"susceptible", config->susceptible, 0, 1},
        {"error-rate", config->error_rate, 0, 1},
        {"compliance", config->compliance, 0, 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(ranges); i++) {
        const struct range *range = &ranges[i];
        if (!(range->value >= range->min && range->value <= range->max)) {
            buf_add_format(out_why, "%s is %g; it may be %g to %g", range->name,
                           range->value, range->min, range->max);
            return ERR_INVALID;
        }
    }
    for (uint32_t i = 0; i < config->size_count; i++) {
        if (config->sizes[i] < 1 ||
            config->sizes[i] > WORLD_AGENTS_MAX / teams) {
            buf_add_format(out_why, "a team of %u agents; it may be 1 to %g",
                           config->sizes[i], WORLD_AGENTS_MAX / teams);
            return ERR_INVALID;
        }
    }
    return ERR_OK;
}

static uint32_t team_size(const struct world_config *config, uint32_t team)
{
    return config->size_count ? config->sizes[team % config->size_count]
                              : config->agents_per_team;
}

/* Zipf's law over the places of a team, with mean 1. */
static double activity_at(const struct world_config *config, uint32_t size,
                          uint32_t place)
{
    double sum = 0;
    for (uint32_t i = 0; i < size; i++) {
        sum += pow(i + 1, -config->activity_skew);
    }
    return pow(place + 1, -config->activity_skew) * size / sum;
}

static void make_team(struct world *world, uint32_t team, uint32_t first)
{
    const struct world_config *config = &world->config;
    uint32_t size = team_size(config, team);
    for (uint32_t place = 0; place < size; place++) {
        struct world_agent *agent = &world->agents[first + place];
        agent->team = team;
        agent->principal_index =
            world->principal_count + place / config->agents_per_principal;
        agent->activity = activity_at(config, size, place);
        snprintf(agent->name, sizeof(agent->name), "%s-%02u", world->team[team],
                 place + 1);
        snprintf(agent->principal, sizeof(agent->principal), "person-%03u",
                 agent->principal_index + 1);
    }
    world->principal_count += (size + config->agents_per_principal - 1) /
                              config->agents_per_principal;
}

static void make_agents(struct world *world)
{
    const struct world_config *config = &world->config;
    uint32_t first = 0;
    for (uint32_t team = 0; team < config->teams; team++) {
        make_team(world, team, first);
        first += team_size(config, team);
    }
}

/* Names of a slot are unique because the number of the round is appended once
 * every pair of verb and argument is taken. */
static void name_slot(struct world_slot *slot, uint32_t index)
{
    uint32_t pairs = (uint32_t)(ARRAY_LEN(verbs) * ARRAY_LEN(arguments));
    uint32_t round = index / pairs;
    uint32_t pair = index % pairs;
    const char *verb = verbs[pair % ARRAY_LEN(verbs)];
    const char *argument =
        arguments[(pair / ARRAY_LEN(verbs) + pair % ARRAY_LEN(verbs)) %
                  ARRAY_LEN(arguments)];
    snprintf(slot->tool, sizeof(slot->tool), "%s", verb);
    if (round) {
        snprintf(slot->arg, sizeof(slot->arg), "%s_%u", argument, round + 1);
    } else {
        snprintf(slot->arg, sizeof(slot->arg), "%s", argument);
    }
    snprintf(slot->name, sizeof(slot->name), "%s.%s", slot->tool, slot->arg);
}

static double base_share(const struct world_config *config, bool has_default,
                         uint32_t option)
{
    if (!has_default) {
        return 1.0 / config->options;
    }
    return option < ARRAY_LEN(default_base) ? default_base[option] : 0;
}

static void make_slots(struct world *world)
{
    const struct world_config *config = &world->config;
    struct rng rng = rng_seeded(config->seed, STREAM_SLOTS);
    for (uint32_t i = 0; i < config->slots; i++) {
        struct world_slot *slot = &world->slots[i];
        name_slot(slot, i);
        uint64_t first = rng_below(&rng, WORLD_OPTIONS_MAX);
        /* Defaults come last, so that preferences never sit on one. */
        slot->has_default = i >= config->slots - config->defaults;
        for (uint32_t k = 0; k < config->options; k++) {
            snprintf(slot->option[k], sizeof(slot->option[k]), "%s",
                     choices[(first + k) % WORLD_OPTIONS_MAX]);
            slot->base[k] = base_share(config, slot->has_default, k);
        }
    }
}

static void plant_preferences(struct world *world, struct rng *rng)
{
    const struct world_config *config = &world->config;
    uint32_t free_slots = config->slots - config->defaults;
    for (uint32_t team = 0; team < config->teams; team++) {
        uint64_t first = rng_below(rng, free_slots);
        for (uint32_t i = 0; i < config->preferences; i++) {
            world->preferences[world->preference_count++] =
                (struct world_preference){
                    .team = team,
                    .slot = (uint32_t)((first + i) % free_slots),
                    .option = (uint32_t)rng_below(rng, config->options),
                };
        }
    }
}

static void plant_mistakes(struct world *world, struct rng *rng)
{
    const struct world_config *config = &world->config;
    for (uint32_t team = 0; team < config->teams; team++) {
        for (uint32_t i = 0; i < config->mistakes; i++) {
            struct world_mistake *mistake =
                &world->mistakes[world->mistake_count++];
            const char *noun = nouns[rng_below(rng, ARRAY_LEN(nouns))];
            mistake->team = team;
            snprintf(mistake->tool, sizeof(mistake->tool), "lookup");
            snprintf(mistake->wrong, sizeof(mistake->wrong), "%s_%c%u_list",
                     noun, 'a' + (char)team, i + 1);
            snprintf(mistake->right, sizeof(mistake->right), "%s_%c%u_table",
                     noun, 'a' + (char)team, i + 1);
        }
    }
}

/* Draws from the slot's base distribution. */
static uint8_t draw_option(const struct world *world, uint32_t slot,
                           struct rng *rng)
{
    double at = rng_unit(rng);
    uint32_t k = 0;
    while (k + 1 < world->config.options && at >= world->slots[slot].base[k]) {
        at -= world->slots[slot].base[k++];
    }
    return (uint8_t)k;
}

static void form_habits(struct world *world)
{
    const struct world_config *config = &world->config;
    struct rng rng = rng_seeded(config->seed, STREAM_HABITS);
    for (uint32_t i = 0; i < world->agent_count; i++) {
        const struct world_agent *agent = &world->agents[i];
        if (i > 0 &&
            world->agents[i - 1].principal_index == agent->principal_index) {
            continue;
        }
        for (uint32_t slot = 0; slot < config->slots; slot++) {
            const struct world_preference *preference =
                world_preference_at(world, agent->team, slot);
            bool adopts = rng_chance(&rng, config->adoption);
            uint8_t drawn = draw_option(world, slot, &rng);
            world->habits[(size_t)agent->principal_index * config->slots +
                          slot] =
                preference && adopts ? (uint8_t)preference->option : drawn;
        }
    }
}

struct world *world_new(const struct world_config *config)
{
    struct world *world = mem_new(sizeof(*world));
    world->config = *config;
    for (uint32_t team = 0; team < config->teams; team++) {
        world->agent_count += team_size(config, team);
    }
    world->agents = mem_new_array(world->agent_count, sizeof(*world->agents));
    world->slots = mem_new_array(config->slots, sizeof(*world->slots));
    world->preferences =
        mem_new_array((size_t)config->teams * config->preferences,
                      sizeof(*world->preferences));
    world->mistakes = mem_new_array((size_t)config->teams * config->mistakes,
                                    sizeof(*world->mistakes));
    for (uint32_t team = 0; team < config->teams; team++) {
        snprintf(world->team[team], sizeof(world->team[team]), "team-%c%s",
                 'a' + (char)(team % 26), team < 26 ? "" : "2");
        if (team >= 52) {
            snprintf(world->team[team], sizeof(world->team[team]), "team-%u",
                     team);
        }
    }
    make_agents(world);
    make_slots(world);
    if (!config->null_world) {
        struct rng rng = rng_seeded(config->seed, STREAM_PLANTED);
        plant_preferences(world, &rng);
        plant_mistakes(world, &rng);
    }
    world->habits = mem_new((size_t)world->principal_count * config->slots);
    form_habits(world);
    return world;
}

void world_free(struct world *world)
{
    if (!world) {
        return;
    }
    free(world->agents);
    free(world->slots);
    free(world->preferences);
    free(world->mistakes);
    free(world->habits);
    free(world);
}

uint32_t world_team_size(const struct world *world, uint32_t team)
{
    return team_size(&world->config, team);
}

uint32_t world_habit(const struct world *world, uint32_t principal_index,
                     uint32_t slot)
{
    return world->habits[(size_t)principal_index * world->config.slots + slot];
}

/* name_slot deals the verbs in turn. */
uint32_t world_next_slot(const struct world *world, uint32_t slot)
{
    uint32_t next = slot + (uint32_t)ARRAY_LEN(verbs);
    return next < world->config.slots ? next
                                      : slot % (uint32_t)ARRAY_LEN(verbs);
}

const struct world_preference *world_preference_at(const struct world *world,
                                                   uint32_t team, uint32_t slot)
{
    for (uint32_t i = 0; i < world->preference_count; i++) {
        const struct world_preference *preference = &world->preferences[i];
        if (preference->team == team && preference->slot == slot) {
            return preference;
        }
    }
    return NULL;
}

bool world_errs(const struct world *world, uint32_t agent, uint32_t mistake)
{
    /* A hash rather than a draw: the answer does not depend on who was asked
     * before. */
    const uint32_t key[] = {agent, mistake, STREAM_ERRORS};
    struct rng rng = rng_seeded(
        hash_bytes_seeded(bytes_of(key, sizeof(key)), world->config.seed),
        STREAM_ERRORS);
    return world->mistakes[mistake].team == world->agents[agent].team &&
           rng_chance(&rng, world->config.susceptible);
}

static struct json *preferences_json(const struct world *world)
{
    struct json *list = json_new_array();
    for (uint32_t i = 0; i < world->preference_count; i++) {
        const struct world_preference *preference = &world->preferences[i];
        const struct world_slot *slot = &world->slots[preference->slot];
        struct json *row = json_new_object();
        json_set_text(row, "team", world->team[preference->team]);
        json_set_text(row, "slot", slot->name);
        json_set_text(row, "option", slot->option[preference->option]);
        json_set(list, NULL, row);
    }
    return list;
}

static struct json *mistakes_json(const struct world *world)
{
    struct json *list = json_new_array();
    for (uint32_t i = 0; i < world->mistake_count; i++) {
        const struct world_mistake *mistake = &world->mistakes[i];
        struct json *row = json_new_object();
        json_set_text(row, "team", world->team[mistake->team]);
        json_set_text(row, "tool", mistake->tool);
        json_set_text(row, "wrong", mistake->wrong);
        json_set_text(row, "right", mistake->right);
        json_set(list, NULL, row);
    }
    return list;
}

static struct json *defaults_json(const struct world *world)
{
    struct json *list = json_new_array();
    for (uint32_t i = 0; i < world->config.slots; i++) {
        const struct world_slot *slot = &world->slots[i];
        if (!slot->has_default) {
            continue;
        }
        struct json *row = json_new_object();
        json_set_text(row, "slot", slot->name);
        json_set_text(row, "option", slot->option[0]);
        json_set_real(row, "share", slot->base[0]);
        json_set(list, NULL, row);
    }
    return list;
}

void world_print_truth(const struct world *world, struct buf *out)
{
    struct json *truth = json_new_object();
    json_set_int(truth, "version", 1);
    json_set_int(truth, "seed", (int64_t)world->config.seed);
    json_set_bool(truth, "null_world", world->config.null_world);
    json_set(truth, "preferences", preferences_json(world));
    json_set(truth, "mistakes", mistakes_json(world));
    json_set(truth, "defaults", defaults_json(world));
    json_print(truth, out);
    json_free(truth);
}
