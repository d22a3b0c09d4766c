/* SPDX-License-Identifier: MIT */
/* silence.h: what makes an error go away without mending what it found.
 *
 * Checks that are skipped, forced or told to ignore, rights for everybody,
 * tests that are deleted or run no more.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_DETECT_MISTAKES_FIX_SILENCE_H
#define REVERIE_PLUGIN_DETECT_MISTAKES_FIX_SILENCE_H

#include "plugin/detect/mistakes/fix/trials.h"

/* Whether to do so with what ${feature} stands for does. */
bool feature_silences(const struct features *features, uint64_t feature);

/* Whether anything that is different in ${trial} does. */
bool trial_silences(const struct features *features, const struct trial *trial);

#endif
