/* SPDX-License-Identifier: MIT */
/* address.h: where a message goes, and which kinds and topics match.
 *
 *     agent:NAME   held for it while it is away
 *     role:NAME    one of those who serve it
 *     team:NAME    all of it
 *     topic:a.b.c  whoever has a stream open for it
 *
 * A name is 1 to 255 bytes of UTF-8 without control characters, a space at
 * either end, or ':'. A topic is 1 to 16 levels joined by '.', none empty; in
 * a pattern '*' stands for one level and a last '>' for one or more; a topic
 * itself holds neither.
 * Pure. Threads: any. */
#ifndef REVERIE_PROTO_ADDRESS_H
#define REVERIE_PROTO_ADDRESS_H

#include "base/bytes.h"

enum address_type {
    ADDRESS_AGENT,
    ADDRESS_ROLE,
    ADDRESS_TEAM,
    ADDRESS_TOPIC
};

struct address {
    enum address_type type;
    struct bytes name; /* lent by the text that was read */
};

/* ERR_INVALID: not one of the four forms. */
MUST_CHECK enum err address_read(struct bytes text, struct address *out);

/* Appends "agent:NAME" and the like. */
void address_write(const struct address *address, struct buf *out);

bool name_is_valid(struct bytes name);

/* Words of lower-case letters, digits and '_', joined by '.'; at most
 * KIND_MAX_BYTES. */
bool kind_is_valid(struct bytes kind);

bool topic_is_valid(struct bytes topic);
bool topic_pattern_is_valid(struct bytes pattern);
bool topic_matches(struct bytes pattern, struct bytes topic);

/* Exact, or a prefix where ${pattern} ends in '*'. */
bool kind_matches(struct bytes pattern, struct bytes kind);

#endif
