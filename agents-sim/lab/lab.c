/* SPDX-License-Identifier: MIT */
#include "agents-sim/lab/lab.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents-sim/lab/driver/remember.h"
#include "agents-sim/lab/driver/state.h"
#include "base/clock.h"
#include "proto/limits.h"
#include "proto/messages.h"

static const int64_t lab_start_us = INT64_C(1767571200) * US_PER_SECOND;

/* ---- who is there -------------------------------------------------------- */

static enum err join(struct lab *lab, uint32_t index)
{
    const struct world_agent *agent = &lab->world->agents[index];
    Reverie__V1__PeerJoined joined = REVERIE__V1__PEER_JOINED__INIT;
    struct memory_input input = {.type = MEMORY_JOINED, .asker = lab_asker()};
    const char *code;
    joined.agent = message_field(agent->name);
    joined.team = message_field(lab->world->team[agent->team]);
    joined.principal = message_field(agent->principal);
    return lab_step(lab, &input, &joined, &code);
}

static enum err look(struct lab *lab, uint32_t index)
{
    struct buf view;
    buf_init(&view, VIEW_MAX_BYTES - 1);
    enum err err = memory_view_id(
        &lab->table, bytes_of_text(lab->world->agents[index].name), &view);
    if (err == ERR_OK) {
        snprintf(lab->views[index], VIEW_MAX_BYTES, "%s", buf_text(&view));
    }
    buf_fini(&view);
    return err;
}

/* Reads one page of what a team's store says now. */
static enum err read_page(struct lab *lab, uint32_t team, char **after)
{
    char store[WORLD_NAME_BYTES + 8];
    Reverie__V1__MemoryListRequest list =
        REVERIE__V1__MEMORY_LIST_REQUEST__INIT;
    Reverie__V1__MemoryListReply *reply = NULL;
    struct arena arena;
    snprintf(store, sizeof(store), "team/%s", lab->world->team[team]);
    list.store = store;
    list.after = *after;
    list.has_limit = true;
    list.limit = LAB_PAGE;
    arena_init(&arena, LAB_ARENA_MAX);
    enum err err = lab_must(lab, "memory", "list", &list);
    if (err == ERR_OK) {
        err = MESSAGE_UNPACK(memory_list_reply, buf_bytes(&lab->reply), &arena,
                             &reply);
    }
    free(*after);
    *after = NULL;
    if (err == ERR_OK) {
        for (size_t i = 0; i < reply->n_memories; i++) {
            recall_read(lab->recalls[team],
                        message_text(reply->memories[i]->head->content));
        }
        *after = reply->next && *reply->next ? mem_string(reply->next) : NULL;
    }
    arena_fini(&arena);
    return err;
}

/* Everybody gets what was applied. */
enum err lab_tell_everybody(struct lab *lab)
{
    enum err err = ERR_OK;
    for (uint32_t i = 0; err == ERR_OK && i < lab->world->agent_count; i++) {
        err = look(lab, i);
    }
    if (lab->config.tells_nobody) {
        return err;
    }
    for (uint32_t i = 0; err == ERR_OK && i < lab->world->config.teams; i++) {
        char *after = NULL;
        recall_reset(lab->recalls[i]);
        do {
            err = read_page(lab, i, &after);
        } while (err == ERR_OK && after);
        free(after);
    }
    return err;
}

static int remembered_choice(void *context, uint32_t agent, uint32_t slot)
{
    const struct lab *lab = context;
    return recall_choice(lab->recalls[lab->world->agents[agent].team], slot);
}

static bool was_warned(void *context, uint32_t agent, uint32_t mistake)
{
    const struct lab *lab = context;
    return recall_warned(lab->recalls[lab->world->agents[agent].team], mistake);
}

static bool was_helped(void *context, uint32_t agent, uint32_t fault)
{
    const struct lab *lab = context;
    return recall_helped(lab->recalls[lab->world->agents[agent].team], fault);
}

static bool was_led(void *context, uint32_t agent, uint32_t workflow)
{
    const struct lab *lab = context;
    return recall_led(lab->recalls[lab->world->agents[agent].team], workflow);
}

/* ---- living -------------------------------------------------------------- */

static void remember_position(struct lab *lab, uint64_t number, uint64_t seq)
{
    if (number >= lab->position_capacity) {
        lab->position_capacity = 2 * (number + 1024);
        lab->positions = mem_grow(lab->positions, lab->position_capacity *
                                                      sizeof(*lab->positions));
    }
    lab->positions[number] = seq;
}

/* Written by the agent itself, who may be refused. */
static enum err write_note(struct lab *lab, const struct life_event *said)
{
    const struct world_agent *agent = &lab->world->agents[said->agent];
    const char *team = lab->world->team[agent->team];
    char store[WORLD_NAME_BYTES + 8];
    const char *code;
    Reverie__V1__MemoryWriteRequest write =
        REVERIE__V1__MEMORY_WRITE_REQUEST__INIT;
    struct memory_input input = {.type = MEMORY_REQUEST,
                                 .service = BYTES_LITERAL("memory"),
                                 .method = BYTES_LITERAL("write")};
    input.asker = (struct memory_asker){
        .principal = bytes_of_text(agent->principal),
        .identity = IDENTITY_TOKEN,
        .agent = bytes_of_text(agent->name),
        .team = bytes_of_text(team),
        .may_write_team = said->agent == lab->world->team_first[agent->team],
    };
    snprintf(store, sizeof(store), "%s/%s",
             said->is_team_note ? "team" : "agent",
             said->is_team_note ? team : agent->name);
    write.store = store;
    write.path = message_field(said->note_path);
    write.content = message_field(said->note);
    write.title = message_field("a note");
    return lab_step(lab, &input, &write, &code);
}

static enum err happen(struct lab *lab)
{
    struct life_event said;
    life_next(lab->life, &said);
    lab->now_us = said.at_us;
    if (said.note) {
        uint64_t before = lab->ledger_seq;
        enum err err = write_note(lab, &said);
        remember_position(lab, said.number, 0);
        return err == ERR_OK && lab->ledger_seq > before
                   ? lab_tell_everybody(lab)
                   : err;
    }
    const struct world_agent *agent = &lab->world->agents[said.agent];
    const char *team = lab->world->team[agent->team];
    char to[WORLD_NAME_BYTES + 16];
    snprintf(to, sizeof(to), "topic:work.%s", team);
    struct tape_event event = {
        .agent = bytes_of_text(agent->name),
        .principal = bytes_of_text(agent->principal),
        .team = bytes_of_text(team),
        .session = bytes_of_text(said.session),
        .view = bytes_of_text(
            lab->world->config.hides_views ? "" : lab->views[said.agent]),
        .to = bytes_of_text(to),
        .kind = bytes_of_text(said.kind),
        .body = said.body,
        .origin = said.origin,
        .identity =
            lab->config.is_asserted ? IDENTITY_ASSERTED : IDENTITY_TOKEN,
        .parent = said.parent ? lab->positions[said.parent] : 0,
        .is_parent_hidden = said.is_parent_hidden,
        .has_occurred = true,
        .occurred_us = said.occurred_us,
    };
    uint64_t seq = tape_append(lab->tape, &event);
    remember_position(lab, said.number, seq);
    lab_feed(lab, seq);
    return ERR_OK;
}

enum err lab_live(struct lab *lab, struct buf *out_why)
{
    int64_t begun_us = clock_monotonic_us();
    int64_t every_us =
        (int64_t)(lab->config.dream_every_days * (double)US_PER_DAY);
    int64_t end_us =
        lab->config.start_us + (int64_t)lab->world->config.days * US_PER_DAY;
    int64_t dream_us = every_us ? lab->config.start_us + every_us : INT64_MAX;
    int64_t next_us;
    enum err err = ERR_OK;
    lab->why = out_why;
    while (err == ERR_OK && (next_us = life_next_time(lab->life)) < INT64_MAX) {
        if (next_us >= dream_us && dream_us < end_us) {
            lab->now_us = dream_us;
            dream_us += every_us;
            err = lab_dream(lab);
        } else {
            err = happen(lab);
        }
    }
    if (err == ERR_OK) {
        lab->now_us = end_us > lab->now_us ? end_us : lab->now_us;
        err = lab_dream(lab);
    }
    lab->why = NULL;
    lab->counts.seconds =
        (double)(clock_monotonic_us() - begun_us) / (double)US_PER_SECOND;
    return err;
}

static bool same_store(const struct world_fact *a, const struct world_fact *b)
{
    return a->team == b->team && a->is_own == b->is_own &&
           (!a->is_own || a->agent == b->agent);
}

/* What memory holds from the beginning, as events of the ledger. A finding that
 * the first fact of the story is already is no second memory of a store. */
static enum err remember(struct lab *lab, const struct world_story *story)
{
    enum err err = ERR_OK;
    uint8_t found[2][FINDING_BYTES] = {{0}, {0}};
    for (size_t i = 0; err == ERR_OK && i < 2; i++) {
        const struct world_fact *fact = &story->fact[i];
        struct buf body;
        buf_init(&body, LAB_REQUEST_MAX);
        bool is_one = remember_fact(lab->world, fact, lab->remembered + 1,
                                    lab->now_us, &body, found[i]) &&
                      !(i == 1 && same_store(&story->fact[0], fact) &&
                        memcmp(found[0], found[1], FINDING_BYTES) == 0);
        if (is_one) {
            lab->remembered++;
            lab->ledger_seq++;
            buf_add(&lab->ledger, buf_bytes(&body));
            err = memory_fold(&lab->table, lab->ledger_seq, lab->now_us,
                              BYTES_LITERAL("memory.applied"),
                              BYTES_LITERAL("lab"), buf_bytes(&body));
        }
        buf_fini(&body);
    }
    return err;
}

/* ---- life cycle ---------------------------------------------------------- */

static enum err begin(struct lab *lab)
{
    const struct redact_key key = {{1, 2, 3}};
    const struct dream_config dream = {.key = key,
                                       .defaults = lab->config.defaults,
                                       .budget_tokens =
                                           lab->config.budget_tokens};
    const struct memory_config memory = {
        .policy = lab->config.policy, .proposals_max = 100000, .redact = key};
    enum err err = dream_new(&dream, lab->why, &lab->dream);
    if (err != ERR_OK) {
        return err;
    }
    lab->memory = memory_new(&lab->table, &lab->log, &memory);
    for (uint32_t i = 0; err == ERR_OK && i < lab->world->agent_count; i++) {
        err = join(lab, i);
    }
    for (uint32_t i = 0; err == ERR_OK && i < lab->world->story_count; i++) {
        err = remember(lab, &lab->world->stories[i]);
    }
    for (uint32_t i = 0; err == ERR_OK && i < lab->world->agent_count; i++) {
        err = look(lab, i);
    }
    return err;
}

static void give_life(struct lab *lab)
{
    const struct world_config *config = &lab->world->config;
    const struct life_memory memory = {.context = lab,
                                       .choice = remembered_choice,
                                       .warned = was_warned,
                                       .helped = was_helped,
                                       .led = was_led};
    lab->recalls = mem_new_array(config->teams, sizeof(struct recall *));
    lab->views = mem_new_array(lab->world->agent_count, sizeof(*lab->views));
    for (uint32_t i = 0; i < config->teams; i++) {
        lab->recalls[i] = recall_new(lab->world);
    }
    lab->life = life_new(lab->world, lab->config.start_us, &memory);
}

enum err lab_open(const struct lab_config *config, struct buf *out_why,
                  struct lab **out_lab)
{
    enum err err = world_config_check(&config->world, out_why);
    if (err != ERR_OK) {
        return err;
    }
    struct lab *lab = mem_new(sizeof(*lab));
    lab->config = *config;
    lab->config.start_us = config->start_us ? config->start_us : lab_start_us;
    lab->now_us = lab->config.start_us;
    lab->why = out_why;
    buf_init(&lab->ledger, SIZE_MAX / 2);
    buf_init(&lab->reply, LAB_REQUEST_MAX);
    lab->world = world_new(&config->world);
    lab->tape = tape_new(config->world.seed);
    lab->log = tape_log(lab->tape);
    lab->rows = rows_new();
    lab->table = rows_table(lab->rows);
    give_life(lab);
    err = begin(lab);
    if (err != ERR_OK) {
        lab_close(lab);
        return err;
    }
    *out_lab = lab;
    return ERR_OK;
}

void lab_close(struct lab *lab)
{
    if (!lab) {
        return;
    }
    life_free(lab->life);
    dream_free(lab->dream);
    memory_free(lab->memory);
    for (uint32_t i = 0; lab->recalls && i < lab->world->config.teams; i++) {
        recall_free(lab->recalls[i]);
    }
    rows_free(lab->rows);
    tape_free(lab->tape);
    world_free(lab->world);
    buf_fini(&lab->ledger);
    buf_fini(&lab->reply);
    free(lab->recalls);
    free(lab->views);
    free(lab->positions);
    free(lab);
}

struct lab_counts lab_counts(const struct lab *lab)
{
    return lab->counts;
}

struct life_counts lab_life(const struct lab *lab)
{
    return life_counts(lab->life);
}

const struct world *lab_world(const struct lab *lab)
{
    return lab->world;
}

struct tape *lab_tape(struct lab *lab)
{
    return lab->tape;
}

const struct rows *lab_rows(const struct lab *lab)
{
    return lab->rows;
}

struct bytes lab_ledger(const struct lab *lab)
{
    return buf_bytes(&lab->ledger);
}
