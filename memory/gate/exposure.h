/* SPDX-License-Identifier: MIT */
/* exposure.h: whether somebody had been told a finding when they spoke.
 *
 * Who was told repeats, and is no evidence. Decided from the view that a
 * message was sent under, a text that names the version of every store seen.
 * Pure. Threads: any. */
#ifndef REVERIE_MEMORY_GATE_EXPOSURE_H
#define REVERIE_MEMORY_GATE_EXPOSURE_H

#include "base/bytes.h"

/* Store versions at which agents were told the finding: [from, gone). */
struct exposure {
    bool published;
    uint64_t from;
    uint64_t gone; /* 0: still there */
};

/* The version of ${store} that the view id ${view} names; false if it does
 * not name the store. */
bool view_store_version(struct bytes view, struct bytes store,
                        uint64_t *out_version);

/* Whether whoever sent something under ${view} had been told: a view that
 * cannot be read, or does not name ${store}, counts as told. The gate asks it
 * of witnesses, the dream worker before it proposes any. */
bool exposure_holds(const struct exposure *exposure, struct bytes view,
                    struct bytes store);

#endif
