/* SPDX-License-Identifier: MIT */
/* fixes.h: from what was tried after an error to what helps against it.
 *
 * One trial per principal counts, the first with the features in question
 * against the first without. Features are ranked by Ochiai's coefficient; a
 * rule grows while a further feature makes it hold more often; what decides
 * whether it is called a fix is the e-value against trying the same again.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_DETECT_MISTAKES_FIXES_H
#define REVERIE_PLUGIN_DETECT_MISTAKES_FIXES_H

#include "plugin/detect/mistakes/trials.h"
#include "plugin/plan/candidate.h"

/* What makes a fix a fix. */
#define FIX_SHARE_MIN      0.6 /* of the principals that tried it */
#define FIX_WORKED_MIN     0.5 /* the same, to be told at all */
#define FIX_E_MIN          5.0
#define FIX_TRANSIENT_MIN  0.6 /* of those that tried without it */
#define FIX_TOLD_E_MIN     1.0 /* against trials without, to be told at all */
#define FIX_PRECISION      0.9 /* a rule grows no further */
#define FIX_GAIN_MIN       0.1 /* in precision, of one more feature */
#define FIX_GAIN_E_MIN     2.0
#define FIX_PRINCIPALS_MIN 5
#define FIX_WORKED_PEOPLE  2
#define FIX_RETRIES_MIN    3
#define FIX_POOL_MIN       4 /* principals that tried anything, to tell */
#define FIX_POOL_SMALL     6 /* below, half of them are enough for transient */
#define FIX_BREADTH        0.3 /* of those who tried anything, for a feature */

/* Finds what helps by ${trials}, which it sorts, and says what the mistake is.
 * Texts of ${out} live in ${arena}. */
enum mistake_label fix_find(struct trials *trials,
                            const struct features *features,
                            struct arena *arena, struct fix_figures *out);

/* Whether a word silences a check: "--no-verify", "--force", "777". */
bool fix_is_suppressor(struct bytes word);

#endif
