/* SPDX-License-Identifier: MIT */
/* feed.h: the client's side of one stream.
 *
 * Knows what was asked for, what came, what was given, and how much credit the
 * broker has. After a reconnect what came but was not given is dropped and the
 * stream is asked for again from the first position that was not given.
 *
 *     WAITING --asked--> OPENING --stream_opened--> OPEN
 *        ^------------------- reconnect ---------------'
 *        ^--- name held by another --- OPENING
 *     any state --stream_close--> CLOSED
 *
 * Pure. Threads: belongs to one client. */
#ifndef REVERIE_CLIENT_INBOUND_FEED_H
#define REVERIE_CLIENT_INBOUND_FEED_H

#include "base/arena.h"
#include "client/inbound/arrivals.h"
#include "client/reverie.h"

enum feed_state {
    FEED_WAITING,
    FEED_OPENING,
    FEED_OPEN,
    FEED_CLOSED
};

struct feed {
    uint32_t id;
    enum feed_state state;
    struct reverie_stream_config config; /* texts in `texts` */
    struct arena texts;
    struct arrivals queue;
    uint64_t window; /* bytes in flight */
    uint64_t taken;  /* bytes given since it was opened */
    uint64_t limit;  /* credit the broker has */
    bool has_cursor; /* `cursor` says where to go on */
    struct reverie_cursor cursor;
    uint64_t stop_at; /* head at the first opening, with stop_at_head */
    bool has_stop;
    int64_t held_since_us; /* refused since, as its name is held; 0: is not */
    int64_t again_us;      /* WAITING: when to ask again; 0: with a welcome */
    char code[64];         /* CLOSED: why */
    char sentence[256];
};

/* Copies ${config}. ERR_TOO_BIG: a list above FILTER_LIST_MAX, or texts. */
MUST_CHECK enum err feed_init(struct feed *feed, uint32_t id,
                              const struct reverie_stream_config *config);
void feed_fini(struct feed *feed);

/* The control.stream_open that asks for it now. Gives the frames; the state
 * becomes OPENING. */
MUST_CHECK enum err feed_compose_open(struct feed *feed,
                                      struct frame out_frames[2]);

/* Another stream holds the name: a connection that is gone does so until its
 * lease has run out. The feed waits to be asked for again; false: it was held
 * for ${patience_us} by now, or has no name. */
bool feed_hold(struct feed *feed, int64_t now_us, int64_t patience_us);

/* The connection is gone. */
void feed_detach(struct feed *feed);

/* The broker's answers; a mark stands in line with the events. */
void feed_opened(struct feed *feed, uint64_t epoch, uint64_t seq,
                 uint64_t head);
void feed_mark(struct feed *feed, struct arrival *mark);
void feed_event(struct feed *feed, struct arrival *event);
void feed_close(struct feed *feed, const char *code, const char *sentence);

/* Moves the next event out and the cursor past it, and past marks before it;
 * false: nothing waits. */
bool feed_take(struct feed *feed, struct arrival *out);

/* Whether half of the credit is used up; then *out_limit is the new limit to
 * grant, and counts as granted. */
bool feed_grant(struct feed *feed, uint64_t *out_limit);

#endif
