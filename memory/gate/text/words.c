/* SPDX-License-Identifier: MIT */
#include "memory/gate/text/words.h"

#include <stdlib.h>
#include <string.h>

#include "base/edge/hash.h"
#include "base/text/ascii.h"
#include "memory/gate/remedy.h"
#include "memory/gate/text/plain.h"

enum {
    /* What is not found by then is in no text. */
    COST_MAX = 256 << 20,
    PHRASES_MAX = 16 /* bits of a uint32_t */
};

/* What is known of one word. */
struct word {
    struct bytes text;
    bool is_quoted;
    bool is_active; /* a URL, a piece of shell, something to install */
    bool is_named;
    bool is_trusted; /* in the text of somebody who may supply it */
    bool is_tainted; /* in a text that may not */
};

/* One that is no code and not plain. */
struct own_word {
    struct bytes text;
    bool is_sourced;
};

/* What is said to have helped, and who did so. */
struct phrase {
    struct bytes text;
    uint64_t principals[REMEDY_PRINCIPALS_MIN]; /* hashes, distinct */
    uint64_t roots[REMEDY_PRINCIPALS_MIN];
    size_t count;
};

struct words {
    struct word word[WORDS_MAX];
    size_t count;
    struct phrase phrase[PHRASES_MAX];
    size_t phrase_count;
    bool has_denied; /* it says what not to do */
    size_t spent;    /* bytes looked through, of COST_MAX */
    struct own_word own[WORDS_OWN_MAX];
    size_t own_count;
    size_t own_spent;
    bool is_own_cut;
    bool is_cut; /* there were more */
    bool may_quote;
};

/* ---- what a word is ------------------------------------------------------ */

/* "<PATH:.md>", "<NUM>": what reading put in the place of a value. */
static bool is_placeholder(struct bytes text)
{
    if (text.len < 3 || text.data[0] != '<' || text.data[text.len - 1] != '>' ||
        !ascii_is_upper(text.data[1])) {
        return false;
    }
    for (size_t i = 1; i + 1 < text.len; i++) {
        uint8_t c = text.data[i];
        if (!ascii_is_letter(c) && !ascii_is_digit(c) &&
            !ascii_in(c, ":._*+-")) {
            return false;
        }
    }
    return true;
}

/* Signs that prose has none of, or only between words. */
static bool has_code_sign(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        bool inside = i > 0 && i + 1 < text.len;
        if (ascii_in(c, "/\\_=@$|&<>{}[]*#~^") ||
            (inside && ascii_in(c, ".:")) || (c == '-' && i == 0)) {
            return true;
        }
    }
    return false;
}

/* "maxRetries", "utf8": letters with a capital or a digit among them. */
static bool is_mixed(struct bytes text)
{
    bool letters = false;
    bool digits = false;
    bool switches = false;
    for (size_t i = 0; i < text.len; i++) {
        letters |= ascii_is_letter(text.data[i]);
        digits |= ascii_is_digit(text.data[i]);
        switches |= i > 0 && ascii_is_upper(text.data[i]) &&
                    ascii_is_letter(text.data[i - 1]) &&
                    !ascii_is_upper(text.data[i - 1]);
    }
    return switches || (letters && digits);
}

static bool has_letter(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (ascii_is_letter(text.data[i])) {
            return true;
        }
    }
    return false;
}

static bool is_code(struct bytes text)
{
    if (is_placeholder(text)) {
        return false;
    }
    bool is_shell = text.len > 0 && ascii_in(text.data[0], "|&$`>");
    return is_shell ||
           (has_letter(text) && (has_code_sign(text) || is_mixed(text)));
}

/* What comes behind these is fetched and run. */
static bool is_installer(struct bytes text)
{
    static const char *const words[] = {"install", "require", "import",
                                        "npx",     "pip",     "uvx",
                                        "curl",    "wget",    NULL};
    return ascii_among(text, words);
}

static bool is_active(struct bytes text, struct bytes before)
{
    static const char *const parts[] = {"://", "www.", "$(", "${", "&&", "||"};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (bytes_find(text, bytes_of_text(parts[i]), 0) != SIZE_MAX) {
            return true;
        }
    }
    bool is_pipe = text.len > 0 && ascii_in(text.data[0], "|`");
    return is_pipe || is_installer(before);
}

/* ---- taking apart -------------------------------------------------------- */

static bool is_between(uint8_t c)
{
    return c <= ' ' || ascii_in(c, "\"'`,;()");
}

/* The apostrophe of "doesn't" is part of its word. */
static bool separates(struct bytes text, size_t at)
{
    bool is_inside = text.data[at] == '\'' && at > 0 && at + 1 < text.len &&
                     ascii_is_letter(text.data[at - 1]) &&
                     ascii_is_letter(text.data[at + 1]);
    return !is_inside && is_between(text.data[at]);
}

/* Without the stops that end a sentence. */
static struct bytes trim(struct bytes text)
{
    while (text.len && ascii_in(text.data[text.len - 1], ".:!?")) {
        text.len--;
    }
    return text;
}

/* Keeps what is not plain, hyphens apart. */
static void add_own(struct words *words, struct bytes text)
{
    while (text.len > 0) {
        size_t end = bytes_find(text, BYTES_LITERAL("-"), 0);
        end = end == SIZE_MAX ? text.len : end;
        struct bytes word = bytes_slice(text, 0, end);
        bool is_full = words->own_count == WORDS_OWN_MAX;
        if (!word_is_plain(word) && is_full) {
            words->is_own_cut = true;
        } else if (!word_is_plain(word)) {
            words->own[words->own_count++] = (struct own_word){.text = word};
        }
        text = bytes_slice(text, end + 1, text.len);
    }
}

static void add(struct words *words, struct bytes text, struct bytes before,
                bool is_quoted)
{
    bool installs = is_installer(before) && has_letter(text);
    if (!is_code(text) && !installs) {
        if (!is_placeholder(text)) {
            add_own(words, text);
        }
        return;
    }
    if (words->count == WORDS_MAX) {
        words->is_cut = true;
        return;
    }
    words->word[words->count++] = (struct word){
        .text = text,
        .is_quoted = is_quoted,
        .is_active = is_active(text, before),
    };
}

static void add_all(struct words *words, struct bytes text, bool is_quoted)
{
    struct bytes before = bytes_of(NULL, 0);
    bool is_open = false;
    size_t at = 0;
    while (at < text.len) {
        if (separates(text, at)) {
            is_open = is_open != (text.data[at] == '"');
            at++;
            continue;
        }
        size_t end = at;
        while (end < text.len && !separates(text, end)) {
            end++;
        }
        struct bytes word = trim(bytes_slice(text, at, end - at));
        add(words, word, before, is_quoted || is_open);
        before = word;
        at = end;
    }
}

/* Whether ${text} ends with ${word}, blanks aside. */
static bool ends_with(struct bytes text, const char *word)
{
    size_t len = strlen(word);
    while (text.len && text.data[text.len - 1] == ' ') {
        text.len--;
    }
    return text.len >= len &&
           memcmp(text.data + text.len - len, word, len) == 0;
}

/* What is quoted below the first line. */
static void add_phrases(struct words *words, struct bytes content)
{
    size_t at = bytes_find(content, BYTES_LITERAL("\n"), 0);
    size_t from = at == SIZE_MAX ? SIZE_MAX
                                 : bytes_find(content, BYTES_LITERAL("\""), at);
    while (from != SIZE_MAX) {
        size_t to = bytes_find(content, BYTES_LITERAL("\""), from + 1);
        size_t end = to == SIZE_MAX ? content.len : to;
        struct bytes before = bytes_slice(content, at, from - at);
        bool is_done =
            !ends_with(before, "without") && !ends_with(before, "instead of");
        words->has_denied |= !is_done;
        words->is_cut |= is_done && words->phrase_count == PHRASES_MAX;
        if (is_done && words->phrase_count < PHRASES_MAX) {
            words->phrase[words->phrase_count++].text =
                bytes_slice(content, from + 1, end - from - 1);
        }
        at = end < content.len ? end + 1 : content.len;
        from = bytes_find(content, BYTES_LITERAL("\""), at);
    }
}

struct words *words_new(struct bytes title, struct bytes content,
                        bool may_quote)
{
    struct words *words = mem_new(sizeof(*words));
    words->may_quote = may_quote;
    add_all(words, title, true);
    add_all(words, content, false);
    if (may_quote) {
        add_phrases(words, content);
    }
    return words;
}

void words_free(struct words *words)
{
    free(words);
}

/* ---- where they come from ------------------------------------------------ */

static bool occurs(struct bytes part, struct bytes text)
{
    return ascii_search(text, part, 0) != SIZE_MAX;
}

/* ${part} as words of their own: "rm" is not in "confirm". */
static bool occurs_apart(struct bytes part, struct bytes text)
{
    for (size_t at = 0; at + part.len <= text.len; at++) {
        size_t end = at + part.len;
        bool is_inside =
            (at > 0 && ascii_is_word(part.data[0]) &&
             ascii_is_word(text.data[at - 1])) ||
            (end < text.len && ascii_is_word(part.data[part.len - 1]) &&
             ascii_is_word(text.data[end]));
        if (!is_inside && occurs(part, bytes_slice(text, at, part.len))) {
            return true;
        }
    }
    return false;
}

void words_name(struct words *words, struct bytes name)
{
    for (size_t i = 0; i < words->count; i++) {
        struct word *word = &words->word[i];
        word->is_named |= !word->is_active && occurs(word->text, name);
    }
}

void words_call(struct words *words, struct bytes name)
{
    bool is_name = bytes_find(name, BYTES_LITERAL(" "), 0) == SIZE_MAX;
    for (size_t i = 0; is_name && i < words->own_count; i++) {
        words->own[i].is_sourced |= occurs(words->own[i].text, name);
    }
}

void words_ask(struct words *words)
{
    static const char *const verbs[] = {"ask", "change", "commit", "run",
                                        "write"};
    for (size_t i = 0; i < words->own_count; i++) {
        struct own_word *own = &words->own[i];
        for (size_t j = 0; j < ARRAY_LEN(verbs); j++) {
            own->is_sourced |= ascii_equal(own->text, verbs[j]);
        }
    }
}

static void cite_own(struct words *words, struct bytes text)
{
    for (size_t i = 0; i < words->own_count; i++) {
        struct own_word *word = &words->own[i];
        if (!word->is_sourced && words->own_spent < COST_MAX) {
            word->is_sourced = occurs_apart(word->text, text);
            words->own_spent += text.len;
        }
    }
}

void words_cite(struct words *words, struct bytes text, bool trusted)
{
    if (trusted) {
        cite_own(words, text);
    }
    for (size_t i = 0; i < words->count; i++) {
        struct word *word = &words->word[i];
        bool *seen = trusted ? &word->is_trusted : &word->is_tainted;
        if (!*seen && !word->is_trusted && words->spent < COST_MAX) {
            *seen = occurs(word->text, text);
            words->spent += text.len;
        }
    }
}

/* ---- what helped --------------------------------------------------------- */

/* The next word of a phrase from ${at} on; empty at the end. */
static struct bytes next_word(struct bytes phrase, size_t *at)
{
    while (*at < phrase.len && is_between(phrase.data[*at])) {
        ++*at;
    }
    size_t from = *at;
    while (*at < phrase.len && !is_between(phrase.data[*at])) {
        ++*at;
    }
    return bytes_slice(phrase, from, *at - from);
}

/* A phrase of placeholders alone is in no text: it would be in every one. */
static bool holds_phrase(struct bytes text, struct bytes phrase)
{
    bool is_named = false;
    size_t at = 0;
    struct bytes word = next_word(phrase, &at);
    while (word.len > 0 && (is_placeholder(word) || occurs_apart(word, text))) {
        is_named |= !is_placeholder(word);
        word = next_word(phrase, &at);
    }
    return is_named && word.len == 0;
}

static bool phrase_suppresses(struct bytes phrase)
{
    size_t at = 0;
    struct bytes word = next_word(phrase, &at);
    while (word.len > 0 && !word_suppresses(word)) {
        word = next_word(phrase, &at);
    }
    return word.len > 0 || word_suppresses(phrase);
}

static void add_helper(struct phrase *phrase, uint64_t principal, uint64_t root)
{
    for (size_t i = 0; i < phrase->count; i++) {
        if (phrase->principals[i] == principal ||
            (root != 0 && phrase->roots[i] == root)) {
            return;
        }
    }
    if (phrase->count < REMEDY_PRINCIPALS_MIN) {
        phrase->principals[phrase->count] = principal;
        phrase->roots[phrase->count++] = root;
    }
}

uint32_t words_help(struct words *words, struct bytes text,
                    struct bytes principal, struct bytes root)
{
    uint32_t held = 0;
    for (size_t i = 0; i < words->phrase_count; i++) {
        if (holds_phrase(text, words->phrase[i].text)) {
            held |= UINT32_C(1) << i;
            add_helper(&words->phrase[i], hash_bytes(principal),
                       root.len > 0 ? hash_bytes(root) : 0);
        }
    }
    return held;
}

uint32_t words_remedy(const struct words *words)
{
    return (UINT32_C(1) << words->phrase_count) - 1;
}

size_t words_count(const struct words *words)
{
    return words->count;
}

bool words_any(const struct words *words)
{
    return words->count > 0 || words->own_count > 0;
}

static enum words_fault word_fault(const struct words *words,
                                   const struct word *word)
{
    if (word->is_trusted || word->is_named) {
        return WORDS_SOURCED;
    }
    if (!word->is_tainted) {
        return WORDS_UNSOURCED;
    }
    bool is_shown = words->may_quote && word->is_quoted && !word->is_active;
    return is_shown ? WORDS_SOURCED : WORDS_TAINTED;
}

/* The first phrase of what helped that too few are cited for; NULL if none. */
static const struct phrase *phrase_unshown(const struct words *words)
{
    for (size_t i = 0; i < words->phrase_count; i++) {
        const struct phrase *phrase = &words->phrase[i];
        if (phrase->count < REMEDY_PRINCIPALS_MIN ||
            phrase_suppresses(phrase->text)) {
            return phrase;
        }
    }
    return NULL;
}

/* Whether a word is neither plain nor anybody's own. */
static bool own_is_foreign(const struct words *words, struct bytes *out_word)
{
    for (size_t i = 0; i < words->own_count; i++) {
        if (!words->own[i].is_sourced) {
            *out_word = words->own[i].text;
            return true;
        }
    }
    return words->is_own_cut;
}

enum words_fault words_judge(const struct words *words, struct bytes *out_word)
{
    /* Nobody's call shows that something helped by not being there. */
    bool is_denial = words->has_denied && words->phrase_count == 0;
    const struct phrase *phrase = phrase_unshown(words);
    enum words_fault worst =
        words->is_cut || is_denial || phrase ? WORDS_UNSOURCED : WORDS_SOURCED;
    *out_word = phrase ? phrase->text : bytes_of(NULL, 0);
    for (size_t i = 0; i < words->count; i++) {
        enum words_fault fault = word_fault(words, &words->word[i]);
        if (fault > worst) {
            worst = fault;
            *out_word = words->word[i].text;
        }
    }
    return worst < WORDS_FOREIGN && own_is_foreign(words, out_word)
               ? WORDS_FOREIGN
               : worst;
}
