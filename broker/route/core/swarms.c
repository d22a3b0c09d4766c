/* SPDX-License-Identifier: MIT */
#include "broker/route/core/swarms.h"

#include <stdlib.h>
#include <string.h>

#include "broker/route/core/records.h"

static void inbox_free(struct inbox *inbox)
{
    free(inbox->members);
    free(inbox->ring);
    free(inbox);
}

static void agent_free(struct agent *agent)
{
    if (!agent) {
        return;
    }
    free(agent->principal);
    view_fini(&agent->view);
    free(agent);
}

static void mailbox_free(void *value)
{
    struct mailbox *mailbox = value;
    for (uint32_t i = 0; i < mailbox->inbox_count; i++) {
        inbox_free(mailbox->inboxes[i]);
    }
    free((void *)mailbox->inboxes);
    agent_free(mailbox->agent);
    free(mailbox->text);
    free(mailbox);
}

static void start_log(struct route *route, struct traffic *log, uint64_t logged)
{
    log->logged = logged;
    log->durable = logged;
    log->evicted = logged;
    log->recent =
        mem_new_array(route->config.recent_events_max, sizeof(*log->recent));
}

enum err route_add_swarm(struct route *route,
                         const struct route_swarm_start *start)
{
    if (swarm_named(route, start->name)) {
        return ERR_EXISTS;
    }
    if (route->swarm_count == SWARMS_MAX) {
        return ERR_FULL;
    }
    const struct route_config *config = &route->config;
    struct swarm *swarm = mem_new(sizeof(*swarm));
    swarm->name = bytes_to_text(start->name);
    swarm->number = start->number;
    swarm->epoch_count =
        start->epoch_count < EPOCHS_MAX ? start->epoch_count : EPOCHS_MAX;
    memcpy(swarm->epochs, start->epochs,
           swarm->epoch_count * sizeof(*swarm->epochs));
    for (size_t i = 0; i < LOG_COUNT; i++) {
        start_log(route, &swarm->logs[i], start->logged[i]);
    }
    swarm->mailboxes = map_new(config->addresses_max, mailbox_free);
    swarm->cursors = map_new(config->cursors_max, free);
    swarm->roots =
        roots_new(config->roots_max, (uint64_t)swarm->epochs[0].started_us);
    route->swarms[route->swarm_count++] = swarm;
    return ERR_OK;
}

void swarm_free(struct route *route, struct swarm *swarm)
{
    for (size_t i = 0; i < LOG_COUNT; i++) {
        recent_clear(route, &swarm->logs[i]);
        free((void *)swarm->logs[i].recent);
    }
    map_free(swarm->mailboxes);
    map_free(swarm->cursors);
    roots_free(swarm->roots);
    free(swarm->name);
    free(swarm);
}

struct swarm *swarm_named(const struct route *route, struct bytes name)
{
    for (size_t i = 0; i < route->swarm_count; i++) {
        if (bytes_equal_text(name, route->swarms[i]->name)) {
            return route->swarms[i];
        }
    }
    return NULL;
}

struct swarm *swarm_numbered(const struct route *route, uint32_t number)
{
    for (size_t i = 0; i < route->swarm_count; i++) {
        if (route->swarms[i]->number == number) {
            return route->swarms[i];
        }
    }
    return NULL;
}

uint64_t swarm_epoch(const struct swarm *swarm)
{
    return swarm->epoch_count ? swarm->epochs[0].epoch : 0;
}

uint64_t swarm_epoch_end(const struct swarm *swarm, uint16_t log,
                         uint64_t epoch)
{
    uint64_t end = UINT64_MAX;
    for (size_t i = 0; i < swarm->epoch_count; i++) {
        if (swarm->epochs[i].epoch <= epoch) {
            break;
        }
        end = swarm->epochs[i].first_seq[log];
    }
    return end;
}

bool swarm_has_cursor(const struct swarm *swarm, uint16_t log, uint64_t epoch,
                      uint64_t seq)
{
    return epoch <= swarm_epoch(swarm) && seq <= swarm->logs[log].durable + 1 &&
           seq <= swarm_epoch_end(swarm, log, epoch);
}

struct mailbox *mailbox_get(const struct swarm *swarm, struct bytes address)
{
    return map_get(swarm->mailboxes, address);
}

static struct agent *agent_new(struct mailbox *mailbox)
{
    struct agent *agent = mem_new(sizeof(*agent));
    agent->mailbox = mailbox;
    agent->principal = mem_string("");
    view_init(&agent->view);
    return agent;
}

static struct mailbox *mailbox_new(struct swarm *swarm, enum address_type type,
                                   struct bytes address)
{
    struct mailbox *mailbox = mem_new(sizeof(*mailbox));
    mailbox->text = bytes_to_text(address);
    mailbox->address = bytes_of_text(mailbox->text);
    size_t colon = bytes_find(mailbox->address, BYTES_LITERAL(":"), 0);
    mailbox->name = bytes_slice(mailbox->address, colon + 1, address.len);
    mailbox->type = type;
    mailbox->swarm = swarm;
    mailbox->last_seq = swarm->logs[LOG_TRAFFIC].logged;
    mailbox->agent = type == ADDRESS_AGENT ? agent_new(mailbox) : NULL;
    return mailbox;
}

struct mailbox *mailbox_add(struct swarm *swarm, enum address_type type,
                            struct bytes name, bool *out_is_new)
{
    struct buf text;
    buf_init(&text, ADDRESS_MAX_BYTES);
    struct address address = {.type = type, .name = name};
    address_write(&address, &text);
    struct mailbox *mailbox = mailbox_get(swarm, buf_bytes(&text));
    bool is_new = !mailbox;
    if (is_new) {
        mailbox = mailbox_new(swarm, type, buf_bytes(&text));
        if (map_put(swarm->mailboxes, mailbox->address, mailbox) != ERR_OK) {
            mailbox_free(mailbox);
            mailbox = NULL;
        }
    }
    if (mailbox && out_is_new) {
        *out_is_new = is_new;
    }
    buf_fini(&text);
    return mailbox;
}

struct agent *agent_named(const struct swarm *swarm, struct bytes name)
{
    struct buf text;
    buf_init(&text, ADDRESS_MAX_BYTES);
    struct address address = {.type = ADDRESS_AGENT, .name = name};
    address_write(&address, &text);
    struct mailbox *mailbox = mailbox_get(swarm, buf_bytes(&text));
    buf_fini(&text);
    return mailbox ? mailbox->agent : NULL;
}

struct inbox *inbox_add(struct mailbox *mailbox, struct agent *reader,
                        uint64_t cursor)
{
    struct inbox *inbox = mem_new(sizeof(*inbox));
    inbox->mailbox = mailbox;
    inbox->reader = reader;
    inbox->cursor = cursor;
    inbox->next = cursor;
    inbox->high = cursor;
    inbox->saved = cursor;
    if (mailbox->inbox_count == mailbox->inbox_capacity) {
        mailbox->inbox_capacity =
            mailbox->inbox_capacity ? mailbox->inbox_capacity * 2 : 1;
        mailbox->inboxes =
            mem_grow((void *)mailbox->inboxes,
                     mailbox->inbox_capacity * sizeof(struct inbox *));
    }
    mailbox->inboxes[mailbox->inbox_count++] = inbox;
    return inbox;
}

static void forget_dirty(struct route *route, const struct inbox *inbox)
{
    for (size_t i = 0; inbox->is_dirty && i < route->dirty.count; i++) {
        if (route->dirty.items[i] == inbox) {
            route->dirty.items[i] = route->dirty.items[--route->dirty.count];
            return;
        }
    }
}

void inbox_remove(struct route *route, struct inbox *inbox)
{
    struct mailbox *mailbox = inbox->mailbox;
    struct reading *reading = slots_get(&route->readings, inbox->read);
    if (reading) {
        reading->inbox = NULL;
    }
    forget_dirty(route, inbox);
    uint32_t at = 0;
    while (mailbox->inboxes[at] != inbox) {
        at++;
    }
    mailbox->inboxes[at] = mailbox->inboxes[--mailbox->inbox_count];
    inbox_free(inbox);
}
