/* SPDX-License-Identifier: MIT */
#include "agents-sim/world/life.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "agents-sim/world/scene.h"
#include "agents-sim/world/trouble.h"
#include "base/clock.h"
#include "proto/messages.h"

enum {
    LIFE_BODY_MAX = 16384,
    LIFE_SESSION_BYTES = 64
};

/* Steps of a session draw from 1 up, everything else from the top down. */
enum {
    OUTCOME_STEP = UINT16_MAX,
    PAUSE_STEP = UINT16_MAX - 1
};

struct agent_life {
    int64_t next_us;
    uint32_t session;
    uint32_t at;   /* of the script; 0: not written yet */
    bool is_again; /* the act at ${at} was sent once */
    struct script script;
    char session_name[LIFE_SESSION_BYTES];
};

struct life {
    const struct world *world;
    struct life_memory memory;
    bool has_memory;
    int64_t start_us;
    int64_t end_us;
    struct agent_life *agents;
    uint32_t *heap; /* agents by (next_us, index), soonest first */
    uint32_t heap_len;
    struct echo_state *echoes;
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
static struct rng draws_of(const struct world *world, uint32_t agent,
                           uint32_t session, uint32_t step)
{
    uint64_t place = ((uint64_t)agent << 44) ^ ((uint64_t)session << 16) ^ step;
    return rng_seeded(world->config.seed, place + 1000);
}

struct rng scene_rng(const struct scene *scene, enum stream stream,
                     uint32_t step)
{
    uint64_t mixed = (uint64_t)stream << 56;
    uint64_t place = ((uint64_t)scene->agent << 44) ^
                     ((uint64_t)scene->session << 16) ^ step;
    return stream == STREAM_STEPS
               ? draws_of(scene->world, scene->agent, scene->session, step)
               : rng_seeded(scene->world->config.seed ^ mixed, place + 1000);
}

static void begin_session(struct life *life, uint32_t index, int64_t from_us)
{
    const struct world_config *config = &life->world->config;
    struct agent_life *agent = &life->agents[index];
    struct rng rng = draws_of(life->world, index, ++agent->session, 0);
    double gap_us = (double)US_PER_DAY / (config->sessions_per_day *
                                          life->world->agents[index].activity);
    agent->next_us = from_us + (int64_t)rng_exponential(&rng, gap_us);
    agent->at = 0;
    agent->is_again = false;
    snprintf(agent->session_name, sizeof(agent->session_name), "%s/%" PRIu32,
             life->world->agents[index].name, agent->session);
    int64_t leaves_us =
        life->start_us +
        (int64_t)(world_leave_day(life->world, index) * (double)US_PER_DAY);
    if (agent->next_us >= life->end_us || agent->next_us >= leaves_us) {
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
    life->start_us = start_us;
    life->end_us = start_us + (int64_t)world->config.days * US_PER_DAY;
    life->agents = mem_new_array(world->agent_count, sizeof(*life->agents));
    life->heap = mem_new_array(world->agent_count, sizeof(*life->heap));
    life->heap_len = world->agent_count;
    life->echoes = mem_new_array(world->echo_count + 1, sizeof(*life->echoes));
    for (uint32_t i = 0; i < world->echo_count; i++) {
        life->echoes[i].by = mem_new(world->agent_count);
    }
    buf_init(&life->body, LIFE_BODY_MAX);
    for (uint32_t i = 0; i < world->agent_count; i++) {
        script_init(&life->agents[i].script);
        double join_day = world_join_day(world, i);
        begin_session(life, i,
                      start_us + (int64_t)(join_day * (double)US_PER_DAY));
        life->heap[i] = i;
    }
    for (uint32_t i = world->agent_count; i-- > 0;) {
        sift_down(life, i);
    }
    return life;
}

void life_free(struct life *life)
{
    if (!life) {
        return;
    }
    for (uint32_t i = 0; i < life->world->agent_count; i++) {
        script_fini(&life->agents[i].script);
    }
    for (uint32_t i = 0; i < life->world->echo_count; i++) {
        free(life->echoes[i].by);
    }
    buf_fini(&life->body);
    free(life->agents);
    free(life->heap);
    free(life->echoes);
    free(life);
}

int64_t life_next_time(const struct life *life)
{
    return life->agents[life->heap[0]].next_us;
}

/* ---- writing the script of a session ---- */

static void play_steps(struct scene *scene)
{
    const struct world_config *config = &scene->world->config;
    struct rng rng = scene_rng(scene, STREAM_STEPS, 0);
    (void)rng_next(&rng); /* the gap before the session */
    uint32_t steps =
        1 + (uint32_t)rng_below(&rng, UINT64_C(2) * config->steps_per_session);
    for (uint32_t step = 0; step < steps; step++) {
        struct rng turn = scene_rng(scene, STREAM_FAULTS, 2 * step);
        bool is_fault =
            scene->world->fault_count && rng_chance(&turn, config->fault_rate);
        if (!is_fault || !fault_play(scene, step)) {
            choice_play(scene, step);
        }
    }
}

/* Calls and results are numbered before any of them is lost. */
static void suffer(const struct world *world, uint32_t agent, uint32_t session,
                   struct script *script)
{
    uint32_t calls = 0;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < script->count; i++) {
        struct act act = script->acts[i];
        const struct trouble_place place = {world, agent, session, i};
        act.call = calls;
        calls += act.kind == ACT_RESULT;
        act.is_repeated = trouble_repeats(&place, act.kind);
        if (!trouble_loses(&place, act.kind)) {
            script->acts[kept++] = act;
        }
    }
    script->count = kept;
}

static void play_work(struct scene *scene)
{
    talk_play(scene);
    if (!workflow_play(scene)) {
        play_steps(scene);
    }
    attack_play(scene);
    secret_play(scene);
    note_play(scene);
}

/* How likely success is, and what happens after failure. */
static void play_outcome(struct scene *scene)
{
    struct rng rng = scene_rng(scene, STREAM_STEPS, OUTCOME_STEP);
    uint32_t errors = scene->errors < 3 ? scene->errors : 3;
    bool is_good = rng_chance(&rng, .95 - .25 * errors + scene->success);
    if (!is_good) {
        workflow_linger(scene);
    }
    struct act *act = script_add(scene->script, ACT_OUTCOME);
    act->origin = ORIGIN_TOOL;
    act->is_good = is_good;
    scene->counts->satisfied += is_good;
}

static void write_script(struct life *life, uint32_t index)
{
    struct agent_life *agent = &life->agents[index];
    struct scene scene = {
        .world = life->world,
        .memory = life->has_memory ? &life->memory : NULL,
        .counts = &life->counts,
        .script = &agent->script,
        .agent = index,
        .team = life->world->agents[index].team,
        .session = agent->session,
        .echoes = life->echoes,
        .day = (double)(agent->next_us - life->start_us) / (double)US_PER_DAY,
    };
    script_reset(&agent->script);
    script_add(&agent->script, ACT_STARTED);
    if (!churn_play(&scene)) {
        play_work(&scene);
    }
    play_outcome(&scene);
    script_add(&agent->script, ACT_ENDED);
    suffer(life->world, index, agent->session, &agent->script);
}

/* ---- events ---- */

static void pack_call(struct life *life, const struct act *act)
{
    char call[32];
    snprintf(call, sizeof(call), "call-%" PRIu32, act->call);
    Reverie__V1__ToolUse use = REVERIE__V1__TOOL_USE__INIT;
    use.call = call;
    use.tool = message_field(act->tool);
    use.arguments_json = message_field(act->text);
    message_pack(&use, &life->body);
}

static void pack_result(struct life *life, const struct act *act)
{
    char call[32];
    snprintf(call, sizeof(call), "call-%" PRIu32, act->call);
    Reverie__V1__ToolResult result = REVERIE__V1__TOOL_RESULT__INIT;
    result.call = call;
    result.tool = message_field(act->tool);
    result.has_is_error = true;
    result.is_error = act->is_error;
    result.text = message_field(act->text);
    message_pack(&result, &life->body);
}

static void pack_outcome(struct life *life, const struct act *act)
{
    Reverie__V1__OutcomeEvaluated outcome =
        REVERIE__V1__OUTCOME_EVALUATED__INIT;
    outcome.has_result = true;
    outcome.result = act->is_good
                         ? REVERIE__V1__OUTCOME_EVALUATED__RESULT__SATISFIED
                         : REVERIE__V1__OUTCOME_EVALUATED__RESULT__FAILED;
    message_pack(&outcome, &life->body);
}

static void pack_words(struct life *life, const struct act *act)
{
    Reverie__V1__Message message = REVERIE__V1__MESSAGE__INIT;
    message.text = message_field(act->text);
    message_pack(&message, &life->body);
}

/* What a session says that it belongs to, where the world has parts. */
static void pack_started(struct life *life, uint32_t index)
{
    const struct world *world = life->world;
    uint32_t repository =
        world_repository(world, index, life->agents[index].session);
    uint32_t role = world_role(world, world->agents[index].principal_index);
    char repository_name[32];
    char role_name[32];
    Reverie__V1__SessionStarted started = REVERIE__V1__SESSION_STARTED__INIT;
    snprintf(repository_name, sizeof(repository_name), "repo-%" PRIu32,
             repository);
    snprintf(role_name, sizeof(role_name), "role-%" PRIu32, role);
    started.repository = repository ? repository_name : NULL;
    started.role = role ? role_name : NULL;
    uint32_t cluster =
        world_cluster(world, world->agents[index].principal_index);
    uint8_t prompt[16] = {(uint8_t)(cluster >> 8), (uint8_t)cluster};
    if (cluster) {
        started.model = message_field("model-1");
        started.has_prompt_digest = true;
        started.prompt_digest =
            message_binary(bytes_of(prompt, sizeof(prompt)));
    }
    message_pack(&started, &life->body);
}

static const char *kind_of(const struct act *act)
{
    switch (act->kind) {
    case ACT_STARTED:
        return "session.started";
    case ACT_SAID:
        return act->origin == ORIGIN_AGENT ? "agent.message" : "user.message";
    case ACT_CALLED:
        return "agent.tool_use";
    case ACT_RESULT:
        return "agent.tool_result";
    case ACT_WROTE:
        return "memory.write";
    case ACT_OUTCOME:
        return "outcome.evaluated";
    case ACT_ENDED:
        return "session.ended";
    }
    return "";
}

static void pack(struct life *life, uint32_t index, const struct act *act)
{
    switch (act->kind) {
    case ACT_CALLED:
        pack_call(life, act);
        break;
    case ACT_RESULT:
        pack_result(life, act);
        break;
    case ACT_OUTCOME:
        pack_outcome(life, act);
        break;
    case ACT_SAID:
        pack_words(life, act);
        break;
    case ACT_STARTED:
        pack_started(life, index);
        break;
    case ACT_WROTE:
    case ACT_ENDED:
        break;
    }
}

/* An echo answers the event that began it, if that has happened. */
static void link_echo(struct life *life, const struct act *act,
                      struct life_event *event)
{
    if (act->echo && act->is_first) {
        life->echoes[act->echo - 1].number = event->number;
    } else if (act->echo) {
        event->parent = life->echoes[act->echo - 1].number;
        event->is_parent_hidden = act->is_hidden;
    }
}

/* Between two events of a session: a second and a bit more. */
static int64_t pause_us(const struct life *life, uint32_t index)
{
    const struct agent_life *agent = &life->agents[index];
    struct rng rng =
        draws_of(life->world, index, agent->session, PAUSE_STEP - agent->at);
    return US_PER_SECOND +
           (int64_t)rng_exponential(&rng, 20 * (double)US_PER_SECOND);
}

void life_next(struct life *life, struct life_event *out_event)
{
    uint32_t index = life->heap[0];
    struct agent_life *agent = &life->agents[index];
    assert(agent->next_us != INT64_MAX);
    if (agent->at == 0) {
        write_script(life, index);
    }
    const struct trouble_place place = {life->world, index, agent->session,
                                        agent->at};
    const struct act *act = &agent->script.acts[agent->at];
    agent->is_again = act->is_repeated && !agent->is_again;
    agent->at += !agent->is_again;
    buf_reset(&life->body);
    snprintf(life->session, sizeof(life->session), "%s", agent->session_name);
    *out_event = (struct life_event){
        .number = life->counts.events + 1,
        .agent = index,
        .kind = kind_of(act),
        .origin = act->origin,
        .at_us = agent->next_us,
        .occurred_us = trouble_time(&place, agent->next_us),
        .session = life->session,
        .ends_session = act->kind == ACT_ENDED,
        .note = act->kind == ACT_WROTE ? act->text : NULL,
        .note_path = act->path,
        .is_team_note = act->is_team,
    };
    pack(life, index, act);
    link_echo(life, act, out_event);
    out_event->body = buf_bytes(&life->body);
    life->counts.events++;
    life->counts.sessions += out_event->ends_session;
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
