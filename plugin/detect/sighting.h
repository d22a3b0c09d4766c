/* SPDX-License-Identifier: MIT */
/* sighting.h: what is kept of an event that may become a witness.
 *
 * A sighting is a copy of a tuple's place, names and quote. A sightings is a
 * bounded set of them for one thing: at most one per (principal, session) and
 * per causal root, because an echo is no second witness. At its maximum it
 * prefers distinct principals, then sessions, then days, then low positions,
 * so that it depends on what was seen and not on when it was asked.
 * Threads: belongs to one thread. */
#ifndef REVERIE_PLUGIN_DETECT_SIGHTING_H
#define REVERIE_PLUGIN_DETECT_SIGHTING_H

#include "plugin/read/tuple.h"

enum {
    SIGHTINGS_MAX = 256 /* witnesses of one candidate */
};

struct sighting {
    uint32_t log;
    uint64_t seq;
    uint8_t id[16];
    uint8_t root[16]; /* the event's own id where the stamp had none */
    uint32_t principal;
    enum origin origin;
    bool has_occurred;
    int64_t occurred_us;
    int64_t day; /* of occurred_us, UTC; 0 where it did not say */
    uint64_t session_hash;
    bool has_view;      /* it is known what the sender had been told */
    bool has_root;      /* the stamp had one */
    bool is_root;       /* answers nothing: the causal root is itself */
    struct bytes agent; /* these five point into the same allocation */
    struct bytes session;
    struct bytes quote;
    struct bytes option; /* the witness's own words for what it chose */
    struct bytes view;   /* what the sender had been told */
};

/* Gives a copy (free with free()) of what ${tuple} says. ${option} is copied,
 * too. */
struct sighting *sighting_new(const struct tuple *tuple, uint32_t principal,
                              struct bytes option) MUST_CHECK;

/* Gives a copy (free with free()). */
struct sighting *sighting_copy(const struct sighting *seen) MUST_CHECK;

/* The same into ${room}, of at least sighting_bytes(tuple, option) bytes, which
 * is aligned for anything. */
size_t sighting_bytes(const struct tuple *tuple, struct bytes option);
struct sighting *sighting_put(const struct tuple *tuple, uint32_t principal,
                              struct bytes option, void *room);

/* What a sighting is looked for by: the sightings themselves are touched only
 * where these say that it may be of the same root. */
struct sighting_mark {
    uint64_t session; /* its hash */
    uint32_t root;    /* of a hash of the root */
    uint32_t principal;
    int32_t day;
};

struct sightings {
    struct sighting **items;     /* in order of arrival */
    struct sighting_mark *marks; /* one each */
    uint32_t count;
    uint32_t capacity;
    uint32_t max;
    int least;         /* nothing in the full set is worth less than this */
    uint64_t left_out; /* beyond the maximum */
    uint64_t echoes;   /* not kept: their causal root was here already */
};

/* Removes and frees items[index]; it counts as an echo. */
void sightings_drop_echo(struct sightings *set, uint32_t index);

/* An empty set of at most ${max}, up to SIGHTINGS_MAX. Allocates nothing
 * yet. */
void sightings_init(struct sightings *set, uint32_t max);
void sightings_fini(struct sightings *set);

/* Whether ${a} and ${b} say nearly the same within a day (or no time is
 * known) and answer nothing: one broadcast rather than two witnesses. */
bool sighting_repeats(const struct sighting *a, const struct sighting *b);

/* Adds what ${tuple} says if it is a new witness; whether it was added. */
bool sightings_add(struct sightings *set, const struct tuple *tuple,
                   uint32_t principal, struct bytes option);

/* Distinct principals, sessions (of a principal) and UTC days. Sightings
 * without a time have no day. */
struct sighting_counts {
    uint32_t principals;
    uint32_t sessions;
    uint32_t robust_sessions; /* without the stats_margin most active */
    uint32_t days;
    uint32_t events;
    bool no_time; /* at least one gave none */
};
struct sighting_counts sightings_count(struct sighting *const *items,
                                       size_t count);

/* The same, as it is weighed for a mistake (memory/stats/stats.h). */
struct stats_mistake;
struct stats_mistake sightings_mistake(const struct sighting_counts *counts);

/* Distinct agents. */
uint32_t sightings_agents(struct sighting *const *items, size_t count);

/* Whether one of them is of the session or of the causal root of ${seen}. */
bool sightings_echo(struct sighting *const *items, size_t count,
                    const struct sighting *seen);

/* Whether at least 60 % of the sightings, of at least two principals, fall
 * into one span of six hours: an outage rather than a habit. False where no
 * time was given. */
bool sightings_are_burst(struct sighting *const *items, size_t count);

#endif
