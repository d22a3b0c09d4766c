/* SPDX-License-Identifier: MIT */
#include "agents-sim/world/life.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/rng.h"
#include "proto/messages.h"

enum {
    LIFE_BODY_MAX = 4096,
    LIFE_SESSION_BYTES = 64,
    LIFE_TEXT_BYTES = 1024
};

/* Steps of a session draw from 1 up, everything else from the top down. */
enum {
    OUTCOME_STEP = UINT16_MAX,
    PAUSE_STEP = UINT16_MAX - 1
};

/* Where an agent is in its session. Each state yields one event. */
enum stage {
    STAGE_START,   /* session.started */
    STAGE_CALL,    /* agent.tool_use */
    STAGE_RESULT,  /* agent.tool_result, then the next call or the outcome */
    STAGE_OUTCOME, /* outcome.evaluated */
    STAGE_END      /* session.ended */
};

/* What the agent is about to do, or has just done. */
struct step {
    char tool[WORLD_NAME_BYTES];
    char arguments[LIFE_TEXT_BYTES];
    char result[LIFE_TEXT_BYTES];
    bool is_error;
};

struct agent_life {
    int64_t next_us;
    uint32_t session;
    uint32_t step;
    uint32_t steps; /* of this session */
    uint32_t errors;
    enum stage stage;
    struct step now;
    char session_name[LIFE_SESSION_BYTES];
};

struct life {
    const struct world *world;
    struct life_memory memory;
    bool has_memory;
    int64_t end_us;
    struct agent_life *agents;
    uint32_t *heap; /* agents by (next_us, index), soonest first */
    uint32_t heap_len;
    struct life_counts counts;
    struct buf body;
    char session[LIFE_SESSION_BYTES]; /* of the event that is lent */
};

/* ---- who is next ---- */

static bool is_sooner(const struct life *life, uint32_t a, uint32_t b)
{
    int64_t a_us = life->agents[a].next_us;
    int64_t b_us = life->agents[b].next_us;
    return a_us != b_us ? a_us < b_us : a < b;
}

/* Whichever of ${at} and its children comes soonest. */
static uint32_t soonest_of(const struct life *life, uint32_t at)
{
    uint32_t soonest = at;
    uint32_t last_child = 2 * at + 2;
    for (uint32_t child = 2 * at + 1;
         child <= last_child && child < life->heap_len; child++) {
        if (is_sooner(life, life->heap[child], life->heap[soonest])) {
            soonest = child;
        }
    }
    return soonest;
}

static void sift_down(struct life *life, uint32_t at)
{
    uint32_t soonest = soonest_of(life, at);
    while (soonest != at) {
        uint32_t moved = life->heap[at];
        life->heap[at] = life->heap[soonest];
        life->heap[soonest] = moved;
        at = soonest;
        soonest = soonest_of(life, at);
    }
}

/* ---- time ---- */

/* The generator of one decision: independent of every other decision. */
static struct rng draws_of(const struct life *life, uint32_t agent,
                           uint32_t session, uint32_t step)
{
    uint64_t place = ((uint64_t)agent << 44) ^ ((uint64_t)session << 16) ^ step;
    return rng_seeded(life->world->config.seed, place + 1000);
}

static void begin_session(struct life *life, uint32_t index, int64_t from_us)
{
    const struct world_config *config = &life->world->config;
    struct agent_life *agent = &life->agents[index];
    struct rng rng = draws_of(life, index, ++agent->session, 0);
    double gap_us = (double)US_PER_DAY / (config->sessions_per_day *
                                          life->world->agents[index].activity);
    agent->next_us = from_us + (int64_t)rng_exponential(&rng, gap_us);
    agent->stage = STAGE_START;
    agent->step = 0;
    agent->errors = 0;
    agent->steps =
        1 + (uint32_t)rng_below(&rng, UINT64_C(2) * config->steps_per_session);
    snprintf(agent->session_name, sizeof(agent->session_name), "%s/%" PRIu32,
             life->world->agents[index].name, agent->session);
    if (agent->next_us >= life->end_us) {
        agent->next_us = INT64_MAX;
    }
}

struct life *life_new(const struct world *world, int64_t start_us,
                      const struct life_memory *memory)
{
    struct life *life = mem_new(sizeof(*life));
    life->world = world;
    life->has_memory = memory != NULL;
    if (memory) {
        life->memory = *memory;
    }
    life->end_us = start_us + (int64_t)world->config.days * US_PER_DAY;
    life->agents = mem_new_array(world->agent_count, sizeof(*life->agents));
    life->heap = mem_new_array(world->agent_count, sizeof(*life->heap));
    life->heap_len = world->agent_count;
    buf_init(&life->body, LIFE_BODY_MAX);
    for (uint32_t i = 0; i < world->agent_count; i++) {
        begin_session(life, i, start_us);
        life->heap[i] = i;
    }
    for (uint32_t i = world->agent_count; i-- > 0;) {
        sift_down(life, i);
    }
    return life;
}

void life_free(struct life *life)
{
    if (life) {
        buf_fini(&life->body);
        free(life->agents);
        free(life->heap);
        free(life);
    }
}

int64_t life_next_time(const struct life *life)
{
    return life->agents[life->heap[0]].next_us;
}

/* ---- deciding ---- */

static uint32_t draw_base(const struct world *world, uint32_t slot, double at)
{
    uint32_t k = 0;
    while (k + 1 < world->config.options && at >= world->slots[slot].base[k]) {
        at -= world->slots[slot].base[k++];
    }
    return k;
}

/* Habit nine times in ten, else anything; memory, where there is one, first. */
static uint32_t choose(struct life *life, uint32_t index, uint32_t slot,
                       struct rng *rng)
{
    const struct world *world = life->world;
    bool by_habit = rng_chance(rng, .9);
    uint32_t drawn = draw_base(world, slot, rng_unit(rng));
    bool complies = rng_chance(rng, world->config.compliance);
    uint32_t habit =
        world_habit(world, world->agents[index].principal_index, slot);
    int remembered =
        life->has_memory
            ? life->memory.choice(life->memory.context, index, slot)
            : -1;
    if (remembered >= 0 && complies) {
        return (uint32_t)remembered;
    }
    return by_habit ? habit : drawn;
}

/* One choice, as a member of the call's arguments. */
static void add_choice(struct life *life, uint32_t index, uint32_t slot,
                       struct rng *rng)
{
    const struct world *world = life->world;
    struct step *now = &life->agents[index].now;
    size_t len = strlen(now->arguments);
    uint32_t option = choose(life, index, slot, rng);
    const struct world_preference *preference =
        world_preference_at(world, world->agents[index].team, slot);
    if (preference) {
        life->counts.preference_chances++;
        life->counts.preferred += preference->option == option;
    }
    snprintf(now->arguments + len, sizeof(now->arguments) - len,
             "\"%s\":\"%s\",", world->slots[slot].arg,
             world->slots[slot].option[option]);
}

/* A call with one choice, and others that its tool has. */
static void take_choice(struct life *life, uint32_t index, struct rng *rng)
{
    const struct world *world = life->world;
    const struct world_config *config = &world->config;
    struct step *now = &life->agents[index].now;
    uint32_t first = (uint32_t)rng_below(rng, config->slots);
    uint32_t slot = first;
    snprintf(now->tool, sizeof(now->tool), "%s", world->slots[slot].tool);
    snprintf(now->arguments, sizeof(now->arguments), "{");
    for (uint32_t i = 0; i < config->slots_per_call; i++) {
        add_choice(life, index, slot, rng);
        slot = world_next_slot(world, slot);
        if (slot == first || strlen(now->arguments) > LIFE_TEXT_BYTES - 200) {
            break;
        }
    }
    size_t len = strlen(now->arguments);
    snprintf(now->arguments + len, sizeof(now->arguments) - len,
             "\"item\":\"item-%" PRIu64 "\"}",
             rng_below(rng, UINT64_C(1) << 40));
    snprintf(now->result, sizeof(now->result), "done");
    now->is_error = false;
}

static void look_up(struct step *now, const char *tool, const char *table,
                    bool exists)
{
    snprintf(now->tool, sizeof(now->tool), "%s", tool);
    snprintf(now->arguments, sizeof(now->arguments), "{\"table\":\"%s\"}",
             table);
    if (exists) {
        snprintf(now->result, sizeof(now->result), "12 rows");
    } else {
        snprintf(now->result, sizeof(now->result), "Table '%s' doesn't exist",
                 table);
    }
    now->is_error = !exists;
}

/* An occasion for a mistake of the team: a prone agent gets it wrong unless
 * it was warned. */
static void take_occasion(struct life *life, uint32_t index, struct rng *rng)
{
    const struct world *world = life->world;
    uint32_t per_team = world->config.mistakes;
    uint32_t number = world->agents[index].team * per_team +
                      (uint32_t)rng_below(rng, per_team);
    bool complies = rng_chance(rng, world->config.compliance);
    bool is_warned = life->has_memory &&
                     life->memory.warned(life->memory.context, index, number);
    bool errs = world_errs(world, index, number) && !(is_warned && complies);
    const struct world_mistake *mistake = &world->mistakes[number];
    look_up(&life->agents[index].now, mistake->tool,
            errs ? mistake->wrong : mistake->right, !errs);
    life->counts.mistake_chances++;
    life->counts.repeated_errors += errs;
}

/* A slip nobody else makes: a name of ten random letters. */
static void slip(struct life *life, uint32_t index, struct rng *rng)
{
    char name[11] = "";
    for (size_t i = 0; i + 1 < sizeof(name); i++) {
        name[i] = (char)('a' + (char)rng_below(rng, 26));
    }
    look_up(&life->agents[index].now, "lookup", name, false);
}

enum {
    OCCASION_PERCENT = 20
};

static void decide(struct life *life, uint32_t index)
{
    const struct world *world = life->world;
    struct agent_life *agent = &life->agents[index];
    struct rng rng = draws_of(life, index, agent->session, agent->step + 1);
    bool slips = rng_chance(&rng, world->config.error_rate);
    bool is_occasion = rng_chance(&rng, OCCASION_PERCENT / 100.0);
    if (slips) {
        slip(life, index, &rng);
    } else if (is_occasion && world->mistake_count) {
        take_occasion(life, index, &rng);
    } else {
        take_choice(life, index, &rng);
    }
    life->counts.calls++;
    life->counts.errors += agent->now.is_error;
    agent->errors += agent->now.is_error;
}

/* ---- events ---- */

static void pack_call(struct life *life, const struct agent_life *agent)
{
    char call[32];
    snprintf(call, sizeof(call), "call-%" PRIu32, agent->step);
    Reverie__V1__ToolUse use = REVERIE__V1__TOOL_USE__INIT;
    struct step now = agent->now;
    use.call = call;
    use.tool = now.tool;
    use.arguments_json = now.arguments;
    message_pack(&use, &life->body);
}

static void pack_result(struct life *life, const struct agent_life *agent)
{
    char call[32];
    snprintf(call, sizeof(call), "call-%" PRIu32, agent->step);
    Reverie__V1__ToolResult result = REVERIE__V1__TOOL_RESULT__INIT;
    struct step now = agent->now;
    result.call = call;
    result.tool = now.tool;
    result.has_is_error = true;
    result.is_error = now.is_error;
    result.text = now.result;
    message_pack(&result, &life->body);
}

static void pack_outcome(struct life *life, uint32_t index)
{
    const struct agent_life *agent = &life->agents[index];
    struct rng rng = draws_of(life, index, agent->session, OUTCOME_STEP);
    uint32_t errors = agent->errors < 3 ? agent->errors : 3;
    bool is_satisfied = rng_chance(&rng, .95 - .25 * errors);
    Reverie__V1__OutcomeEvaluated outcome =
        REVERIE__V1__OUTCOME_EVALUATED__INIT;
    outcome.has_result = true;
    outcome.result = is_satisfied
                         ? REVERIE__V1__OUTCOME_EVALUATED__RESULT__SATISFIED
                         : REVERIE__V1__OUTCOME_EVALUATED__RESULT__FAILED;
    message_pack(&outcome, &life->body);
    life->counts.satisfied += is_satisfied;
}

/* Fills the event of the agent's stage and moves the agent to the next. */
static void act(struct life *life, uint32_t index, struct life_event *event)
{
    struct agent_life *agent = &life->agents[index];
    switch (agent->stage) {
    case STAGE_START:
        event->kind = "session.started";
        agent->stage = STAGE_CALL;
        return;
    case STAGE_CALL:
        decide(life, index);
        event->kind = "agent.tool_use";
        pack_call(life, agent);
        agent->stage = STAGE_RESULT;
        return;
    case STAGE_RESULT:
        event->kind = "agent.tool_result";
        event->origin = ORIGIN_TOOL;
        pack_result(life, agent);
        agent->step++;
        agent->stage = agent->step < agent->steps ? STAGE_CALL : STAGE_OUTCOME;
        return;
    case STAGE_OUTCOME:
        event->kind = "outcome.evaluated";
        event->origin = ORIGIN_TOOL;
        pack_outcome(life, index);
        agent->stage = STAGE_END;
        return;
    case STAGE_END:
        event->kind = "session.ended";
        event->ends_session = true;
        life->counts.sessions++;
        return;
    }
}

/* Between two events of a session: a second and a bit more. */
static int64_t pause_us(const struct life *life, uint32_t index)
{
    const struct agent_life *agent = &life->agents[index];
    uint32_t place = PAUSE_STEP - 8 * agent->step - (uint32_t)agent->stage;
    struct rng rng = draws_of(life, index, agent->session, place);
    return US_PER_SECOND +
           (int64_t)rng_exponential(&rng, 20 * (double)US_PER_SECOND);
}

void life_next(struct life *life, struct life_event *out_event)
{
    uint32_t index = life->heap[0];
    struct agent_life *agent = &life->agents[index];
    assert(agent->next_us != INT64_MAX);
    buf_reset(&life->body);
    *out_event = (struct life_event){
        .number = life->counts.events + 1,
        .agent = index,
        .origin = ORIGIN_AGENT,
        .occurred_us = agent->next_us,
        .session = life->session,
    };
    snprintf(life->session, sizeof(life->session), "%s", agent->session_name);
    act(life, index, out_event);
    out_event->body = buf_bytes(&life->body);
    life->counts.events++;
    if (out_event->ends_session) {
        begin_session(life, index, agent->next_us);
    } else {
        agent->next_us += pause_us(life, index);
    }
    sift_down(life, 0);
}

struct life_counts life_counts(const struct life *life)
{
    return life->counts;
}
