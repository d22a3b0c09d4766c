/* SPDX-License-Identifier: MIT */
/* swarms.h: tenants, and the addresses, agents and inboxes each has.
 *
 * What is added here stays until the route is freed; each table is bounded by
 * addresses_max.
 * Threads: those of the route. */
#ifndef REVERIE_BROKER_ROUTE_CORE_SWARMS_H
#define REVERIE_BROKER_ROUTE_CORE_SWARMS_H

#include "broker/route/state.h"

/* Lends the swarm, or NULL. */
struct swarm *swarm_named(const struct route *route, struct bytes name);
struct swarm *swarm_numbered(const struct route *route, uint32_t number);
void swarm_free(struct route *route, struct swarm *swarm);

/* The epoch that is running. */
uint64_t swarm_epoch(const struct swarm *swarm);

/* Where the log ended when ${epoch} did: one past its last position; UINT64_MAX
 * for the current epoch. What was numbered behind it was lost, and the numbers
 * used again. */
uint64_t swarm_epoch_end(const struct swarm *swarm, uint16_t log,
                         uint64_t epoch);

/* Whether (${epoch}, ${seq}) is a position that this log has had, or its end:
 * false for a cursor from a future that a power cut took back. */
bool swarm_has_cursor(const struct swarm *swarm, uint16_t log, uint64_t epoch,
                      uint64_t seq);

/* Lends the mailbox of an address as text ("team:blue"), or NULL. */
struct mailbox *mailbox_get(const struct swarm *swarm, struct bytes address);

/* The mailbox of an address, which is made if it is new (*out_is_new, may be
 * NULL). NULL: addresses_max. An agent's mailbox has its agent. */
struct mailbox *mailbox_add(struct swarm *swarm, enum address_type type,
                            struct bytes name, bool *out_is_new);

/* Lends the agent ${name}, or NULL. */
struct agent *agent_named(const struct swarm *swarm, struct bytes name);

/* A new place of ${reader} (NULL: the role itself) in ${mailbox}, with
 * everything below ${cursor} done. Lends it. */
struct inbox *inbox_add(struct mailbox *mailbox, struct agent *reader,
                        uint64_t cursor);

/* Forgets the place; it must not be in use. */
void inbox_remove(struct route *route, struct inbox *inbox);

#endif
