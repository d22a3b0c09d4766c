/* SPDX-License-Identifier: MIT */
/* fixes.h: from what was tried after an error to what helps against it.
 *
 * Features are ranked by the e-value for "works more often than whatever else
 * was tried", over attempts of which each principal has but a few that count.
 * What is chosen must hold against all that were compared; a rule grows while a
 * further feature makes it hold more often, and not by chance.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_DETECT_MISTAKES_FIX_FIXES_H
#define REVERIE_PLUGIN_DETECT_MISTAKES_FIX_FIXES_H

#include "plugin/detect/mistakes/fix/citing.h"

/* What makes a fix a fix. */
#define FIX_SHARE_MIN      0.6 /* of attempts and of the people that tried it */
#define FIX_WORKED_MIN     0.35 /* of attempts, to be told at all */
#define FIX_E_MIN          5.0  /* over the features that were compared */
#define FIX_TOLD_E_MIN     1.0  /* the same, to be told at all */
#define FIX_TRANSIENT_MIN  0.6  /* of attempts without it */
#define FIX_PRECISION      0.9  /* a rule grows no further */
#define FIX_GAIN_MIN       0.1  /* in precision, of one more feature */
#define FIX_GAIN_E_MIN     2.0  /* over the features that might join */
#define FIX_PRINCIPALS_MIN 5
#define FIX_WORKED_PEOPLE  2
#define FIX_RETRIES_MIN    3
#define FIX_POOL_MIN       4   /* principals that tried anything, to tell */
#define FIX_BREADTH        0.3 /* of those who tried anything, for a feature */

/* Finds what helps by ${trials}, which it sorts, and says what the mistake is.
 * Texts of ${out} live in ${arena}; what it cites is lent by ${trials}. */
enum mistake_label fix_find(struct trials *trials,
                            const struct features *features,
                            const struct citing *citing, struct arena *arena,
                            struct fix_figures *out);

/* Whether trying the same again works mostly, by ${trials}, which it sorts: it
 * is no lesson, whatever it is. Sets how many tried anything, and again. */
bool fix_goes_away(struct trials *trials, const struct features *features,
                   struct fix_figures *out);

#endif
