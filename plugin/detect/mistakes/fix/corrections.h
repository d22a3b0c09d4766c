/* SPDX-License-Identifier: MIT */
/* corrections.h: what people said right after an attempt had failed.
 *
 * "no, use X": kept per mistake, by what was said (tuple_directive.key_id),
 * with who said so. Bounded: beyond CORRECTIONS_MAX ways the one with the
 * greatest key goes, so that the order of sessions decides nothing. Threads:
 * belongs to one thread. */
#ifndef REVERIE_PLUGIN_DETECT_MISTAKES_FIX_CORRECTIONS_H
#define REVERIE_PLUGIN_DETECT_MISTAKES_FIX_CORRECTIONS_H

#include "plugin/detect/mistakes/fix/citing.h"

enum {
    CORRECTIONS_MAX = 8,
    CORRECTION_SEEN_MAX = 16,
    CORRECTION_PEOPLE_MAX = 64, /* that are counted */
    CORRECTION_PEOPLE_MIN = 2
};

struct correction {
    uint64_t key;
    struct sightings seen; /* their option is what to do, verbatim */
};

struct corrections {
    struct correction *items; /* CORRECTIONS_MAX; NULL: none yet */
    uint32_t count;
};

void corrections_fini(struct corrections *corrections);

/* Whether ${tuple} is what an owner or user said of how to do it instead. */
bool correction_is(const struct tuple *tuple);

/* Adds what ${tuple}, which is one, says; whether there was room for it without
 * another way going. */
bool corrections_add(struct corrections *corrections, const struct tuple *tuple,
                     uint32_t principal);

/* Sets what most people said in any of ${all}, which are of one mistake, if
 * CORRECTION_PEOPLE_MIN did who had not been told; whether they did. Texts of
 * ${out} live in ${arena}; what it cites is lent by ${all}. */
bool corrections_find(const struct corrections *const *all, size_t count,
                      const struct citing *citing, struct arena *arena,
                      struct fix_figures *out);

#endif
