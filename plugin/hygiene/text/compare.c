/* SPDX-License-Identifier: MIT */
#include "plugin/hygiene/text/compare.h"

#include <string.h>

#include "plugin/hygiene/text/lexicon.h"

enum {
    ODD_MAX = 16, /* words that only one of the two has; more is none */
    PREFIX_MIN = 4
};

const char *contrast_kind_name(enum contrast_kind kind)
{
    static const char *const names[] = {
        [CONTRAST_NONE] = "",
        [CONTRAST_NUMBER] = "number",
        [CONTRAST_NEGATION] = "negation",
        [CONTRAST_OPPOSITE] = "opposite",
        [CONTRAST_CHOICE] = "choice",
    };
    assert((size_t)kind < ARRAY_LEN(names));
    return names[kind];
}

/* What one note has and the other has not. */
struct odd {
    const struct note_word *words[ODD_MAX];
    size_t count;
    size_t numbers;
    size_t names;
};

struct difference {
    struct odd a;
    struct odd b;
    size_t shared; /* words other than numbers */
    bool is_too_much;
};

static void add_odd(struct difference *difference, struct odd *odd,
                    const struct note_word *word)
{
    if (odd->count == ODD_MAX) {
        difference->is_too_much = true;
        return;
    }
    odd->words[odd->count++] = word;
    odd->numbers += word->kind == NOTE_NUMBER;
    odd->names += word->kind == NOTE_NAME;
}

static struct difference difference_of(const struct note *a,
                                       const struct note *b)
{
    struct difference difference = {.shared = 0};
    size_t i = 0;
    size_t j = 0;
    while (i < a->word_count || j < b->word_count) {
        bool a_first =
            j == b->word_count ||
            (i < a->word_count && a->words[i].hash < b->words[j].hash);
        bool b_first =
            i == a->word_count ||
            (j < b->word_count && b->words[j].hash < a->words[i].hash);
        if (a_first) {
            add_odd(&difference, &difference.a, &a->words[i++]);
        } else if (b_first) {
            add_odd(&difference, &difference.b, &b->words[j++]);
        } else {
            difference.shared += a->words[i].kind != NOTE_NUMBER;
            i++;
            j++;
        }
    }
    return difference;
}

/* ---- forms of one word --------------------------------------------------- */

static size_t common_prefix(struct bytes a, struct bytes b)
{
    size_t at = 0;
    while (at < a.len && at < b.len && a.data[at] == b.data[at]) {
        at++;
    }
    return at;
}

/* "deploy" and "deployment": all of the shorter but a letter begins the
 * longer. */
static bool is_form(const struct note_word *a, const struct note_word *b)
{
    size_t shorter = a->text.len < b->text.len ? a->text.len : b->text.len;
    size_t prefix = common_prefix(a->text, b->text);
    return a->kind == NOTE_WORD && b->kind == NOTE_WORD &&
           prefix >= PREFIX_MIN && prefix + 1 >= shorter &&
           !lexicon_excludes(a->text, b->text);
}

/* Whether every odd word of either is a form of one of the other. */
static bool are_forms(const struct odd *a, const struct odd *b)
{
    for (size_t i = 0; i < a->count; i++) {
        bool has_form = false;
        for (size_t j = 0; j < b->count && !has_form; j++) {
            has_form = is_form(a->words[i], b->words[j]);
        }
        if (!has_form) {
            return false;
        }
    }
    return true;
}

/* ---- contradictions ------------------------------------------------------ */

static bool same_place(const struct note_word *a, const struct note_word *b)
{
    return (a->before != 0 && a->before == b->before) ||
           (a->after != 0 && a->after == b->after);
}

/* All that differs are numbers, each in the place of another. */
static bool differ_in_numbers(const struct difference *it)
{
    if (it->a.numbers == 0 || it->a.numbers != it->a.count ||
        it->b.numbers != it->b.count || it->a.count != it->b.count) {
        return false;
    }
    for (size_t i = 0; i < it->a.count; i++) {
        bool has_place = false;
        for (size_t j = 0; j < it->b.count; j++) {
            has_place |= same_place(it->a.words[i], it->b.words[j]);
        }
        if (!has_place) {
            return false;
        }
    }
    return true;
}

/* One of several: programs of one family, or two names in the same place
 * behind "use". */
static bool are_alternatives(const struct note_word *a,
                             const struct note_word *b)
{
    const char *first = lexicon_family(a->text);
    const char *second = lexicon_family(b->text);
    if (first && second) {
        return strcmp(first, second) == 0;
    }
    return a->is_choice && b->is_choice && a->kind == b->kind &&
           a->kind != NOTE_NUMBER && a->after != 0 && a->after == b->after;
}

static enum contrast_kind contrast_of(const struct note *a,
                                      const struct note *b,
                                      const struct difference *it)
{
    bool is_turned = a->is_negative != b->is_negative;
    if (is_turned) {
        return it->a.count == 0 && it->b.count == 0 ? CONTRAST_NEGATION
                                                    : CONTRAST_NONE;
    }
    if (differ_in_numbers(it)) {
        return CONTRAST_NUMBER;
    }
    if (it->a.count != 1 || it->b.count != 1) {
        return CONTRAST_NONE;
    }
    const struct note_word *x = it->a.words[0];
    const struct note_word *y = it->b.words[0];
    if (lexicon_excludes(x->text, y->text)) {
        return CONTRAST_OPPOSITE;
    }
    return are_alternatives(x, y) ? CONTRAST_CHOICE : CONTRAST_NONE;
}

/* ---- the same ------------------------------------------------------------ */

/* What only one of them says: it may say a little more, but not under a
 * condition that the other does not have. */
static bool is_same(const struct note *a, const struct note *b,
                    const struct difference *it, double ratio, double jaccard)
{
    const struct odd *more = it->a.count ? &it->a : &it->b;
    if (a->is_negative != b->is_negative ||
        a->has_condition != b->has_condition) {
        return false;
    }
    if (it->a.count == 0 && it->b.count == 0) {
        return true;
    }
    if (it->a.count > 0 && it->b.count > 0) {
        return jaccard >= COMPARE_JACCARD_MIN && are_forms(&it->a, &it->b) &&
               are_forms(&it->b, &it->a);
    }
    return more->names == 0 && more->numbers == 0 && ratio >= COMPARE_MORE_MIN;
}

static double ratio_of(const struct note *a, const struct note *b,
                       const struct difference *it)
{
    size_t a_words = a->word_count - a->numbers;
    size_t b_words = b->word_count - b->numbers;
    size_t most = a_words > b_words ? a_words : b_words;
    return most ? (double)it->shared / (double)most : 0;
}

struct comparison note_compare(const struct note *a, const struct note *b)
{
    struct comparison result = {.relation = RELATION_NONE};
    struct difference difference = difference_of(a, b);
    if (a->is_cut || b->is_cut || difference.is_too_much ||
        difference.shared < COMPARE_SHARED_MIN) {
        return result;
    }
    result.ratio = ratio_of(a, b, &difference);
    if (result.ratio < COMPARE_OVERLAP_MIN) {
        return result;
    }
    result.jaccard =
        set_jaccard(a->grams, a->gram_count, b->grams, b->gram_count);
    result.contrast = contrast_of(a, b, &difference);
    if (result.contrast != CONTRAST_NONE) {
        result.relation = RELATION_AGAINST;
    } else if (is_same(a, b, &difference, result.ratio, result.jaccard)) {
        result.relation = RELATION_SAME;
    }
    return result;
}
