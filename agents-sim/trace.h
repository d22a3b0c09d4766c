/* SPDX-License-Identifier: MIT */
/* trace.h: recorded agent runs, as messages of the bus.
 *
 * A trace is a file of JSON Lines, one row per event of a session:
 *
 *     {"set","session","seq","agent","role","kind",
 *      "ts"?,"team"?,"db"?,"branch"?,"text"?,"tool"?,"args"?,"call"?,
 *      "error"?,"exit"?,"reward"?,"decision"?}
 *
 * README.md has the table row -> kind, origin, to, body. Reading is strict: a
 * row that is not understood is named by its line and never guessed.
 * Not the sender: that is replay.h.
 * Threads: a trace belongs to one thread. */
#ifndef REVERIE_AGENTS_SIM_TRACE_H
#define REVERIE_AGENTS_SIM_TRACE_H

#include "base/arena.h"
#include "base/bytes.h"
#include "proto/envelope.h"

enum {
    TRACE_LINE_MAX = 4 << 20,
    TRACE_ROWS_MAX = 16 << 20
};

/* One row as a message. Every view is NUL-terminated. */
struct trace_row {
    struct bytes set;
    struct bytes session;
    uint64_t seq; /* orders a session */
    struct bytes agent;
    struct bytes principal; /* the person behind "agent@person", or agent */
    struct bytes team;      /* "team", or "db" in sqlteam, or the set */
    bool names_team;        /* the row says it; trace_at gives a row that does
                             * not the team that its session names */
    struct bytes kind;      /* of the envelope: "agent.tool_use" */
    struct bytes to;        /* "topic:trace.SET" */
    enum origin origin;
    bool has_occurred;
    int64_t occurred_us;
    struct bytes source;    /* "trace:SET" */
    struct bytes source_id; /* "SESSION#SEQ" */
    struct bytes body;      /* packed message of events.proto */
};

/* Reads one line; lends the row through ${arena}. On failure ${out_why} says
 * which key is wrong, and why. ERR_INVALID, ERR_TOO_BIG. Pure. */
MUST_CHECK enum err trace_row_read(struct bytes line, struct arena *arena,
                                   struct buf *out_why,
                                   struct trace_row *out_row);

struct trace;

/* Opens ${path} and reads it once to learn its order: sessions interleave by
 * `ts` where there is one, rows of a session stay in order of `seq`. Gives
 * *out_trace (trace_close). ${out_why} names file, line and key on failure.
 * ERR_NOT_FOUND, ERR_INVALID, ERR_TOO_BIG, ERR_IO. */
MUST_CHECK enum err trace_open(const char *path, struct buf *out_why,
                               struct trace **out_trace);
void trace_close(struct trace *trace);

size_t trace_len(const struct trace *trace);

/* The ${index}-th row in replay order; lends it until the next call. */
MUST_CHECK enum err trace_at(struct trace *trace, size_t index,
                             struct buf *out_why, struct trace_row *out_row);

#endif
