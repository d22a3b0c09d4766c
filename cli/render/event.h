/* SPDX-License-Identifier: MIT */
/* event.h: events of the log, for people and as JSON.
 *
 * A typed body (proto/events.proto, proto/memory.proto) becomes a sentence, or
 * an object; a text is shown as text; of anything else the size is said.
 * Pure. Threads: any. */
#ifndef REVERIE_CLI_RENDER_EVENT_H
#define REVERIE_CLI_RENDER_EVENT_H

#include "base/bytes.h"
#include "client/reverie.h"

/* Appends "0:123 2026-01-05 12:17:31 ada -> team:blue agent.message text" and
 * a newline. The time is `occurred` where there is one. */
void render_event_line(const struct reverie_message *event, struct buf *out);

/* Appends one JSON object on a line. */
void render_event_json(const struct reverie_message *event, struct buf *out);

/* The message type of a kind ("agent.tool_use": "ToolUse"), or NULL. */
const char *render_type_of_kind(struct bytes kind);

/* Appends what a body of ${type} says, in one line; false: nothing is known
 * about such bodies, or it is not one. */
bool render_summary(const char *type, struct bytes body, struct buf *out);

#endif
