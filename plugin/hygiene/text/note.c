/* SPDX-License-Identifier: MIT */
#include "plugin/hygiene/text/note.h"

#include <stdlib.h>
#include <string.h>

#include "base/edge/hash.h"
#include "base/text/ascii.h"
#include "plugin/hygiene/text/lexicon.h"

enum {
    TOKEN_MAX = 128, /* bytes; the rest of a longer one is another */
    NORMAL_MAX = NOTE_WORDS_MAX * (STEM_MAX + 1)
};

/* ---- tokens -------------------------------------------------------------- */

/* One token, in lower case; ${ends} a sentence or a parenthesis behind it. */
struct token {
    char text[TOKEN_MAX];
    size_t len;
    bool is_name;
    bool is_number;
    bool is_last; /* of its sentence */
};

/* What may stand inside a token, between letters or digits. */
static bool is_inner(uint8_t c)
{
    return ascii_in(c, "-./:@#'+=%*~");
}

/* Whether the byte at ${at} belongs to the token that began before it. */
static bool goes_on(struct bytes text, size_t at)
{
    uint8_t c = text.data[at];
    bool has_next = at + 1 < text.len && (ascii_is_word(text.data[at + 1]) ||
                                          text.data[at + 1] == '/');
    return ascii_is_word(c) || c == '/' || (is_inner(c) && has_next);
}

static bool is_start(struct bytes text, size_t at)
{
    uint8_t c = text.data[at];
    bool is_lead = c == '/' || c == '-' || c == '.' || c == '~' || c == '@';
    bool has_next = at + 1 < text.len && (ascii_is_word(text.data[at + 1]) ||
                                          text.data[at + 1] == '-');
    return ascii_is_word(c) || (is_lead && has_next);
}

/* A name: a sign inside, or a capital inside or digits among letters. */
static void classify(struct token *token, bool has_inner_capital)
{
    bool letters = false;
    bool digits = false;
    bool signs = token->text[0] == '-' || token->text[0] == '/';
    for (size_t i = 0; i < token->len; i++) {
        uint8_t c = (uint8_t)token->text[i];
        letters |= ascii_is_letter(c);
        digits |= ascii_is_digit(c);
        signs |= c == '_' || c == '/' || c == '@' || c == '=' || c == '.' ||
                 c == ':' || c == '#';
    }
    token->is_number = digits && ascii_is_digit((uint8_t)token->text[0]) &&
                       (!letters || token->len <= 6);
    token->is_name =
        !token->is_number && (signs || has_inner_capital || digits);
}

static bool ends_sentence(uint8_t c)
{
    return ascii_in(c, ".!?;()[]\n");
}

/* Reads the next token at or after *at. */
static bool next_token(struct bytes text, size_t *at, struct token *out)
{
    bool has_capital = false;
    while (*at < text.len && !is_start(text, *at)) {
        (*at)++;
    }
    out->len = 0;
    while (*at < text.len && out->len < TOKEN_MAX &&
           (out->len == 0 || goes_on(text, *at))) {
        uint8_t c = text.data[(*at)++];
        has_capital |= ascii_is_upper(c) && out->len > 0 &&
                       ascii_is_letter((uint8_t)out->text[0]) &&
                       (uint8_t)out->text[out->len - 1] >= 'a';
        out->text[out->len++] = (char)ascii_fold(c);
    }
    size_t behind = *at;
    while (behind < text.len && !is_start(text, behind) &&
           !ends_sentence(text.data[behind])) {
        behind++;
    }
    out->is_last = behind >= text.len || ends_sentence(text.data[behind]);
    if (out->len > 0) {
        classify(out, has_capital);
    }
    return out->len > 0;
}

/* ---- words --------------------------------------------------------------- */

struct reading {
    struct arena *arena;
    struct note *note;
    struct buf normal;     /* stems with blanks between */
    size_t sentence_words; /* words of the open sentence, at the end */
    bool is_courtesy;      /* of the open sentence so far */
    bool sentence_negates;
    bool sentence_conditions;
    bool is_choice; /* the word before says so */
    enum err err;
};

static void open_sentence(struct reading *reading)
{
    reading->sentence_words = 0;
    reading->is_courtesy = true;
    reading->sentence_negates = false;
    reading->sentence_conditions = false;
    reading->is_choice = false;
}

/* A form of speech says nothing: its words go again. */
static void close_sentence(struct reading *reading)
{
    struct note *note = reading->note;
    if (reading->is_courtesy && note->word_count > reading->sentence_words) {
        note->word_count -= reading->sentence_words;
    } else {
        note->is_negative ^= reading->sentence_negates;
        note->has_condition |= reading->sentence_conditions;
    }
    open_sentence(reading);
}

static void add_word(struct reading *reading, struct bytes text,
                     enum note_word_kind kind)
{
    struct note *note = reading->note;
    if (note->word_count == NOTE_WORDS_MAX) {
        note->is_cut = true;
        return;
    }
    struct bytes copy = arena_copy(reading->arena, text);
    if (!copy.data) {
        reading->err = ERR_TOO_BIG;
        return;
    }
    note->words[note->word_count++] =
        (struct note_word){.hash = hash_bytes(copy),
                           .text = copy,
                           .kind = kind,
                           .is_choice = reading->is_choice};
    reading->sentence_words++;
    reading->is_choice = false;
}

static void take_plain(struct reading *reading, struct bytes word)
{
    char room[STEM_MAX];
    enum word_sense sense = lexicon_sense(word);
    bool is_courtesy = lexicon_is_courtesy(word);
    reading->sentence_negates ^= sense == WORD_NEGATION;
    reading->sentence_conditions |= sense == WORD_CONDITION;
    reading->is_courtesy &= is_courtesy || sense == WORD_STOP;
    if (sense == WORD_STOP || sense == WORD_ALWAYS || sense == WORD_NEGATION) {
        return;
    }
    add_word(reading, lexicon_stem(word, room), NOTE_WORD);
    reading->is_choice = sense == WORD_CHOICE;
}

static void take_token(struct reading *reading, const struct token *token)
{
    struct bytes text = bytes_of(token->text, token->len);
    if (!token->is_name && !token->is_number) {
        take_plain(reading, text);
    } else {
        reading->is_courtesy = false;
        add_word(reading, text, token->is_number ? NOTE_NUMBER : NOTE_NAME);
    }
    if (token->is_last) {
        close_sentence(reading);
    }
}

/* ---- sets ---------------------------------------------------------------- */

static int compare_words(const void *a, const void *b)
{
    const struct note_word *x = a;
    const struct note_word *y = b;
    if (x->hash != y->hash) {
        return x->hash < y->hash ? -1 : 1;
    }
    return (x->before > y->before) - (x->before < y->before);
}

static int compare_hashes(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static size_t unique(uint64_t *set, size_t count)
{
    size_t kept = 0;
    if (count > 0) {
        qsort(set, count, sizeof(*set), compare_hashes);
    }
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || set[kept - 1] != set[i]) {
            set[kept++] = set[i];
        }
    }
    return kept;
}

/* Grams of characters over the words with blanks between, and pairs of
 * words. */
static enum err set_grams(struct reading *reading)
{
    struct note *note = reading->note;
    struct bytes text = buf_bytes(&reading->normal);
    size_t most = text.len + note->word_count + 1;
    note->grams = arena_take(reading->arena, most * sizeof(*note->grams));
    if (!note->grams) {
        return ERR_TOO_BIG;
    }
    size_t count = 0;
    for (size_t i = 0; i + NOTE_GRAM_BYTES <= text.len; i++) {
        note->grams[count++] =
            hash_bytes(bytes_slice(text, i, NOTE_GRAM_BYTES));
    }
    for (size_t i = 0; i + 1 < note->word_count; i++) {
        uint64_t pair[2] = {note->words[i].hash, note->words[i + 1].hash};
        note->grams[count++] = hash_bytes(bytes_of(pair, sizeof(pair)));
    }
    note->gram_count = unique(note->grams, count);
    return ERR_OK;
}

static void set_neighbours(struct note *note, struct buf *normal)
{
    for (size_t i = 0; i < note->word_count; i++) {
        struct note_word *word = &note->words[i];
        word->before = i > 0 ? note->words[i - 1].hash : 0;
        word->after = i + 1 < note->word_count ? note->words[i + 1].hash : 0;
        note->numbers += word->kind == NOTE_NUMBER;
        note->names += word->kind == NOTE_NAME;
        buf_add(normal, word->text);
        buf_add_u8(normal, ' ');
    }
}

static void sort_words(struct note *note)
{
    size_t kept = 0;
    if (note->word_count > 0) {
        qsort(note->words, note->word_count, sizeof(*note->words),
              compare_words);
    }
    for (size_t i = 0; i < note->word_count; i++) {
        if (kept == 0 || note->words[kept - 1].hash != note->words[i].hash) {
            note->words[kept++] = note->words[i];
        }
    }
    note->word_count = kept;
}

enum err note_read(struct bytes text, struct arena *arena, struct note *out)
{
    struct reading reading = {.arena = arena, .note = out, .err = ERR_OK};
    struct token token;
    size_t at = 0;
    *out = (struct note){0};
    out->words = mem_new_array(NOTE_WORDS_MAX, sizeof(*out->words));
    buf_init(&reading.normal, NORMAL_MAX + NOTE_WORDS_MAX * TOKEN_MAX);
    open_sentence(&reading);
    while (reading.err == ERR_OK && !out->is_cut &&
           next_token(text, &at, &token)) {
        take_token(&reading, &token);
    }
    close_sentence(&reading);
    set_neighbours(out, &reading.normal);
    if (reading.err == ERR_OK) {
        reading.err = set_grams(&reading);
    }
    sort_words(out);
    struct note_word *scratch = out->words;
    size_t bytes = out->word_count * sizeof(*scratch);
    out->words = arena_take(arena, bytes + 1);
    if (out->words) {
        memcpy(out->words, scratch, bytes);
    } else {
        reading.err = ERR_TOO_BIG;
    }
    free(scratch);
    buf_fini(&reading.normal);
    return reading.err;
}

double set_jaccard(const uint64_t *a, size_t a_count, const uint64_t *b,
                   size_t b_count)
{
    size_t shared = 0;
    size_t i = 0;
    size_t j = 0;
    while (i < a_count && j < b_count) {
        shared += a[i] == b[j];
        bool first = a[i] <= b[j];
        bool second = b[j] <= a[i];
        i += first;
        j += second;
    }
    size_t all = a_count + b_count - shared;
    return all ? (double)shared / (double)all : 1;
}
