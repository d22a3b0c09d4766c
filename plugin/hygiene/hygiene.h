/* SPDX-License-Identifier: MIT */
/* hygiene.h: what is wrong with what a team knows.
 *
 * Looks at the live memories of a team's store and of its agents' own and says
 * what is there twice, what excludes what, what is about something that is
 * gone, and what does not fit a store's budget. Every memory is spoken of at
 * most once. It proposes; the gate and a human decide.
 * The result does not depend on the order of the entries.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_HYGIENE_HYGIENE_H
#define REVERIE_PLUGIN_HYGIENE_HYGIENE_H

#include "plugin/hygiene/entry.h"
#include "plugin/hygiene/vanish.h"

enum {
    HYGIENE_VERSION = 2,         /* raised with whatever it finds otherwise */
    HYGIENE_ENTRIES_MAX = 20000, /* of one team and its agents */
    HYGIENE_FINDINGS_MAX = 4096,
    HYGIENE_SUPPORT_HALF_LIVES = 3
};

struct hygiene_question {
    const struct hygiene_entry *entries; /* ascending by place */
    size_t count;
    struct bytes team;
    const struct vanish *vanish; /* settled; NULL: the log is not known */
    uint64_t budget_tokens;      /* of each store; 0: BUDGET_TOKENS_DEFAULT */
    int64_t now_us;
};

struct hygiene_findings {
    struct hygiene_finding *items; /* by place of the entry */
    size_t count;
    uint64_t dropped; /* of them, and of pairs to compare, beyond a maximum */
};

/* Entries and texts are lent by the question. */
struct hygiene_findings
hygiene_find(const struct hygiene_question *question) MUST_CHECK;
void hygiene_findings_fini(struct hygiene_findings *findings);

#endif
