/* SPDX-License-Identifier: MIT */
/* detector.h: the seam that every detector stands behind.
 *
 * A detector sees each normalised tuple once, in log order, keeps a bounded
 * state that is a pure function of the tuples seen, and at a dream says which
 * candidates that state gives. It decides nothing that needs more than one
 * candidate: tests, tiers and plans are plan/. No clock, no randomness, no
 * I/O, no logging.
 * Threads: a detector belongs to one thread. */
#ifndef REVERIE_PLUGIN_DETECTOR_H
#define REVERIE_PLUGIN_DETECTOR_H

#include "plugin/detect/exposure.h"
#include "plugin/detect/roster.h"
#include "plugin/plan/baseline.h"
#include "plugin/read/tuple.h"
#include "plugin/work.h"

enum {
    TOGETHER_MAX = 64 /* tuples that a detector takes in one after another */
};

/* State that depends on a (team, tool) lives in one of these partitions, so
 * that shards can own partitions and merge in partition order. */
enum {
    PARTITIONS = 64
};

/* What all detectors of one dream share; outlives them. */
struct detector_setting {
    struct roster *roster;
    struct exposures *exposures;
    const struct baseline_table *table; /* world defaults */
    struct work *work;
};

/* A tuple with its names looked up in the roster. */
struct detector_event {
    const struct tuple *tuple;
    uint32_t team;
    uint32_t principal;
};

struct detector {
    const char *name;
    uint32_t version; /* part of the configuration digest of a dream */
    /* Keeps ${setting}; gives the state (destroy). */
    void *(*create)(const struct detector_setting *setting);
    void (*destroy)(void *state);
    /* Asks for the memory that the next tuples, up to TOGETHER_MAX of them,
     * will touch: while one is waited for so are the others. They are fed
     * next, in this order, and stay where they are until then. Changes nothing
     * that counts. NULL: nothing is asked for. */
    void (*fetch)(void *state, const struct detector_event *events,
                  size_t count);
    /* Takes one tuple in; copies what it keeps. */
    void (*feed)(void *state, const struct detector_event *event);
    /* Adds a candidate for everything the state knows, in an order that does
     * not depend on the order of sessions. The candidates lend evidence from
     * the state until the next feed. */
    void (*collect)(void *state, struct candidates *out);
};

extern const struct detector preferences_detector;
extern const struct detector directives_detector;
extern const struct detector mistakes_detector;
extern const struct detector workflows_detector;

#endif
