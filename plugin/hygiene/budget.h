/* SPDX-License-Identifier: MIT */
/* budget.h: what a store keeps when it holds more than agents should read.
 *
 * Tokens are counted as bytes / 4. What helps most for its size stays: an
 * uplift that was measured counts before support, support before recency (base
 * level of ACT-R); a memory that says what a kept one says counts less. Lazy
 * greedy by gain per token, against the best single memory: at least
 * (1 - 1/e) / 2 of the best choice. What is pinned or protected stays and is
 * paid for first.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_HYGIENE_BUDGET_H
#define REVERIE_PLUGIN_HYGIENE_BUDGET_H

#include "plugin/hygiene/entry.h"

enum {
    BUDGET_TOKENS_DEFAULT = 32768 /* of one store */
};

/* What an entry is worth by itself at ${now_us}; > 0 unless it harms. */
double budget_value(const struct hygiene_entry *entry, int64_t now_us);

/* Sets keep[i] for the entries of one store that fit ${tokens}; whether any
 * does not. */
bool budget_choose(const struct hygiene_entry *const *entries, size_t count,
                   uint64_t tokens, int64_t now_us, bool *keep);

#endif
