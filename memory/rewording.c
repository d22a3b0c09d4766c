/* SPDX-License-Identifier: MIT */
#include "memory/rewording.h"

#include <string.h>

#include "proto/limits.h"
#include "proto/messages.h"

enum {
    FILLER_MAX = 8
};

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static bool is_word_byte(uint8_t c)
{
    c = lower(c);
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c >= 0x80;
}

/* They change how a thing is said, not what. "not" is none of them. */
static bool is_filler(struct bytes word)
{
    static const char *const fillers[] = {
        "a",    "an",     "the",    "to",  "of",   "for", "in",   "on",
        "our",  "we",     "us",     "you", "your", "i",   "is",   "are",
        "be",   "please", "always", "use", "uses", "do",  "with", "should",
        "must", "prefer", "choose", "all", "any",  "and", "it",   "that"};
    for (size_t i = 0; i < ARRAY_LEN(fillers); i++) {
        if (bytes_equal_text(word, fillers[i])) {
            return true;
        }
    }
    return false;
}

/* Appends ${word} in lower case and a blank, unless it is a filler. */
static void add_word(struct bytes word, struct buf *out)
{
    uint8_t low[FILLER_MAX];
    for (size_t i = 0; i < word.len && i < FILLER_MAX; i++) {
        low[i] = lower(word.data[i]);
    }
    if (word.len == 0 ||
        (word.len <= FILLER_MAX && is_filler(bytes_of(low, word.len)))) {
        return;
    }
    for (size_t i = 0; i < word.len; i++) {
        buf_add_u8(out, lower(word.data[i]));
    }
    buf_add_u8(out, ' ');
}

/* The words that carry meaning, in order. */
static void add_words(struct bytes text, struct buf *out)
{
    size_t from = 0;
    for (size_t at = 0; at <= text.len; at++) {
        if (at == text.len || !is_word_byte(text.data[at])) {
            add_word(bytes_slice(text, from, at - from), out);
            from = at + 1;
        }
    }
}

void rewording_id(const struct Reverie__V1__Change *change,
                  uint8_t out_id[FINDING_BYTES])
{
    struct buf subject;
    struct buf option;
    struct bytes name = bytes_of(NULL, 0);
    buf_init(&subject, 2 * SUBJECT_MAX_BYTES + 32);
    buf_init(&option, 2 * OPTION_MAX_BYTES + 32);
    /* Findings of this kind exist nowhere else. */
    buf_add_text(&subject, "reworded ");
    add_words(message_text(change->subject), &subject);
    add_words(message_text(change->option), &option);
    bool valid = store_name_is_valid(message_text(change->store), &name);
    finding_id((uint32_t)change->kind, valid ? name : bytes_of(NULL, 0),
               buf_bytes(&subject), buf_bytes(&option), out_id);
    buf_fini(&subject);
    buf_fini(&option);
}
