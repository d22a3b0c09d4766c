/* SPDX-License-Identifier: MIT */
#include "plugin/detect/mistakes/fix/silence.h"

#include "plugin/read/text/ascii.h"

bool fix_is_suppressor(struct bytes word)
{
    static const char *const parts[] = {
        "no-verify", "--force",  "--skip",      "--ignore",     "--disable",
        "insecure",  "no-check", "--no-strict", "--allow",      "xfail",
        "|| true",   "noqa",     "nolint",      "no-verify-ssl"};
    static const char *const whole[] = {"777", "true", "-f", "--yolo", NULL};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (ascii_find(word, parts[i]) != SIZE_MAX) {
            return true;
        }
    }
    return ascii_among(word, whole);
}

bool feature_silences(const struct features *features, uint64_t feature)
{
    static const char *const deletes[] = {"rm ", "git rm", "git reset --hard"};
    const struct feature *words = features_get(features, feature);
    enum delta_sign sign = (enum delta_sign)(feature & DELTA_SIGN_MASK);
    if (!words || sign == DELTA_SAME) {
        return false;
    }
    if (sign == DELTA_REMOVED) { /* tests that are run no more */
        return ascii_find(words->value, "test") != SIZE_MAX;
    }
    for (size_t i = 0; i < ARRAY_LEN(deletes); i++) {
        if (ascii_starts(words->value, deletes[i])) {
            return true;
        }
    }
    return fix_is_suppressor(words->value);
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
