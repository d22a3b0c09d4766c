/* SPDX-License-Identifier: MIT */
#include "agents-sim/lab/worlds/oracle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/edge/json.h"
#include "plugin/plan/baseline.h"
#include "plugin/plan/decide.h"
#include "proto/messages.h"

enum {
    EVENT_ARENA_MAX = 1 << 20
};

struct oracle {
    const struct world *world;
    int64_t start_us;
    struct {
        double first;  /* day of the first use since it moved; 0: none */
        double second; /* likewise */
    } * shown;         /* by (preference, agent) */
};

static bool has_moved(const struct world *world,
                      const struct world_preference *it, uint32_t agent,
                      double day)
{
    uint32_t person = world->agents[agent].principal_index;
    return world_habit(world, person, it->slot) != it->next &&
           world_habit_on(world, person, it->slot, it->team, day) == it->next;
}

/* ${agent} made a call. */
static void take_call(struct oracle *oracle, uint32_t agent, double day,
                      const Reverie__V1__ToolUse *use, const struct json *args)
{
    const struct world *world = oracle->world;
    for (uint32_t i = 0; i < world->preference_count; i++) {
        const struct world_preference *it = &world->preferences[i];
        const struct world_slot *slot = &world->slots[it->slot];
        if (!it->moves || it->team != world->agents[agent].team ||
            !bytes_equal_text(message_text(use->tool), slot->tool)) {
            continue;
        }
        struct bytes option =
            json_as_string(json_get(args, slot->arg), bytes_of(NULL, 0));
        size_t at = (size_t)i * world->agent_count + agent;
        if (bytes_equal_text(option, slot->option[it->next]) &&
            has_moved(world, it, agent, day)) {
            bool is_first = oracle->shown[at].first <= 0;
            double *which =
                is_first ? &oracle->shown[at].first : &oracle->shown[at].second;
            *which = *which > 0 ? *which : day;
        }
    }
}

static uint32_t agent_named(const struct world *world, struct bytes name)
{
    uint32_t agent = 0;
    while (agent < world->agent_count &&
           !bytes_equal_text(name, world->agents[agent].name)) {
        agent++;
    }
    return agent;
}

static void take_event(struct oracle *oracle, struct tape *tape, uint64_t seq,
                       struct arena *arena)
{
    struct stamp stamp;
    struct envelope envelope;
    struct bytes body;
    Reverie__V1__ToolUse *use = NULL;
    struct json *args = NULL;
    tape_get(tape, seq, &stamp, &envelope, &body);
    double day =
        (double)(envelope.occurred_us - oracle->start_us) / (double)US_PER_DAY;
    if (!bytes_equal_text(envelope.kind, "agent.tool_use") ||
        day < oracle->world->config.switch_day) {
        return;
    }
    arena_reset(arena);
    uint32_t agent = agent_named(oracle->world, stamp.from);
    if (agent < oracle->world->agent_count &&
        MESSAGE_UNPACK(tool_use, body, arena, &use) == ERR_OK &&
        json_parse(message_text(use->arguments_json), &args) == ERR_OK) {
        take_call(oracle, agent, day, use, args);
    }
    json_free(args);
}

struct oracle *oracle_new(struct lab *lab, int64_t start_us)
{
    struct oracle *oracle = mem_new(sizeof(*oracle));
    struct tape *tape = lab_tape(lab);
    struct arena arena;
    oracle->world = lab_world(lab);
    oracle->start_us = start_us;
    oracle->shown = mem_new_array((size_t)oracle->world->preference_count *
                                          oracle->world->agent_count +
                                      1,
                                  sizeof(*oracle->shown));
    arena_init(&arena, EVENT_ARENA_MAX);
    for (uint64_t seq = 1; seq <= tape_len(tape); seq++) {
        take_event(oracle, tape, seq, &arena);
    }
    arena_fini(&arena);
    return oracle;
}

void oracle_free(struct oracle *oracle)
{
    if (oracle) {
        free(oracle->shown);
        free(oracle);
    }
}

/* How many have moved and shown it before ${day}. */
static uint32_t supporters_on(const struct oracle *oracle, uint32_t number,
                              double day)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < oracle->world->agent_count; i++) {
        double second =
            oracle->shown[(size_t)number * oracle->world->agent_count + i]
                .second;
        count += second > 0 && second < day;
    }
    return count;
}

static struct baseline baseline_on(const struct world *world,
                                   const struct world_preference *it,
                                   double day)
{
    struct baseline_votes others[WORLD_TEAMS_MAX] = {{0}};
    const struct world_slot *slot = &world->slots[it->slot];
    for (uint32_t i = 0; i < world->agent_count; i++) {
        const struct world_agent *agent = &world->agents[i];
        others[agent->team].voters++;
        others[agent->team].supporters +=
            world_habit_on(world, agent->principal_index, it->slot, agent->team,
                           day) == it->next;
    }
    others[it->team] = others[world->config.teams - 1];
    const struct baseline_question question = {
        .slot = bytes_of_text(slot->name),
        .option = bytes_of_text(slot->option[it->next]),
        .options = world->config.options,
    };
    return baseline_find(&question, others, world->config.teams - 1);
}

static bool gate_takes(const struct oracle *oracle, uint32_t number, double day)
{
    const struct world *world = oracle->world;
    const struct world_preference *it = &world->preferences[number];
    const struct stats_votes votes = {
        .principals = world_team_size(world, it->team),
        .principals_for = supporters_on(oracle, number, day),
        .days = 3,
        .has_baseline = true,
        .baseline = baseline_on(world, it, day).share,
        .alpha = DECIDE_ALPHA_PROPOSAL,
        .family = world->config.slots * world->config.options,
        .rank = world->config.preferences,
    };
    return stats_preference_lack(&votes, STATS_TIER_PROPOSAL) ==
           STATS_LACK_NOTHING;
}

static bool most_have(const struct oracle *oracle, uint32_t number, double day)
{
    const double most = .6;
    const struct world_preference *it = &oracle->world->preferences[number];
    return supporters_on(oracle, number, day) >=
           most * world_team_size(oracle->world, it->team);
}

static double delay_until(const struct oracle *oracle, uint32_t number,
                          double dream_days,
                          bool (*holds)(const struct oracle *oracle,
                                        uint32_t number, double day))
{
    const struct world_config *config = &oracle->world->config;
    double day = ceil(config->switch_day / dream_days) * dream_days;
    while (day < config->days && !holds(oracle, number, day)) {
        day += dream_days;
    }
    return day < config->days ? day - config->switch_day : 0;
}

double oracle_delay(const struct oracle *oracle, uint32_t number,
                    double dream_days)
{
    return delay_until(oracle, number, dream_days, gate_takes);
}

double oracle_most_delay(const struct oracle *oracle, uint32_t number,
                         double dream_days)
{
    return delay_until(oracle, number, dream_days, most_have);
}
