/* SPDX-License-Identifier: MIT */
#include "plugin/detect/mistakes/fix/silence.h"

#include "base/text/ascii.h"
#include "memory/gate/remedy.h"

bool feature_silences(const struct features *features, uint64_t feature)
{
    static const char *const deletes[] = {"rm ", "git rm", "git reset --hard"};
    const struct feature *words = features_get(features, feature);
    enum delta_sign sign = (enum delta_sign)(feature & DELTA_SIGN_MASK);
    if (!words || sign == DELTA_SAME) {
        return false;
    }
    if (sign == DELTA_REMOVED) { /* tests that are run no more */
        return ascii_holds(words->value, "test");
    }
    for (size_t i = 0; i < ARRAY_LEN(deletes); i++) {
        if (ascii_starts(words->value, deletes[i])) {
            return true;
        }
    }
    return word_suppresses(words->value);
}

bool trial_silences(const struct features *features, const struct trial *trial)
{
    for (uint32_t i = 0; i < trial->count; i++) {
        if (feature_silences(features, trial->features[i])) {
            return true;
        }
    }
    return false;
}
