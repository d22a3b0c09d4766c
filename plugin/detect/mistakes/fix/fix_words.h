/* SPDX-License-Identifier: MIT */
/* fix_words.h: a rule in words.
 *
 * "--region", "after make setup", "without --fast", "region eu instead of us".
 * The words are those that agents used themselves.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_DETECT_MISTAKES_FIX_FIX_WORDS_H
#define REVERIE_PLUGIN_DETECT_MISTAKES_FIX_FIX_WORDS_H

#include "base/arena.h"
#include "plugin/detect/mistakes/fix/rule.h"

enum {
    FIX_WORDS_MAX = 256 /* bytes */
};

/* What ${rule} does, or with ${conditions} under which conditions; may be
 * empty. Lives in ${arena}. */
struct bytes fix_words(const struct trials *trials,
                       const struct features *features, const struct rule *rule,
                       bool conditions, struct arena *arena);

#endif
