/* SPDX-License-Identifier: MIT */
#include "plugin/detect/retelling.h"

#include "base/text/ascii.h"
#include "plugin/read/tuple.h"

enum {
    PART_WORDS_MIN = 3, /* fewer are in many texts by chance */
    REST_WORDS_MIN = 3  /* this long a rest may always be */
};

/* " always use rg ": words in lower case, a blank around each. */
struct folded {
    uint8_t text[TUPLE_QUOTE_MAX + 2];
    size_t len;
    size_t words;
};

static uint8_t fold_byte(uint8_t c)
{
    return ascii_is_word(c) ? ascii_fold(c) : ' ';
}

static void fold(struct bytes text, struct folded *out)
{
    out->len = 0;
    out->words = 0;
    out->text[out->len++] = ' ';
    for (size_t i = 0; i < text.len && i < TUPLE_QUOTE_MAX; i++) {
        if (text.data[i] == '\'') {
            continue; /* "dont" is "don't" */
        }
        uint8_t c = fold_byte(text.data[i]);
        bool follows_blank = out->text[out->len - 1] == ' ';
        if (c != ' ' || !follows_blank) {
            out->words += c != ' ' && follows_blank;
            out->text[out->len++] = c;
        }
    }
    if (out->text[out->len - 1] != ' ') {
        out->text[out->len++] = ' ';
    }
}

bool retelling_holds(struct bytes a, struct bytes b)
{
    struct folded folded[2];
    fold(a, &folded[0]);
    fold(b, &folded[1]);
    const struct folded *part = &folded[folded[0].words > folded[1].words];
    const struct folded *whole = &folded[folded[0].words <= folded[1].words];
    size_t rest = whole->words - part->words;
    if (rest == 0) {
        return bytes_equal(bytes_of(part->text, part->len),
                           bytes_of(whole->text, whole->len));
    }
    return part->words >= PART_WORDS_MIN &&
           (rest <= REST_WORDS_MIN || rest <= part->words) &&
           bytes_find(bytes_of(whole->text, whole->len),
                      bytes_of(part->text, part->len), 0) != SIZE_MAX;
}
