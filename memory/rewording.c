/* SPDX-License-Identifier: MIT */
#include "memory/rewording.h"

#include <stdlib.h>
#include <string.h>

#include "base/text/ascii.h"
#include "memory/gate/text/skeleton.h"
#include "proto/limits.h"
#include "proto/messages.h"

enum {
    WORDS_MAX = (SUBJECT_MAX_BYTES + OPTION_MAX_BYTES) / 2 + 2,
    TEXT_MAX = 4 * (SUBJECT_MAX_BYTES + OPTION_MAX_BYTES) + 64,
    SAID_MAX = 2 * TEXT_MAX, /* the words, and what joins them */
    STEM_MIN = 3             /* letters that are left of a word */
};

struct word {
    struct bytes text;
    bool is_negative; /* it is said of it that it is not to be */
};

/* What is left of a subject and an option. */
struct wording {
    struct buf text; /* what the words are lent from */
    struct word *words;
    size_t count;
};

/* Signs that are no part of a word, and whether one of them ends a clause: what
 * was denied before is not denied behind it. */
static bool is_word_byte(uint8_t c)
{
    return ascii_is_lower(c) || ascii_is_digit(c) || c == '\'' || c >= 0x80;
}

static bool ends_clause(uint8_t c)
{
    return ascii_in(c, ",;:.|\n");
}

/* They change how a thing is said, not what. */
static bool is_filler(struct bytes word)
{
    static const char *const fillers[] = {
        "a",      "an",     "the",    "to",      "of",        "for",
        "in",     "on",     "our",    "we",      "us",        "you",
        "your",   "i",      "is",     "are",     "be",        "please",
        "always", "use",    "uses",   "used",    "using",     "do",
        "with",   "should", "must",   "prefer",  "choose",    "all",
        "any",    "and",    "it",     "that",    "rather",    "preferred",
        "chosen", "employ", "favour", "favor",   "pick",      "utilise",
        "stick",  "take",   "just",   "utilize", "everybody", "here",
        "now",    "from",   "want",   "asked",   NULL};
    return ascii_among(word, fillers);
}

static bool is_denial(struct bytes word)
{
    static const char *const denials[] = {
        "not",     "dont",  "don't", "never",  "no",
        "without", "avoid", "stop",  "cannot", "can't",
        "instead", "over",  "than",  "nobody", NULL};
    return ascii_among(word, denials);
}

/* Appends ${text} as it looks, in lower case. Letters that look like no Latin
 * ones stay what they are: of those, every one matters. */
static void add_plain(struct bytes text, struct buf *out)
{
    struct buf one;
    buf_init(&one, 16);
    for (size_t at = 0; at < text.len;) {
        size_t len = 1;
        while (at + len < text.len && (text.data[at + len] & 0xc0) == 0x80) {
            len++;
        }
        struct bytes character = bytes_slice(text, at, len);
        buf_reset(&one);
        struct skeleton_signs signs =
            skeleton(bytes_slice(character, 0, 4), &one);
        bool is_kept = text.data[at] >= 0x80 && one.len > 0 &&
                       one.data[0] == '?' && !signs.is_hidden;
        buf_add(out, is_kept ? character : buf_bytes(&one));
        at += len;
    }
    buf_fini(&one);
}

static bool ends_with(struct bytes word, const char *end)
{
    size_t len = strlen(end);
    return word.len >= len + STEM_MIN &&
           memcmp(word.data + word.len - len, end, len) == 0;
}

/* "entries" as "entry", "tests" as "test", "shell's" as "shell". */
static struct bytes stem(struct bytes word)
{
    word = bytes_trim(word, '\'');
    word.len -= ends_with(word, "s") && !ends_with(word, "ss") ? 1 : 0;
    word = bytes_trim(word, '\'');
    word.len -= ends_with(word, "ie") ? 2 : ends_with(word, "y") ? 1 : 0;
    return word;
}

static void add_word(struct wording *wording, struct bytes word,
                     bool *is_denied)
{
    if (is_denial(word)) {
        *is_denied = true;
        return;
    }
    if (word.len > 0 && !is_filler(word) && wording->count < WORDS_MAX) {
        wording->words[wording->count++] =
            (struct word){stem(word), *is_denied};
    }
}

/* The words from ${from} of the text on. */
static void add_words(struct wording *wording, size_t from)
{
    struct bytes text = buf_bytes(&wording->text);
    bool is_denied = false;
    for (size_t at = from; at <= text.len; at++) {
        if (at < text.len && is_word_byte(text.data[at])) {
            continue;
        }
        if (at > from) {
            add_word(wording, bytes_slice(text, from, at - from), &is_denied);
        }
        is_denied = is_denied && at < text.len && !ends_clause(text.data[at]);
        from = at + 1;
    }
}

static int compare(const void *left, const void *right)
{
    const struct word *a = left;
    const struct word *b = right;
    int order = (int)a->is_negative - (int)b->is_negative;
    return order ? order : bytes_compare(a->text, b->text);
}

/* Each word once, in order. */
static void join(const struct wording *wording, struct buf *out)
{
    for (size_t i = 0; i < wording->count; i++) {
        const struct word *word = &wording->words[i];
        if (i == 0 || compare(word - 1, word) != 0) {
            buf_add_text(out, word->is_negative ? "-" : "");
            buf_add(out, word->text);
            buf_add_u8(out, ' ');
        }
    }
}

void rewording_id(const struct Reverie__V1__Change *change,
                  uint8_t out_id[FINDING_BYTES])
{
    struct bytes name = bytes_of(NULL, 0);
    struct buf said;
    struct wording wording = {
        .words = mem_new_array(WORDS_MAX, sizeof(*wording.words))};
    buf_init(&wording.text, TEXT_MAX);
    buf_init(&said, SAID_MAX);
    /* Lent words must not move: the text is whole before they are taken. */
    add_plain(message_text(change->subject), &wording.text);
    buf_add_u8(&wording.text, '\n');
    add_plain(message_text(change->option), &wording.text);
    add_words(&wording, 0);
    qsort(wording.words, wording.count, sizeof(*wording.words), compare);
    /* Findings of this kind exist nowhere else. */
    buf_add_text(&said, "reworded ");
    join(&wording, &said);
    bool valid = store_name_is_valid(message_text(change->store), &name);
    finding_id((uint32_t)change->kind, valid ? name : bytes_of(NULL, 0),
               buf_bytes(&said), bytes_of(NULL, 0), out_id);
    buf_fini(&said);
    buf_fini(&wording.text);
    free(wording.words);
}
