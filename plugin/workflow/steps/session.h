/* SPDX-License-Identifier: MIT */
/* session.h: one session as a string of symbols, while it goes on and after.
 *
 * An open session takes steps as they are called and marks those that failed;
 * closing it gives a session: repeats collapsed, everything in one block of
 * memory. Which sessions are kept is window.h.
 * Threads: an object belongs to one thread. */
#ifndef REVERIE_PLUGIN_WORKFLOW_STEPS_SESSION_H
#define REVERIE_PLUGIN_WORKFLOW_STEPS_SESSION_H

#include "plugin/detector.h"

enum {
    SESSION_SYMBOLS_MAX = 400, /* steps of a session that are kept */
    SESSION_PLACES_MAX = 12,   /* events of it that may be cited */
    SESSION_QUOTE_MAX = 96,
    SESSION_VIEW_MAX = 256,
    SESSION_PENDING_MAX = 8 /* calls that wait for their result */
};

/* The event at which a step occurred first. */
struct session_place {
    uint64_t seq;
    int64_t occurred_us;
    uint8_t id[16];
    uint8_t root[16];
    uint32_t log;
    enum origin origin;
    uint16_t step;
    bool has_occurred;
    bool has_root;
    struct bytes quote;
};

struct session {
    uint64_t content; /* hash of principal and session */
    uint64_t rank;    /* higher: rather kept. By week, then by content */
    uint64_t principal_hash;
    uint32_t team;
    uint32_t principal;
    bool has_time;
    int64_t first_us;
    int64_t last_us;
    enum outcome outcome;
    uint32_t symbol_count;
    uint32_t place_count;
    const uint16_t *symbols; /* 2 * step, one more where it failed */
    const struct session_place *places;
    struct bytes agent; /* of the first step */
    struct bytes session;
    struct bytes view; /* of the last step; empty: not known */
};

/* Where the call ${call} put its steps: symbols[from..to). */
struct session_pending {
    uint64_t call;
    uint16_t from;
    uint16_t to;
};

struct session_open {
    struct session_open *older; /* of the list of window.c */
    struct session_open *newer;
    uint64_t key; /* of its map */
    struct session known;
    uint16_t place_steps[SESSION_PLACES_MAX]; /* places[i].step, in one line */
    struct session_place *places;             /* most sessions have few */
    uint32_t place_capacity;
    struct buf texts; /* agent, session, then quotes */
    size_t view_length;
    uint8_t view[SESSION_VIEW_MAX];
    uint16_t *symbols;
    uint32_t capacity;
    uint32_t pending_next;
    struct session_pending pending[SESSION_PENDING_MAX];
    uint64_t left_out; /* steps beyond the maximum */
};

/* The hash that names a session of a principal. */
uint64_t session_content(struct bytes session, uint64_t principal_hash);

/* Gives one to begin with. */
struct session_open *session_open_new(void) MUST_CHECK;

/* Forgets what was and begins with the event of ${event}. */
void session_open_begin(struct session_open *open,
                        const struct detector_event *event, uint64_t content,
                        uint64_t principal_hash);
void session_open_free(struct session_open *open);

/* Takes in the steps of a call, or the result of one. */
void session_open_call(struct session_open *open, const struct tuple *tuple,
                       const uint16_t *steps, size_t count);
void session_open_result(struct session_open *open, const struct tuple *tuple);

/* Gives the session as it is now (free with free()). */
struct session *session_close(const struct session_open *open) MUST_CHECK;

#endif
