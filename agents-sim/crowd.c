/* SPDX-License-Identifier: MIT */
#include "agents-sim/crowd.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents-sim/world/recall.h"
#include "base/clock.h"
#include "proto/messages.h"

enum {
    CROWD_WAIT_MS = 30000,
    CROWD_VIEW_BYTES = 1024,
    CROWD_NOTE_MAX = 16384
};

struct member {
    struct reverie *client;
    struct recall *recall;
    char view[CROWD_VIEW_BYTES]; /* that `recall` was made of */
};

struct event_id {
    uint8_t bytes[16];
};

struct crowd {
    const struct world *world;
    struct event_id *ids; /* by number of the life's event */
    size_t id_capacity;
    struct reverie_bus *bus;
    struct member *members;
    struct crowd_counts counts;
    struct buf refusal; /* the first one */
};

static enum err client_error(const struct crowd *crowd, uint32_t agent,
                             enum reverie_result result, struct buf *out_why)
{
    const struct reverie *client = crowd->members[agent].client;
    buf_reset(out_why);
    buf_add_format(out_why, "agent %s: %s", crowd->world->agents[agent].name,
                   client ? reverie_why(client) : "could not connect");
    if (result == REVERIE_REFUSED) {
        return ERR_DENIED;
    }
    return result == REVERIE_TIMEOUT || result == REVERIE_FULL ? ERR_TIMEOUT
                                                               : ERR_CLOSED;
}

static void on_accepted(void *context, const uint8_t id[16],
                        const struct reverie_place *place, const char *code,
                        const char *sentence)
{
    (void)id;
    (void)place;
    struct crowd *crowd = context;
    if (!code) {
        crowd->counts.accepted++;
    } else if (crowd->counts.refused++ == 0) {
        buf_add_format(&crowd->refusal, "%s: %s", code, sentence);
    }
}

static enum err join(struct crowd *crowd, uint32_t index, const char *endpoint,
                     const char *swarm, struct buf *out_why)
{
    const struct world_agent *agent = &crowd->world->agents[index];
    struct member *member = &crowd->members[index];
    struct reverie_config config = {
        .endpoint = endpoint,
        .swarm = swarm,
        .agent = agent->name,
        .team = crowd->world->team[agent->team],
        .principal = agent->principal,
        .name = "reverie sim",
        .keep_view = true,
        .bus = crowd->bus,
    };
    member->recall = recall_new(crowd->world);
    enum reverie_result result = reverie_open(&config, &member->client);
    if (result != REVERIE_OK) {
        return client_error(crowd, index, result, out_why);
    }
    reverie_on_accepted(member->client, on_accepted, crowd);
    return ERR_OK;
}

enum err crowd_open(const struct world *world, const char *endpoint,
                    const char *swarm, struct buf *out_why,
                    struct crowd **out_crowd)
{
    struct crowd *crowd = mem_new(sizeof(*crowd));
    crowd->world = world;
    crowd->bus = reverie_bus_new();
    crowd->members = mem_new_array(world->agent_count, sizeof(*crowd->members));
    buf_init(&crowd->refusal, 4096);
    for (uint32_t i = 0; i < world->agent_count; i++) {
        enum err err = join(crowd, i, endpoint, swarm, out_why);
        if (err != ERR_OK) {
            crowd_close(crowd);
            return err;
        }
    }
    *out_crowd = crowd;
    return ERR_OK;
}

void crowd_close(struct crowd *crowd)
{
    if (!crowd) {
        return;
    }
    for (uint32_t i = 0; i < crowd->world->agent_count; i++) {
        reverie_close(crowd->members[i].client);
        recall_free(crowd->members[i].recall);
    }
    reverie_bus_close(crowd->bus);
    buf_fini(&crowd->refusal);
    free(crowd->members);
    free(crowd->ids);
    free(crowd);
}

static int remembered_choice(void *context, uint32_t agent, uint32_t slot)
{
    const struct crowd *crowd = context;
    return recall_choice(crowd->members[agent].recall, slot);
}

static bool was_warned(void *context, uint32_t agent, uint32_t mistake)
{
    const struct crowd *crowd = context;
    return recall_warned(crowd->members[agent].recall, mistake);
}

static bool was_helped(void *context, uint32_t agent, uint32_t fault)
{
    const struct crowd *crowd = context;
    return recall_helped(crowd->members[agent].recall, fault);
}

static bool was_led(void *context, uint32_t agent, uint32_t workflow)
{
    const struct crowd *crowd = context;
    return recall_led(crowd->members[agent].recall, workflow);
}

struct life_memory crowd_memory(struct crowd *crowd)
{
    return (struct life_memory){.context = crowd,
                                .choice = remembered_choice,
                                .warned = was_warned,
                                .helped = was_helped,
                                .led = was_led};
}

/* What an agent does goes to its team's topic, where watchers may look; that a
 * session is over goes to every member of the team. */
static void address_of(const struct world *world,
                       const struct life_event *event, char *out, size_t size)
{
    const char *team = world->team[world->agents[event->agent].team];
    snprintf(out, size, "%s%s", event->ends_session ? "team:" : "topic:work.",
             team);
}

static struct event_id *id_of(struct crowd *crowd, uint64_t number)
{
    if (number >= crowd->id_capacity) {
        crowd->id_capacity = 2 * (number + 1024);
        crowd->ids =
            mem_grow(crowd->ids, crowd->id_capacity * sizeof(*crowd->ids));
    }
    return &crowd->ids[number];
}

/* A note is a request, which the broker may refuse: then it is not written. */
static enum err write_note(struct crowd *crowd, const struct life_event *event,
                           struct buf *out_why)
{
    const struct world_agent *agent = &crowd->world->agents[event->agent];
    struct reverie *client = crowd->members[event->agent].client;
    Reverie__V1__MemoryWriteRequest write =
        REVERIE__V1__MEMORY_WRITE_REQUEST__INIT;
    char store[WORLD_NAME_BYTES + 8];
    struct buf packed;
    snprintf(
        store, sizeof(store), "%s/%s", event->is_team_note ? "team" : "agent",
        event->is_team_note ? crowd->world->team[agent->team] : agent->name);
    write.store = store;
    write.path = message_field(event->note_path);
    write.content = message_field(event->note);
    buf_init(&packed, CROWD_NOTE_MAX);
    message_pack(&write, &packed);
    const void *reply = NULL;
    size_t reply_bytes = 0;
    enum reverie_result result =
        reverie_request(client, "memory", "write", packed.data, packed.len,
                        CROWD_WAIT_MS, NULL, NULL, &reply, &reply_bytes);
    buf_fini(&packed);
    return result == REVERIE_OK || result == REVERIE_REFUSED
               ? ERR_OK
               : client_error(crowd, event->agent, result, out_why);
}

static enum reverie_result publish(struct crowd *crowd, struct member *member,
                                   const struct life_event *event,
                                   const struct reverie_message *message)
{
    uint8_t *id = id_of(crowd, event->number)->bytes;
    int64_t deadline_us = clock_monotonic_us() + CROWD_WAIT_MS * US_PER_MS;
    enum reverie_result result = reverie_publish(member->client, message, id);
    while (result == REVERIE_FULL && clock_monotonic_us() < deadline_us) {
        result = reverie_poll(member->client, 100);
        if (result == REVERIE_OK || result == REVERIE_TIMEOUT) {
            result = reverie_publish(member->client, message, id);
        }
    }
    return result;
}

enum err crowd_send(struct crowd *crowd, const struct life_event *event,
                    struct buf *out_why)
{
    struct member *member = &crowd->members[event->agent];
    bool has_parent = event->parent && !event->is_parent_hidden;
    char to[64];
    if (event->note) {
        return write_note(crowd, event, out_why);
    }
    address_of(crowd->world, event, to, sizeof(to));
    struct event_id parent = {{0}};
    if (has_parent) {
        parent = *id_of(crowd, event->parent);
    }
    struct reverie_message message = {
        .to = to,
        .session = event->session,
        .parent = has_parent ? parent.bytes : NULL,
        .kind = event->kind,
        .origin = (enum reverie_origin)event->origin,
        .has_occurred = true,
        .occurred_us = event->occurred_us,
        .content_type = "application/x-protobuf",
        .body = event->body.data,
        .body_bytes = event->body.len,
    };
    enum reverie_result result = publish(crowd, member, event, &message);
    if (result != REVERIE_OK) {
        return client_error(crowd, event->agent, result, out_why);
    }
    crowd->counts.sent++;
    return ERR_OK;
}

/* Reads the memories again if the view is another one, and says so. */
static enum reverie_result follow_view(struct member *member)
{
    const char *view = reverie_view_id(member->client);
    if (!view || strcmp(view, member->view) == 0) {
        return REVERIE_OK;
    }
    snprintf(member->view, sizeof(member->view), "%s", view);
    recall_reset(member->recall);
    struct reverie_memory memory;
    for (size_t i = 0; reverie_view_at(member->client, i, &memory); i++) {
        recall_read(member->recall, bytes_of_text(memory.content));
    }
    return reverie_view_applied(member->client);
}

static enum reverie_result take_deliveries(struct crowd *crowd,
                                           struct member *member)
{
    const struct reverie_message *message;
    enum reverie_result result;
    while ((result = reverie_receive(member->client, 0, &message)) ==
           REVERIE_OK) {
        crowd->counts.received++;
        result = reverie_done(member->client);
        if (result != REVERIE_OK) {
            return result;
        }
    }
    return result == REVERIE_TIMEOUT ? follow_view(member) : result;
}

enum err crowd_turn(struct crowd *crowd, struct buf *out_why)
{
    for (uint32_t i = 0; i < crowd->world->agent_count; i++) {
        enum reverie_result result = take_deliveries(crowd, &crowd->members[i]);
        if (result != REVERIE_OK) {
            return client_error(crowd, i, result, out_why);
        }
    }
    return ERR_OK;
}

enum err crowd_flush(struct crowd *crowd, int timeout_ms, struct buf *out_why)
{
    for (uint32_t i = 0; i < crowd->world->agent_count; i++) {
        enum reverie_result result =
            reverie_flush(crowd->members[i].client, timeout_ms);
        if (result != REVERIE_OK) {
            return client_error(crowd, i, result, out_why);
        }
    }
    if (crowd->counts.refused) {
        buf_reset(out_why);
        buf_add_format(out_why,
                       "%" PRIu64 " messages were refused; the first: %s",
                       crowd->counts.refused, buf_text(&crowd->refusal));
        return ERR_DENIED;
    }
    return ERR_OK;
}

uint32_t crowd_up_to_date(const struct crowd *crowd, uint32_t team,
                          uint64_t version)
{
    char mounted[128];
    snprintf(mounted, sizeof(mounted), "team/%s@%" PRIu64,
             crowd->world->team[team], version);
    size_t len = strlen(mounted);
    uint32_t count = 0;
    for (uint32_t i = 0; i < crowd->world->agent_count; i++) {
        const char *view = crowd->members[i].view;
        const char *at = strstr(view, mounted);
        if (crowd->world->agents[i].team == team && at &&
            (at[len] == 0 || at[len] == '+')) {
            count++;
        }
    }
    return count;
}

struct crowd_counts crowd_counts(const struct crowd *crowd)
{
    return crowd->counts;
}
