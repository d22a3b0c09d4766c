/* SPDX-License-Identifier: MIT */
#include "memory/fold/fold.h"
#include "memory/rows.pb-c.h"
#include "proto/address.h"
#include "proto/limits.h"
#include "proto/messages.h"

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Raises what an agent was sent; an agent that reads it for the first time
 * gets a row even at version 0. */
static enum err delivery_sent(struct fold *fold, struct bytes store,
                              struct bytes agent, uint64_t version)
{
    Reverie__V1__DeliveryRow row = REVERIE__V1__DELIVERY_ROW__INIT;
    struct row_key key = key_delivery(store, agent);
    enum err err = row_get_or_zero(fold->table, &key,
                                   &reverie__v1__delivery_row__descriptor,
                                   fold->arena, &row);
    if (err == ERR_OK) {
        row.has_sent = true;
        row.sent = larger(row.sent, version);
        row_put(fold->table, &key, &row);
    }
    return err;
}

/* A reader that joins is sent the whole store as it is: the view. */
static enum err joins_store(struct fold *fold, const char *kind,
                            struct bytes name, struct bytes agent)
{
    struct Reverie__V1__StoreRow store = REVERIE__V1__STORE_ROW__INIT;
    struct buf text;
    buf_init(&text, NAME_MAX_BYTES + 8);
    buf_add_text(&text, kind);
    buf_add(&text, name);
    struct row_key key = key_store(buf_bytes(&text));
    enum err err =
        row_get_or_zero(fold->table, &key, &reverie__v1__store_row__descriptor,
                        fold->arena, &store);
    if (err == ERR_OK) {
        err = delivery_sent(fold, buf_bytes(&text), agent, store.version);
    }
    buf_fini(&text);
    return err;
}

static void leaves_team(struct fold *fold, struct bytes team,
                        struct bytes agent)
{
    struct buf store;
    buf_init(&store, NAME_MAX_BYTES + 8);
    buf_add_text(&store, "team/");
    buf_add(&store, team);
    struct row_key member = key_member(team, agent);
    struct row_key delivery = key_delivery(buf_bytes(&store), agent);
    row_remove(fold->table, &member);
    row_remove(fold->table, &delivery);
    buf_fini(&store);
}

static bool peer_is_valid(const struct Reverie__V1__PeerJoined *event)
{
    struct bytes team = message_text(event->team);
    return name_is_valid(message_text(event->agent)) &&
           (team.len == 0 || name_is_valid(team));
}

enum err fold_joined(struct fold *fold, struct bytes body)
{
    struct Reverie__V1__PeerJoined event;
    struct Reverie__V1__PeerJoined before = REVERIE__V1__PEER_JOINED__INIT;
    enum err err = row_read(body, &reverie__v1__peer_joined__descriptor,
                            fold->arena, &event);
    if (err != ERR_OK || !peer_is_valid(&event)) {
        return err != ERR_OK ? err : ERR_CORRUPT;
    }
    struct bytes agent = message_text(event.agent);
    struct bytes team = message_text(event.team);
    struct row_key key = key_agent(agent);
    err = row_get_or_zero(fold->table, &key,
                          &reverie__v1__peer_joined__descriptor, fold->arena,
                          &before);
    if (err != ERR_OK) {
        return err;
    }
    struct bytes old_team = message_text(before.team);
    if (old_team.len && !bytes_equal(old_team, team)) {
        leaves_team(fold, old_team, agent);
    }
    row_put(fold->table, &key, &event);
    if (team.len) {
        struct row_key member = key_member(team, agent);
        row_put_empty(fold->table, &member);
        err = joins_store(fold, "team/", team, agent);
    }
    return err != ERR_OK ? err : joins_store(fold, "agent/", agent, agent);
}

enum err fold_published(struct fold *fold, struct bytes body)
{
    struct Reverie__V1__MemoryPublished event;
    enum err err = row_read(body, &reverie__v1__memory_published__descriptor,
                            fold->arena, &event);
    for (size_t i = 0; err == ERR_OK && i < event.n_agents; i++) {
        err = delivery_sent(fold, message_text(event.store),
                            message_text(event.agents[i]), event.version);
    }
    return err;
}

enum err fold_acknowledged(struct fold *fold, struct bytes body)
{
    struct Reverie__V1__MemoryAcknowledged event;
    Reverie__V1__DeliveryRow row = REVERIE__V1__DELIVERY_ROW__INIT;
    enum err err = row_read(body, &reverie__v1__memory_acknowledged__descriptor,
                            fold->arena, &event);
    if (err != ERR_OK) {
        return err;
    }
    struct row_key key =
        key_delivery(message_text(event.store), message_text(event.agent));
    err = row_get(fold->table, &key, &reverie__v1__delivery_row__descriptor,
                  fold->arena, &row);
    if (err != ERR_OK) {
        return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
    }
    if (event.version > row.sent) {
        return ERR_CORRUPT;
    }
    row.has_received = true;
    row.received = larger(row.received, event.version);
    if (event.state == REVERIE__V1__DELIVERY_STATE__DELIVERY_APPLIED) {
        row.has_applied = true;
        row.applied = larger(row.applied, event.version);
    }
    row_put(fold->table, &key, &row);
    return ERR_OK;
}
