/* SPDX-License-Identifier: MIT */
#include "plugin/detect/mistakes/fix/fix_words.h"

#include "plugin/read/text/ascii.h"

struct phrase {
    const struct trials *trials;
    const struct features *features;
    const struct rule *rule;
};

static enum delta_sign sign_of(uint64_t feature)
{
    return (enum delta_sign)(feature & DELTA_SIGN_MASK);
}

/* Whether four of five trials of the rule that worked have ${feature}. */
static bool goes_with(const struct phrase *phrase, uint64_t feature)
{
    uint32_t all = 0;
    uint32_t both = 0;
    for (uint32_t i = 0; i < phrase->trials->count; i++) {
        const struct trial *trial = &phrase->trials->items[i];
        bool is_one =
            trial->times_worked > 0 && rule_follows(trial, phrase->rule);
        all += is_one;
        both += is_one && trial_has(trial, feature);
    }
    return both > 0 && both * 5 >= all * 4;
}

static const struct feature *replaced_in(const struct phrase *phrase,
                                         const struct trial *trial,
                                         const struct feature *words)
{
    for (uint32_t i = 0; i < trial->count; i++) {
        uint64_t feature = trial->features[i];
        const struct feature *other =
            sign_of(feature) == DELTA_REMOVED
                ? features_get(phrase->features, feature)
                : NULL;
        if (other && bytes_equal(other->name, words->name) &&
            goes_with(phrase, feature)) {
            return other;
        }
    }
    return NULL;
}

/* What a feature of the rule replaced; NULL: nothing. */
static const struct feature *replaced_by(const struct phrase *phrase,
                                         const struct feature *words)
{
    const struct feature *found = NULL;
    for (uint32_t i = 0; i < phrase->trials->count && !found; i++) {
        const struct trial *trial = &phrase->trials->items[i];
        if (trial->times_worked > 0 && rule_follows(trial, phrase->rule)) {
            found = replaced_in(phrase, trial, words);
        }
    }
    return found;
}

/* "region eu" for a slot, "--amend" for a word. */
static void add_words(const struct feature *words, struct buf *out)
{
    bool is_slot = bytes_find(words->name, BYTES_LITERAL("."), 0) != SIZE_MAX ||
                   bytes_equal_text(words->name, "table") ||
                   bytes_equal_text(words->name, "column");
    if (is_slot) {
        buf_add(out, words->name);
        buf_add_text(out, " ");
    }
    buf_add(out, words->value);
}

static void add_feature(const struct phrase *phrase, uint64_t feature,
                        struct buf *out)
{
    const struct feature *words = features_get(phrase->features, feature);
    enum delta_sign sign = sign_of(feature);
    if (!words) {
        return;
    }
    buf_add_text(out, out->len > 0 ? ", " : "");
    buf_add_text(out, sign == DELTA_DEED      ? "after "
                      : sign == DELTA_REMOVED ? "without "
                                              : "");
    add_words(words, out);
    const struct feature *old =
        sign == DELTA_ADDED ? replaced_by(phrase, words) : NULL;
    if (old) {
        buf_add_text(out, " instead of ");
        buf_add(out, old->value);
    }
}

struct bytes fix_words(const struct trials *trials,
                       const struct features *features, const struct rule *rule,
                       bool conditions, struct arena *arena)
{
    const struct phrase phrase = {trials, features, rule};
    struct buf text;
    buf_init(&text, (size_t)RULE_FEATURES_MAX * FIX_WORDS_MAX * 4);
    for (uint32_t i = 0; i < rule->count; i++) {
        if ((sign_of(rule->features[i]) == DELTA_SAME) == conditions) {
            add_feature(&phrase, rule->features[i], &text);
        }
    }
    struct bytes copy =
        arena_copy(arena, ascii_clip(buf_bytes(&text), FIX_WORDS_MAX));
    buf_fini(&text);
    return copy;
}
