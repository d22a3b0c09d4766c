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
    FIX_WORDS_MAX = 256, /* bytes; with quotation marks: */
    FIX_QUOTED_MAX = 400
};

struct phrase {
    const struct trials *trials;
    const struct features *features;
    const struct rule *rule;
};

enum phrase_form {
    PHRASE_DEED = 0,
    PHRASE_CONDITION = 1, /* under which conditions, rather than what to do */
    PHRASE_QUOTED = 2     /* what agents wrote stands in quotation marks */
};

/* What the rule of ${phrase} says, in ${form} (of phrase_form); may be empty,
 * as it is where it is too long to be quoted. Lives in ${arena}. */
struct bytes fix_words(const struct phrase *phrase, unsigned form,
                       struct arena *arena);

#endif
