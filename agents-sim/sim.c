/* SPDX-License-Identifier: MIT */
#include "agents-sim/sim.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents-sim/crowd.h"
#include "base/clock.h"
#include "proto/messages.h"

enum {
    SIM_TURN_EVENTS = 128, /* events between turns of everybody's traffic */
    SIM_TIMEOUT_MS = 120000,
    SIM_ARENA_MAX = 64 << 20,
    SIM_REQUEST_MAX = 4096,
    SIM_POLICY_BYTES = 64,
};

/* 2026-01-05T00:00:00Z, a Monday. */
#define SIM_START_US (INT64_C(1767571200) * US_PER_SECOND)

struct sim {
    const struct sim_config *config;
    struct buf *why;
    struct world *world;
    struct crowd *crowd;
    struct life *life;
    struct reverie *asker; /* an observer, for requests */
    struct score *score;
    struct arena arena;
    int64_t start_us;
    int timeout_ms;
};

/* The policy of the broker; one of a few names that outlive a run. */
static const char *policy_name(const char *policy)
{
    static const char *const names[] = {"review", "default",
                                        "approve-all-proposals"};
    for (size_t i = 0; policy && i < ARRAY_LEN(names); i++) {
        if (strcmp(policy, names[i]) == 0) {
            return names[i];
        }
    }
    return "unknown";
}

static void tell(const struct sim *sim, struct sim_event event)
{
    if (sim->config->on_event) {
        event.sent = crowd_counts(sim->crowd).sent;
        sim->config->on_event(sim->config->context, &event);
    }
}

static double day_of(const struct sim *sim, int64_t time_us)
{
    return (double)(time_us - sim->start_us) / (double)US_PER_DAY;
}

/* ---- requests ---- */

/* Asks, and unpacks the last reply into the sim's arena. */
static enum err ask(struct sim *sim, const char *service, const char *method,
                    const void *request, const ProtobufCMessageDescriptor *type,
                    void *out_reply)
{
    struct buf packed;
    buf_init(&packed, SIM_REQUEST_MAX);
    message_pack(request, &packed);
    const void *reply = NULL;
    size_t reply_bytes = 0;
    enum reverie_result result =
        reverie_request(sim->asker, service, method, packed.data, packed.len,
                        sim->timeout_ms, NULL, NULL, &reply, &reply_bytes);
    buf_fini(&packed);
    if (result != REVERIE_OK) {
        buf_reset(sim->why);
        buf_add_format(sim->why, "%s.%s: %s", service, method,
                       reverie_why(sim->asker));
        return result == REVERIE_TIMEOUT   ? ERR_TIMEOUT
               : result == REVERIE_REFUSED ? ERR_DENIED
                                           : ERR_CLOSED;
    }
    return message_unpack(type, bytes_of(reply, reply_bytes), &sim->arena,
                          out_reply);
}

static enum err open_asker(struct sim *sim)
{
    struct reverie_config config = {.endpoint = sim->config->endpoint,
                                    .swarm = sim->config->swarm,
                                    .name = "reverie sim"};
    if (reverie_open(&config, &sim->asker) != REVERIE_OK) {
        buf_add_format(sim->why, "cannot connect to %s: %s",
                       sim->config->endpoint,
                       sim->asker ? reverie_why(sim->asker) : "no answer");
        return ERR_CLOSED;
    }
    return ERR_OK;
}

static enum err read_policy(struct sim *sim, struct score_report *report)
{
    Reverie__V1__AdminInfoRequest request =
        REVERIE__V1__ADMIN_INFO_REQUEST__INIT;
    Reverie__V1__AdminInfoReply *reply = NULL;
    enum err err = ask(sim, "admin", "info", &request,
                       &reverie__v1__admin_info_reply__descriptor, &reply);
    if (err == ERR_OK) {
        report->policy = policy_name(reply->policy);
    }
    return err;
}

/* ---- what was found ---- */

static bool score_kind_of(Reverie__V1__FindingKind kind,
                          enum score_kind *out_kind)
{
    switch ((int)kind) {
    case REVERIE__V1__FINDING_KIND__FINDING_PREFERENCE:
        *out_kind = SCORE_PREFERENCE;
        return true;
    case REVERIE__V1__FINDING_KIND__FINDING_MISTAKE:
        *out_kind = SCORE_MISTAKE;
        return true;
    case REVERIE__V1__FINDING_KIND__FINDING_WORKFLOW:
        *out_kind = SCORE_WORKFLOW;
        return true;
    case REVERIE__V1__FINDING_KIND__FINDING_DIRECTIVE:
        *out_kind = SCORE_DIRECTIVE;
        return true;
    default:
        return false;
    }
}

static void score_change(struct sim *sim, const Reverie__V1__Change *change,
                         double day)
{
    enum score_kind kind;
    if (change->op == REVERIE__V1__CHANGE_OP__CHANGE_RETIRE ||
        !score_kind_of(change->kind, &kind)) {
        return;
    }
    struct bytes store = message_text(change->store);
    struct bytes prefix = BYTES_LITERAL("team/");
    struct score_memory memory = {
        .kind = kind,
        .team = bytes_starts_with(store, prefix)
                    ? bytes_slice(store, prefix.len, SIZE_MAX)
                    : store,
        .subject = message_text(change->subject),
        .option = message_text(change->option),
        .content = message_text(change->content),
        .title = message_text(change->title),
        .principals = change->numbers ? change->numbers->principals_for : 0,
        .sessions = change->numbers ? change->numbers->sessions : 0,
        .day = day,
    };
    uint32_t right_before = score_row(sim->score, kind).right;
    uint32_t before = score_row(sim->score, kind).memories;
    score_add(sim->score, &memory);
    struct score_row row = score_row(sim->score, kind);
    if (row.memories > before) {
        tell(sim, (struct sim_event){.type = SIM_CHANGED,
                                     .day = day,
                                     .memory = memory,
                                     .is_right = row.right > right_before});
    }
}

static void score_page(struct sim *sim,
                       const Reverie__V1__ReviewListReply *page, double day)
{
    for (size_t i = 0; i < page->n_items; i++) {
        if (page->items[i]->change) {
            score_change(sim, page->items[i]->change, day);
        }
    }
}

static enum err score_applied(struct sim *sim, double day)
{
    char *after = NULL;
    enum err err;
    do {
        Reverie__V1__ReviewListRequest request =
            REVERIE__V1__REVIEW_LIST_REQUEST__INIT;
        Reverie__V1__ReviewListReply *reply = NULL;
        request.has_state = true;
        request.state = REVERIE__V1__CHANGE_STATE__CHANGE_APPLIED;
        request.after = after;
        err = ask(sim, "review", "list", &request,
                  &reverie__v1__review_list_reply__descriptor, &reply);
        if (err != ERR_OK) {
            break;
        }
        score_page(sim, reply, day);
        free(after);
        after = reply->next && *reply->next ? mem_string(reply->next) : NULL;
        arena_reset(&sim->arena);
    } while (after);
    free(after);
    return err;
}

/* ---- dreaming ---- */

/* Everybody's traffic, the asker's heartbeat too; waits at most ${wait_ms}. */
static enum err turn(struct sim *sim, int wait_ms)
{
    enum reverie_result result = reverie_poll(sim->asker, wait_ms);
    if (result != REVERIE_OK && result != REVERIE_TIMEOUT) {
        buf_add_text(sim->why, reverie_why(sim->asker));
        return ERR_CLOSED;
    }
    return crowd_turn(sim->crowd, sim->why);
}

/* Store version of every team, asked from the broker. */
static enum err team_version(struct sim *sim, uint32_t team,
                             uint64_t *out_version)
{
    char store[WORLD_NAME_BYTES + 8];
    snprintf(store, sizeof(store), "team/%s", sim->world->team[team]);
    Reverie__V1__MemoryWhoRequest request =
        REVERIE__V1__MEMORY_WHO_REQUEST__INIT;
    Reverie__V1__MemoryWhoReply *reply = NULL;
    request.store = store;
    enum err err = ask(sim, "memory", "who", &request,
                       &reverie__v1__memory_who_reply__descriptor, &reply);
    if (err == ERR_OK) {
        *out_version = reply->version;
    }
    return err;
}

/* Life waits until every member works with the team's newest memory: what the
 * agents know depends on the dream alone, not on how fast updates travel. */
static enum err wait_for_updates(struct sim *sim, double day)
{
    int64_t deadline_us = clock_monotonic_us() + sim->timeout_ms * US_PER_MS;
    uint32_t updated = 0;
    for (uint32_t team = 0; team < sim->world->config.teams; team++) {
        uint64_t version = 0;
        enum err err = team_version(sim, team, &version);
        uint32_t members = world_team_size(sim->world, team);
        while (err == ERR_OK &&
               crowd_up_to_date(sim->crowd, team, version) < members) {
            err =
                clock_monotonic_us() < deadline_us ? turn(sim, 1) : ERR_TIMEOUT;
        }
        if (err == ERR_TIMEOUT) {
            buf_add_text(sim->why, "not every agent got its memory update");
        }
        if (err != ERR_OK) {
            return err;
        }
        updated += version ? members : 0;
    }
    tell(sim, (struct sim_event){
                  .type = SIM_UPDATED, .day = day, .agents = updated});
    return ERR_OK;
}

static enum err dream(struct sim *sim, double day)
{
    enum err err = crowd_flush(sim->crowd, sim->timeout_ms, sim->why);
    if (err != ERR_OK) {
        return err;
    }
    tell(sim, (struct sim_event){.type = SIM_DREAMING, .day = day});
    Reverie__V1__DreamRunRequest request = REVERIE__V1__DREAM_RUN_REQUEST__INIT;
    Reverie__V1__DreamRunReply *reply = NULL;
    err = ask(sim, "dream", "run", &request,
              &reverie__v1__dream_run_reply__descriptor, &reply);
    if (err == ERR_OK) {
        tell(sim, (struct sim_event){.type = SIM_DREAMED,
                                     .day = day,
                                     .sentence = reply->sentence});
        arena_reset(&sim->arena);
        err = score_applied(sim, day);
    }
    return err == ERR_OK ? wait_for_updates(sim, day) : err;
}

/* ---- living ---- */

static enum err live(struct sim *sim)
{
    double every = sim->config->dream_every_days;
    double next_dream = every;
    uint64_t count = 0;
    int64_t now_us;
    enum err err = ERR_OK;
    while (err == ERR_OK && (now_us = life_next_time(sim->life)) != INT64_MAX) {
        double day = day_of(sim, now_us);
        if (every > 0 && day >= next_dream) {
            err = dream(sim, next_dream);
            next_dream += every;
            continue;
        }
        struct life_event event;
        life_next(sim->life, &event);
        err = crowd_send(sim->crowd, &event, sim->why);
        if (err == ERR_OK && ++count % SIM_TURN_EVENTS == 0) {
            err = turn(sim, 0);
            tell(sim, (struct sim_event){.type = SIM_LIVING, .day = day});
        }
    }
    if (err == ERR_OK && every > 0) {
        err = dream(sim, sim->world->config.days);
    }
    return err == ERR_OK ? crowd_flush(sim->crowd, sim->timeout_ms, sim->why)
                         : err;
}

/* The same life without memory; nothing of it reaches the bus. */
static struct life_counts live_without(const struct sim *sim)
{
    struct life *life = life_new(sim->world, sim->start_us, NULL);
    while (life_next_time(life) != INT64_MAX) {
        struct life_event event;
        life_next(life, &event);
    }
    struct life_counts counts = life_counts(life);
    life_free(life);
    return counts;
}

static enum err run(struct sim *sim, struct score_report *report)
{
    enum err err = open_asker(sim);
    if (err == ERR_OK) {
        err = read_policy(sim, report);
    }
    if (err == ERR_OK) {
        err = crowd_open(sim->world, sim->config->endpoint, sim->config->swarm,
                         sim->why, &sim->crowd);
    }
    if (err != ERR_OK) {
        return err;
    }
    struct life_memory memory = crowd_memory(sim->crowd);
    sim->life = life_new(sim->world, sim->start_us, &memory);
    int64_t begun_us = clock_monotonic_us();
    err = live(sim);
    report->seconds =
        (double)(clock_monotonic_us() - begun_us) / (double)US_PER_SECOND;
    struct crowd_counts counts = crowd_counts(sim->crowd);
    report->sent = counts.sent;
    report->accepted = counts.accepted;
    report->deliveries = counts.received;
    report->with_memory = life_counts(sim->life);
    report->without_memory = live_without(sim);
    for (int kind = 0; kind < SCORE_KINDS; kind++) {
        report->rows[kind] = score_row(sim->score, (enum score_kind)kind);
    }
    return err;
}

enum err sim_run(const struct sim_config *config, struct buf *out_why,
                 struct score_report *out_report)
{
    enum err err = world_config_check(&config->world, out_why);
    if (err != ERR_OK) {
        return err;
    }
    struct sim sim = {
        .config = config,
        .why = out_why,
        .world = world_new(&config->world),
        .start_us = config->start_us ? config->start_us : SIM_START_US,
        .timeout_ms = config->timeout_ms ? config->timeout_ms : SIM_TIMEOUT_MS,
    };
    arena_init(&sim.arena, SIM_ARENA_MAX);
    sim.score = score_new(sim.world);
    struct score_report report = {.seed = config->world.seed,
                                  .null_world = config->world.null_world,
                                  .policy = "unknown"};
    err = run(&sim, &report);
    life_free(sim.life);
    crowd_close(sim.crowd);
    reverie_close(sim.asker);
    score_free(sim.score);
    world_free(sim.world);
    arena_fini(&sim.arena);
    *out_report = report;
    return err;
}
