/* SPDX-License-Identifier: MIT */
/* outgoing.h: messages that are not accepted yet, in the order of publishing.
 *
 * A message stays until the broker has accepted or refused it; after a
 * reconnect all of them are sent again under the same ids. Bounded in number
 * and bytes: a full table refuses, it never drops.
 * Pure. Threads: belongs to one client. */
#ifndef REVERIE_CLIENT_CORE_OUTGOING_H
#define REVERIE_CLIENT_CORE_OUTGOING_H

#include "base/id.h"
#include "client/core/compose.h"

struct outgoing_message {
    struct id id;
    struct frame frames[COMPOSE_FRAMES];
    size_t bytes;
    bool is_settled; /* accepted or refused behind one that is not */
    bool was_sent;   /* at least once */
};

/* Positions count messages since the start: head <= next <= tail. Those from
 * head to next are sent, those from next to tail are not. */
struct outgoing {
    struct outgoing_message *ring;
    size_t capacity; /* a power of two, or 0 */
    uint64_t head;
    uint64_t next;
    uint64_t tail;
    size_t count; /* not settled */
    size_t bytes;
    size_t max_count;
    size_t max_bytes;
};

void outgoing_init(struct outgoing *out, size_t max_count, size_t max_bytes);
void outgoing_fini(struct outgoing *out);

/* Takes the frames on success. ERR_FULL. */
MUST_CHECK enum err outgoing_add(struct outgoing *out, const struct id *id,
                                 struct frame frames[COMPOSE_FRAMES]);

/* The first message that is not sent, or NULL. Lent until the next call. */
struct outgoing_message *outgoing_peek(struct outgoing *out);

/* The message of outgoing_peek is sent. */
void outgoing_advance(struct outgoing *out);

/* Forgets a message that was accepted or refused. False: not one of ours. */
bool outgoing_settle(struct outgoing *out, struct bytes id);

/* Everything from the message ${id} on, or everything (empty ${id}), is to be
 * sent again, so that the order is kept. False: not one of ours. */
bool outgoing_rewind(struct outgoing *out, struct bytes id);

#endif
