/* SPDX-License-Identifier: MIT */
#include "agents-sim/world/world.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "agents-sim/world/knobs.h"
#include "agents-sim/world/scene.h"
#include "base/edge/hash.h"
#include "base/rng.h"

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

/* A world default: most of the world takes the first option, nobody prefers
 * it (ALGORITHMS.md, finding 2). */
static const double default_base[] = {.65, .25, .10};

/* What no range of one knob says. */
static const char *conflict(const struct world_config *config)
{
    uint64_t planted = (uint64_t)config->preferences +
                       config->subgroup_preferences +
                       config->personal_preferences;
    if (config->defaults > config->slots) {
        return "there are fewer slots than defaults";
    }
    if (planted > config->slots - config->defaults) {
        return "there are fewer free slots than preferences";
    }
    if ((uint64_t)config->teams * config->agents_per_team > WORLD_AGENTS_MAX) {
        return "there are more agents than a world holds";
    }
    for (uint32_t i = 0; i < config->size_count; i++) {
        if (config->sizes[i] < 1 ||
            config->sizes[i] > WORLD_AGENTS_MAX / config->teams) {
            return "the size of a team is out of range";
        }
    }
    return config->switches > config->preferences
               ? "more preferences move than there are"
           : config->size_count > WORLD_SIZES_MAX ? "too many sizes of teams"
                                                  : NULL;
}

enum err world_config_check(const struct world_config *config,
                            struct buf *out_why)
{
    for (size_t i = 0; i < knob_count(); i++) {
        double value = knob_value(i, config);
        if (knob_min(i) < knob_max(i) &&
            !(value >= knob_min(i) && value <= knob_max(i))) {
            buf_add_format(out_why, "%s is %g; it may be %g to %g",
                           knob_name(i), value, knob_min(i), knob_max(i));
            return ERR_INVALID;
        }
    }
    const char *why = conflict(config);
    if (why) {
        buf_add_text(out_why, why);
    }
    return why ? ERR_INVALID : ERR_OK;
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
    world->team_first[team] = first;
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

/* Gamma distributed with shape ${shape}: Marsaglia and Tsang, "A Simple Method
 * for Generating Gamma Variables", ACM TOMS 26:3, 2000. */
static double gamma_of(struct rng *rng, double shape)
{
    double boost = shape < 1 ? pow(1 - rng_unit(rng), 1 / shape) : 1;
    double d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3;
    double c = 1 / sqrt(9 * d);
    for (;;) {
        /* Box and Muller. */
        double x = sqrt(-2 * log(1 - rng_unit(rng))) *
                   cos(2 * acos(-1) * rng_unit(rng));
        double v = (1 + c * x) * (1 + c * x) * (1 + c * x);
        double u = 1 - rng_unit(rng);
        if (v > 0 && log(u) < x * x / 2 + d - d * v + d * log(v)) {
            return boost * d * v;
        }
    }
}

/* Shares of a slot without a default, where they are not even. */
static void draw_bases(const struct world *world, uint32_t slot)
{
    const struct world_config *config = &world->config;
    struct rng rng = world_rng(world, STREAM_BASES, slot, 0);
    double sum = 0;
    double *base = world->slots[slot].base;
    for (uint32_t k = 0; k < config->options; k++) {
        base[k] = gamma_of(&rng, config->concentration);
        sum += base[k];
    }
    for (uint32_t k = 0; k < config->options; k++) {
        base[k] = sum > 0 ? base[k] / sum : 1.0 / config->options;
    }
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
        if (config->concentration > 0 && !slot->has_default) {
            draw_bases(world, i);
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
    static void (*const plants[])(struct world * world) = {
        choice_plant, fault_plant,  workflow_plant, talk_plant,
        attack_plant, secret_plant, note_plant,     typed_plant,
    };
    for (size_t i = 0; i < ARRAY_LEN(plants); i++) {
        plants[i](world);
    }
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
    free(world->leanings);
    free(world->mistakes);
    free(world->faults);
    free(world->workflows);
    free(world->directives);
    free(world->echoes);
    free(world->attacks);
    free(world->secrets);
    free(world->notes);
    free(world->stories);
    free(world->habits);
    free(world);
}

uint32_t world_team_size(const struct world *world, uint32_t team)
{
    return team_size(&world->config, team);
}

/* name_slot deals the verbs in turn. */
uint32_t world_next_slot(const struct world *world, uint32_t slot)
{
    uint32_t next = slot + (uint32_t)ARRAY_LEN(verbs);
    return next < world->config.slots ? next
                                      : slot % (uint32_t)ARRAY_LEN(verbs);
}

struct rng world_rng(const struct world *world, enum stream stream, uint32_t a,
                     uint32_t b)
{
    /* A hash rather than a draw: the answer does not depend on who was asked
     * before. */
    const uint32_t key[] = {a, b, (uint32_t)stream};
    return rng_seeded(
        hash_bytes_seeded(bytes_of(key, sizeof(key)), world->config.seed),
        stream);
}

void world_words(uint32_t number, char out[WORLD_NAME_BYTES])
{
    static const char *const first[] = {
        "amber",  "brisk", "cedar",  "dusty",  "early",  "faded", "gentle",
        "hollow", "ivory", "jolly",  "keen",   "lively", "misty", "narrow",
        "oaken",  "plain", "quiet",  "rustic", "silver", "tidal", "urban",
        "velvet", "windy", "yellow", "zesty",
    };
    static const char *const second[] = {
        "parcel",  "garden", "ticket", "device", "meeting", "vehicle",
        "recipe",  "sensor", "ledger", "harbor", "lantern", "meadow",
        "orchard", "pebble", "quarry", "ribbon", "saddle",  "timber",
        "valley",  "willow", "anchor", "basket", "candle",  "dagger",
        "engine",  "falcon", "goblet", "hammer", "island",
    };
    size_t count = ARRAY_LEN(first) * ARRAY_LEN(second);
    size_t round = number / count;
    size_t at = number % count;
    /* The lengths have no common factor, so every pair comes once. */
    snprintf(out, WORLD_NAME_BYTES, "%s_%s%s", first[at % ARRAY_LEN(first)],
             second[at % ARRAY_LEN(second)], round ? "_more" : "");
}

bool world_errs(const struct world *world, uint32_t agent, uint32_t mistake)
{
    struct rng rng = world_rng(world, STREAM_ERRORS, agent, mistake);
    return world->mistakes[mistake].team == world->agents[agent].team &&
           rng_chance(&rng, world->config.susceptible);
}

/* Leads are always there. */
static bool is_lead(const struct world *world, uint32_t agent)
{
    return agent == world->team_first[world->agents[agent].team];
}

double world_join_day(const struct world *world, uint32_t agent)
{
    struct rng rng = world_rng(world, STREAM_TURNOVER, agent, 0);
    bool joins =
        !is_lead(world, agent) && rng_chance(&rng, world->config.joins);
    return joins ? .5 * rng_unit(&rng) * world->config.days : 0;
}

double world_leave_day(const struct world *world, uint32_t agent)
{
    struct rng rng = world_rng(world, STREAM_TURNOVER, agent, 1);
    bool leaves =
        !is_lead(world, agent) && rng_chance(&rng, world->config.leaves);
    double days = world->config.days;
    return leaves ? days * (1 - .5 * rng_unit(&rng)) : days;
}

bool world_attacks(const struct world *world, uint32_t agent)
{
    const struct world_agent *it = &world->agents[agent];
    uint32_t last = world->team_first[0] + world_team_size(world, 0) - 1;
    return it->team == 0 && it->principal_index + world->config.colluders >
                                world->agents[last].principal_index;
}
