/* SPDX-License-Identifier: MIT */
/* streams.h: filtered reads of a log that go on for ever.
 *
 * A stream sees only what is durable, in order. Near the end of the log it is
 * served from the recent records, further back from the store. A durable one
 * waits for credit; a lossy one that falls out of the recent records leaves out
 * what it missed and says so. States: README.md.
 * Threads: those of the route. */
#ifndef REVERIE_BROKER_ROUTE_FEEDS_STREAMS_H
#define REVERIE_BROKER_ROUTE_FEEDS_STREAMS_H

#include "broker/route/flow/control.h"
#include "broker/route/state.h"

/* Lends the stream ${number} of ${peer}, or NULL. */
struct stream *stream_find(const struct peer *peer, uint32_t number);

/* Links a stream that was filled in: takes it. */
void stream_add(struct route *route, struct stream *stream);

/* Asks the store for the position at ${time_us}; the stream waits for it. */
void stream_seek(struct route *route, struct stream *stream, int64_t time_us);

/* Says control.stream_opened. */
void stream_say_opened(struct route *route, struct stream *stream);

/* Says control.stream_close; ${code} a refusal code, "done" or "asked". */
void stream_say_closed(struct route *route, const struct peer *peer,
                       uint32_t number, const char *code, const char *sentence);

/* Frees a stream that is not linked. */
void stream_free(struct stream *stream);

/* Unlinks and frees it without a word. */
void stream_remove(struct route *route, struct stream *stream);

/* Sends what can be sent now. */
void stream_pump(struct route *route, struct stream *stream);

/* More of ${log} is durable. */
void stream_pump_log(struct route *route, struct traffic *log);

/* Marks of streams at the end, and what a budget left unsent. */
void stream_tick(struct route *route);

void stream_read_done(struct route *route, struct stream *stream,
                      const struct route_read_done *done);
void stream_seek_done(struct route *route, struct stream *stream, uint64_t seq);

#endif
