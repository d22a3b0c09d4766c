/* SPDX-License-Identifier: MIT */
/* choices.h: from what every team chose to one candidate per slot.
 *
 * Compares each team with the others at the same slot, makes the most voted
 * option a candidate with its baseline and witnesses, and, where the team's
 * memory holds an option that most have left, that as a candidate for
 * retirement. Whether any of it is a preference is decided in plan/.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_DETECT_CHOICES_H
#define REVERIE_PLUGIN_DETECT_CHOICES_H

#include "plugin/detect/cluster.h"
#include "plugin/detect/votes.h"
#include "plugin/detector.h"
#include "plugin/plan/prior.h"

/* What is kept until the next time: bounds, and what all shares are like. */
struct choices_memo {
    struct baseline_memo *bounds;
    struct prior *priors[SLOT_FORM_COUNT]; /* NULL: none yet */
    struct prior *shares[SLOT_FORM_COUNT]; /* the same, of other teams */
};

/* Adds the candidates of ${slots}, which are sorted here. What was computed of
 * a slot is kept with it, and the rest in ${memo}, until the next time. */
void choices_collect(const struct detector_setting *setting,
                     const struct clusters *clusters, struct choices_memo *memo,
                     struct slot **slots, size_t count, struct candidates *out);

#endif
