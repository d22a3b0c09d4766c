/* SPDX-License-Identifier: MIT */
/* truth_places.h: what truth.c counts and truth_told.c makes findings of.
 *
 * For these two alone: others see what truth.h shows.
 * Threads: those of the truth. */
#ifndef REVERIE_PLUGIN_DETECT_MISTAKES_TRUTH_PLACES_H
#define REVERIE_PLUGIN_DETECT_MISTAKES_TRUTH_PLACES_H

#include "base/map.h"
#include "plugin/detect/mistakes/truth.h"

/* A sorted set of hashes that stops growing at TRUTH_SET_MAX. */
struct few {
    uint64_t *items;
    uint32_t count;
    uint32_t capacity;
};

struct truth_name {
    struct bytes text; /* these are owned */
    uint64_t first;    /* person that used it first */
    struct few good_people;
    struct few good_sessions;
    struct few bad_people;
    struct few bad_sessions;
};

struct truth_place {
    uint32_t team;
    enum ref_kind kind;
    struct bytes tool; /* these four are owned */
    struct bytes owner;
    struct bytes subject;
    struct bytes option;
    bool has_option; /* of tables it is the word of the first denial */
    uint8_t finding[FINDING_BYTES];
    struct map *names; /* text -> struct truth_name */
    struct few people; /* that failed over any of the names */
    struct few sessions;
    struct sightings seen; /* of failures */
    uint64_t exposed;
    uint64_t unquotable;
};

struct truth {
    const struct detector_setting *setting;
    struct map *places;
    struct map *people; /* hash -> struct firsts */
    size_t names;
    uint64_t refused;
};

#endif
