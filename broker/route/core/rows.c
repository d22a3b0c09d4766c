/* SPDX-License-Identifier: MIT */
#include "broker/route/core/rows.h"

#include <stdlib.h>

#include "broker/route/core/effects.h"
#include "broker/route/core/swarms.h"

enum {
    ROW_FORMAT = 1,
    ROW_KEY_MAX = 2048,
    KEY_INBOX = 'i',
    KEY_STREAM = 's',
    KEY_VIEW = 'v'
};

static void save(struct route *route, const struct swarm *swarm,
                 enum store_table table, const struct buf *key,
                 const struct buf *value)
{
    struct bytes key_copy = effects_copy(route, buf_bytes(key));
    struct bytes value_copy = {NULL, 0};
    if (value) {
        value_copy = effects_copy(route, buf_bytes(value));
    }
    struct route_effect *effect = effects_add(route, ROUTE_SAVE);
    effect->save = (struct route_save){
        .swarm = swarm->number,
        .row = {.table = table,
                .key = key_copy,
                .value = value_copy,
                .remove = !value},
    };
}

static void write_agent(const struct agent *agent, struct buf *value)
{
    struct bytes team = agent->team ? agent->team->name : bytes_of(NULL, 0);
    struct bytes principal = bytes_of_text(agent->principal);
    buf_add_u8(value, (uint8_t)agent->identity);
    buf_add_u16(value, (uint16_t)team.len);
    buf_add(value, team);
    buf_add_u16(value, (uint16_t)principal.len);
    buf_add(value, principal);
}

void rows_save_mailbox(struct route *route, const struct mailbox *mailbox)
{
    struct buf key;
    struct buf value;
    buf_init(&key, ROW_KEY_MAX);
    buf_init(&value, ROW_KEY_MAX);
    buf_add(&key, mailbox->address);
    buf_add_u8(&value, ROW_FORMAT);
    if (mailbox->agent) {
        write_agent(mailbox->agent, &value);
    }
    save(route, mailbox->swarm, STORE_TABLE_PEERS, &key, &value);
    buf_fini(&key);
    buf_fini(&value);
}

static void inbox_key(const struct inbox *inbox, struct buf *key)
{
    buf_init(key, ROW_KEY_MAX);
    buf_add_u8(key, KEY_INBOX);
    buf_add_u8(key, 0);
    buf_add(key, inbox->reader ? inbox->reader->mailbox->address
                               : inbox->mailbox->address);
    buf_add_u8(key, 0);
    buf_add(key, inbox->mailbox->address);
}

void rows_save_inbox(struct route *route, struct inbox *inbox)
{
    const struct swarm *swarm = inbox->mailbox->swarm;
    struct buf key;
    struct buf value;
    inbox_key(inbox, &key);
    buf_init(&value, ROW_KEY_MAX);
    buf_add_u8(&value, ROW_FORMAT);
    buf_add_u64(&value, swarm_epoch(swarm));
    buf_add_u64(&value, inbox->cursor);
    save(route, swarm, STORE_TABLE_CURSORS, &key, &value);
    inbox->saved = inbox->cursor;
    buf_fini(&key);
    buf_fini(&value);
}

void rows_remove_inbox(struct route *route, const struct inbox *inbox)
{
    struct buf key;
    inbox_key(inbox, &key);
    save(route, inbox->mailbox->swarm, STORE_TABLE_CURSORS, &key, NULL);
    buf_fini(&key);
}

void rows_save_view(struct route *route, const struct agent *agent)
{
    struct buf key;
    struct buf value;
    buf_init(&key, ROW_KEY_MAX);
    buf_init(&value, ROW_KEY_MAX);
    buf_add_u8(&key, KEY_VIEW);
    buf_add_u8(&key, 0);
    buf_add(&key, agent->mailbox->name);
    buf_add_u8(&value, ROW_FORMAT);
    buf_add_u8(&value, agent->view.is_unknown);
    buf_add(&value, view_text(&agent->view));
    save(route, agent->mailbox->swarm, STORE_TABLE_CURSORS, &key, &value);
    buf_fini(&key);
    buf_fini(&value);
}

void rows_cursor_key(struct bytes principal, struct bytes name, struct buf *out)
{
    buf_add_u8(out, KEY_STREAM);
    buf_add_u8(out, 0);
    buf_add(out, principal);
    buf_add_u8(out, 0);
    buf_add(out, name);
}

void rows_save_cursor(struct route *route, const struct swarm *swarm,
                      struct bytes key, const struct saved_cursor *cursor)
{
    struct buf key_copy;
    struct buf value;
    buf_init(&key_copy, ROW_KEY_MAX);
    buf_init(&value, ROW_KEY_MAX);
    buf_add(&key_copy, key);
    buf_add_u8(&value, ROW_FORMAT);
    buf_add_u16(&value, cursor->log);
    buf_add_u64(&value, cursor->epoch);
    buf_add_u64(&value, cursor->seq);
    save(route, swarm, STORE_TABLE_CURSORS, &key_copy, &value);
    buf_fini(&key_copy);
    buf_fini(&value);
}

/* ---- reading back ----------------------------------------------------------
 */

static enum err restore_agent(struct swarm *swarm, struct agent *agent,
                              struct reader *reader)
{
    enum identity identity = (enum identity)reader_u8(reader);
    struct bytes team = reader_take(reader, reader_u16(reader));
    struct bytes principal = reader_take(reader, reader_u16(reader));
    if (reader->err != ERR_OK) {
        return reader->err;
    }
    if (team.len > 0) {
        agent->team = mailbox_add(swarm, ADDRESS_TEAM, team, NULL);
        if (!agent->team) {
            return ERR_FULL;
        }
    }
    agent->identity = identity;
    free(agent->principal);
    agent->principal = bytes_to_text(principal);
    view_mount(&agent->view, team, agent->mailbox->name);
    return ERR_OK;
}

static enum err restore_peer(struct swarm *swarm, struct bytes key,
                             struct reader *reader)
{
    struct address address;
    if (address_read(key, &address) != ERR_OK ||
        address.type == ADDRESS_TOPIC) {
        return ERR_INVALID;
    }
    struct mailbox *mailbox =
        mailbox_add(swarm, address.type, address.name, NULL);
    if (!mailbox) {
        return ERR_FULL;
    }
    return mailbox->agent ? restore_agent(swarm, mailbox->agent, reader)
                          : ERR_OK;
}

/* A cursor beyond the log is set back to its end: the rows were behind the
 * events in the same write-ahead file, so this takes a damaged disk. */
static uint64_t clamp(struct route *route, struct swarm *swarm, uint16_t log,
                      uint64_t seq)
{
    if (seq <= swarm->logs[log].logged + 1) {
        return seq;
    }
    route_count(route, swarm, COUNT_CURSORS_CLAMPED);
    return swarm->logs[log].logged + 1;
}

/* What was numbered behind the end of the epoch that the row was written in
 * was lost and its numbers used again, whether or not the log has grown past
 * them since: the row is as wrong at the second start as at the first. */
static uint64_t clamp_inbox(struct route *route, struct swarm *swarm,
                            uint64_t epoch, uint64_t seq)
{
    uint64_t end = swarm_epoch_end(swarm, LOG_TRAFFIC, epoch);
    if (seq > end) {
        route_count(route, swarm, COUNT_CURSORS_CLAMPED);
        return end;
    }
    return clamp(route, swarm, LOG_TRAFFIC, seq);
}

/* The place of ${reader} in ${mailbox}, as far as both still go together. */
static void attach_inbox(struct mailbox *reader, struct mailbox *mailbox,
                         uint64_t cursor)
{
    struct agent *agent = reader->agent;
    if (!agent && reader == mailbox && mailbox->inbox_count == 0) {
        inbox_add(mailbox, NULL, cursor);
    } else if (agent && reader == mailbox && !agent->own_inbox) {
        agent->own_inbox = inbox_add(mailbox, agent, cursor);
    } else if (agent && agent->team == mailbox && !agent->team_inbox) {
        agent->team_inbox = inbox_add(mailbox, agent, cursor);
    }
}

static enum err restore_inbox(struct route *route, struct swarm *swarm,
                              struct bytes key, struct reader *reader)
{
    size_t end = bytes_find(key, bytes_of("", 1), 0);
    if (end == SIZE_MAX) {
        return ERR_INVALID;
    }
    struct mailbox *owner = mailbox_get(swarm, bytes_slice(key, 0, end));
    struct mailbox *mailbox =
        mailbox_get(swarm, bytes_slice(key, end + 1, key.len));
    uint64_t epoch = reader_u64(reader);
    uint64_t seq = reader_u64(reader);
    if (reader->err != ERR_OK || seq == 0) {
        return ERR_INVALID;
    }
    if (owner && mailbox) {
        attach_inbox(owner, mailbox, clamp_inbox(route, swarm, epoch, seq));
    } else {
        route_count(route, swarm, COUNT_ROWS_ORPHANED);
    }
    return ERR_OK;
}

static enum err restore_view(struct route *route, struct swarm *swarm,
                             struct bytes name, struct reader *reader)
{
    struct agent *agent = agent_named(swarm, name);
    if (!agent) {
        route_count(route, swarm, COUNT_ROWS_ORPHANED);
        return ERR_OK;
    }
    agent->view.is_unknown = reader_u8(reader) != 0;
    if (view_merge(&agent->view, reader->rest, NULL) != ERR_OK) {
        /* Whatever it was, it must not keep the broker from starting. */
        agent->view.is_unknown = true;
        route_count(route, swarm, COUNT_ROWS_ORPHANED);
    }
    return ERR_OK;
}

static enum err restore_cursor(struct route *route, struct swarm *swarm,
                               struct bytes key, struct reader *reader)
{
    uint16_t log = reader_u16(reader);
    uint64_t epoch = reader_u64(reader);
    uint64_t seq = reader_u64(reader);
    if (reader->err != ERR_OK || log >= LOG_COUNT) {
        return ERR_INVALID;
    }
    struct saved_cursor *cursor = mem_new(sizeof(*cursor));
    *cursor = (struct saved_cursor){.log = log,
                                    .epoch = epoch,
                                    .seq = clamp(route, swarm, log, seq),
                                    .is_saved = true};
    enum err err = map_put(swarm->cursors, key, cursor);
    if (err != ERR_OK) {
        free(cursor);
    }
    return err;
}

enum err route_restore(struct route *route, uint32_t number,
                       enum store_table table, struct bytes key,
                       struct bytes value)
{
    struct swarm *swarm = swarm_numbered(route, number);
    struct reader reader = reader_of(value);
    if (!swarm || reader_u8(&reader) != ROW_FORMAT) {
        return ERR_INVALID;
    }
    if (table == STORE_TABLE_PEERS) {
        return restore_peer(swarm, key, &reader);
    }
    struct bytes rest = bytes_slice(key, 2, key.len);
    if (table != STORE_TABLE_CURSORS || rest.len == 0) {
        return ERR_INVALID;
    }
    switch (key.data[0]) {
    case KEY_INBOX:
        return restore_inbox(route, swarm, rest, &reader);
    case KEY_VIEW:
        return restore_view(route, swarm, rest, &reader);
    case KEY_STREAM:
        return restore_cursor(route, swarm, key, &reader);
    default:
        return ERR_INVALID;
    }
}
