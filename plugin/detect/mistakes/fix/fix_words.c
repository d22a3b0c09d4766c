/* SPDX-License-Identifier: MIT */
#include "plugin/detect/mistakes/fix/fix_words.h"

#include "base/text/ascii.h"

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
            delta_sign_of(feature) == DELTA_REMOVED
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

/* A value as it may stand between quotation marks. */
static void add_value(struct bytes value, unsigned form, struct buf *out)
{
    buf_add_text(out, form & PHRASE_QUOTED ? "\"" : "");
    for (size_t i = 0; i < value.len; i++) {
        bool is_sign = value.data[i] < ' ' || value.data[i] == '"';
        buf_add_u8(out, is_sign ? '\'' : value.data[i]);
    }
    buf_add_text(out, form & PHRASE_QUOTED ? "\"" : "");
}

/* "region eu" for a slot, "--amend" for a word. */
static void add_words(const struct feature *words, unsigned form,
                      struct buf *out)
{
    bool is_slot = bytes_find(words->name, BYTES_LITERAL("."), 0) != SIZE_MAX ||
                   bytes_equal_text(words->name, "table") ||
                   bytes_equal_text(words->name, "column");
    if (is_slot) {
        buf_add(out, words->name);
        buf_add_text(out, " ");
    }
    add_value(words->value, form, out);
}

static void add_feature(const struct phrase *phrase, uint64_t feature,
                        unsigned form, struct buf *out)
{
    const struct feature *words = features_get(phrase->features, feature);
    enum delta_sign sign = delta_sign_of(feature);
    if (!words) {
        return;
    }
    buf_add_text(out, out->len > 0 ? ", " : "");
    buf_add_text(out, sign == DELTA_DEED      ? "after "
                      : sign == DELTA_REMOVED ? "without "
                                              : "");
    add_words(words, form, out);
    const struct feature *old =
        sign == DELTA_ADDED ? replaced_by(phrase, words) : NULL;
    if (old) {
        buf_add_text(out, " instead of ");
        add_value(old->value, form, out);
    }
}

struct bytes fix_words(const struct phrase *phrase, unsigned form,
                       struct arena *arena)
{
    struct buf text;
    size_t max = form & PHRASE_QUOTED ? FIX_QUOTED_MAX : FIX_WORDS_MAX;
    bool conditions = (form & PHRASE_CONDITION) != 0;
    buf_init(&text, (size_t)RULE_FEATURES_MAX * FIX_WORDS_MAX * 4);
    for (uint32_t i = 0; i < phrase->rule->count; i++) {
        uint64_t feature = phrase->rule->features[i];
        if ((delta_sign_of(feature) == DELTA_SAME) == conditions) {
            add_feature(phrase, feature, form, &text);
        }
    }
    bool is_whole = text.len <= max;
    struct bytes copy = bytes_of(NULL, 0);
    if (is_whole || !(form & PHRASE_QUOTED)) {
        copy = arena_copy(arena, bytes_clip(buf_bytes(&text), max));
    }
    buf_fini(&text);
    return copy;
}
