/* SPDX-License-Identifier: MIT */
/* pairs.h: which of many notes are worth comparing.
 *
 * Two notes are looked at if they share one of the rarest words of either. At
 * up to 10,000 notes that is exact enough and needs no hashing of sets: what
 * says the same, or the opposite, shares nearly all its words. A word that
 * more than PAIRS_POSTING_MAX notes have leads to the first of them only.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_HYGIENE_TEXT_PAIRS_H
#define REVERIE_PLUGIN_HYGIENE_TEXT_PAIRS_H

#include "plugin/hygiene/entry.h"

enum {
    PAIRS_RAREST = 8,
    PAIRS_POSTING_MAX = 64,
    PAIRS_MAX = 1 << 21
};

struct pair {
    uint32_t a; /* index of an entry; a < b */
    uint32_t b;
};

struct pairs {
    struct pair *items; /* ascending, each once */
    size_t count;
    uint64_t dropped; /* beyond the maximum */
};

/* Pairs of ${entries} that may tell each other something: of one store, or of
 * an agent's and its team's. pairs_fini frees them. */
struct pairs pairs_of(const struct hygiene_entry *entries,
                      size_t count) MUST_CHECK;
void pairs_fini(struct pairs *pairs);

#endif
