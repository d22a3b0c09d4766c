/* SPDX-License-Identifier: MIT */
/* typed.h: duplicates and contradictions among memories that have a key.
 *
 * A preference says what is chosen at a slot, a directive what to do or not to
 * do; "use pnpm" is about the slot "use.package-manager". Two live memories of
 * one team about one key either say the same, or exclude each other, or
 * neither; that is logic, not likeness. Of two that exclude each other one
 * goes, by rule: an agent's before its team's; then the owner's directive
 * stays, then newer evidence that passed a change test, then more people, then
 * the higher e-value, then the older.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_HYGIENE_TYPED_H
#define REVERIE_PLUGIN_HYGIENE_TYPED_H

#include "plugin/hygiene/entry.h"

enum {
    TYPED_KEY_MAX = 320, /* bytes of a key; a longer one begins with a digest */
    TYPED_GROUP_MAX = 256 /* memories of one key that are looked at */
};

enum typed_relation {
    TYPED_NONE,
    TYPED_SAME,
    TYPED_AGAINST
};

/* Of two entries with a key; TYPED_NONE where a key is missing or differs. */
enum typed_relation typed_compare(const struct hygiene_entry *a,
                                  const struct hygiene_entry *b);

/* What a rule that was stated says, however it is put: equal for "always add a
 * changelog entry" and "always add changelog entries". 0: it is no such rule.
 */
uint64_t typed_sense(const struct hygiene_entry *entry);

/* <0: ${a} stays. *out_rule says by which rule. Total. */
int typed_prefers(const struct hygiene_entry *a, const struct hygiene_entry *b,
                  const char **out_rule);

/* Whether the two are one finding in two places, byte for byte. */
bool typed_is_exact(const struct hygiene_entry *a,
                    const struct hygiene_entry *b);

/* Calls ${tell} for every entry that has to go, with the one that stays. */
typedef void (*typed_tell)(void *context, const struct hygiene_entry *loser,
                           const struct hygiene_entry *winner,
                           enum typed_relation relation, const char *rule);
void typed_find(const struct hygiene_entry *entries, size_t count,
                typed_tell tell, void *context);

#endif
