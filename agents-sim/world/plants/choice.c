/* SPDX-License-Identifier: MIT */
/* Choices, preferences and habits; names that are mistaken, and slips. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents-sim/world/scene.h"

enum {
    OCCASION_PERCENT = 20,
    ARGUMENTS_BYTES = 1024,
    SUBGROUP_PERCENT = 35
};

static const char *const nouns[] = {
    "customer", "parcel",  "shipment", "garden", "ticket",  "device",
    "meeting",  "product", "vehicle",  "recipe", "library", "sensor",
};

/* ---- planting ------------------------------------------------------------ */

static double adoption_of(const struct world_config *config, struct rng *rng)
{
    double share = rng_unit(rng);
    return config->adoption_to > 0
               ? config->adoption +
                     share * (config->adoption_to - config->adoption)
               : config->adoption;
}

static struct world_preference preference_at(const struct world *world,
                                             uint32_t team, uint32_t slot,
                                             bool moves, struct rng *rng)
{
    uint32_t options = world->config.options;
    struct world_preference it = {.team = team, .slot = slot, .moves = moves};
    it.option = (uint32_t)rng_below(rng, options);
    it.adoption = world->config.adoption;
    if (world->config.adoption_to > 0) {
        it.adoption = adoption_of(&world->config, rng);
    }
    if (moves) {
        it.next =
            (it.option + 1 + (uint32_t)rng_below(rng, options - 1)) % options;
    }
    return it;
}

static struct world_leaning leaning_at(const struct world *world, uint32_t team,
                                       uint32_t slot, bool is_personal,
                                       struct rng *rng)
{
    uint32_t first = world->team_first[team];
    uint32_t size = world_team_size(world, team);
    uint32_t agent = first + (uint32_t)rng_below(rng, size);
    return (struct world_leaning){
        .team = team,
        .slot = slot,
        .option = (uint32_t)rng_below(rng, world->config.options),
        .is_personal = is_personal,
        .principal = world->agents[agent].principal_index,
    };
}

/* In one repository those who have the preference take the next option. */
static void set_exception(const struct world *world, uint32_t number,
                          struct world_preference *it)
{
    it->repository = 1 + number % world->config.repositories;
    it->other = (it->option + 1) % world->config.options;
}

/* The choice points of a team's preferences and leanings follow each other. */
static void plant_team(struct world *world, uint32_t team, struct rng *rng)
{
    const struct world_config *config = &world->config;
    uint32_t free_slots = config->slots - config->defaults;
    uint32_t leanings =
        config->subgroup_preferences + config->personal_preferences;
    if (free_slots == 0) {
        return;
    }
    uint64_t first = rng_below(rng, free_slots);
    for (uint32_t i = 0; i < config->preferences; i++) {
        uint32_t slot = (uint32_t)((first + i) % free_slots);
        world->preferences[world->preference_count++] =
            preference_at(world, team, slot, i < config->switches, rng);
        if (config->repositories > 0 && i < config->repository_exceptions) {
            set_exception(world, i,
                          &world->preferences[world->preference_count - 1]);
        }
    }
    for (uint32_t i = 0; i < leanings; i++) {
        uint32_t slot =
            (uint32_t)((first + config->preferences + i) % free_slots);
        world->leanings[world->leaning_count] = leaning_at(
            world, team, slot, i >= config->subgroup_preferences, rng);
        world->leanings[world->leaning_count++].role =
            config->roles ? 1 + i % config->roles : 0;
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
static uint8_t draw_option(const struct world *world, uint32_t slot, double at)
{
    uint32_t k = 0;
    while (k + 1 < world->config.options && at >= world->slots[slot].base[k]) {
        at -= world->slots[slot].base[k++];
    }
    return (uint8_t)k;
}

/* The option that a leaning makes of ${drawn}. */
static uint8_t leaned(const struct world *world,
                      const struct world_agent *agent, uint32_t slot,
                      uint8_t drawn)
{
    for (uint32_t i = 0; i < world->leaning_count; i++) {
        const struct world_leaning *it = &world->leanings[i];
        if (it->slot != slot || it->team != agent->team) {
            continue;
        }
        struct rng rng =
            world_rng(world, STREAM_HABITS, agent->principal_index, 7 + slot);
        bool leans =
            it->is_personal ? it->principal == agent->principal_index
            : it->role
                ? it->role == world_role(world, agent->principal_index) &&
                      rng_chance(&rng, world->config.adoption)
                : rng_chance(&rng, SUBGROUP_PERCENT / 100.0);
        return leans ? (uint8_t)it->option : drawn;
    }
    return drawn;
}

uint32_t world_cluster(const struct world *world, uint32_t principal_index)
{
    uint32_t size = world->config.clusters;
    return size > 1 ? 1 + principal_index / size : 0;
}

/* What the first of its cluster does at ${slot}, if this one does the same. */
static uint8_t copied(const struct world *world,
                      const struct world_agent *agent, uint32_t slot,
                      uint8_t own)
{
    uint32_t cluster = world_cluster(world, agent->principal_index);
    uint32_t first = cluster ? (cluster - 1) * world->config.clusters : 0;
    uint32_t team_first =
        world->agents[world->team_first[agent->team]].principal_index;
    first = first < team_first ? team_first : first;
    struct rng rng =
        world_rng(world, STREAM_CLUSTERS, agent->principal_index, slot);
    bool copies = cluster && first < agent->principal_index &&
                  rng_chance(&rng, world->config.likeness);
    return copies ? world->habits[(size_t)first * world->config.slots + slot]
                  : own;
}

/* Who agreed on something with others has the habit of it. */
static uint8_t agreed(const struct world *world, uint32_t agent, uint32_t slot,
                      uint8_t own)
{
    uint32_t team = world->agents[agent].team;
    return world_is_insider(world, agent) &&
                   slot == world_agreed_slot(world, team)
               ? (uint8_t)world_agreed_option(world, team)
               : own;
}

static void form_habits_of(struct world *world, uint32_t index, struct rng *rng)
{
    const struct world_agent *agent = &world->agents[index];
    uint32_t slots = world->config.slots;
    uint8_t *habits = world->habits + (size_t)agent->principal_index * slots;
    for (uint32_t slot = 0; slot < slots; slot++) {
        const struct world_preference *preference =
            world_preference_at(world, agent->team, slot);
        double at = rng_unit(rng);
        uint8_t drawn = draw_option(world, slot, rng_unit(rng));
        bool adopts = preference && at < preference->adoption;
        habits[slot] = adopts ? (uint8_t)preference->option
                              : leaned(world, agent, slot, drawn);
        habits[slot] = copied(world, agent, slot, habits[slot]);
        habits[slot] = agreed(world, index, slot, habits[slot]);
    }
}

static void form_habits(struct world *world)
{
    struct rng rng = rng_seeded(world->config.seed, STREAM_HABITS);
    for (uint32_t i = 0; i < world->agent_count; i++) {
        const struct world_agent *agent = &world->agents[i];
        if (i == 0 ||
            world->agents[i - 1].principal_index != agent->principal_index) {
            form_habits_of(world, i, &rng);
        }
    }
}

void choice_plant(struct world *world)
{
    const struct world_config *config = &world->config;
    struct rng rng = rng_seeded(config->seed, STREAM_PLANTED);
    size_t leanings = (size_t)config->teams * (config->subgroup_preferences +
                                               config->personal_preferences);
    world->preferences =
        mem_new_array((size_t)config->teams * config->preferences,
                      sizeof(*world->preferences));
    world->leanings = mem_new_array(leanings, sizeof(*world->leanings));
    world->mistakes = mem_new_array((size_t)config->teams * config->mistakes,
                                    sizeof(*world->mistakes));
    world->habits = mem_new((size_t)world->principal_count * config->slots);
    for (uint32_t team = 0; !config->null_world && team < config->teams;
         team++) {
        plant_team(world, team, &rng);
    }
    if (!config->null_world) {
        plant_mistakes(world, &rng);
    }
    form_habits(world);
}

/* ---- parts of teams ------------------------------------------------------ */

uint32_t world_repository(const struct world *world, uint32_t agent,
                          uint32_t session)
{
    struct rng rng = world_rng(world, STREAM_REPOSITORIES, agent, session);
    uint32_t count = world->config.repositories;
    return count ? 1 + (uint32_t)rng_below(&rng, count) : 0;
}

uint32_t world_role(const struct world *world, uint32_t principal_index)
{
    uint32_t count = world->config.roles;
    return count ? 1 + principal_index % count : 0;
}

/* ---- habits -------------------------------------------------------------- */

uint32_t world_habit(const struct world *world, uint32_t principal_index,
                     uint32_t slot)
{
    return world->habits[(size_t)principal_index * world->config.slots + slot];
}

/* Logistic adoption: nine in ten follow within ${days} of ${from}. */
static double logistic_day(struct rng *rng, double from, double days)
{
    double u = .02 + .96 * rng_unit(rng);
    return from + days / 2 + days / (2 * log(19)) * log(u / (1 - u));
}

double world_switch_day(const struct world *world, uint32_t principal_index,
                        uint32_t slot)
{
    struct rng rng = world_rng(world, STREAM_SWITCHES, principal_index, slot);
    return logistic_day(&rng, world->config.switch_day,
                        world->config.switch_days);
}

double world_onset_day(const struct world *world, uint32_t principal_index,
                       uint32_t slot)
{
    struct rng rng = world_rng(world, STREAM_ONSET, principal_index, slot);
    return logistic_day(&rng, world->config.onset_day,
                        world->config.onset_days);
}

/* What it did before its team took up the preference. */
static uint32_t habit_before(const struct world *world,
                             uint32_t principal_index, uint32_t slot)
{
    struct rng rng = world_rng(world, STREAM_ONSET, principal_index,
                               slot + world->config.slots);
    return draw_option(world, slot, rng_unit(&rng));
}

uint32_t world_habit_on(const struct world *world, uint32_t principal_index,
                        uint32_t slot, uint32_t team, double day)
{
    uint32_t habit = world_habit(world, principal_index, slot);
    bool has_onset = world->config.onset_days > 0;
    const struct world_preference *it =
        world->config.switches || has_onset
            ? world_preference_at(world, team, slot)
            : NULL;
    if (it && has_onset && habit == it->option &&
        day < world_onset_day(world, principal_index, slot)) {
        return habit_before(world, principal_index, slot);
    }
    bool moved = it && it->moves && habit == it->option &&
                 day >= world_switch_day(world, principal_index, slot);
    return moved ? it->next : habit;
}

const struct world_preference *world_preference_at(const struct world *world,
                                                   uint32_t team, uint32_t slot)
{
    /* The preferences of a team follow each other. */
    uint32_t per_team = world->config.preferences;
    uint32_t first = world->preference_count ? team * per_team : 0;
    for (uint32_t i = first;
         i < first + per_team && i < world->preference_count; i++) {
        const struct world_preference *preference = &world->preferences[i];
        if (preference->team == team && preference->slot == slot) {
            return preference;
        }
    }
    return NULL;
}

/* ---- playing ------------------------------------------------------------- */

/* By habit, else anything; memory, where there is one, first. */
static uint32_t choose(struct scene *scene, uint32_t slot, struct rng *rng)
{
    const struct world *world = scene->world;
    bool by_habit = rng_chance(rng, world->config.habit);
    uint32_t drawn = draw_option(world, slot, rng_unit(rng));
    bool complies = rng_chance(rng, world->config.compliance);
    uint32_t habit =
        world_habit_on(world, world->agents[scene->agent].principal_index, slot,
                       scene->team, scene->day);
    const struct world_preference *it =
        world->config.repository_exceptions
            ? world_preference_at(world, scene->team, slot)
            : NULL;
    if (it && it->repository && habit == it->option &&
        it->repository ==
            world_repository(world, scene->agent, scene->session)) {
        habit = it->other;
    }
    int remembered =
        scene->memory
            ? scene->memory->choice(scene->memory->context, scene->agent, slot)
            : -1;
    /* Who has moved on overrules what memory says, most of the time. */
    bool has_moved =
        world_habit(world, world->agents[scene->agent].principal_index, slot) !=
        habit;
    if (has_moved && remembered >= 0 && (uint32_t)remembered != habit) {
        complies = complies && rng_chance(rng, .2);
    }
    if (remembered >= 0 && complies) {
        return (uint32_t)remembered;
    }
    return by_habit ? habit : drawn;
}

/* One choice, as a member of the call's arguments. */
static void add_choice(struct scene *scene, uint32_t slot, struct rng *rng,
                       char arguments[ARGUMENTS_BYTES])
{
    const struct world *world = scene->world;
    size_t len = strlen(arguments);
    uint32_t option = choose(scene, slot, rng);
    const struct world_preference *preference =
        world_preference_at(world, scene->team, slot);
    if (preference) {
        scene->counts->preference_chances++;
        scene->counts->preferred += preference->option == option;
    }
    snprintf(arguments + len, ARGUMENTS_BYTES - len, "\"%s\":\"%s\",",
             world->slots[slot].arg, world->slots[slot].option[option]);
}

/* A call with one choice, and others that its tool has. */
static void take_choice(struct scene *scene, struct rng *rng)
{
    const struct world *world = scene->world;
    const struct world_config *config = &world->config;
    char arguments[ARGUMENTS_BYTES] = "";
    uint32_t first = (uint32_t)rng_below(rng, config->slots);
    uint32_t slot = first;
    for (uint32_t i = 0; i < config->slots_per_call; i++) {
        add_choice(scene, slot, rng, arguments);
        slot = world_next_slot(world, slot);
        if (slot == first || strlen(arguments) > ARGUMENTS_BYTES - 200) {
            break;
        }
    }
    script_call(scene->script, world->slots[first].tool,
                "{%s\"item\":\"item-%" PRIu64 "\"}", arguments,
                rng_below(rng, UINT64_C(1) << 40));
    script_result(scene->script, false, "done");
    scene->counts->calls++;
}

static void look_up(struct scene *scene, const char *tool, const char *table,
                    bool exists)
{
    script_call(scene->script, tool, "{\"table\":\"%s\"}", table);
    if (exists) {
        script_result(scene->script, false, "12 rows");
    } else {
        script_result(scene->script, true, "Table '%s' doesn't exist", table);
    }
    scene->counts->calls++;
    scene->counts->errors += !exists;
    scene->errors += !exists;
}

/* An occasion for a mistake of the team: a prone agent gets it wrong unless
 * it was warned. */
static void take_occasion(struct scene *scene, struct rng *rng)
{
    const struct world *world = scene->world;
    uint32_t per_team = world->config.mistakes;
    uint32_t number =
        scene->team * per_team + (uint32_t)rng_below(rng, per_team);
    bool complies = rng_chance(rng, world->config.compliance);
    bool is_warned =
        scene->memory &&
        scene->memory->warned(scene->memory->context, scene->agent, number);
    bool errs =
        world_errs(world, scene->agent, number) && !(is_warned && complies);
    const struct world_mistake *mistake = &world->mistakes[number];
    look_up(scene, mistake->tool, errs ? mistake->wrong : mistake->right,
            !errs);
    scene->counts->mistake_chances++;
    scene->counts->repeated_errors += errs;
}

/* A slip nobody else makes: a name of ten random letters. */
static void slip(struct scene *scene, struct rng *rng)
{
    char name[11] = "";
    for (size_t i = 0; i + 1 < sizeof(name); i++) {
        name[i] = (char)('a' + (char)rng_below(rng, 26));
    }
    look_up(scene, "lookup", name, false);
}

void choice_play(struct scene *scene, uint32_t step)
{
    const struct world *world = scene->world;
    struct rng rng = scene_rng(scene, STREAM_STEPS, step + 1);
    bool slips = rng_chance(&rng, world->config.error_rate);
    bool is_occasion = rng_chance(&rng, OCCASION_PERCENT / 100.0);
    if (slips) {
        slip(scene, &rng);
    } else if (is_occasion && world->mistake_count) {
        take_occasion(scene, &rng);
    } else {
        take_choice(scene, &rng);
    }
}
