/* SPDX-License-Identifier: MIT */
/* truth.h: which names work and which do not, by what calls went through.
 *
 * A place is where names live: the tables of a tool's database, the columns of
 * one table. A name is known to work there if calls that refer to it worked,
 * and known not to exist if calls failed over it with a message that says so.
 * The words are the agents' own: a message of a tool only says which of the
 * names in the call it fails over. Names count by distinct principals and
 * sessions, so the order of sessions changes nothing.
 * Threads: belongs to one thread. */
#ifndef REVERIE_PLUGIN_DETECT_MISTAKES_TRUTH_H
#define REVERIE_PLUGIN_DETECT_MISTAKES_TRUTH_H

#include "plugin/detect/mistakes/attempts.h"
#include "plugin/detector.h"

enum {
    TRUTH_PLACES_MAX = 8192,
    TRUTH_NAMES_MAX = 32768, /* of all places */
    TRUTH_PLACE_NAMES_MAX = 256,
    /* Of these one principal is first at, so that nobody fills them alone. */
    TRUTH_FIRST_PLACES_MAX = 1024,
    TRUTH_FIRST_NAMES_MAX = 4096,
    TRUTH_FIRST_PLACE_NAMES_MAX = 128,
    TRUTH_PEOPLE_MAX = 65536, /* whose firsts are counted */
    TRUTH_SET_MAX = 64,       /* principals or sessions that are told apart */
    TRUTH_PRINCIPALS_MIN = 2,
    TRUTH_DENIALS_MAX = 4 /* places that one error is about */
};

struct truth;
struct truth_place;
struct truth_name;

/* A name that does not exist at a place; lent for the life of the truth. */
struct truth_denial {
    const struct truth_place *place;
    const struct truth_name *name;
};

/* Keeps ${setting}. */
struct truth *truth_new(const struct detector_setting *setting) MUST_CHECK;
void truth_free(struct truth *truth);

/* The call of ${attempt} worked; ${event} is its result. */
void truth_worked(struct truth *truth, const struct detector_event *event,
                  const struct attempt *attempt);

/* The call of ${attempt} failed with the error of ${event}. Gives what it says
 * does not exist, and how many that are; 0 if it says no such thing or not of
 * whom. */
size_t truth_failed(struct truth *truth, const struct detector_event *event,
                    const struct attempt *attempt,
                    struct truth_denial out_denials[TRUTH_DENIALS_MAX]);

/* Whether what is known of the place reaches a proposal that says that the name
 * does not exist. */
bool truth_is_told(const struct truth_denial *denial);

/* Adds a candidate for every place that something is known not to exist in. */
void truth_collect(const struct truth *truth, struct candidates *out);

/* Names and places beyond the maxima. */
uint64_t truth_refused(const struct truth *truth);

#endif
