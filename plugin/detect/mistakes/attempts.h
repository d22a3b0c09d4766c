/* SPDX-License-Identifier: MIT */
/* attempts.h: what the live sessions tried last, and what came of it.
 *
 * Pairs the calls of a session with their results, and remembers its last
 * ATTEMPTS_RING attempts: of those without a result yet, or that failed, the
 * whole call; of the others only what was done. Events of one session come in
 * order; sessions interleave. Bounded: beyond ATTEMPTS_SESSIONS_MAX the session
 * that was silent longest is forgotten, and counted.
 * Threads: belongs to one thread. */
#ifndef REVERIE_PLUGIN_DETECT_MISTAKES_ATTEMPTS_H
#define REVERIE_PLUGIN_DETECT_MISTAKES_ATTEMPTS_H

#include "plugin/detect/sighting.h"

enum {
    ATTEMPTS_SESSIONS_MAX = 8192,
    ATTEMPTS_RING = 32,
    ATTEMPTS_BYTES_MAX = 16 << 20, /* of copies of calls, of all sessions */
    ATTEMPT_DEEDS_MAX = 4,         /* what was done, of one attempt */
    EPISODES_MAX = 4               /* open in one session */
};

enum attempt_state {
    ATTEMPT_NONE,
    ATTEMPT_PENDING,
    ATTEMPT_WORKED,
    ATTEMPT_FAILED,
    ATTEMPT_REJECTED
};

/* A call as it was made: copies of what the tuple lent. */
struct call_copy {
    size_t bytes; /* of the block */
    struct bytes tool;
    struct tuple_slot *slots;
    size_t slot_count;
    struct tuple_ref *refs;
    size_t ref_count;
    struct sighting *seen; /* the call as a witness; in the same block */
};

struct attempt {
    enum attempt_state state;
    uint64_t number; /* within the session, from 1 */
    uint64_t call;   /* hash of the call's id; 0: it has none */
    uint64_t tool;   /* hash */
    uint64_t deeds[ATTEMPT_DEEDS_MAX]; /* hashes of command slots */
    uint32_t deed_count;
    struct call_copy *copy; /* owned; NULL once it is of no more use */
    /* Of a deed while an error is open, once its copy is gone; owned. */
    struct sighting *seen;
    uint64_t result_seq; /* of what worked */
    size_t *held;        /* bytes of copies, of all sessions together */
};

/* An error that was not overcome yet. */
struct episode {
    uint64_t mistake; /* key of the error, 0: closed */
    uint64_t tool;    /* hash of its tool */
    uint64_t number;  /* of the attempt that failed */
    uint64_t last;    /* of the last one with the same intent */
    uint64_t events;  /* of the session, when it opened */
    bool has_deeds;   /* something was done before an earlier attempt */
    bool has_occurred;
    int64_t occurred_us;
};

struct live {
    uint64_t key;       /* hash of team, principal and session */
    size_t *held;       /* as in its attempts */
    struct live *older; /* least recently heard of last */
    struct live *newer;
    uint64_t session_hash;
    uint64_t numbers;        /* given to attempts so far */
    uint64_t events;         /* calls and results seen */
    uint64_t result;         /* number of the attempt that ended last */
    bool has_changed_schema; /* names of its own making may follow */
    struct attempt *ring;    /* by number; grows with the session */
    uint32_t ring_size;      /* up to ATTEMPTS_RING */
    struct episode episodes[EPISODES_MAX];
};

struct attempts;

struct attempts *attempts_new(void) MUST_CHECK;
void attempts_free(struct attempts *attempts);

/* The session of ${tuple}, new if it is not known; lent until the next call
 * of attempts_of or attempts_end. NULL: the tuple names none. */
struct live *attempts_of(struct attempts *attempts, uint32_t team,
                         uint32_t principal, const struct tuple *tuple);

/* For what is to be asked soon: asks for the memory that attempts_of will touch
 * for this session, without waiting for it. Gives the key of the session, for
 * attempts_fetch_live, which does the same with what is found there. */
uint64_t attempts_fetch(const struct attempts *attempts, uint32_t team,
                        uint32_t principal, const struct tuple *tuple);
void attempts_fetch_live(const struct attempts *attempts, uint64_t key);

/* As attempts_of, NULL if it is not known: makes none. */
struct live *attempts_find(struct attempts *attempts, uint32_t team,
                           uint32_t principal, const struct tuple *tuple);

/* Forgets the session of ${tuple}. */
void attempts_end(struct attempts *attempts, uint32_t team, uint32_t principal,
                  const struct tuple *tuple);

/* Sessions forgotten for want of room: the longest unheard of go, when there
 * are too many, or too much of their calls is held. */
uint64_t attempts_evicted(const struct attempts *attempts);

/* Adds the call of ${tuple} as pending and lends it. */
struct attempt *live_call(struct live *live, const struct tuple *tuple,
                          uint32_t principal);

/* The pending attempt that a result belongs to: by the call's id, else the
 * last one of the tool; NULL if it is not remembered. */
struct attempt *live_find(struct live *live, struct bytes call,
                          struct bytes tool);

/* The attempt of that number; NULL if it is no longer remembered. */
struct attempt *live_attempt(struct live *live, uint64_t number);

/* Forgets what the attempt was, not that it was; ${keep}: its call stays as a
 * witness. */
void attempt_drop(struct attempt *attempt, bool keep);

#endif
